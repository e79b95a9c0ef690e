import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { Language } from '../../base/values/languages.ts'

/** Digits that she told nobody yet, or that nobody used. A row whose seal does not hold opens nothing. */
export const helpCodeTable = sealedTable('help_code', {
  seal: ['help code', 1],
  covers: [
    'person_id',
    'help_id',
    'org_id',
    'digits_mark',
    'session_uid',
    'language',
    'made_at',
    'expires_at',
  ],
  types: columnTypes<{ readonly language: Language }>(),
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'les huit chiffres par lesquels une personne laisse un comptoir voir avec elle',
      en: 'the eight digits by which a person lets a desk see with her',
    },
    columns: {
      pseudonym: 'person_id',
      body: 'org_id',
      opens: 'help_id digits_mark session_uid',
      trace: 'language made_at expires_at',
      technical: 'seal',
    },
  },
})

/** What a desk asked, that she did not answer yet. A row whose seal does not hold asks nothing. */
export const helpRequestTable = sealedTable('help_request', {
  seal: ['help request', 1],
  covers: ['help_id', 'person_id', 'org_id', 'sealed', 'made_at', 'expires_at'],
  inventory: {
    whose: 'person',
    kept: 'over',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'qu’un comptoir demande par téléphone à voir avec une personne, jusqu’à ce qu’elle réponde',
      en: 'that a desk asks by telephone to see with a person, until there is an answer',
    },
    columns: {
      pseudonym: 'person_id',
      body: 'org_id',
      opens: 'help_id',
      trace: 'sealed made_at expires_at',
      technical: 'seal',
    },
  },
})

/** What an officer may open in a help. `help`: the page that lists the others. */
export const helpViews = ['help', 'sharings', 'questions', 'lines'] as const
export type HelpView = (typeof helpViews)[number]

/** Each look of an officer while a help lasts. */
export const helpLookTable = sealedTable('help_look', {
  seal: ['help look', 1],
  covers: ['help_id', 'no', 'person_id', 'what', 'at'],
  types: columnTypes<{ readonly what: HelpView }>(),
  inventory: {
    whose: 'person',
    kept: 'deed',
    change: 'seal',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce qu’un comptoir a ouvert pendant une aide, jusqu’à ce que la chaîne le dise',
      en: 'what a desk opened in a help, until the chain tells it',
    },
    columns: { pseudonym: 'person_id', trace: 'help_id no what at', technical: 'seal' },
  },
})

export type HelpCodeRow = RowOf<typeof helpCodeTable>
export type HelpLookRow = RowOf<typeof helpLookTable>
export type HelpRequestRow = RowOf<typeof helpRequestTable>
