import type { Database, Transaction } from '../database/database.ts'
import type { RowSeals } from './row-seal.ts'
import type { SealedTable, StoredColumns } from './sealed-table.ts'

// A key can go when no row names it any more. So rows that name an older key than the newest are put under the newest, some pages of a
// table at a time: a table needs no index for that, and a row that is written meanwhile is written under the newest anyway.

/** Pages of a table, as PostgreSQL numbers them: `to` is the first that is not meant. */
export type PageRange = { readonly from: number; readonly to: number }
/** How many rows were put under the newest key, and how many still need an older one. */
export type RenewalCount = { readonly renewed: number; readonly left: number }

/** A table of which rows name keys of a purpose. */
export type Renewal = {
  readonly purpose: 'data' | 'seal'
  readonly table: string
  renew(tx: Transaction, pages: PageRange): Promise<RenewalCount>
}

/** Which rows of a table are due, and what is read and written of them. */
export type DueRows = {
  readonly table: string
  /** SQL, of `t`: whether a row may need another key than `:newest`. */
  readonly isDue: string
  /** SQL, of `t` and what is joined: what is read of it. */
  readonly columns: string
  readonly join?: string
  /** The columns that are written, each of bytes. */
  readonly written: readonly string[]
  /** It waits for rows that somebody else writes: they are not looked at another time. */
  readonly waits?: boolean
}

/** `none`: nothing opens or checks the row by any key. `stays`: it needs the key that it names. */
export type NewValues = readonly Buffer[] | 'none' | 'stays'

/**
 * Puts the rows that are due in some pages under the newest key.
 * @param newest the id of the newest key, as `isDue` compares it
 * @param valuesOf the values of the written columns, in their order; it takes what `columns` reads
 */
const rowsAtOnce = 100

export async function renewRows(
  tx: Transaction,
  pages: PageRange,
  what: DueRows,
  newest: Buffer,
  valuesOf: (row: never) => NewValues | Promise<NewValues>,
): Promise<RenewalCount> {
  const places = await duePlaces(tx, pages, what, newest)
  if (places.length === 0) return { renewed: 0, left: 0 }
  const rows = await lockedRows(tx, what, places)
  const valued: { readonly place: string; readonly values: NewValues }[] = []
  // Some at once: a key that lies with a signer is asked for each row.
  for (let n = 0; n < rows.length; n += rowsAtOnce)
    valued.push(
      ...(await Promise.all(
        rows.slice(n, n + rowsAtOnce).map(async (row) => ({
          place: row.place,
          values: await valuesOf(row as never), // as `columns` names it
        })),
      )),
    )
  const fresh = valued.flatMap(({ place, values }) =>
    typeof values === 'string' ? [] : [{ place, values }],
  )
  if (fresh.length > 0) await writeRows(tx, what, fresh)
  const stay = valued.filter(({ values }) => values === 'stays').length
  // A row that somebody else writes at this moment is looked at another time.
  return { renewed: fresh.length, left: stay + places.length - rows.length }
}

async function duePlaces(
  tx: Transaction,
  { from, to }: PageRange,
  { table, isDue }: DueRows,
  newest: Buffer,
): Promise<string[]> {
  const { rows } = await tx.raw<{ rows: { place: string }[] }>(
    `select t.ctid::text as place from ${table} t
     where t.ctid >= cast(:first as tid) and t.ctid < cast(:end as tid) and ${isDue}`,
    { first: `(${from},0)`, end: `(${to},0)`, newest },
  )
  return rows.map(({ place }) => place)
}

async function lockedRows(
  tx: Transaction,
  { table, columns, join = '', waits = false }: DueRows,
  places: readonly string[],
): Promise<{ readonly place: string }[]> {
  // A renewal waits for no lock: a deed that locks several rows would wait for this one, and this one for the deed.
  const { rows } = await tx.raw<{ rows: { place: string }[] }>(
    `select t.ctid::text as place, ${columns} from ${table} t ${join}
     where t.ctid = any(cast(:places as tid[])) for no key update of t ${waits ? '' : 'skip locked'}`,
    { places: [...places] },
  )
  return rows
}

type Fresh = { readonly place: string; readonly values: readonly Buffer[] }

async function writeRows(
  tx: Transaction,
  { table, written }: DueRows,
  fresh: readonly Fresh[],
): Promise<void> {
  await tx.raw(
    `update ${table} t set ${written.map((name) => `${name} = n.${name}`).join(', ')}
     from unnest(?::tid[], ${written.map(() => '?::bytea[]').join(', ')}) n(place, ${written.join(', ')})
     where t.ctid = n.place`,
    [
      fresh.map(({ place }) => place),
      ...written.map((_, i) => fresh.map(({ values }) => values[i] ?? Buffer.alloc(0))),
    ],
  )
}

/** The rows of a table under the newest key. A seal that does not hold is not renewed, and needs no key: the row stays what it is. */
export function sealRenewal(table: SealedTable<unknown>, seals: RowSeals): Renewal {
  const isDue = 'substring(t.seal from 1 for 4) <> :newest'
  const due = sealedDue(table, { isDue, written: ['seal'] })
  return {
    purpose: 'seal',
    table: table.table,
    renew: (tx, pages) =>
      renewRows(tx, pages, due, seals.newestId, (found: Found) =>
        seals.holds(table.stored, found, found.seal) ? [seals.seal(table.stored, found)] : 'none',
      ),
  }
}

type Found = StoredColumns & { readonly seal: Buffer }

/** Rows of which everything is read that their seal covers, and the seal. */
export function sealedDue(
  { table, selected, join }: SealedTable<unknown>,
  what: Pick<DueRows, 'isDue' | 'written' | 'waits'>,
): DueRows {
  return { ...what, table, join, columns: `${selected}, t.seal as "seal"` }
}

const blocksOf = `select (pg_relation_size(cast(? as regclass)) / current_setting('block_size')::integer)::integer as pages`

/** How many pages a table has. */
export async function pagesOf(db: Database | Transaction, table: string): Promise<number> {
  const { rows } = await db.raw<{ rows: { pages: number }[] }>(blocksOf, [table])
  return rows[0]?.pages ?? 0
}
