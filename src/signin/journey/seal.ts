import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'

// What was proved in a visit, and whose password was entered in it. Left out are the pages that she has still to see, and the counts
// of the password's try, which change while the visit goes on and prove nothing.

export const attemptSeal = sealedRow('sign-in attempt', 1, {
  visitIdSha256: 'bytes',
  personId: 'uuid',
  proof: 'text',
  provedAt: 'time',
  expiresAt: 'time',
  factorIds: 'texts',
  sessionEpoch: 'int',
  codeIndex: 'text',
})

export const givenPasswordSeal = sealedRow('sign-in password', 1, {
  visitIdSha256: 'bytes',
  personId: 'uuid',
  addressMark: 'bytes',
  triesKey: 'text',
  expiresAt: 'time',
  factorId: 'uuid',
  sessionEpoch: 'int',
})

export function journeyRenewals(seals: RowSeals): readonly Renewal[] {
  return [
    sealRenewal('signin_attempts', attemptSeal)(seals),
    sealRenewal('signin_passwords', givenPasswordSeal)(seals),
  ]
}
