import { sealedTable } from '../../base/sealing/sealed-table.ts'

const inventory = {
  whose: 'person',
  kept: 'closing',
  told: 'kept-codes',
  change: 'list',
  afterClosing: 'forgotten',
} as const

export const cardTable = sealedTable('card', {
  seal: ['card', 1],
  covers: ['card_id', 'person_id', 'number_mark', 'last_four', 'made_at', 'ended_at'],
  inventory: {
    ...inventory,
    why: {
      fr: 'sa carte d’accès (HMAC de son numéro)',
      en: 'her access card (HMAC of its number)',
    },
    columns: {
      opens: 'card_id number_mark last_four',
      pseudonym: 'person_id',
      trace: 'made_at ended_at',
      technical: 'seal',
    },
  },
})

/** Of a code that was not used. A used one has no seal. */
export const cardCodeTable = sealedTable('card_code', {
  seal: ['card code', 1],
  covers: ['proof', 'card_id', 'person_id'],
  unsealed: { used_at: 'a used code has no seal' },
  inventory: {
    ...inventory,
    why: { fr: 'les codes de sa carte (HMAC)', en: 'the codes of her card (HMAC)' },
    columns: {
      opens: 'proof card_id',
      pseudonym: 'person_id',
      trace: 'used_at',
      technical: 'seal',
    },
  },
})
