import type { Database } from '../../base/database/database.ts'
import { newestFromJson } from '../../ledger/chain/index.ts'
import { isOver } from './may-act.ts'
import type { MandateVault, Office } from './offices.ts'
import { officeIn } from './offices.ts'
import { readOfficesOfBody } from './store.ts'

// Which offices of a body stand now, whoever holds them.

/** An office of a body, and whose it is. */
export type OfficeOfBody = Office & { readonly officerId: string }

/** The offices of a body that stand at this instant, the oldest first: nobody ended one, its last day is not over, and both rows are ours. */
export async function standingOffices(
  db: Database,
  { vault, seals }: MandateVault,
  organisation: string,
  now: Date,
): Promise<readonly OfficeOfBody[]> {
  const read = await readOfficesOfBody(db, organisation)
  return read.flatMap(({ at, head, offices }) =>
    offices.flatMap((rows) => {
      const officerId = rows.held.holderId
      const office = officeIn(seals, newestFromJson(vault, officerId, head, at).live)(rows)
      return isStanding(office, organisation, now) ? [{ ...office, officerId }] : []
    }),
  )
}

/** Whether an office is one of this body that lets its holder do something now, if his access does. */
export function isStanding(office: Office, organisation: string, now: Date): boolean {
  const { fromAt, endedAt, suspended } = office
  const isBegun = fromAt !== null && fromAt <= now
  const isFree = endedAt === null && suspended.length === 0
  return (
    office.organisation === organisation &&
    office.sides === 'agree' &&
    isBegun &&
    isFree &&
    !isOver(office, now)
  )
}
