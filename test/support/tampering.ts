import type { FileKind } from './tamper-files.ts'
import type { Transaction } from '../../src/base/database/database.ts'
import { sqlState } from '../../src/base/database/database.ts'

// What a superuser without keys may do to rows: one random change, with triggers, foreign keys and checks off. Rows are handled as
// PostgreSQL writes them in JSON, so that any table may be drawn.

/** Draws a number from 0 to 1. */
export type Chance = () => number

type Column = {
  readonly name: string
  readonly type: string
  readonly isGenerated: boolean
  readonly isNullable: boolean
}

export type Table = {
  readonly name: string
  readonly columns: readonly Column[]
  readonly key: readonly string[]
  /** Obstacles for a role that does not own the table: constraints, numbers that the table gives itself. */
  readonly checks: readonly string[]
  readonly identities: readonly string[]
}

type Value = null | boolean | number | string | readonly unknown[] | object
export type Row = Readonly<Record<string, Value>>

export const kinds = ['insert', 'update', 'delete', 'old row', 'old person'] as const
export type Kind = (typeof kinds)[number]

/** One change, in full: it names what was done to which row. */
export type Tampered = {
  readonly table: string
  readonly kind: Kind | FileKind | 'put back' | 'object' | 'object, put back'
  readonly said: string
  /** The one column that was changed, and its value now. */
  readonly cell?: Readonly<Row>
}

/** All rows of the tables, as text of one instant. */
export type Copy = ReadonlyMap<string, readonly string[]>

const maxDraws = 200

