import { plainTable } from '../../base/database/plain-table.ts'

/** The tables of this room whose rows bear no seal. */
export const notificationsTables = [
  plainTable('notification_preference', {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    exported: 'messages',
    change: {
      unnoticed:
        'a line or a message that she is shown: nothing opens by it (docs/design/proof.md)',
    },
    afterClosing: 'forgotten',
    why: { fr: 'comment elle veut être prévenue', en: 'how she wants to be told' },
    columns: {
      pseudonym: 'person_id',
      trace: 'channel language changed_at sendings sendings_told_until question_reminders',
    },
  }),
  plainTable('notification', {
    whose: 'person',
    kept: 'messages',
    told: 'kept-messages',
    exported: 'notifications',
    change: {
      unnoticed:
        'a line or a message that she is shown: nothing opens by it (docs/design/proof.md)',
    },
    afterClosing: 'forgotten',
    why: {
      fr: 'qu’un message est parti; de quoi vérifier son code',
      en: 'that a message left; what checks its code',
    },
    columns: {
      trace:
        'notification_id kind channel contact_id language queued_at sent_at given_up_at checks contains_personal_data tried_at in_hands_at',
      pseudonym: 'person_id',
      technical: 'template_version',
      opens: 'code_digest',
      contact: 'sealed_address',
    },
  }),
  plainTable('outgoing_mail', {
    whose: 'nobody',
    kept: 'now',
    change: { noFact: 'whether mail goes out' },
    why: { fr: 'si le courrier part', en: 'whether mail goes out' },
    columns: { technical: 'one failing_since failed_at reached' },
  }),
]
