const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** 64 bytes take 86 letters: the lowest bit of the last one says nothing. */
export function withSpareBit(text: string): string {
  return text.slice(0, -1) + letters[letters.indexOf(text.slice(-1)) ^ 1]
}

/** A token under another text: its signature of 64 bytes read by a decoder that passes over what says nothing is the same. */
export const looseSpellings: readonly (readonly [string, (token: string) => string])[] = [
  ['a spare bit in its last letter', withSpareBit],
  ['padding', (token) => `${token}==`],
  ['white space inside', (token) => `${token.slice(0, -1)} ${token.slice(-1)}`],
]