export function pick<T>(chance: Chance, list: readonly T[]): T {
  const item = list[Math.floor(chance() * list.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** The tables of the database, in the order of their names. */
export async function tablesOf(db: Pick<Transaction, 'raw'>): Promise<Table[]> {
  const { rows } = await db.raw<{ rows: Table[] }>(
    `select c.relname as name,
       (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null),
          'isGenerated', a.attgenerated <> '', 'isNullable', not a.attnotnull) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       coalesce((select json_agg(a.attname order by a.attnum) from pg_index i
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary), '[]') as key,
       coalesce((select json_agg(k.conname) from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'), '[]') as checks,
       coalesce((select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attidentity <> ''), '[]') as identities
     from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.relname`,
  )
  return rows
}

export async function copyRows(
  db: Pick<Transaction, 'raw'>,
  tables: readonly string[],
): Promise<Copy> {
  const copy = new Map<string, readonly string[]>()
  for (const name of tables) {
    const text = `select to_jsonb(t)::text as content from ${name} t order by ctid`
    const { rows } = await db.raw<{ rows: { content: string }[] }>(text)
    copy.set(
      name,
      rows.map(({ content }) => content),
    )
  }
  return copy
}

export function rowIn(text: string): Row {
  return JSON.parse(text) as Row // as PostgreSQL wrote it
}

type Read = { readonly text: string; readonly row: Row }
const readCopies = new WeakMap<Copy, ReadonlyMap<string, readonly Read[]>>()

/** The rows of a copy that is looked at often: each is parsed once. */
function readIn(copy: Copy): ReadonlyMap<string, readonly Read[]> {
  const known = readCopies.get(copy)
  if (known !== undefined) return known
  const read = new Map(
    [...copy].map(([table, texts]) => [table, texts.map((text) => ({ text, row: rowIn(text) }))]),
  )
  readCopies.set(copy, read)
  return read
}

/** Which changes are made, and which rows and columns they leave out because these are no facts. */
export type Means = {
  readonly chance: Chance
  readonly tables: readonly Table[]
  /** Columns that are no facts. */
  isFact(table: string, column: string, row: Row): boolean
  /** Whether two values say the same fact. */
  isSame(table: string, column: string, one: unknown, other: unknown): boolean
  /** Rows that nothing guards yet, or that are no facts. */
  isRowOfFact(table: string, row: Row): boolean
  readonly now: Copy
  /** Copies of earlier, oldest first. */
  readonly earlier: readonly Copy[]
  readonly people: readonly string[]
}

/** Makes one change that changes a fact. @returns undefined where nothing of this kind could be drawn */
export async function tamperOnce(
  tx: Transaction,
  means: Means,
  kind: Kind,
): Promise<Tampered | undefined> {
  await tx.raw('set local session_replication_role = replica')
  for (let draw = 0; draw < maxDraws; draw++) {
    const change = changeOf(means, kind)
    if (change !== undefined && (await isMade(tx, change))) {
      await tx.raw('set local session_replication_role = origin')
      return change
    }
  }
  return undefined
}

type Statement = readonly [text: string, ...values: readonly string[]]
type Change = Omit<Tampered, 'kind'> & {
  readonly kind: Kind
  readonly tables: readonly Table[]
  readonly statements: readonly Statement[]
}

// A change that a unique index or the range of a type refuses is drawn anew.
async function isMade(tx: Transaction, { tables, statements }: Change): Promise<boolean> {
  try {
    return await tx.transaction(async (inner) => {
      for (const { name, checks, identities } of tables) {
        const drops = [
          ...checks.map((check) => `drop constraint ${check}`),
          ...identities.map((column) => `alter ${column} drop identity`),
        ]
        if (drops.length > 0) await inner.raw(`alter table ${name} ${drops.join(', ')}`)
      }
      for (const [text, ...values] of statements) {
        const { rowCount } = await inner.raw<{ rowCount: number }>(text, values)
        if (rowCount !== 1) throw new Error(`${rowCount} rows: ${text} ${values.join(' ')}`)
      }
      return true
    })
  } catch (error) {
    if (/^2[23]/.test(sqlState(error) ?? '')) return false
    throw error
  }
}

function changeOf(means: Means, kind: Kind): Change | undefined {
  switch (kind) {
    case 'insert':
      return inserted(means)
    case 'update':
      return updated(means)
    case 'delete':
      return deleted(means)
    case 'old row':
      return rowPutBack(means)
    case 'old person':
      return personPutBack(means)
  }
}

function drawn({ chance, tables, now, isRowOfFact }: Means) {
  const table = pick(chance, tables)
  const rows = (now.get(table.name) ?? []).filter((text) => isRowOfFact(table.name, rowIn(text)))
  return { table, rows, text: rows.length === 0 ? undefined : pick(chance, rows) }
}

function updated(means: Means): Change | undefined {
  const { table, rows, text } = drawn(means)
  if (text === undefined) return undefined
  const facts = table.columns.filter(
    ({ name, isGenerated }) => !isGenerated && means.isFact(table.name, name, rowIn(text)),
  )
  if (facts.length === 0) return undefined
  const column = pick(means.chance, facts)
  const old = rowIn(text)[column.name] ?? null
  const others = rows.map((one) => rowIn(one)[column.name] ?? null)
  const value = otherThan(means.chance, column, old, others)
  if (means.isSame(table.name, column.name, value, old)) return undefined
  const said = `${column.name}: ${JSON.stringify(old)} becomes ${JSON.stringify(value)}, in ${briefly(text)}`
  const statement = `update ${table.name} t set ${column.name} = (jsonb_populate_record(null::${table.name}, ?::jsonb)).${column.name}
    where to_jsonb(t)::text = ?`
  const cell = { [column.name]: value }
  const statements: Statement[] = [[statement, JSON.stringify(cell), text]]
  return { table: table.name, kind: 'update', said, cell, tables: [table], statements }
}

type Cell = {
  readonly chance: Chance
  readonly table: Table
  /** The row, and others of its table. */
  readonly text: string
  readonly others: readonly string[]
}

/** Changes one cell of one row, until it is put back. @returns undefined where the table takes no such value */
export async function changeCell(
  tx: Transaction,
  { chance, table, text, others }: Cell,
): Promise<{ readonly tampered: Tampered; putBack(): Promise<void> } | undefined> {
  const own: Means = {
    chance,
    tables: [table],
    isFact: () => true,
    isSame: (_, __, one, other) => JSON.stringify(one) === JSON.stringify(other),
    isRowOfFact: (_, row) => JSON.stringify(row) === JSON.stringify(rowIn(text)),
    now: new Map([[table.name, [text, ...others]]]),
    earlier: [],
    people: [],
  }
  const tampered = await tamperOnce(tx, own, 'update')
  if (tampered === undefined) return undefined
  const { cell = {} } = tampered
  const [column = ''] = Object.keys(cell)
  const now = { ...rowIn(text), ...cell }
  const key = Object.fromEntries(table.key.map((name) => [name, now[name]]))
  return {
    tampered: { ...tampered, kind: 'put back' },
    async putBack() {
      await tx.raw('set local session_replication_role = replica')
      await tx.raw(
        `update ${table.name} t set ${column} = (jsonb_populate_record(null::${table.name}, ?::jsonb)).${column} where to_jsonb(t) @> ?::jsonb`,
        [text, JSON.stringify(key)],
      )
      await tx.raw('set local session_replication_role = origin')
    },
  }
}

function deleted(means: Means): Change | undefined {
  const { table, text } = drawn(means)
  if (text === undefined) return undefined
  const statements = [deletion(table.name, text)]
  return { table: table.name, kind: 'delete', said: briefly(text), tables: [table], statements }
}

/** Another row like one that is there, with a key of its own; as often as not, another person's. */
function inserted(means: Means): Change | undefined {
  const { table, text } = drawn(means)
  if (text === undefined) return undefined
  const row = rowIn(text)
  const isOthers = means.chance() < 0.5
  const names = table.columns.filter(
    ({ name }) => table.key.includes(name) && (name !== 'person_id' || table.key.length === 1),
  )
  const fresh = names.map((column) => [column.name, freshFor(means.chance, column, row)])
  const whose =
    isOthers && 'person_id' in row && !('person_id' in Object.fromEntries(fresh))
      ? { person_id: pick(means.chance, means.people) }
      : {}
  const made = { ...row, ...Object.fromEntries(fresh), ...whose }
  const other = JSON.stringify(made)
  if (!means.isRowOfFact(table.name, made)) return undefined
  const statements = [insertion(table, other)]
  return { table: table.name, kind: 'insert', said: briefly(other), tables: [table], statements }
}

function rowPutBack(means: Means): Change | undefined {
  const { chance, tables, now, earlier } = means
  if (earlier.length === 0) return undefined
  const [table, copy] = [pick(chance, tables), pick(chance, earlier)]
  const current = new Map((now.get(table.name) ?? []).map((text) => [keyOf(table, text), text]))
  const changed = (copy.get(table.name) ?? []).filter((text) => {
    if (!means.isRowOfFact(table.name, rowIn(text))) return false
    return isOtherFact(means, table.name, text, current.get(keyOf(table, text)))
  })
  if (changed.length === 0) return undefined
  const text = pick(chance, changed)
  const was = current.get(keyOf(table, text))
  const statements = [
    ...(was === undefined ? [] : [deletion(table.name, was)]),
    insertion(table, text),
  ]
  return { table: table.name, kind: 'old row', said: briefly(text), tables: [table], statements }
}

const whole = 'all that is hers'

/** Which rows of a person are put back: all of them; without her chain; or the rows and the end of her chain. */
const extents = {
  [whole]: () => true,
  'her rows without her chain': (table: string) => !/^(ledger_event|dek|person_head)$/.test(table),
  'her rows and the end of her chain': (table: string) => !/^(ledger_event|dek)$/.test(table),
} satisfies Record<string, (table: string) => boolean>

function personPutBack(means: Means): Change | undefined {
  const { chance, now, earlier } = means
  if (earlier.length === 0) return undefined
  const [personId, copy] = [pick(chance, means.people), pick(chance, earlier)]
  const extent = pick(chance, Object.keys(extents) as (keyof typeof extents)[])
  const [whose, before] = [rowsOf(personId, now), rowsOf(personId, copy)]
  let isOther = false
  const statements: Statement[] = []
  const tables = means.tables.filter(({ name }) => extents[extent](name))
  for (const table of tables) {
    const [rows, old] = [whose(table.name), before(table.name)]
    const current = new Map(rows.map((text) => [keyOf(table, text), text]))
    isOther ||= rows.length !== old.length
    isOther ||= old.some((text) =>
      isOtherFact(means, table.name, text, current.get(keyOf(table, text))),
    )
    const [kept, held] = [new Set(old), new Set(rows)]
    statements.push(
      ...rows.filter((text) => !kept.has(text)).map((text) => deletion(table.name, text)),
      ...old.filter((text) => !held.has(text)).map((text) => insertion(table, text)),
    )
  }
  if (!isOther) return undefined
  const said = `${extent}, ${statements.length} statements, person ${personId}`
  return { table: 'a person', kind: 'old person', said, tables, statements }
}

// The column by which a row without her id is hers: it names a row of hers, or a chain that bears the id of a row of hers.
const ways: Readonly<Record<string, string>> = {
  consent_request_item: 'request_id',
  presentation: 'request_id',
  disclosure_anomaly: 'about',
}
const names = ['person_id', 'request_id', 'decision_id', 'received_id', 'event_id']

function rowsOf(personId: string, copy: Copy): (table: string) => readonly string[] {
  const ids = new Set([personId])
  const read = readIn(copy)
  for (const rows of read.values())
    for (const { row } of rows) {
      if (row['person_id'] !== personId) continue
      for (const name of names) if (typeof row[name] === 'string') ids.add(row[name])
    }
  return (table) =>
    (read.get(table) ?? []).flatMap(({ text, row }) => {
      const id = row[ways[table] ?? 'person_id']
      return typeof id === 'string' && ids.has(id) ? [text] : []
    })
}

function isOtherFact(means: Means, table: string, one: string, other: string | undefined): boolean {
  if (other === undefined) return true
  const [first, second] = [rowIn(one), rowIn(other)]
  return Object.keys(first).some(
    (name) =>
      means.isFact(table, name, first) && !means.isSame(table, name, first[name], second[name]),
  )
}

function keyOf({ key }: Table, text: string): string {
  const row = rowIn(text)
  return JSON.stringify(key.length === 0 ? row : key.map((name) => row[name]))
}

function deletion(table: string, text: string): Statement {
  return [`delete from ${table} t where to_jsonb(t)::text = ?`, text]
}

function insertion({ name, columns }: Table, text: string): Statement {
  const list = columns.filter(({ isGenerated }) => !isGenerated).map((column) => column.name)
  const statement = `insert into ${name} (${list.join(', ')}) overriding system value
    select ${list.join(', ')} from jsonb_populate_record(null::${name}, ?::jsonb)`
  return [statement, text]
}

function freshFor(chance: Chance, { name, type }: Column, row: Row): Value {
  const old = row[name] ?? null
  if (type === 'uuid') return uuidBy(chance)
  if (typeof old === 'number') return old + 1 + Math.floor(chance() * 1000)
  if (type === 'bytea' && typeof old === 'string') return bytesBy(chance, old)
  return typeof old === 'string' && type === 'text' ? `${old}x` : old
}

/** Another value of the same type: another row's value, null, or a value a little or much away. */
function otherThan(chance: Chance, column: Column, old: Value, others: readonly Value[]): Value {
  const way = chance()
  const different = others.filter((value) => JSON.stringify(value) !== JSON.stringify(old))
  if (way < 0.3 && different.length > 0) return pick(chance, different)
  if (way < 0.4 && column.isNullable) return null
  return invented(chance, column.type, old)
}

// A millisecond, a second, a day, ten years; in milliseconds.
const spans = [1, 1000, 86_400_000, 315_360_000_000]

type Inventing = (chance: Chance, old: Value) => Value

const inventions: Readonly<Record<string, Inventing>> = {
  boolean: (_, old) => old !== true,
  smallint: (chance, old) => Number(old) + pick(chance, [-1, 1, 2, 1000]),
  integer: (chance, old) => Number(old) + pick(chance, [-1, 1, 2, 1000]),
  bigint: (chance, old) => Number(old) ^ pick(chance, [1, 2, 4, 8]),
  uuid: (chance) => uuidBy(chance),
  bytea: (chance, old) => bytesBy(chance, typeof old === 'string' ? old : `\\x${'00'.repeat(32)}`),
  date: (chance, old) => dayMovedBy(chance, old),
  'timestamp with time zone': (chance, old) => instantMovedBy(chance, old),
  jsonb: (_, old) => (isObject(old) ? { ...old, x: 1 } : { x: 1 }),
  'uuid[]': (chance, old) => [...(Array.isArray(old) ? old : []), uuidBy(chance)],
  'text[]': (_, old) => [...(Array.isArray(old) ? old : []), 'x'],
}

function invented(chance: Chance, type: string, old: Value): Value {
  const how = inventions[type]
  if (how !== undefined) return how(chance, old)
  return typeof old === 'string' ? `${old}x` : 'x'
}

function isObject(value: Value): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const someDay = '2026-01-01T00:00:00Z'

function dayMovedBy(chance: Chance, old: Value): string {
  const days = pick(chance, [-3650, -1, 1, 3650])
  const from = Date.parse(typeof old === 'string' ? old : someDay)
  return new Date(from + days * 86_400_000).toISOString().slice(0, 10)
}

function instantMovedBy(chance: Chance, old: Value): string {
  const from = typeof old === 'string' ? old : someDay
  const span = pick(chance, spans) * (chance() < 0.5 ? 1 : -1)
  return new Date(Date.parse(from) + span).toISOString()
}

function bytesBy(chance: Chance, old: string): string {
  const at = 2 + Math.floor(chance() * (old.length - 2))
  if (old.length <= 2) return `${old}00`
  const digit = (Number.parseInt(old.charAt(at), 16) ^ 1).toString(16)
  return old.slice(0, at) + digit + old.slice(at + 1)
}

function uuidBy(chance: Chance): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(chance() * 16).toString(16)).join('')
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-7$3-8$4-$5').slice(0, 36)
}

const longest = 400

function briefly(text: string): string {
  const short = text.replaceAll(/"\\\\x([0-9a-f]{12})[0-9a-f]+"/g, '"\\\\x$1…"')
  return short.length > longest ? `${short.slice(0, longest)}…` : short
}
