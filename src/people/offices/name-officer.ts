import type { Transaction } from '../../base/database/database.ts'
import { endOfDay } from '../../base/values/calendar.ts'
import type { MandateVault } from '../mandates/index.ts'
import { openOffice } from '../mandates/index.ts'
import type { DecidedDeed } from './proposals.ts'
import { roles } from './roles.ts'

/**
 * Names an officer, as two namers decided. @returns the id of the office
 * @throws OperatorError where its last day is not within twelve months
 */
export function nameOfficer(
  tx: Transaction,
  vault: MandateVault,
  { proposalId, organisation, content, offices }: DecidedDeed,
): Promise<string> {
  const { officer, role, until } = content
  const office = {
    officeId: proposalId,
    officerId: officer,
    organisation,
    role,
    acts: roles[role],
    untilAt: endOfDay(until),
    orderSha256: null,
    namedBy: offices,
  }
  return openOffice(tx, vault, office, { type: 'broker' })
}
