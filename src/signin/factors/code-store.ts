import type { ListedWays, ProvenFactor, Way, WaysOf } from '../../people/accounts/index.ts'
import {
  addWays,
  dropWays,
  allWaitingWays,
  wayListing,
  opensNow,
  wayOf,
  waysOfKind,
} from '../../people/accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import { codeTable } from './seal.ts'

const maxListed = 100

type CodeRow = {
  readonly codeIndex: string
  readonly proof: Buffer
  /** Null: the code is good as long as its set. */
  readonly expiresAt: Date | null
}

export type CodeKept = Omit<CodeRow, 'codeIndex'> &
  Omit<ProvenFactor, 'factorId'> & {
    readonly usedAt: Date | null
    /** Its row is not as this broker wrote it; so is each code that was used. */
    readonly isUntrusted: boolean
  }

export async function insertCodes(
  tx: Transaction,
  seals: RowSeals,
  rows: readonly (CodeRow & { readonly personId: string; readonly createdAt: Date })[],
): Promise<void> {
  for (const row of rows.slice(0, 1))
    await addWays(tx, seals, row.personId, { add: [wayByCode(row)] }, row.createdAt)
  await tx('recoveryCodes').insert(
    rows.map((row) => ({ ...row, seal: seals.seal(codeTable, row) })),
  )
}

/** A set of codes is named by when it was made: a code of an earlier set that is put back is not of it. */
function wayByCode({ expiresAt, createdAt }: Dated): Way {
  return wayOf(expiresAt === null ? 'codes' : 'counter-code', createdAt)
}

type Dated = Pick<CodeRow, 'expiresAt'> & { readonly createdAt: Date }

/** When the present set was made, by the list of ways in; undefined: there is none, or the list is not believed. */
export async function presentSet(
  db: Database | Transaction,
  seals: RowSeals,
  personId: string,
): Promise<Date | undefined> {
  const named = await waysOfKind(db, seals, personId, 'codes')
  const waiting = await allWaitingWays(db, seals, personId)
  const name = named.find((one) => !waiting.some((way) => way.kind === 'codes' && way.name === one))
  return name === undefined ? undefined : new Date(name)
}

/** Deletes the present set, used codes too; sets that wait stay. */
export async function deletePresentSet(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  const present = await presentSet(tx, seals, personId)
  if (present !== undefined) await deleteSets(tx, seals, personId, [present.toISOString()])
}

/** Deletes sets, by when they were made. */
export async function deleteSets(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
  sets: readonly string[],
): Promise<void> {
  const gone = sets.map((set) => wayOf('codes', set))
  await dropWays(tx, seals, personId, gone)
  await tx('recoveryCodes')
    .where({ personId, expiresAt: null })
    .whereIn(
      'createdAt',
      sets.map((set) => new Date(set)),
    )
    .delete()
}

/** Deletes codes of no set that is listed: what was there before a list that somebody changed. */
export async function deleteUnlisted(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  const listed = await waysOfKind(tx, seals, personId, 'codes')
  await tx('recoveryCodes')
    .where({ personId, expiresAt: null })
    .whereNotIn(
      'createdAt',
      listed.map((set) => new Date(set)),
    )
    .delete()
}

/** Deletes the codes that a person was given at a counter, used or not. */
export async function deleteCounterCodes(
  tx: Transaction,
  seals: RowSeals,
  personId: string,
): Promise<void> {
  await dropWays(tx, seals, personId, ['counter-code'])
  await tx('recoveryCodes').where({ personId }).whereNotNull('expiresAt').delete()
}

/** Which of these indexes name a code, used or not. */
export async function indexesTaken(
  db: Database,
  indexes: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows: { codeIndex: string }[] = await db('recoveryCodes')
    .select('codeIndex')
    .whereIn('codeIndex', [...indexes])
  return new Set(rows.map(({ codeIndex }) => codeIndex))
}

/** The person of a code that begins so, whether or not it is believed. */
export async function holderOfIndex(
  db: Database | Transaction,
  codeIndex: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('recoveryCodes')
    .join('provingAccounts', 'provingAccounts.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId')
    .where({ codeIndex })
    .first()
  return row?.personId
}

type Kept = Omit<CodeKept, 'isUntrusted'> &
  ListedWays & {
    readonly createdAt: Date
    readonly seal: Buffer | null
  }

