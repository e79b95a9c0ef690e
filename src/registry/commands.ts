import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../base/platform/database.ts'
import { transact } from '../base/platform/database.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import { StartError } from '../base/platform/start-error.ts'
import { applyRegister, compareRegister, RegisterError } from './apply.ts'
import type { RegisterDifference, ServiceCheck } from './apply.ts'
import { exportRegister } from './export.ts'
import { fileOf, readRegister } from './files.ts'
import type { RegisterObject } from './store.ts'
import { storedObjects } from './store.ts'

type Deed = (
  db: Database,
  dir: string,
  now: Date,
  unservable: ServiceCheck,
  seals: Seals,
) => Promise<CommandOutput>
/** Gives the seals: only `apply` needs keys. */
type Seals = () => Promise<RowSeals>
/** The result of a command, as lines for people and as JSON. */
type CommandOutput = { readonly lines: readonly string[]; readonly json: unknown }

const deeds: Readonly<Record<string, Deed>> = { plan, apply, export: exportInto }

/**
 * `accord register plan|apply|export DIR`.
 * @returns the lines to print; undefined: wrong usage. @throws StartError with every problem of the files
 */
export async function registerCommand(
  db: Database,
  args: readonly string[],
  now: Date,
  unservable: ServiceCheck,
  seals: Seals,
): Promise<string[] | undefined> {
  const isJson = args.includes('--json')
  const [name = '', dir, ...rest] = args.filter((arg) => arg !== '--json')
  const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined
  if (deed === undefined || dir === undefined || rest.length > 0) return undefined
  try {
    const { lines, json } = await deed(db, dir, now, unservable, seals)
    return isJson ? [JSON.stringify(json, null, 2)] : [...lines]
  } catch (error) {
    if (!isJson || !(error instanceof RegisterError)) throw error
    const { problems } = error
    throw new StartError(JSON.stringify({ problems }, null, 2), { cause: error })
  }
}

async function plan(...[db, dir, now, unservable]: Parameters<Deed>): Promise<CommandOutput> {
  const stored = await storedObjects(db)
  const difference = compareRegister(stored, await readRegister(dir), now, unservable)
  return { lines: planLines(difference), json: planned(difference) }
}

async function apply(
  ...[db, dir, now, unservable, seals]: Parameters<Deed>
): Promise<CommandOutput> {
  const files = await readRegister(dir)
  const own = await seals()
  const applied = await transact(db, (tx) => applyRegister(tx, own, files, now, unservable))
  const lines = applied.map(({ id }) => `applied ${id}`)
  return {
    lines: lines.length === 0 ? ['nothing to apply'] : lines,
    json: { applied: applied.map(named) },
  }
}

async function exportInto(db: Database, dir: string): Promise<CommandOutput> {
  const exported = await exportRegister(db, dir)
  return {
    lines: [`wrote ${exported.length} files into ${dir}`],
    json: { exported: exported.map((object) => ({ ...named(object), file: fileOf(object) })) },
  }
}

function planLines(difference: RegisterDifference): string[] {
  const { new: fresh, changed, kept, outdated } = planned(difference)
  const lines = [
    ...fresh.map(({ kind, id, version }) => `+ ${kind} ${id} version ${version}: new`),
    ...changed.map(
      ({ kind, id, from, to, fields, material }) =>
        `~ ${kind} ${id} version ${from} → ${to}: ${fields.join(', ') || 'nothing but the version'}${effect(material)}`,
    ),
    ...outdated.map(
      (id) => `! agreement ${id}: permits nothing until a new version of it says what it names now`,
    ),
  ]
  return [
    ...(lines.length === 0 ? ['nothing to apply'] : lines),
    ...kept.map(({ kind, id, version }) => `= ${kind} ${id} version ${version}: no file, kept`),
  ]
}

function effect(material: boolean | undefined): string {
  if (material === undefined) return ''
  return material ? ' (material: asked again)' : ' (wording)'
}

type Planned = {
  readonly new: readonly Named[]
  readonly changed: readonly (Omit<Named, 'version'> & {
    readonly from: number
    readonly to: number
    readonly fields: readonly string[]
    /** Of a text, and of a category or body that says something else: whether people who allowed the version before are asked again. */
    readonly material?: boolean
  })[]
  readonly kept: readonly Named[]
  /** Agreements by law that permit nothing until a new version of them is applied. */
  readonly outdated: readonly string[]
}
type Named = Pick<RegisterObject, 'kind' | 'id' | 'version'>

function planned({ changes, kept, outdated }: RegisterDifference): Planned {
  return {
    new: changes.filter(({ before }) => before === undefined).map(({ object }) => named(object)),
    changed: changes.flatMap(({ object, before, isMaterial: material }) => {
      if (before === undefined) return []
      const { kind, id, version: to } = object
      const fields = changedFields(before, object)
      const change = { kind, id, from: before.version, to, fields }
      return [{ ...change, ...(material !== undefined && { material }) }]
    }),
    kept: kept.map(named),
    outdated: outdated.map(({ id }) => id),
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
