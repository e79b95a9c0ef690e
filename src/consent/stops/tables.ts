import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const stopsTables = [
  plainTable('revocation_delivery', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'stops',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'what the bodies were told of the end, and said; with the record' },
    why: { fr: 'ce que chaque organisme a fait d’un arrêt', en: 'what each body did after a stop' },
    columns: {
      consent:
        'consent_id party role queued_at acknowledged_at effect law effect_at kept_until delivered_at',
      pseudonym: 'person_id',
      technical: 'person_seq',
    },
  }),
]