export async function findCode(
  tx: Database | Transaction,
  seals: RowSeals,
  codeIndex: string,
  now: Date,
): Promise<CodeKept | undefined> {
  const row: Kept | undefined = await tx('recoveryCodes')
    .join('provingAccounts', 'provingAccounts.personId', 'recoveryCodes.personId')
    .leftJoin('waysListed', 'waysListed.personId', 'recoveryCodes.personId')
    .select('recoveryCodes.personId', 'proof', 'createdAt', 'expiresAt', 'usedAt')
    .select('recoveryCodes.seal', 'sessionEpoch', 'ways', 'waysSeal')
    .where({ codeIndex })
    .first()
  if (row === undefined) return undefined
  const { seal: _, ways: _ways, waysSeal: _seal, ...code } = row
  const listed = wayListing(seals, row.personId, row, wayByCode(row))
  // A set that waited, and whose time is over, is not there any more.
  if (listed !== undefined && !opensNow(listed, now)) return undefined
  return { ...code, isUntrusted: !opens(seals, { codeIndex, ...row }, now) }
}

type CodeListed = CodeRow &
  ListedWays & {
    readonly personId: string
    readonly createdAt: Date
    readonly seal: Buffer | null
  }

/** Whether a code that was not used is as this broker wrote it, and of a set that stands or waits. */
function opens(seals: RowSeals, row: CodeListed, now: Date): boolean {
  const { personId, seal } = row
  const isTrue = seals.holds(codeTable, row, seal)
  return isTrue && opensNow(wayListing(seals, personId, row, wayByCode(row)), now)
}

/** Marks a code as used: from now on it has no seal. @returns whether it was there, unused, and as this broker wrote it */
export async function markUsed(
  tx: Transaction,
  seals: RowSeals,
  { codeIndex, personId }: { readonly codeIndex: string; readonly personId: string },
  now: Date,
): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: Kept[] }>(
    `update recovery_codes c set used_at = ?, seal = null
     from (select k.code_index, k.seal, w.ways, w.ways_seal from recovery_codes k left join ways_listed w using (person_id)
           where k.code_index = ? and person_id = ? and k.used_at is null for update of k) b
     where c.code_index = b.code_index
     returning c.proof, c.created_at, c.expires_at, b.seal, b.ways, b.ways_seal`,
    [now, codeIndex, personId],
  )
  const [row] = rows
  return row !== undefined && opens(seals, { ...row, codeIndex, personId }, now)
}

/** When each code of the present set was made and used, and nothing of the codes themselves. */
export async function codesHeld(
  db: Database,
  personId: string,
): Promise<{ createdAt: Date; usedAt: Date | null }[]> {
  return db('recoveryCodes')
    .select('createdAt', 'usedAt')
    .where({ personId, expiresAt: null })
    .whereNotNull('proof') // not those of before, which open nothing
    .orderBy('usedAt')
    .limit(maxListed)
}

/** How many codes of the present set open something. */
export async function unusedCodes(
  db: Database,
  seals: RowSeals,
  personId: string,
): Promise<number> {
  const rows: CodeListed[] = await db('recoveryCodes')
    .leftJoin('waysListed', 'waysListed.personId', 'recoveryCodes.personId')
    .select('codeIndex', 'recoveryCodes.personId', 'proof', 'createdAt', 'expiresAt', 'seal')
    .select('ways', 'waysSeal')
    .where({ 'recoveryCodes.personId': personId, usedAt: null, expiresAt: null })
    .limit(maxListed)
  return rows.filter((row) => {
    const listed = wayListing(seals, personId, row, wayByCode(row))
    return (
      seals.holds(codeTable, row, row.seal) && listed !== undefined && listed.waits === undefined
    )
  }).length
}

/** The sets of codes of these people, and the code that each was given at a counter. */
export const waysByCodes: WaysOf = async (tx, seals, people) => {
  const rows: Omit<CodeListed, keyof ListedWays>[] = await tx('recoveryCodes')
    .select('codeIndex', 'personId', 'proof', 'createdAt', 'expiresAt', 'seal')
    .whereIn('personId', [...people])
    .whereNull('usedAt')
    .whereNotNull('seal')
  return rows
    .filter((row) => seals.holds(codeTable, row, row.seal))
    .map((row) => ({ personId: row.personId, way: wayByCode(row) }))
}

export function sweepCounterCodes(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'recovery_codes', 'expires_at', before)
}
