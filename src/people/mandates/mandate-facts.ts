import type { Level } from '../../base/values/assurance-levels.ts'
import type { Act } from './acts.ts'
import type { GroundId } from './grounds.ts'

// What is known of a mandate and of both sides when somebody asks to act by it.

/** What a suspension of a mandate is for; each is lifted by its own. */
export const mandateSuspensions = ['person', 'court', 'evidence', 'incident'] as const
export type MandateSuspension = (typeof mandateSuspensions)[number]

/** The terms of one mandate. All instants half-open: it may be used from `fromAt` on, and no more at `untilAt`. */
export type MandateTerms = {
  readonly mandateId: string
  readonly ground: GroundId
  /** One number (`acts.ts#maskOf`). */
  readonly acts: number
  readonly topics: readonly string[]
  readonly organisations: readonly string[]
  readonly isAll: boolean
  /** Whether sensitive information is named expressly (LAI 59). */
  readonly isSensitive: boolean
  /** `all`: a yes counts with those of all who hold a mandate of this ground for her. */
  readonly needs: 'alone' | 'all'
  /** Whether the principal’s own key signed it. */
  readonly signed: boolean
  /** null: it is not confirmed. */
  readonly fromAt: Date | null
  /** null: it has no last day. */
  readonly untilAt: Date | null
  readonly suspended: readonly MandateSuspension[]
  readonly endedAt: Date | null
}

/** A mandate of the chain, with what is known of whoever holds it. A firm acts by its people alone, so that they need no `pass-on` of it. */
export type MandateLink = MandateTerms & {
  readonly hasHolderDied: boolean
  readonly isHeldByFirm: boolean
}

/** How an access stands, as far as it matters here. */
export type PartyStanding = 'open' | 'suspended' | 'closed'

export type Matter = {
  readonly topic?: string
  /** `org_…` */
  readonly organisation: string
  readonly isSensitive: boolean
  /** Whether a service put it to the holder, and not to the principal. */
  readonly isPutToHolder: boolean
}

export type MandateQuestion = { readonly act: Act; readonly about: Matter | 'access' }

export type MandateFacts = {
  /** The mandate and those above it, root last, three at most. */
  readonly chain: readonly MandateLink[]
  /** What both sides’ rows say of one another: seals, heads, pairs. */
  readonly sides: 'agree' | 'differ' | 'untrusted'
  readonly principal: {
    /** `YYYY-MM-DD`; undefined: nobody vouched for one, or it is of no natural person. */
    readonly birthdate: string | undefined
    readonly hasDied: boolean
    readonly status: PartyStanding
  }
  readonly holder: {
    readonly status: PartyStanding
    readonly acr: Level
    /** Whether the session is one in which nothing begins. */
    readonly isHeld: boolean
    readonly isWork: boolean
  }
  /** Mandates whose holders object to a yes in this matter. */
  readonly objecting: readonly string[]
  /** Whether each yes of the principal needs the signature of her key. */
  readonly isOnlyWithHerKey: boolean
}

export type MandateRefusal =
  | 'none'
  | 'untrusted'
  | 'not-begun'
  | 'over'
  | 'ended'
  | 'suspended'
  | 'act'
  | 'subject'
  | 'sensitive'
  | 'age'
  | 'age-unknown'
  | 'death'
  | 'level'
  | 'held'
  | 'objection'
  | 'key'
  | 'work'

export type May =
  | {
      readonly may: true
      /** The ids of the chain, the mandate first. */
      readonly through: readonly string[]
      /** `all`: this yes counts with those of all others who hold a mandate of this ground. */
      readonly needs: 'alone' | 'all'
    }
  | { readonly may: false; readonly because: MandateRefusal }
