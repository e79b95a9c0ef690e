import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const openDataTables = [
  plainTable('published_file', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['public'],
    change: 'events',
    why: { fr: 'les fichiers de données ouvertes', en: 'the open data files' },
    columns: {
      figure: 'file_no dataset month correction format document sha256 leaf_id published_at reason',
    },
  }),
]
