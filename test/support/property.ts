import { createHash } from 'node:crypto'
import { env } from 'node:process'
import type * as fc from 'fast-check'
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
