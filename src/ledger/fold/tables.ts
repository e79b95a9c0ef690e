import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const foldTables = [
  plainTable('fold_walk', {
    whose: 'nobody',
    kept: 'walks',
    readBy: ['operators'],
    change: { noFact: 'how far a job has come, and what it found' },
    why: {
      fr: 'la comparaison de la nuit et ce qu’elle a trouvé',
      en: 'the comparison of the night and what it found',
    },
    columns: {
      technical: 'walk_id began_at seventh since reached people events differences named ended_at',
    },
  }),
]
