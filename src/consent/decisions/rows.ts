import { createHash } from 'node:crypto'
import type { TableRow } from '../../base/database/tables.ts'
import type { ConsentState, ConsentUse } from '../record/index.ts'
import type { Draft, OpenHead } from '../../ledger/chain/index.ts'

// Rows of this room's tables: categories are masks, register objects numbers, as in consent_current.

/** `visibleFrom`: when the person sees it; null: at once. `periodFrom`, `periodTo`: of a permit, the days that were asked about. */
export type DecisionRow = Omit<
  TableRow<
    'decision',
    {
      readonly outcome: 'permit' | 'deny'
      readonly status: 'authorised' | 'recorded' | 'nil' | 'unconfirmed' | 'disputed' | null
    }
  >,
  'policyVersion'
>

/** A permit: only these columns of it may be empty, as the table demands or its event tells. */
type EmptyInPermit = 'consentId' | 'visibleFrom' | 'queryId' | 'periodFrom' | 'periodTo'
export type PermitRow = {
  readonly [Name in keyof DecisionRow]: Name extends EmptyInPermit
    ? DecisionRow[Name]
    : NonNullable<DecisionRow[Name]>
}

/** The chain that holds a decision's events: the person's, or its own where she sees the decision later (decision 0023). */
export function chainOf({
  decisionId,
  personId,
  visibleFrom,
}: Pick<DecisionRow, 'decisionId' | 'personId' | 'visibleFrom'>): string {
  return visibleFrom === null ? personId : decisionId
}

/** When the person sees an event about a decision, written at `now`; undefined: at once (docs/design/domain.md#i20). */
export function visibleFromOf(
  { visibleFrom }: Pick<DecisionRow, 'visibleFrom'>,
  now: Date,
): Date | undefined {
  if (visibleFrom === null) return undefined
  return visibleFrom > now ? visibleFrom : now
}

/**
 * Ties a permit in a chain of its own to its person, for the payload may not name her: who knows both ids can tell, and nobody can
 * guess a random uuid. Without it the row alone would say whose the permit is.
 */
export function tieOf({
  decisionId,
  personId,
}: Pick<DecisionRow, 'decisionId' | 'personId'>): string {
  return createHash('sha256').update(`${decisionId} ${personId}`).digest('hex')
}

/** Which facts a decision reads. */
export type FactsQuery = {
  readonly personId: string
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly requestKey: string
  /** Set where the law may decide: all her answers are read then, and its last uses, at most so many. */
  readonly byLaw: { readonly uses: number } | undefined
}

/** Facts about a person at one instant, `at`. */
export type Facts = {
  /** Null: no account about which a holder may ask. */
  readonly standing: 'open' | 'deceased' | null
  readonly at: Date
  readonly epoch: number
  /** The database is older than its log, and nobody has let it go on: nothing is permitted. */
  readonly isRestored: boolean
  /** Undefined for a person without any event. */
  readonly head: OpenHead | undefined
  /** The end of her chain is not as this broker wrote it: what she allowed, or was asked, may be missing. */
  readonly isUntrusted: boolean
  /** Her answers to this recipient, about the same data where a consent must decide. */
  readonly consents: readonly ConsentState[]
  /** Where the law may decide: whether all her answers, to whomever, are there and as this broker wrote them. */
  readonly isWhole: boolean
  /** The times of this recipient's last permits by law for this purpose, newest first, at most as many as `FactsQuery.byLaw` says. */
  readonly usesByLaw: readonly Date[]
  /** The permit that the same request got before, and the hash of its question. */
  readonly prior: EarlierPermit | undefined
}

export type EarlierPermit = { readonly decisionId: string; readonly contentSha256: Buffer }

/** A permit with everything that is written beside it: the request's key, the use, the event. */
export type NewPermit = {
  readonly epoch: number
  readonly decision: PermitRow
  readonly requestKey: string
  readonly contentSha256: Buffer
  /** What the use makes of the consent's row. */
  readonly use: ConsentUse | undefined
  /** The chain in which its event stands. */
  readonly chainId: string
  readonly draft: Draft
}

/** `lost`: the person's head or the register has moved since the facts were read, or another holds the head. `other code`: what
 * the database runs is no longer what it ran before the facts were read. */
export type WriteOutcome = 'written' | 'lost' | 'reused' | 'other code'

export type NewDeny = {
  readonly decisionId: string
  readonly at: Date
  readonly personId: string
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly asked: bigint
  readonly reasonCode: string
  readonly queryId: string | null
  /** Set where this deny would betray a permit that the person sees later: the basis, and when she sees this deny. */
  readonly later: { readonly legalBasisId: string; readonly visibleFrom: Date } | undefined
}
