import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const decisionsTables = [
  plainTable('decision', {
    whose: 'person',
    kept: 'decided',
    told: 'sharings-decisions',
    exported: 'decisions',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'what was permitted and refused; three years' },
    why: {
      fr: 'chaque demande d’envoi, permise ou refusée',
      en: 'each request to send, allowed or refused',
    },
    columns: {
      consent:
        'decision_id evaluated_at consent_id holder recipient dataset purpose agreement legal_basis_id asked permitted outcome reason_code policy_version valid_until status query_id last_at visible_from period_from period_to',
      pseudonym: 'person_id',
      technical: 'person_seq times',
    },
  }),
  plainTable('decision_key', {
    whose: 'person',
    kept: 'day',
    change: { noFact: 'spares the repetition of a request, for a day' },
    afterClosing: { stays: 'one day' },
    why: { fr: 'reconnaît une demande répétée', en: 'knows a repeated request' },
    columns: { technical: 'request_key decision_id content_sha256 at' },
  }),
  plainTable('refused_day', {
    whose: 'person',
    kept: 'content',
    change: 'events',
    afterClosing: { stays: 'which event holds the hash of the refusals of a day; with the chain' },
    why: {
      fr: 'quel événement tient les refus d’un jour',
      en: 'which event holds the refusals of a day',
    },
    columns: { pseudonym: 'person_id', technical: 'day visible_from event_id' },
  }),
  plainTable('refused_mark', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'how far a job has come; the events name the days' },
    why: { fr: 'où en est la tâche', en: 'how far the job has come' },
    columns: { technical: 'one day' },
  }),
]
