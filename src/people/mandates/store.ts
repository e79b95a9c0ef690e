import { groundOf } from './grounds.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SealedTable } from '../../base/sealing/sealed-table.ts'
import type { Book, HeadJson } from '../../ledger/chain/index.ts'
import type { MandateHeldRow, MandateEnd, MandateRow } from './tables.ts'
import { heldTable, mandateTable } from './tables.ts'

// SQL of mandates.

/** More offices than one officer has. */
const mostOffices = 50
const mostOfficesEver = 1000

export type WithSeal<Row> = Row & { readonly seal: Buffer | null }

/** Both rows of an office, which bear one id. */
export type OfficeRows = {
  readonly mandate: WithSeal<MandateRow>
  readonly held: WithSeal<MandateHeldRow>
}

/** Offices that were read, with the end of their holder’s chain at the same instant. */
export type OfficesRead = {
  readonly at: Date
  readonly head: HeadJson
  readonly offices: readonly OfficeRows[]
}

const mandatePrefix = 'm.'
const heldPrefix = 'h.'

/** The covered columns of a table of this room and its seal, under names that begin alike. */
function columnsOf(table: SealedTable<unknown>, alias: string, prefix: string): string {
  const covered = table.covers.map((name, i) => [name, table.fields[i]?.[0] ?? name] as const)
  return [...covered, ['seal', 'seal'] as const]
    .map(([column, name]) => `${alias}.${column} as "${prefix}${name}"`)
    .join(', ')
}

const officeColumns = `${columnsOf(mandateTable, 'm', mandatePrefix)}, ${columnsOf(heldTable, 'h', heldPrefix)}`
const officesOpen = /* sql */ `mandate_held h join mandate m on m.mandate_id = h.held_id
  where h.holder_id = ? and h.ended_at is null and m.ground = 'office'`

type Raw = Readonly<Record<string, unknown>>

function rowOf<Row>(raw: Raw, prefix: string): WithSeal<Row> {
  const own = Object.entries(raw).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(
    own.map(([name, value]) => [name.slice(prefix.length), value]),
  ) as Row & {
    readonly seal: Buffer | null // as `columnsOf` names them
  }
}

function officeOf(raw: Raw): OfficeRows {
  return {
    mandate: rowOf<MandateRow>(raw, mandatePrefix),
    held: rowOf<MandateHeldRow>(raw, heldPrefix),
  }
}

/** The offices of an officer that nobody ended. One statement. */
export async function readOffices(db: Database, holderId: string): Promise<OfficesRead> {
  const { rows } = await db.raw<{ rows: (Raw & { at: Date; head: HeadJson })[] }>(
    `select now() + clock_offset() as at, (select to_jsonb(e) from chain_ends e where e.person_id = ?) as head, o.*
     from (values (1)) one left join lateral (select ${officeColumns} from ${officesOpen} order by m.mandate_id limit ${mostOffices}) o on true`,
    [holderId, holderId],
  )
  const offices = rows.filter((row) => row[`${mandatePrefix}mandateId`] !== null).map(officeOf)
  return { at: rows[0]?.at ?? new Date(0), head: rows[0]?.head ?? null, offices }
}

/** The ids of every office that an officer ever had, as long as it is told. */
export async function everOffices(
  db: Database | Transaction,
  holderId: string,
): Promise<readonly string[]> {
  const rows: { heldId: string }[] = await db('mandateHeld')
    .select('heldId')
    .where({ holderId, ground: 'office' })
    .orderBy('heldId')
    .limit(mostOfficesEver)
  return rows.map(({ heldId }) => heldId)
}

/** The same in the caller's transaction, after the officer's lock. */
export async function lockedOffices(tx: Transaction, holderId: string): Promise<OfficeRows[]> {
  const { rows } = await tx.raw<{ rows: Raw[] }>(
    `select ${officeColumns} from ${officesOpen} order by m.mandate_id limit ${mostOffices}`,
    [holderId],
  )
  return rows.map(officeOf)
}

/** More offices than the desk of one body has. */
const mostOfBody = 1000

/** The offices of a body that nobody ended, each with the end of its holder’s chain at the same instant. One statement. */
export async function readOfficesOfBody(db: Database, orgId: string): Promise<OfficesRead[]> {
  const { rows } = await db.raw<{ rows: (Raw & { at: Date; head: HeadJson })[] }>(
    `select now() + clock_offset() as at, to_jsonb(e) as head, ${officeColumns}
     from mandate m join mandate_held h on h.held_id = m.mandate_id left join chain_ends e on e.person_id = h.holder_id
     where m.org_id = ? and m.ground = 'office' and m.ended_at is null order by m.confirmed_at, m.mandate_id limit ${mostOfBody}`,
    [orgId],
  )
  return rows.map((row) => ({ at: row.at, head: row.head, offices: [officeOf(row)] }))
}

