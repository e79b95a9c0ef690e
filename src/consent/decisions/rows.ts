import type { ConsentState } from '../record/index.ts'
import type { Draft, OpenHead } from '../../ledger/chain/index.ts'

// What the tables of this room hold: categories are masks, register objects numbers, as in consent_current.

export type DecisionRow = {
  readonly decisionId: string
  readonly evaluatedAt: Date
  readonly personId: string
  readonly personSeq: number | null
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly agreement: number | null
  readonly legalBasisId: string | null
  readonly asked: bigint
  readonly permitted: bigint
  readonly outcome: 'permit' | 'deny'
  readonly reasonCode: string
  readonly validUntil: Date | null
  /** When the person sees it; null: at once. */
  readonly visibleFrom: Date | null
  readonly status: 'authorised' | 'recorded' | 'nil' | 'unconfirmed' | 'disputed' | null
  readonly queryId: string | null
  readonly times: number
  readonly lastAt: Date
  /** Of a permit: the days that were asked about, if the holder named any. */
  readonly periodFrom: string | null
  readonly periodTo: string | null
}

/** The chain in which the events of a decision stand: the person's, or one of its own for what she sees later (decision 0023). */
export function chainOf({
  decisionId,
  personId,
  visibleFrom,
}: Pick<DecisionRow, 'decisionId' | 'personId' | 'visibleFrom'>): string {
  return visibleFrom === null ? personId : decisionId
}

/** When a person sees what is written about a decision at `now`: later for what she sees later (docs/design/domain.md#i20). Undefined: at once. */
export function shownWith({ visibleFrom }: DecisionRow, now: Date): Date | undefined {
  if (visibleFrom === null) return undefined
  return visibleFrom > now ? visibleFrom : now
}

/** What a decision looks at. */
export type Looked = {
  readonly personId: string
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly requestKey: string
  /** What may rest on the law: all that she answered to this recipient is read then, and its last uses, at most so many. */
  readonly byLaw: { readonly uses: number } | undefined
}

/** What is true of a person at one instant, `at`. */
export type Facts = {
  /** Null: nobody who may be asked about. */
  readonly standing: 'open' | 'deceased' | null
  readonly at: Date
  readonly epoch: number
  /** Undefined for someone about whom nothing was ever written. */
  readonly head: OpenHead | undefined
  readonly consents: readonly ConsentState[]
  /** When this recipient was last permitted something by law for this purpose, newest first, as many as `Looked.byLaw` says. */
  readonly usesByLaw: readonly Date[]
  /** The permit that the same request got before, and what was asked then. */
  readonly prior: Prior | undefined
}

export type Prior = { readonly decisionId: string; readonly contentSha256: Buffer }

/** A permit with all that is written with it: its request's name, its use, its event. */
export type NewPermit = {
  readonly epoch: number
  readonly decision: DecisionRow
  readonly requestKey: string
  readonly contentSha256: Buffer
  /** The window of a frequency limit, with its uses before this one. */
  readonly window: { readonly startedAt: Date; readonly uses: number } | undefined
  /** The chain in which its event stands. */
  readonly chainId: string
  readonly draft: Draft
}

/** `lost`: the person's head or the register has moved since the facts were read, or another holds the head. */
export type WriteOutcome = 'written' | 'lost' | 'reused'

export type Deny = {
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
  /** Of what would betray a permit that the person sees later: its basis, and when she sees this. */
  readonly later: { readonly legalBasisId: string; readonly visibleFrom: Date } | undefined
}
