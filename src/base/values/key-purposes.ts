/** The purposes of keys. A key serves one. */
export const purposes = [
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
  'decision',
  'receipt',
  'cookie',
  'dpop-nonce',
  'pairwise',
  'data',
  'seal',
  'log',
] as const
export type KeyPurpose = (typeof purposes)[number]

export function isPurpose(word: string): word is KeyPurpose {
  return (purposes as readonly string[]).includes(word)
}