/** Whose an office is; undefined: nobody’s. */
export async function holderOf(db: Database, mandateId: string): Promise<string | undefined> {
  const row: { holderId: string } | undefined = await db('mandateHeld')
    .select('holderId')
    .where({ heldId: mandateId })
    .first()
  return row?.holderId
}

/** @throws Error under a ground that nothing lets begin yet: the public register would not say that it may be */
export async function insertMandate(tx: Transaction, book: Book, row: MandateRow): Promise<void> {
  if (!groundOf(row.ground).isOpen) throw new Error(`no mandate begins under ${row.ground} yet`)
  await tx('mandate').insert({
    ...row,
    topics: [...row.topics],
    organisations: [...row.organisations],
    suspended: [...row.suspended],
    hiddenFrom: [...row.hiddenFrom],
    seal: book.seals.seal(mandateTable, row),
  })
  book.note(row.mandateId, row.stateSeq)
}

export async function insertHeld(tx: Transaction, book: Book, row: MandateHeldRow): Promise<void> {
  await tx('mandateHeld').insert({ ...row, seal: book.seals.seal(heldTable, row) })
  book.note(row.heldId, row.stateSeq)
}

/** Ends both rows of an office. Rows that are not as this broker wrote them get no seal: a deed does not make them genuine. */
export async function endRows(
  tx: Transaction,
  book: Book,
  { mandate, held }: OfficeRows,
  because: MandateEnd,
): Promise<void> {
  const ended = { endedAt: book.now, stateSeq: mandate.stateSeq + 1 }
  await endMandateRow(tx, book, mandate, because)
  await tx('mandateHeld')
    .where({ heldId: held.heldId })
    .update({ ...ended, seal: sealAfter(book.seals, heldTable, held, ended) })
}

function sealAfter<Row>(
  seals: RowSeals,
  table: SealedTable<Row>,
  { seal, ...before }: WithSeal<Row>,
  change: Partial<Row>,
): Buffer | null {
  const row = before as unknown as Row // the row without its seal
  return seals.holds(table, row, seal) ? seals.seal(table, { ...row, ...change }) : null
}

const helpColumns = columnsOf(mandateTable, 'm', mandatePrefix)

async function helpsWhere(
  db: Database | Transaction,
  where: string,
  values: readonly (string | Buffer | Date | number)[],
): Promise<WithSeal<MandateRow>[]> {
  const { rows } = await db.raw<{ rows: Raw[] }>(
    `select ${helpColumns} from mandate m where m.ground = 'help' and m.ended_at is null and ${where}`,
    [...values],
  )
  return rows.map((raw) => rowOf<MandateRow>(raw, mandatePrefix))
}

/** A help that nobody ended. A deed reads it under the lock of its person. */
export async function readHelp(db: Database | Transaction, helpId: string) {
  return (await helpsWhere(db, 'm.mandate_id = ?', [helpId]))[0]
}

export async function helpOfPerson(db: Database | Transaction, personId: string) {
  return (await helpsWhere(db, 'm.principal_id = ?', [personId]))[0]
}

/** @param mark of the officer (`helps.ts#officerMark`) */
export async function helpOfOfficer(db: Database | Transaction, mark: Buffer) {
  return (await helpsWhere(db, 'm.evidence_mark = ?', [mark]))[0]
}

/** Helps whose half hour is over and whose end is not written yet. */
export function helpsToClose(db: Database, now: Date, limit: number) {
  return helpsWhere(db, 'm.until_at <= ? order by m.until_at limit ?', [now, limit])
}

export async function endMandateRow(
  tx: Transaction,
  book: Book,
  mandate: WithSeal<MandateRow>,
  because: MandateEnd,
): Promise<void> {
  const ended = {
    endedAt: book.now,
    endedBecause: because,
    stateSeq: mandate.stateSeq + 1,
  }
  await tx('mandate')
    .where({ mandateId: mandate.mandateId })
    .update({ ...ended, seal: sealAfter(book.seals, mandateTable, mandate, ended) })
  book.note(mandate.mandateId, undefined)
}

/** Forgets who may act for somebody, and for whom she may. */
export async function forgetMandates(tx: Transaction, personId: string): Promise<void> {
  const offices = tx('mandateHeld').select('heldId').where({ holderId: personId, ground: 'office' })
  await tx('mandate').where({ ground: 'office' }).whereIn('mandateId', offices).delete()
  await tx('mandateHeld').where({ holderId: personId }).delete()
  await tx('mandate').where({ principalId: personId }).delete()
}

/** Officers with an office whose last day is over and whose end is not written yet. */
export async function officersToClose(db: Database, now: Date, limit: number): Promise<string[]> {
  const rows: { holderId: string }[] = await db('mandateHeld as h')
    .join('mandate as m', 'm.mandateId', 'h.heldId')
    .distinct('h.holderId')
    .where('m.ground', 'office')
    .whereNull('m.endedAt')
    .where('m.untilAt', '<=', now)
    .orderBy('h.holderId')
    .limit(limit)
  return rows.map(({ holderId }) => holderId)
}
