import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { DeskCodeRow, WorkAccessRow } from './tables.ts'
import { deskCodeTable, workAccessTable } from './tables.ts'

// SQL of work accesses, and of the codes by which their holders make keys.

type Sealed<Row> = Row & { readonly seal: Buffer | null }

/** Until the end of the transaction nobody else opens or ends a work access of this body. */
export async function lockNumbers(tx: Transaction, orgId: string): Promise<void> {
  await tx.raw("select pg_advisory_xact_lock(hashtextextended('accord.work-access ' || ?, 0))", [
    orgId,
  ])
}

/** @param marks of one number, under each key */
export async function openAccessesOf(
  db: Database | Transaction,
  orgId: string,
  marks: readonly Buffer[],
): Promise<Sealed<WorkAccessRow>[]> {
  const { rows } = await db.raw<{ rows: Sealed<WorkAccessRow>[] }>(
    `select ${workAccessTable.selected}, t.seal from work_access t
     where t.org_id = ? and t.number_mark = any(?) and t.ended_at is null`,
    [orgId, [...marks]],
  )
  return rows
}

/** The work accesses of these people, as their rows are. */
export async function accessesOf(
  db: Database | Transaction,
  people: readonly string[],
): Promise<Sealed<WorkAccessRow>[]> {
  const { rows } = await db.raw<{ rows: Sealed<WorkAccessRow>[] }>(
    `select ${workAccessTable.selected}, t.seal from work_access t where t.person_id = any(?)`,
    [[...people]],
  )
  return rows
}

export async function insertWorkAccess(
  tx: Transaction,
  seals: RowSeals,
  row: WorkAccessRow,
): Promise<void> {
  await tx('workAccess').insert({ ...row, seal: seals.seal(workAccessTable, row) })
}

export async function writeAccessEnd(
  tx: Transaction,
  { personId, endedAt }: WorkAccessRow,
  seal: Buffer | null,
): Promise<void> {
  await tx('workAccess').where({ personId }).update({ endedAt, seal })
}

export async function insertCode(
  tx: Transaction,
  seals: RowSeals,
  row: DeskCodeRow,
): Promise<void> {
  await tx('deskCode').insert({ ...row, seal: seals.seal(deskCodeTable, row) })
}

const codeColumns = `${deskCodeTable.selected}, t.seal, t.tries`
/** With how often it was tried. */
export type CodeRead = Sealed<DeskCodeRow> & { readonly tries: number }

export async function lockCode(tx: Transaction, namingId: string): Promise<CodeRead | undefined> {
  const { rows } = await tx.raw<{ rows: CodeRead[] }>(
    `select ${codeColumns} from desk_code t where t.naming_id = ? for no key update`,
    [namingId],
  )
  return rows[0]
}

/** Those of which one of these is a half, locked, and each counted as tried. @param marks under each key */
export async function tryCodes(tx: Transaction, marks: readonly Buffer[]): Promise<CodeRead[]> {
  const halves = [...marks]
  const { rows } = await tx.raw<{ rows: CodeRead[] }>(
    `update desk_code t set tries = tries + 1 where t.first_mark = any(?) or t.second_mark = any(?) returning ${codeColumns}`,
    [halves, halves],
  )
  return rows
}

/** Those that were given in this browser. @param marks under each key */
export async function codesOfBrowser(
  tx: Transaction,
  marks: readonly Buffer[],
): Promise<CodeRead[]> {
  const { rows } = await tx.raw<{ rows: CodeRead[] }>(
    `select ${codeColumns} from desk_code t where t.browser_mark = any(?) for no key update`,
    [[...marks]],
  )
  return rows
}

export async function writeCode(
  tx: Transaction,
  seals: RowSeals,
  { namingId, ...row }: DeskCodeRow,
): Promise<void> {
  const seal = seals.seal(deskCodeTable, { namingId, ...row })
  await tx('deskCode')
    .where({ namingId })
    .update({ ...row, seal })
}

/** The codes of a person by which no key was made yet open nothing any more. */
export async function dropCodes(tx: Transaction, personId: string): Promise<void> {
  await tx('deskCode').where({ personId, usedAt: null }).delete()
}

export function sweepCodes(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'desk_code', 'expires_at', before)
}

export async function forgetNaming(tx: Transaction, personId: string): Promise<void> {
  await tx('deskCode').where({ personId }).delete()
  await tx('workAccess').where({ personId }).delete()
}
