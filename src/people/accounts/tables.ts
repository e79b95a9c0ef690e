import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const accountsTables = [
  plainTable('persons', {
    whose: 'person',
    kept: 'content',
    change: 'seal',
    afterClosing: { stays: 'the random number that the rows below hang on; with the last of them' },
    why: {
      fr: 'le numéro au hasard auquel tient le reste',
      en: 'the random number that the rest hangs on',
    },
    columns: { pseudonym: 'person_id', technical: 'status created_at' },
  }),
  plainTable('activity', {
    whose: 'person',
    kept: 'activity',
    told: 'kept-activity',
    exported: 'activity',
    change: {
      unnoticed:
        'a line or a message that she is shown: nothing opens by it (docs/design/proof.md)',
    },
    afterClosing: 'forgotten',
    why: { fr: 'ce que « Mon activité » lui montre', en: 'what « Mon activité » shows her' },
    columns: {
      trace:
        'activity_id kind service_id acr amr result reason request_id network at device settled_at factor_ids',
      pseudonym: 'person_id',
    },
  }),
  plainTable('notices', {
    whose: 'person',
    kept: 'activity',
    told: 'kept-activity',
    exported: 'notices',
    change: {
      unnoticed:
        'a line or a message that she is shown: nothing opens by it (docs/design/proof.md)',
    },
    afterClosing: 'forgotten',
    why: {
      fr: '« Était-ce vous? » après une connexion inhabituelle',
      en: '« Était-ce vous? » after an unusual sign-in',
    },
    columns: {
      trace: 'notice_id kind factor factor_id device network at answer answered_at',
      pseudonym: 'person_id',
    },
  }),
]
