import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const meTables = [
  plainTable('me_answer', {
    whose: 'person',
    kept: 'day',
    change: { noFact: 'spares the repetition of a request' },
    why: { fr: 'une réponse sous son Idempotency-Key', en: 'an answer under its Idempotency-Key' },
    columns: { technical: 'key_sha256 request_sha256', consent: 'answer at' },
  }),
]
