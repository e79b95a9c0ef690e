import type { RowOf } from '../../base/sealing/sealed-table.ts'
import { columnTypes, sealedTable } from '../../base/sealing/sealed-table.ts'
import type { GroundId } from './grounds.ts'
import type { MandateSuspension } from './mandate-facts.ts'

// Who may act for whom, each side with a row of its own. Both bear seals, and live by the heads of the chains in which they are told: an
// older row that is put back is none of these.

export type HolderKind = 'person' | 'desk' | 'program'

/** Why a mandate ended before its time; `session`: with the session of either side; `over`: its time came. */
export type MandateEnd =
  | 'principal'
  | 'holder'
  | 'court'
  | 'body'
  | 'all-taken-back'
  | 'access-closed'
  | 'session'
  | 'over'

type KnownMandate = {
  readonly ground: GroundId
  readonly holder_kind: HolderKind
  readonly needs: 'alone' | 'all'
  readonly suspended: readonly MandateSuspension[]
  readonly ended_because: MandateEnd | null
}

/** The side of the principal. `state_seq` grows by one with each change of the row. */
export const mandateTable = sealedTable('mandate', {
  seal: ['mandate', 1],
  covers: [
    'mandate_id',
    'principal_id',
    'org_id',
    'ground',
    'holder_kind',
    'sealed',
    'acts',
    'topics',
    'organisations',
    'is_all',
    'is_sensitive',
    'needs',
    'above',
    'depth',
    'evidence_mark',
    'signed',
    'invited_at',
    'accepted_at',
    'confirmed_at',
    'from_at',
    'until_at',
    'review_on',
    'suspended',
    'hidden_from',
    'ended_at',
    'ended_because',
    'state_seq',
  ],
  types: columnTypes<KnownMandate>(),
  inventory: {
    whose: 'person',
    kept: 'content',
    change: 'events',
    afterClosing: 'forgotten',
    why: {
      fr: 'qui peut agir pour qui, et dans quelles limites',
      en: 'who may act for whom, and within which limits',
    },
    columns: {
      pseudonym: 'principal_id',
      body: 'org_id',
      identity: 'sealed',
      opens:
        'mandate_id ground holder_kind acts topics organisations is_all is_sensitive needs above depth evidence_mark signed invited_at accepted_at confirmed_at from_at until_at review_on suspended hidden_from ended_at ended_because',
      technical: 'state_seq seal',
    },
  },
})

/** The side of the holder. */
export const heldTable = sealedTable('mandate_held', {
  seal: ['held mandate', 1],
  covers: ['held_id', 'holder_id', 'sealed', 'ground', 'ended_at', 'state_seq'],
  types: columnTypes<Pick<KnownMandate, 'ground'>>(),
  inventory: {
    whose: 'person',
    kept: 'content',
    change: 'events',
    afterClosing: 'forgotten',
    why: {
      fr: 'ce que la personne peut faire pour une autre, ou pour un organisme',
      en: 'what the person may do for another one, or for an organisation',
    },
    columns: {
      pseudonym: 'holder_id',
      identity: 'sealed',
      opens: 'held_id ground ended_at',
      technical: 'state_seq seal',
    },
  },
})

export type MandateRow = RowOf<typeof mandateTable>
export type MandateHeldRow = RowOf<typeof heldTable>
