import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const factorsTables = [
  plainTable('kept_pepper', {
    whose: 'nobody',
    kept: 'ever',
    change: { noFact: 'what is left of a key that was retired: without it passwords open nothing' },
    why: {
      fr: 'ce qu’une clé retirée laisse pour vérifier les mots de passe',
      en: 'what a retired key leaves so that passwords are checked',
    },
    columns: { opens: 'key_id sealed' },
  }),
]
