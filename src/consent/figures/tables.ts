import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const figuresTables = [
  plainTable('monthly_count', {
    whose: 'nobody',
    kept: 'ever',
    readBy: ['bodies', 'public'],
    change: 'events',
    why: {
      fr: 'les chiffres d’un mois; publiés arrondis',
      en: 'the figures of a month; published rounded',
    },
    columns: {
      figure: 'month outcome agreement holder recipient purpose basis detail people',
      technical: 'times',
    },
  }),
]
