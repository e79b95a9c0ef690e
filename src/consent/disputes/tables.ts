import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const disputesTables = [
  plainTable('dispute', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'disputes',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: {
      stays: 'her question about a sending and the answer, sealed; with the decision',
    },
    why: {
      fr: '« Ce n’est pas normal? » et la réponse',
      en: '« Ce n’est pas normal? » and the answer',
    },
    columns: {
      consent:
        'dispute_id decision_id consent_id routed_to opened_at due_at body answered_at outcome answer_id answer_body',
      pseudonym: 'person_id',
      technical: 'dek_year answer_year',
    },
  }),
]
