import { isDeepStrictEqual } from 'node:util'
import type { Database } from '../base/platform/database.ts'
import { transact } from '../base/platform/database.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import type { InBoth } from '../base/platform/languages.ts'
import { StartError } from '../base/platform/start-error.ts'
import { applyRegister, compareRegister, RegisterError } from './apply.ts'
import type { AskedData, RegisterDifference, ServiceCheck } from './apply.ts'
import { exportRegister } from './export.ts'
import { fileOf, readRegister } from './files.ts'
import type { RegisterObject } from './store.ts'
import { storedObjects } from './store.ts'

type Deed = (
  db: Database,
  dir: string,
  now: Date,
  unservable: ServiceCheck,
  given: RegisterGiven,
) => Promise<CommandOutput>
/** What the commands need of the program around them. */
export type RegisterGiven = {
  /** Only `apply` needs keys. */
  readonly seals: () => Promise<RowSeals>
  /** Counts the people who refused to allow some of this. Another room holds their answers. */
  readonly countRefusals: (db: Database, asked: AskedData) => Promise<number>
}
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
  given: RegisterGiven,
): Promise<string[] | undefined> {
  const isJson = args.includes('--json')
  const [name = '', dir, ...rest] = args.filter((arg) => arg !== '--json')
  const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined
  if (deed === undefined || dir === undefined || rest.length > 0) return undefined
  try {
    const { lines, json } = await deed(db, dir, now, unservable, given)
    return isJson ? [JSON.stringify(json, null, 2)] : [...lines]
  } catch (error) {
    if (!isJson || !(error instanceof RegisterError)) throw error
    const { problems } = error
    throw new StartError(JSON.stringify({ problems }, null, 2), { cause: error })
  }
}

async function plan(
  ...[db, dir, now, unservable, given]: Parameters<Deed>
): Promise<CommandOutput> {
  const stored = await storedObjects(db)
  const difference = compareRegister(stored, await readRegister(dir), now, unservable)
  const shown = { ...planned(difference), refused: await refusedIn(db, difference, given) }
  return { lines: planLines(shown), json: shown }
}

async function apply(
  ...[db, dir, now, unservable, given]: Parameters<Deed>
): Promise<CommandOutput> {
  const files = await readRegister(dir)
  const own = await given.seals()
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

const fewest = 10
const step = 5

/** How many people refused to allow the same for another programme: to both signers, never as a number below ten (docs/design/domain.md#i23). */
async function refusedIn(
  db: Database,
  { besideChoices }: RegisterDifference,
  { countRefusals }: RegisterGiven,
): Promise<Shown['refused']> {
  const found: { id: string; people: string }[] = []
  for (const { agreement, asked } of besideChoices) {
    const count = await countRefusals(db, asked)
    const people = count < fewest ? `<${fewest}` : String(Math.round(count / step) * step)
    found.push({ id: agreement.id, people })
  }
  return found
}

function planLines({ new: fresh, changed, kept, outdated, cooling, refused }: Shown): string[] {
  const lines = [
    ...fresh.map(({ kind, id, version }) => `+ ${kind} ${id} version ${version}: new`),
    ...changed.map(
      ({ kind, id, from, to, fields, material }) =>
        `~ ${kind} ${id} version ${from} → ${to}: ${fields.join(', ') || 'nothing but the version'}${effect(material)}`,
    ),
    ...outdated.map(
      (id) => `! agreement ${id}: permits nothing until a new version of it says what it names now`,
    ),
    ...refused.map(
      ({ id, people }) => `! agreement ${id}: ${inWords(people).fr} · ${inWords(people).en}`,
    ),
    ...cooling.map(
      ({ id, until }) => `! agreement ${id}: takes effect on ${until} at the earliest`,
    ),
  ]
  return [
    ...(lines.length === 0 ? ['nothing to apply'] : lines),
    ...kept.map(({ kind, id, version }) => `= ${kind} ${id} version ${version}: no file, kept`),
  ]
}

function inWords(people: string): InBoth {
  const isFew = people.startsWith('<')
  const [fr, en] = isFew ? ['moins de dix', 'fewer than ten'] : [people, people]
  return {
    fr: `${fr} personnes ont refusé le même envoi pour un autre programme`,
    en: `${en} people refused the same sending for another programme`,
  }
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
  /** Agreements that permit nothing until the register's cooling time is over. */
  readonly cooling: readonly { readonly id: string; readonly until: string }[]
}
type Named = Pick<RegisterObject, 'kind' | 'id' | 'version'>
type Shown = Planned & {
  /** Agreements by law for what some people refused for another programme, with their number: `<10`, or rounded. */
  readonly refused: readonly { readonly id: string; readonly people: string }[]
}

function planned({ changes, kept, outdated, cooling }: RegisterDifference): Planned {
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
    cooling: cooling.map(({ agreement: { id }, until }) => ({ id, until: until.toISOString() })),
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
