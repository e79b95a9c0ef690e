import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const matchingTables = [
  plainTable('matching_answer', {
    whose: 'person',
    kept: 'closing',
    told: 'kept-files',
    exported: 'timeline',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: 'forgotten',
    why: {
      fr: 'un service a demandé si un dossier est le sien',
      en: 'a service asked whether a file is hers',
    },
    columns: {
      trace: 'reference org_id service_id result reason answered_at',
      pseudonym: 'person_id',
    },
  }),
]
