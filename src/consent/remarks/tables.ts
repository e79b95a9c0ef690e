import { plainTable } from '../../base/database/plain-table.ts'

export const remarkTable = plainTable('remark', {
  whose: 'person',
  kept: 'closing',
  told: 'kept-files',
  exported: 'timeline',
  readBy: ['operators'],
  change: 'events',
  afterClosing: 'forgotten',
  why: {
    fr: 'elle a dit si un texte est clair',
    en: 'she said whether a text is clear',
  },
  columns: { trace: 'reference service_id word made_at', pseudonym: 'person_id' },
})
