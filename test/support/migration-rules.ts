import { bearsIn } from '../../src/base/migrating/migration-files.ts'
import { stepsIn } from '../../src/base/migrating/migration-steps.ts'

// What a migration does to processes of the release before, which run beside it, read from its text (decisions 0100 and 0101).

type Fault = { readonly is: RegExp; readonly butNot?: RegExp; readonly why: string }

const constraint = String.raw`\badd\s+(constraint\s+\S+\s+)?`

// Each is looked for in a clause: what stands between semicolons, or begins with `add` or `alter` in an `alter table`.
const breaks: readonly Fault[] = [
  {
    is: /\bdrop\s+(table|column|view|function|type|attribute)\b/,
    why: 'drops what older code may use',
  },
  { is: /\brename\b/, why: 'renames what older code may use' },
  { is: /\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/, why: 'changes the type of a column' },
  { is: /\bset\s+not\s+null\b/, why: 'demands a value that older code may not write' },
  {
    is: /\badd\s+column\b.*\bnot\s+null\b/,
    butNot: /\bdefault\b|\bgenerated\b/,
    why: 'demands a value that older code does not write',
  },
  {
    is: new RegExp(`${constraint}(check|unique|foreign\\s+key|primary\\s+key|exclude)\\b`),
    why: 'refuses what older code may write',
  },
  { is: /\bcreate\s+unique\s+index\b/, why: 'refuses what older code may write' },
]

const waits: readonly Fault[] = [
  {
    is: /\bcreate\s+(unique\s+)?index\b/,
    butNot: /\bconcurrently\b/,
    why: 'makes an index while nobody can write: make it concurrently, in a step',
  },
  {
    is: new RegExp(`${constraint}(check|foreign\\s+key)\\b`),
    butNot: /\bnot\s+valid\b/,
    why: 'reads a whole table under a lock: add it « not valid », and validate it in a step',
  },
  {
    is: /\badd\s+column\b.*\b(check|references)\b/,
    why: 'reads a whole table under a lock: add the check « not valid », and validate it in a step',
  },
  { is: /^\s*(update|delete\s+from)\b/, why: 'changes rows all at once: do it in batches' },
]

/** What is wrong with a migration: its sentences are empty where it is right. */
export function faultsOf(name: string, text: string, earlier: readonly string[]): string[] {
  const clauses = clausesOf(text)
  const found = (faults: readonly Fault[]) =>
    faults
      .filter(({ is, butNot }) => clauses.some((one) => is.test(one) && butNot?.test(one) !== true))
      .map(({ why }) => `${name} ${why}`)
  const isContract = /^-- contract: \S/m.test(text)
  const isShort = /^-- short: \S/m.test(text)
  const bears = bearsIn(text)
  return [
    ...(bears !== undefined && earlier.includes(bears)
      ? []
      : [`${name} names no earlier migration after « -- bears: »`]),
    ...(isContract
      ? []
      : found(breaks).map((fault) => `${fault}: say so by « -- contract: why nobody needs it »`)),
    ...(isShort ? [] : found(waits).map((fault) => `${fault}, or say « -- short: why it is »`)),
  ]
}

/** What the last release had: its migrations, and the hash of each file of functions. Neither before the first. */
export type Released = {
  readonly migrations?: readonly string[]
  readonly functions?: Readonly<Record<string, string>>
  /** Of migrations/catalogue.json. */
  readonly catalogue?: string
}

/**
 * Code of the last release that starts beside later functions needs a migration that says that it is borne: else it refuses, and asks
 * for a `migrate` that would put its own functions back.
 * @returns the rooms whose functions a release would change without a migration, or `catalogue` where something else would change
 */
export function changedInSilence(released: Released, now: Required<Released>): string[] {
  const { migrations = [], functions = {}, catalogue } = released
  if (now.migrations.some((name) => !migrations.includes(name))) return []
  const changed = Object.keys(now.functions).filter(
    (room) => now.functions[room] !== functions[room],
  )
  if (changed.length > 0 || catalogue === now.catalogue) return changed
  return ['catalogue']
}

// Without comments, without the batches of steps, and without what is done to tables that the migration itself makes: nobody uses them yet.
function clausesOf(text: string): string[] {
  const steps = stepsIn(text)?.filter(({ isRepeated }) => !isRepeated) ?? [{ text }]
  const sql = steps.map((step) => step.text.replaceAll(/--.*$/gm, '')).join('\n')
  const own = [...sql.matchAll(/\bcreate\s+(?:unlogged\s+)?table\s+(\w+)/gi)].map(
    ([, table]) => table,
  )
  return sql
    .toLowerCase()
    .split(';')
    .filter((statement) => !own.includes(tableOf(statement)))
    .flatMap((statement) => statement.split(/(?=\badd\s|\balter\s+column\s)/))
    .map((clause) => clause.replaceAll(/\s+/g, ' '))
}

function tableOf(statement: string): string | undefined {
  return /^\s*(?:alter\s+table|update|delete\s+from)\s+(\w+)|^\s*create\s+(?:unique\s+)?index\b.*?\bon\s+(\w+)/s
    .exec(statement)
    ?.slice(1)
    .find((name) => name !== undefined)
}
