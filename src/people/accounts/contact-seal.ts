import { sealedTable } from '../../base/sealing/sealed-table.ts'

/** Every column of an address, but the count of tries of its code. */
export const contactTable = sealedTable('contact_point', {
  seal: ['contact', 1],
  covers: [
    'contact_id',
    'person_id',
    'channel',
    'sealed',
    'digest',
    'created_at',
    'message_id',
    'confirm_by',
    'confirmed_at',
    'removed_at',
  ],
  unsealed: { tries: 'how often a code was tried: its message is sealed' },
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    exported: 'messages',
    readBy: ['bodies'],
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'l’adresse où elle veut être prévenue',
      en: 'the address at which she wants to be told',
    },
    columns: {
      trace: 'contact_id channel created_at message_id confirm_by tries confirmed_at removed_at',
      pseudonym: 'person_id digest',
      contact: 'sealed',
      technical: 'seal',
    },
  },
})

/** How long a recovery is held, and which factors it added, as one text each. */
export const holdTable = sealedTable('recovery_holds', {
  seal: ['recovery hold', 1],
  covers: ['person_id', 'since', 'until', 'added'],
  sealsFirst: true,
  inventory: {
    whose: 'person',
    kept: 'closing',
    told: 'kept-codes',
    change: 'list',
    afterClosing: 'forgotten',
    why: {
      fr: 'retient 72 heures ce qui pourrait l’enfermer dehors',
      en: 'holds for 72 hours what could lock her out',
    },
    columns: { pseudonym: 'person_id', opens: 'since until added', technical: 'seal' },
  },
})
