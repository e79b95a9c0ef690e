import type { Renewal } from '../../base/sealing/row-renewal.ts'
import { sealRenewal } from '../../base/sealing/row-renewal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedRow } from '../../base/sealing/row-seal.ts'
import type { ClaimAnswer, StoredAnswer } from './rows.ts'

// An answer opens what a service is told of a person: a row that this broker did not write gives it nothing.

export const answerSeal = sealedRow('claim answer', 1, {
  personId: 'uuid',
  serviceId: 'text',
  claim: 'text',
  isGiven: 'flag',
  purposeSha256: 'bytes',
  answeredAt: 'time',
})

export function sealOfAnswer(seals: RowSeals, answer: ClaimAnswer): Buffer {
  return seals.seal(answerSeal, answer)
}

export function isTrueAnswer(seals: RowSeals, { seal, ...answer }: StoredAnswer): boolean {
  return seals.holds(answerSeal, answer, seal)
}

export function claimsRenewal(seals: RowSeals): Renewal {
  return sealRenewal('claim_answer', answerSeal)(seals)
}
