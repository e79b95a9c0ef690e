import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Written by `npm run passwords` from the lists of zxcvbn-ts; read once, when somebody first chooses a password.
let read: ReadonlySet<string> | undefined

function readList(): ReadonlySet<string> {
  return new Set(
    readFileSync(join(import.meta.dirname, 'common-passwords.txt'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('# ')),
  )
}

const longestPiece = 6

/**
 * Whether an attacker would try this password first: it is in the list, also between digits and signs; it repeats one short piece;
 * it is a plain run of characters; or it is a name of the person or of the house.
 * @param words known words about the person and the house, in any case
 */
export function isCommon(password: string, words: readonly string[]): boolean {
  const plain = password.normalize('NFKC').toLowerCase()
  const core = plain.replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '')
  const own = words.map((word) => word.toLowerCase())
  const list = (read ??= readList())
  if ([plain, core].some((text) => list.has(text) || own.includes(text))) return true
  return isRepeated(plain, list) || isRepeated(core, list) || isRun(plain)
}

function isRepeated(text: string, list: ReadonlySet<string>): boolean {
  for (let piece = 1; piece <= Math.max(longestPiece, text.length / 2); piece++) {
    const start = text.slice(0, piece)
    const isKnown = piece <= longestPiece || list.has(start)
    if (isKnown && text.length > piece && start.repeat(text.length).startsWith(text)) return true
  }
  return false
}

function isRun(text: string): boolean {
  const steps = new Set<number>()
  for (let i = 1; i < text.length; i++) {
    const step = text.charCodeAt(i) - text.charCodeAt(i - 1)
    // After 9 comes 0, as in 1234567890: that counts as a step of one.
    steps.add(step === -9 ? 1 : step === 9 ? -1 : step)
  }
  return steps.size === 1
}
