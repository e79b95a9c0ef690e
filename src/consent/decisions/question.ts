import type { CodeStamp } from './code-guard.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import type { ConsentState, limitReached } from '../record/index.ts'
import type { Agreement, Dataset, Purpose, Register } from '../../registry/index.ts'
import type { OpenHead } from '../../ledger/chain/index.ts'
import type { DenyReason } from './reasons.ts'
import type { Facts, FactsQuery, PermitRow } from './rows.ts'

// Types of a question, of the facts about a person, and of a verdict.

/** The case or order for which the law is used, and the role of who asks: some bases demand both. */
export type LawCase = { readonly number: string; readonly role: Bilingual }

/** An evaluation as AuthZEN carries it, parsed. */
export type Evaluation = {
  readonly recipient: string
  readonly dataset: string
  readonly purpose: string
  readonly categories: readonly string[]
  /** The holder's identifier of the person. */
  readonly sub: string
  readonly period: { readonly from: string; readonly to: string } | undefined
  readonly agreement: string | undefined
  readonly lawCase: LawCase | undefined
  readonly requestId: string
  readonly queryId: string | undefined
  /** Of the token that was presented: a consent of another arrangement is not asked. A uuid; undefined: none was presented. */
  readonly arrangement?: string | undefined
}

/** May these categories of this dataset, about this person, go to this recipient for this purpose? */
export type Question = {
  readonly holder: number
  readonly recipient: number | undefined
  readonly dataset: Dataset
  readonly purpose: Purpose | undefined
  readonly asked: bigint
  readonly period: { readonly from: string; readonly to: string } | undefined
  /** An agreement's id, if the holder names one. */
  readonly agreement: string | undefined
  readonly isCaseNamed: boolean
  /** Of the token that was presented, where one was. */
  readonly arrangement?: string | undefined
  /** Agreements, in whatever state, that need no consent for one of the categories asked for. */
  readonly lawful: readonly Agreement[]
}

export type PreparedQuestion = {
  readonly question: Question
  readonly factsQuery: FactsQuery
  readonly evaluation: Evaluation
  /** SHA-256 of all that is asked. */
  readonly contentSha256: Buffer
}

/** Facts about the person: her consents to the question's recipient, and the last uses of its purpose by law. */
export type PersonFacts = Pick<Facts, 'consents' | 'isWhole' | 'usesByLaw' | 'isUntrusted'>

/** A permit by consent, with the window of a frequency limit and the uses left before this one. */
export type PermitByConsent = {
  readonly permit: true
  readonly consent: ConsentState
  readonly usesLeft: number | undefined
  readonly window: Window
}
type Window = ReturnType<typeof limitReached>['window']

/** A permit by law, with its agreement in the register. */
export type PermitByLaw = {
  readonly permit: true
  readonly agreement: Agreement
  readonly reasonCode: 'LAW_AGREEMENT' | 'LAW_PROVISION'
  readonly usesLeft: number | undefined
}

export type PermitVerdict = PermitByConsent | PermitByLaw

export type DenyVerdict = {
  readonly permit: false
  readonly because: DenyReason
  readonly consent: ConsentState | undefined
  /** The categories asked for that would be permitted: the holder may ask again for them alone. */
  readonly permitted: bigint
  readonly cause?: DenyCause | undefined
}

/** Of a suspended consent that its person has not paused: what it allows means something else than when she answered. */
export type DenyCause = 'meaning_changed'

export type Verdict = PermitVerdict | DenyVerdict

/** A permit that was decided and is still to be written. */
export type UnwrittenPermit = {
  readonly prepared: PreparedQuestion
  readonly epoch: number
  /** The head of the person's chain; undefined for a person without any event. */
  readonly head: OpenHead | undefined
  readonly at: Date
  readonly register: Register
  readonly verdict: PermitVerdict
  /** Of what the database ran before the facts were read. */
  readonly stamp: CodeStamp
}

export type Permit = {
  readonly permit: true
  readonly decision: PermitRow
  readonly dataset: Dataset
  readonly commitment: Buffer
  readonly usesLeft: number | undefined
  /** It was given before, to the same request. */
  readonly isRepeated?: true
}

export type Deny = {
  readonly permit: false
  readonly because: DenyReason
  /** Undefined where nothing was recorded: the person is unknown, or the caller may not ask. */
  readonly decisionId: string | undefined
  readonly permitted: readonly string[]
  readonly cause?: DenyCause | undefined
}

export type Decision = Permit | Deny
