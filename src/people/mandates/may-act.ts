import type { Level } from '../../base/values/assurance-levels.ts'
import { reaches } from '../../base/values/assurance-levels.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { BirthDateClass } from '../identity/index.ts'
import { birthDateClass } from '../identity/index.ts'
import type { Act, PersonalAct } from './acts.ts'
import { hasAct, levelFor, maskOf } from './acts.ts'
import type { Ground, GroundId } from './grounds.ts'
import { groundOf, isByLaw, mostOf } from './grounds.ts'

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

export type Asked = { readonly act: Act; readonly about: Matter | 'access' }

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

export type NotWhy =
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
  | { readonly may: false; readonly because: NotWhy }

const mostDeep = 3

/** Whether this holder may do this for this principal, at this instant. Pure: facts were read under both locks. */
export function mayAct(asked: Asked, facts: MandateFacts, now: Date): May {
  const because = whyNot(asked, facts, now)
  if (because !== undefined) return { may: false, because }
  const { chain, objecting } = facts
  const through = chain.map(({ mandateId }) => mandateId)
  const isJoint =
    asked.act === 'answer' && (objecting.length > 0 || chain.some(({ needs }) => needs === 'all'))
  return { may: true, through, needs: isJoint ? 'all' : 'alone' }
}

type Judged = {
  readonly asked: Asked
  readonly facts: MandateFacts
  readonly root: MandateLink
  readonly ground: Ground
  readonly now: Date
}

// In the order in which they are told: the first that holds.
const reasons: readonly (readonly [NotWhy, (judged: Judged) => boolean])[] = [
  ['untrusted', ({ facts }) => facts.sides !== 'agree' || facts.chain.length > mostDeep],
  ['not-begun', isTooEarly],
  [
    'over',
    ({ facts, now }) => facts.chain.some(({ untilAt }) => untilAt !== null && now >= untilAt),
  ],
  ['ended', hasEnded],
  ['suspended', isSuspended],
  ['act', ({ asked, facts }) => !facts.chain.every((link, i) => contains(link, asked.act, i))],
  ['subject', isOutOfSubject],
  ['sensitive', isUnnamedSensitive],
  ['age', (judged) => isOfOtherAge(judged, ageOf(judged))],
  ['age-unknown', (judged) => needsAge(judged) && ageOf(judged) === undefined],
  ['death', isByDeath],
  ['level', ({ asked, facts }) => !reaches(facts.holder.acr, levelFor(asked.act))],
  ['held', ({ facts }) => facts.holder.isHeld || facts.holder.status !== 'open'],
  ['objection', hasObjected],
  ['key', needsKey],
  ['work', ({ facts, root }) => facts.holder.isWork !== (root.ground === 'office')],
]

function whyNot(asked: Asked, facts: MandateFacts, now: Date): NotWhy | undefined {
  const root = facts.chain.at(-1)
  if (root === undefined) return 'none'
  const judged = { asked, facts, root, ground: groundOf(root.ground), now }
  return reasons.find(([, holds]) => holds(judged))?.[0]
}

function isTooEarly({ asked, facts, ground, now }: Judged): boolean {
  const more = asked.act === 'answer' ? ground.answerWaitHours : 0
  return facts.chain.some(
    ({ fromAt }) => fromAt === null || now < secondsAfter(fromAt, more * 3600),
  )
}

function hasEnded({ facts: { chain, principal }, now }: Judged): boolean {
  return (
    principal.status === 'closed' || chain.some(({ endedAt }) => endedAt !== null && now >= endedAt)
  )
}

function isSuspended({ facts: { chain, principal } }: Judged): boolean {
  return principal.status === 'suspended' || chain.some(({ suspended }) => suspended.length > 0)
}

/** Whether this link has the act, within what its ground may have; whoever passed something on may pass on. */
function contains({ ground, acts, isHeldByFirm }: MandateLink, act: Act, place: number): boolean {
  const held = acts & mostOf(ground)
  return hasAct(held, act) && (place === 0 || isHeldByFirm || hasAct(held, 'pass-on'))
}

function isOutOfSubject({ asked: { about }, facts: { chain } }: Judged): boolean {
  return !chain.every((link) => {
    if (link.isAll) return true
    if (about === 'access') return false
    const { topic, organisation } = about
    const isTopic = topic !== undefined && link.topics.includes(topic)
    return isTopic || link.organisations.includes(organisation)
  })
}

function isUnnamedSensitive({ asked: { about }, facts: { chain } }: Judged): boolean {
  return about !== 'access' && about.isSensitive && !chain.every(({ isSensitive }) => isSensitive)
}

function needsAge({ ground }: Judged): boolean {
  return ['minor', 'adult', 'from 14'].includes(ground.principal)
}

function ageOf(judged: Judged): BirthDateClass | undefined {
  const { birthdate } = judged.facts.principal
  if (!needsAge(judged) || birthdate === undefined) return undefined
  return birthDateClass(birthdate, dayOf(judged.now))
}

const whenMinor: readonly BirthDateClass[] = ['under14', '14to17']

function isOfOtherAge({ ground, asked }: Judged, age: BirthDateClass | undefined): boolean {
  if (age === undefined) return false
  if (ground.principal === 'minor') return !whenMinor.includes(age) || isHersAlone(asked, age)
  if (ground.principal === 'adult') return age !== 'adult'
  return age === 'under14' || (age === '14to17' && !isOfYoung(ground, asked.act))
}

// From 14 on she answers herself, and a parent what is put to the parent (LAI 53.1).
function isHersAlone({ act, about }: Asked, age: BirthDateClass): boolean {
  if (age !== '14to17' || act !== 'answer') return false
  return about === 'access' || !about.isPutToHolder
}

function isOfYoung({ most, mostFrom14 = most }: Ground, act: Act): boolean {
  return hasAct(maskOf(mostFrom14), act)
}

function isByDeath({ ground, facts: { chain, principal } }: Judged): boolean {
  return (
    principal.hasDied !== (ground.principal === 'dead') ||
    chain.some(({ hasHolderDied }) => hasHolderDied)
  )
}

// Whoever objects says yes only after taking the objection back.
function hasObjected({ asked, facts: { chain, objecting } }: Judged): boolean {
  return asked.act === 'answer' && chain.some(({ mandateId }) => objecting.includes(mandateId))
}

function needsKey({ asked, facts, root }: Judged): boolean {
  return (
    asked.act === ('answer' satisfies PersonalAct) &&
    facts.isOnlyWithHerKey &&
    !root.signed &&
    !isByLaw(root.ground)
  )
}
