import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { MandateVault } from '../mandates/index.ts'
import { endOffice, holderOf, isStanding, lockOffices } from '../mandates/index.ts'
import { dropCodes } from './naming-store.ts'
import type { DeskOfficer } from './proposals.ts'
import { officeFor } from './proposals.ts'

/**
 * Ends an office of the namer’s own body. It only takes away: it needs nobody else, and no wait. With the last of
 * his offices his code ends, too.
 * @throws Refusal desk.act (403), desk.office-gone (409)
 */
export async function endOfficeAtDesk(
  tx: Transaction,
  vault: MandateVault,
  by: DeskOfficer,
  mandateId: string,
): Promise<void> {
  const officerId = await holderOf(tx, mandateId)
  if (officerId === undefined) throw new Refusal('desk.office-gone', 409)
  const { now, offices } = await lockOffices(tx, vault, [by.officerId, officerId])
  const { mandateId: endedBy } = officeFor(by, 'name', offices, now)
  const own = offices.get(officerId) ?? []
  const isHere = own.some(
    (office) => office.mandateId === mandateId && office.organisation === by.organisation,
  )
  if (!isHere) throw new Refusal('desk.office-gone', 409)
  await endOffice(tx, vault, { officerId, mandateId, endedBy }, 'body', { type: 'broker' })
  const left = own.filter(
    (office) => office.mandateId !== mandateId && isStanding(office, by.organisation, now),
  )
  if (left.length === 0) await dropCodes(tx, officerId)
}
