import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { applyRegister, compareRegister } from './apply.ts'
import type { Difference } from './apply.ts'
import { readRegister } from './files.ts'
import type { RegisterObject } from './store.ts'

export const registerUsage = `  accord register plan DIR    what the files of a register would change; applies nothing
  accord register apply DIR   applies the files of a register, all or nothing
                              --json, with either: for machines`

/** `accord register plan|apply DIR`. @returns the lines to print. @throws StartError with every problem of the files */
export async function registerCommand(
  db: Database,
  args: readonly string[],
  now: Date,
): Promise<string[] | undefined> {
  const isJson = args.includes('--json')
  const [deed, dir, ...rest] = args.filter((arg) => arg !== '--json')
  if (dir === undefined || rest.length > 0) return undefined
  if (deed === 'plan') {
    const difference = await compareRegister(db, await readRegister(dir), now)
    return isJson ? [JSON.stringify(planned(difference), null, 2)] : planLines(difference)
  }
  if (deed !== 'apply') return undefined
  const files = await readRegister(dir)
  const applied = await transact(db, (tx) => applyRegister(tx, files, now))
  if (isJson) return [JSON.stringify({ applied: applied.map(named) }, null, 2)]
  return applied.length === 0 ? ['nothing to apply'] : applied.map(({ id }) => `applied ${id}`)
}

function planLines(difference: Difference): string[] {
  const { new: fresh, changed, kept } = planned(difference)
  const lines = [
    ...fresh.map(({ kind, id, version }) => `+ ${kind} ${id} version ${version}: new`),
    ...changed.map(
      ({ kind, id, from, to, fields }) =>
        `~ ${kind} ${id} version ${from} → ${to}: ${fields.join(', ') || 'nothing but the version'}`,
    ),
  ]
  return [
    ...(lines.length === 0 ? ['nothing to apply'] : lines),
    ...kept.map(({ kind, id, version }) => `= ${kind} ${id} version ${version}: no file, kept`),
  ]
}

type Planned = {
  readonly new: readonly Named[]
  readonly changed: readonly (Omit<Named, 'version'> & {
    readonly from: number
    readonly to: number
    readonly fields: readonly string[]
  })[]
  readonly kept: readonly Named[]
}
type Named = Pick<RegisterObject, 'kind' | 'id' | 'version'>

function planned({ changes, kept }: Difference): Planned {
  return {
    new: changes.filter(({ before }) => before === undefined).map(({ object }) => named(object)),
    changed: changes.flatMap(({ object, before }) => {
      if (before === undefined) return []
      const { kind, id, version: to } = object
      return [{ kind, id, from: before.version, to, fields: changedFields(before, object) }]
    }),
    kept: kept.map(named),
  }
}

function named({ kind, id, version }: RegisterObject): Named {
  return { kind, id, version }
}

function changedFields({ content: before }: RegisterObject, { content }: RegisterObject): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(content)])]
    .filter((field) => field !== 'version' && !isDeepStrictEqual(before[field], content[field]))
    .toSorted()
}
