import { createHash } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { onTestFailed } from 'vitest'

/** The seed of this run's random values: PROPERTY_SEED, a drill's, or another one each time. */
export const seed = Number(env['PROPERTY_SEED'] ?? env['DRILL_SEED'] ?? Date.now() % 2 ** 31)

/**
 * The parameters of fast-check for every property. A test that fails, by a counterexample or by its time, names the seed that draws
 * the same values again.
 */
export function seeded<T>(given: fc.Parameters<T> = {}): fc.Parameters<T> {
  onTestFailed(({ task }) => {
    const { name, file } = task
    process.stdout.write(
      `\nagain: PROPERTY_SEED=${seed} npm exec -- vitest run ${file.name} -t ${JSON.stringify(name)}\n`,
    )
  })
  return { ...given, seed }
}

/** 32 bytes that follow from the seed: what a property takes as a key or a salt is then the same again, too. */
export function seededBytes(name: string): Buffer {
  return createHash('sha256').update(`${seed}:${name}`).digest()
}

const surrogates = { first: 0xd800, count: 0x800 }
const lastCodePoint = 0x10ffff

/** A character of any code point, for `unit`. fast-check has it as `binary`, and lists all 1.1 million first: a second in each worker. */
export const anyCharacter = fc.nat(lastCodePoint - surrogates.count).map(
  (n) => String.fromCodePoint(n < surrogates.first ? n : n + surrogates.count),
  (character) => {
    const code = typeof character === 'string' ? (character.codePointAt(0) ?? 0) : 0
    const isOne = String.fromCodePoint(code) === character && character.isWellFormed()
    if (!isOne) throw new Error('not one character')
    return code < surrogates.first ? code : code - surrogates.count
  },
)
