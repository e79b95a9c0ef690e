import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sameReason, sealedTable } from '../../base/sealing/sealed-table.ts'

// What was proved in a visit, and whose password was entered in it. Left out are the pages that she has still to see, and the counts
// of the password's try, which change while the visit goes on and prove nothing.

export const attemptTable = sealedTable('signin_attempts', {
  seal: ['sign-in attempt', 1],
  covers: [
    'visit_id_sha256',
    'person_id',
    'proof',
    'proved_at',
    'expires_at',
    'factor_ids',
    'session_epoch',
    'code_index',
  ],
  unsealed: sameReason(
    ['codes_due', 'invitation_due', 'reach_due'],
    'a page that she has still to see',
  ),
})

export const givenPasswordTable = sealedTable('signin_passwords', {
  seal: ['sign-in password', 1],
  covers: [
    'visit_id_sha256',
    'person_id',
    'address_mark',
    'tries_key',
    'expires_at',
    'factor_id',
    'session_epoch',
  ],
  unsealed: { taken: 'counts of tries, which are given back' },
})

export function journeyRenewals(seals: RowSeals): readonly Renewal[] {
  return [sealRenewal(attemptTable, seals), sealRenewal(givenPasswordTable, seals)]
}
