import type { Database, Transaction } from '../../base/database/database.ts'
import { sqlState } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { HelpCodeRow, HelpLookRow, HelpRequestRow } from './tables.ts'
import { helpCodeTable, helpLookTable, helpRequestTable } from './tables.ts'

// SQL of this room.

type Stored<Row> = Row & { readonly seal: Buffer | null }

/** Keeps a code in the place of an earlier one. @returns false: somebody else has these digits at this body */
export async function putCode(
  tx: Transaction,
  seals: RowSeals,
  row: HelpCodeRow,
): Promise<boolean> {
  const sealed = { ...row, seal: seals.seal(helpCodeTable, row) }
  await tx.raw('savepoint code')
  const taken = await tx('helpCode')
    .insert(sealed)
    .onConflict('personId')
    .merge()
    .catch(async (error: unknown) => {
      if (sqlState(error) !== '23505') throw error
      await tx.raw('rollback to savepoint code')
      return undefined
    })
  return taken !== undefined
}

/** A code that this broker wrote; undefined: there is none. */
async function codeWhere(
  db: Database | Transaction,
  seals: RowSeals,
  where: Partial<Pick<HelpCodeRow, 'digitsMark' | 'personId'>>,
): Promise<HelpCodeRow | undefined> {
  const row: Stored<HelpCodeRow> | undefined = await db('helpCode')
    .select(
      'personId',
      'helpId',
      'orgId',
      'digitsMark',
      'sessionUid',
      'language',
      'madeAt',
      'expiresAt',
      'seal',
    )
    .where(where)
    .first()
  return row !== undefined && seals.holds(helpCodeTable, row, row.seal) ? row : undefined
}

export function codeOfMark(db: Database | Transaction, seals: RowSeals, mark: Buffer) {
  return codeWhere(db, seals, { digitsMark: mark })
}

export function codeOfPerson(db: Database | Transaction, seals: RowSeals, personId: string) {
  return codeWhere(db, seals, { personId })
}

/** @returns whether it was still there: of two who use it at once one does */
export async function dropCode(
  tx: Transaction,
  code: Pick<HelpCodeRow, 'personId'> & Partial<Pick<HelpCodeRow, 'helpId'>>,
): Promise<boolean> {
  return (await tx('helpCode').where(code).delete()) === 1
}

/** Keeps a request in the place of an earlier one of the same body. */
export async function putRequest(
  tx: Transaction,
  seals: RowSeals,
  row: HelpRequestRow,
): Promise<void> {
  const sealed = { ...row, seal: seals.seal(helpRequestTable, row) }
  await tx('helpRequest').insert(sealed).onConflict(['personId', 'orgId']).merge()
}

/** More bodies than ask one person at once. */
const mostRequests = 5

/** What waits for her, the newest first. */
export async function requestsOf(
  db: Database,
  seals: RowSeals,
  personId: string,
  now: Date,
): Promise<HelpRequestRow[]> {
  const rows: Stored<HelpRequestRow>[] = await requestsWhere(db, { personId })
    .where('expiresAt', '>', now)
    .orderBy('madeAt', 'desc')
    .limit(mostRequests)
  return rows.filter((row) => seals.holds(helpRequestTable, row, row.seal))
}

export async function requestOf(
  db: Database,
  seals: RowSeals,
  of: Pick<HelpRequestRow, 'personId' | 'helpId'>,
): Promise<HelpRequestRow | undefined> {
  const row: Stored<HelpRequestRow> | undefined = await requestsWhere(db, of).first()
  return row !== undefined && seals.holds(helpRequestTable, row, row.seal) ? row : undefined
}

function requestsWhere(db: Database, where: Partial<HelpRequestRow>) {
  const columns = ['helpId', 'personId', 'orgId', 'sealed', 'madeAt', 'expiresAt', 'seal'] as const
  return db('helpRequest')
    .select(...columns)
    .where(where)
}

/** @returns whether it was still there: of two who answer it at once one does */
export async function dropRequest(
  tx: Transaction,
  request: Pick<HelpRequestRow, 'personId' | 'helpId'>,
): Promise<boolean> {
  return (await tx('helpRequest').where(request).delete()) === 1
}

/** The next look of a help, under the lock of its person. */
export async function insertLook(
  tx: Transaction,
  seals: RowSeals,
  look: Omit<HelpLookRow, 'no'>,
): Promise<void> {
  const last: { no: number } | undefined = await tx('helpLook')
    .select('no')
    .where({ helpId: look.helpId })
    .orderBy('no', 'desc')
    .first()
  const row = { ...look, no: (last?.no ?? 0) + 1 }
  await tx('helpLook').insert({ ...row, seal: seals.seal(helpLookTable, row) })
}

/** More than an officer opens in half an hour: the newest are listed. */
const mostListed = 50

/** What was opened, as this broker wrote it, the newest first. */
export async function looksOf(
  db: Database,
  seals: RowSeals,
  helpId: string,
): Promise<HelpLookRow[]> {
  const rows: Stored<HelpLookRow>[] = await db('helpLook')
    .select('helpId', 'no', 'personId', 'what', 'at', 'seal')
    .where({ helpId })
    .orderBy('no', 'desc')
    .limit(mostListed)
  return rows.filter((row) => seals.holds(helpLookTable, row, row.seal))
}

/** Takes the looks of a help out of the table, in their order. A row that is not as this broker wrote it is no look. */
export async function takeLooks(
  tx: Transaction,
  seals: RowSeals,
  helpId: string,
): Promise<HelpLookRow[]> {
  const rows: Stored<HelpLookRow>[] = await tx('helpLook')
    .where({ helpId })
    .delete()
    .returning(['helpId', 'no', 'personId', 'what', 'at', 'seal'])
  return rows
    .filter((row) => seals.holds(helpLookTable, row, row.seal))
    .toSorted((one, other) => one.no - other.no)
}

export function sweepCodes(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'help_code', 'expires_at', before)
}

export function sweepRequests(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'help_request', 'expires_at', before)
}

export async function forgetHelps(tx: Transaction, personId: string): Promise<void> {
  await tx('helpCode').where({ personId }).delete()
  await tx('helpRequest').where({ personId }).delete()
  await tx('helpLook').where({ personId }).delete()
}
