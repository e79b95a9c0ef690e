import type { Database, Transaction } from '../../base/database/database.ts'
import { deviceBound } from '../../base/values/assurance-levels.ts'
import { isOwnAccess, readPersonStanding } from '../accounts/index.ts'
import type { MandateFacts, MandateVault } from '../mandates/index.ts'
import { standingOffices } from '../mandates/index.ts'
import { accessesOf } from './naming-store.ts'
import type { DeskRole } from './roles.ts'
import { roleOf } from './roles.ts'
import { workAccessTable } from './tables.ts'

// Who is at the desk of a body.

/** An officer’s office, as the desk shows it. */
export type OfficeLine = {
  readonly mandateId: string
  readonly officerId: string
  /** The body’s number of the employee; undefined: its row is not as this broker wrote it. */
  readonly number: string | undefined
  /** Undefined: its acts are of no role. */
  readonly role: DeskRole | undefined
  readonly untilAt: Date | null
}

/** The offices of a body that stand, the oldest first. */
export async function officesOfBody(
  db: Database,
  vault: MandateVault,
  organisation: string,
  now: Date,
): Promise<readonly OfficeLine[]> {
  const offices = await standingOffices(db, vault, organisation, now)
  const numbers = await numbersOf(
    db,
    vault,
    offices.map(({ officerId }) => officerId),
  )
  return offices.map(({ mandateId, officerId, acts, untilAt }) => ({
    mandateId,
    officerId,
    number: numbers.get(officerId),
    role: roleOf(acts),
    untilAt,
  }))
}

/** The employee numbers of these officers: rows that are as this broker wrote them. */
export async function numbersOf(
  db: Database | Transaction,
  { seals }: MandateVault,
  officers: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await accessesOf(db, officers)
  const ours = rows.filter((row) => seals.rows.holds(workAccessTable, row, row.seal))
  return new Map(ours.map(({ personId, sealed }) => [personId, seals.open(sealed, personId)]))
}

/** How an officer who is not here stands now. His level was judged when he proposed. */
export async function standingHolder(
  tx: Transaction,
  { vault }: MandateVault,
  officerId: string,
): Promise<MandateFacts['holder']> {
  const standing = await readPersonStanding(tx, vault.seals, officerId)
  const isOpen =
    standing?.isTrusted === true &&
    standing.status === 'active' &&
    standing.closedAt === null &&
    standing.suspendedAt === null
  const isWork = standing !== undefined && !isOwnAccess(standing)
  return { status: isOpen ? 'open' : 'suspended', acr: deviceBound, isHeld: false, isWork }
}
