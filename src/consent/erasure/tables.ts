import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const erasureTables = [
  plainTable('erasure', {
    whose: 'person',
    kept: 'ever',
    told: 'sharings-kept',
    exported: 'erasures',
    readBy: ['operators'],
    change: 'events',
    afterClosing: {
      stays: 'that content of hers was erased, with its certificate: tells nothing of what it was',
    },
    why: {
      fr: 'ce qui a été effacé, avec un certificat',
      en: 'what was erased, with a certificate',
    },
    columns: {
      technical:
        'event_id person_seq rule from_year through_year from_seq through_seq before erased_at rewritten_at wal_lsn',
      pseudonym: 'person_id',
      consent: 'certificate',
    },
  }),
  plainTable('erasure_mark', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'how far a job has come' },
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one reached rewritten_at' },
  }),
]
