/** A statement of a migration that runs outside a transaction. */
export type MigrationStep = {
  readonly text: string
  /** Whether it does a batch, and runs until a batch changes no row. */
  readonly isRepeated: boolean
  /** Whether it waits for others without holding up anybody. */
  readonly isConcurrent: boolean
}

const again = ', again until it changes nothing'

/**
 * The statements of a migration with the line `-- outside a transaction`, each after its line `-- step`, or `-- step, again until it
 * changes nothing`. Each can be run again: after a fault all of them are.
 * @returns undefined for a migration that is one transaction
 */
export function stepsIn(migration: string): MigrationStep[] | undefined {
  if (!/^-- outside a transaction$/m.test(migration)) return undefined
  const [, ...parts] = migration.split(/^-- step/m)
  return parts.map((part) => {
    const end = part.indexOf('\n')
    const mark = part.slice(0, end)
    if (mark !== '' && mark !== again) throw new Error(`a step is marked «${mark} »`)
    const text = part.slice(end + 1)
    return { text, isRepeated: mark === again, isConcurrent: /\bconcurrently\b/i.test(text) }
  })
}
