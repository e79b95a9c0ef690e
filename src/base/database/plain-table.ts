import type { Bilingual } from '../values/languages.ts'
import type { RetentionName } from '../values/retention.ts'
import type { ColumnName, TableName } from './tables.ts'

// A table is one value, which its room declares. The catalog says its columns; the room says what the inventory of data says of it: whose
// the rows are, how long and why they are kept, and what each column says of somebody. `npm run inventory` writes the pages from all of
// them. A column of which nothing is said does not compile.

/** What a column says of somebody. */
export type ColumnSubject =
  /** An address at which she is reached. */
  | 'contact'
  /** A name or a birth date. */
  | 'identity'
  /** A number or digest that stands for her in this house alone. */
  | 'pseudonym'
  /** What she was asked, answered and shown, and what was permitted and sent. */
  | 'consent'
  /** What opens an access or a seal, or proves it. */
  | 'opens'
  /** What she or a program did: when, with which service, browser and truncated network. */
  | 'trace'
  /** Who asked for her data within a body, by the body's own reference. */
  | 'staff'
  /** An operator, by name or office. */
  | 'operator'
  /** A body, its services and its agreements. */
  | 'body'
  /** Counts of people; what is published of them is rounded. */
  | 'figure'
  | 'technical'

export type RowSubject = 'person' | 'body' | 'operator' | 'nobody'

/** How long rows stay; `npm run inventory` holds each of these rules against the code that deletes. */
export type RetentionRule =
  | Exclude<RetentionName, 'backups' | 'hold' | 'removed'>
  | 'decided'
  | 'unreadable'
  | 'ended'
  | 'second'
  | 'window'
  | 'day'
  | 'night'
  | 'silent'
  | 'deed'
  | 'now'
  | 'ever'
  | 'tree'

/** What becomes of rows about a person once her closed access is erased. Under her random number, without a name. */
export type ClosingRule =
  | 'forgotten'
  /** Gone at the closing itself. */
  | 'ended'
  /** The law keeps them: why, and until when. */
  | { readonly stays: string }

/**
 * What finds a row that somebody else changed. `events`: rows that record what was allowed, shown, decided, sent or erased, and rows that
 * prove it. `seal`: rows that open an access: the code that opens something by one refuses it where it was changed or invented; a deleted
 * one is not found. `list`: the same, and a sealed list names them, so that an older one that is put back opens nothing either.
 */
export type ChangeFound =
  | 'events'
  | 'seal'
  | 'list'
  /** It matters, and nothing guards it: what follows from that (docs/design/proof.md). */
  | { readonly unnoticed: string }
  /** No past fact: work under way, a memory that spares a repetition, the mark of a job. */
  | { readonly noFact: string }

/** Bodies read what is about themselves; operators what a command of the tool tells; the public what is published. */
export type Reader = 'bodies' | 'operators' | 'public'

/** The columns of a table by what they say, each once. */
export type ColumnsBySubject = Readonly<Partial<Record<ColumnSubject, string>>>

/** What the inventory says of a table. */
export type Inventory<Columns extends ColumnsBySubject = ColumnsBySubject> = {
  readonly whose: RowSubject
  readonly kept: RetentionRule
  /** The sentences of the page « Confidentialité » that tell of it: keys below `site.privacy.`. */
  readonly told?: string
  /** The members of her export that have it. */
  readonly exported?: string
  /** Who reads what comes of these rows, besides the code, and besides her in her pages and her file. */
  readonly readBy?: readonly Reader[]
  readonly change: ChangeFound
  /** Undefined: no row is about a person who has an access. */
  readonly afterClosing?: ClosingRule
  readonly why: Bilingual
  readonly columns: Columns
}

/** A table that a room declares. */
export type TableValue = { readonly table: TableName; readonly inventory: Inventory }

type Words<Text> = Text extends `${infer Word} ${infer Rest}` ? Word | Words<Rest> : Text
type Named<Columns extends ColumnsBySubject> = Words<Columns[keyof Columns]> & string

/** What the inventory says of this table: of each of its columns. Those that the database computes are not in the catalog: the page has them. */
export type InventoryOf<T extends TableName, Columns extends ColumnsBySubject> = Omit<
  Inventory,
  'columns'
> & {
  readonly columns: Columns & {
    readonly [N in Exclude<ColumnName<T>, Named<Columns>> as `nothing is said of ${N}`]: never
  }
}

/** A table whose rows bear no seal. */
export function plainTable<const T extends TableName, const Columns extends ColumnsBySubject>(
  table: T,
  inventory: InventoryOf<T, Columns>,
): TableValue {
  return { table, inventory }
}
