import { plainTable } from '../../base/database/plain-table.ts'
import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'

// The state of each consent: register objects by number, a set of categories as a mask. Its seal covers every column.

export type State =
  | 'active'
  | 'suspended'
  | 'refused'
  | 'revoked'
  | 'expired'
  | 'superseded'
  | 'void'
/** Causes of a suspension: the person's pause, an incident that this broker acts on, or an order. */
export type SuspensionCause = 'person' | 'incident' | 'order'

/** The limits that a question fixes: its item, the record and the state of the consent have them under the same names. */
export const limits = [
  'max_uses',
  'frequency_count',
  'frequency_per',
  'lookback_from',
  'lookback_to',
] as const
const whose = ['person_id', 'consent_id', 'arrangement_id'] as const
const about = ['holder', 'recipient', 'dataset', 'purpose', 'agreement'] as const
const term = ['valid_from', 'valid_until'] as const
/** What the record says and the state repeats, under the same names. */
export const recordedColumnNames = [...whose, ...about, ...term, ...limits] as const
/** The uses of a consent, and how many were given back because nothing was sent: in all, and in the latest window. */
export const uses = [
  'uses',
  'window_started_at',
  'window_uses',
  'last_use_at',
  'uses_returned',
  'window_returned',
] as const

/** `state_seq` grows by one with each change of the row; `confirmed_at`: when she last confirmed it. */
export const consentTable = sealedTable('consent_current', {
  seal: ['consent', 1],
  covers: [
    ...whose,
    ...about,
    'categories',
    'state',
    'state_seq',
    'state_at',
    'suspended_reasons',
    'confirmed_at',
    ...term,
    ...limits,
    ...uses,
  ],
  types: columnTypes<KnownConsent>(),
  inventory: {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'consents',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'its state; with the record' },
    why: { fr: 'l’état de sa réponse', en: 'the state of her answer' },
    columns: {
      pseudonym: 'person_id',
      consent:
        'consent_id arrangement_id holder recipient dataset purpose agreement categories state state_at suspended_reasons valid_from valid_until max_uses frequency_count frequency_per lookback_from lookback_to uses window_started_at window_uses last_use_at confirmed_at uses_returned window_returned',
      technical: 'state_seq seal',
    },
  },
})

/** What this room knows more of a row than the catalog. */
export type KnownConsent = {
  readonly state: State
  readonly suspended_reasons: readonly SuspensionCause[]
}
export type ConsentRow = RowOf<typeof consentTable>

/** The tables of this room whose rows bear no seal. */
export const recordTables = [
  plainTable('consent_record', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'consents',
    readBy: ['bodies'],
    change: 'events',
    afterClosing: { stays: 'her answer; three years after the end' },
    why: { fr: 'sa réponse', en: 'her answer' },
    columns: {
      consent:
        'consent_id arrangement_id version_in_arrangement supersedes_consent_id request_id agreement purpose dataset legal_basis_id holder recipient categories_granted categories_declined express one_time max_uses frequency_count frequency_per lookback_from lookback_to valid_from valid_until valid_until_local tz presentation_id text_pair_sha256 channel acr amr agent_id office_org office_role created_at',
      pseudonym: 'person_id',
    },
  }),
  plainTable('receipt', {
    whose: 'person',
    kept: 'content',
    told: 'sharings-answers',
    exported: 'receipts',
    readBy: ['operators'],
    change: 'events',
    afterClosing: { stays: 'what she was given, sealed; with the record' },
    why: { fr: 'les reçus qu’elle a', en: 'the receipts that she has' },
    columns: {
      consent: 'receipt_id consent_id event_id kind body jwt_sha256 issued_at',
      pseudonym: 'person_id',
      technical: 'dek_year',
    },
  }),
  plainTable('consent_reminder', {
    whose: 'person',
    kept: 'closing',
    told: 'kept-messages',
    change: { noFact: 'that a reminder went out' },
    afterClosing: 'forgotten',
    why: { fr: 'qu’un rappel est parti', en: 'that a reminder went out' },
    columns: { pseudonym: 'person_id', trace: 'consent_id due reminded_at' },
  }),
]
