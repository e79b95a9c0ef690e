import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { sealedTable } from '../../base/sealing/sealed-table.ts'
import type { ClaimAnswer, StoredAnswer } from './rows.ts'

// An answer opens what a service is told of a person: a row that this broker did not write gives it nothing.

export const answerTable = sealedTable('claim_answer', {
  seal: ['claim answer', 1],
  covers: ['person_id', 'service_id', 'claim', 'is_given', 'purpose_sha256', 'answered_at'],
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-services',
    exported: 'claims',
    readBy: ['bodies'],
    change: 'seal',
    afterClosing: 'forgotten',
    why: { fr: 'ce qu’elle laisse dire à un service', en: 'what she lets a service be told' },
    columns: {
      pseudonym: 'person_id',
      consent: 'service_id claim is_given purpose_sha256 answered_at',
      technical: 'seal',
    },
  },
})

export function sealOfAnswer(seals: RowSeals, answer: ClaimAnswer): Buffer {
  return seals.seal(answerTable, answer)
}

export function isTrueAnswer(seals: RowSeals, { seal, ...answer }: StoredAnswer): boolean {
  return seals.holds(answerTable, answer, seal)
}
