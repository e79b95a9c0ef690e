import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const chainTables = [
  plainTable('dek', {
    whose: 'person',
    kept: 'unreadable',
    told: 'sharings-sealed',
    readBy: ['operators'],
    change: 'events',
    afterClosing: {
      stays:
        'opens her chain and receipts; destroyed three years after the end of the sharing (LAI, CCQ 2925)',
    },
    why: {
      fr: 'la clé d’une personne et d’une année, enveloppée',
      en: 'the key of a person and a year, wrapped',
    },
    columns: {
      pseudonym: 'person_id',
      opens: 'year wrapped_key destroy_event_id',
      technical: 'kek_id',
      trace: 'created_at destroyed_at',
    },
  }),
  plainTable('ledger_event', {
    whose: 'person',
    kept: 'unreadable',
    told: 'sharings-sealed',
    exported: 'timeline shown_later',
    readBy: ['operators'],
    change: 'events',
    afterClosing: { stays: 'her chain, sealed; unreadable with its data key' },
    why: { fr: 'sa chaîne, chiffrée avec sa clé', en: 'her chain, encrypted with her key' },
    columns: {
      pseudonym: 'person_id',
      consent: 'event_id recorded_at visible_from kind commitment body',
      technical: 'person_seq shard dek_year',
    },
  }),
]
