import { secondsAfter } from '../../base/values/clock.ts'
import { freshSeconds } from '../../base/web/person.ts'
import type { Visit } from '../../base/web/visit.ts'
import type { SigninProof } from './assurance.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { reaches } from '../../base/values/assurance-levels.ts'
import { assuranceOf } from './assurance.ts'

/** What has been proved so far in one visit. */
export type Attempt = {
  readonly personId: string
  readonly proof: SigninProof
  /** New recovery codes were made, and the person has not said yet that she has them. */
  readonly codesDue: boolean
  /** Nobody knows yet where to warn her, and she was not asked; undefined as false. */
  readonly reachDue?: boolean
  /** She came without a passkey, and has not been asked for a while whether she wants one. */
  readonly invitationDue: boolean
  /** Her key came from another device than the one of this browser; undefined as false. */
  readonly otherDevice?: boolean
  readonly provedAt: Date
  /** The factors that proved it; none before a way in was made. */
  readonly factorIds: readonly string[]
  /** How often sessions of the account were ended, read together with the proof. */
  readonly sessionEpoch: number
  /** The recovery code that was shown in this visit: making a way in uses it up. */
  readonly codeIndex?: string | null
}

export type Step =
  | { readonly show: 'sign-in' }
  | { readonly show: 'step-up'; readonly attempt: Attempt }
  | { readonly show: 'ways-back'; readonly personId: string }
  | { readonly show: 'recovery-codes-left'; readonly personId: string }
  | { readonly show: 'reach'; readonly attempt: Attempt }
  | { readonly show: 'invitation'; readonly attempt: Attempt }
  | { readonly show: 'done'; readonly attempt: Attempt }

/**
 * What comes next: never less than the level that the visit is for.
 * A recovery code opens nothing but the choice of a new way in.
 */
export function nextStep(attempt: Attempt | undefined, level?: Level): Step {
  if (attempt === undefined) return { show: 'sign-in' }
  if (attempt.proof === 'recovery-code') return { show: 'ways-back', personId: attempt.personId }
  if (attempt.codesDue) return { show: 'recovery-codes-left', personId: attempt.personId }
  if (attempt.reachDue === true) return { show: 'reach', attempt }
  // An invitation to a passkey waits until she is signed in, so that nothing is lost if she leaves it.
  if (reaches(assuranceOf(attempt.proof).acr, level)) return { show: 'done', attempt }
  // Somebody who came by an account elsewhere alone has nothing else yet: a passkey that she makes here is what the level needs next.
  const isFirst = attempt.proof === 'upstream-one'
  return { show: isFirst && attempt.invitationDue ? 'invitation' : 'step-up', attempt }
}

/** An open page is no proof for ever: a key is added after a proof as recent as « Mon accès » asks for one. */
export function invitesStill({ provedAt }: Pick<Visit, 'provedAt'>, now: Date): boolean {
  return provedAt >= secondsAfter(now, -freshSeconds)
}
