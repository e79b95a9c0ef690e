import { reaches } from '../../base/values/assurance-levels.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { BirthDateClass } from '../identity/index.ts'
import { birthDateClass } from '../identity/index.ts'
import type { Act } from './acts.ts'
import { hasAct, levelFor, maskOf } from './acts.ts'
import type { Ground } from './ground.ts'
import { groundActs, groundOf, isByLaw } from './grounds.ts'
import type {
  MandateFacts,
  MandateLink,
  MandateQuestion,
  MandateRefusal,
  MandateTerms,
  May,
} from './mandate-facts.ts'

const mostDeep = 3

/** Whether this holder may do this for this principal, at this instant. Pure: facts were read under both locks. */
export function mayAct(asked: MandateQuestion, facts: MandateFacts, now: Date): May {
  const because = whyNot(asked, facts, now)
  if (because !== undefined) return { may: false, because }
  const { chain, objecting } = facts
  const through = chain.map(({ mandateId }) => mandateId)
  const isJoint =
    asked.act === 'answer' && (objecting.length > 0 || chain.some(({ needs }) => needs === 'all'))
  return { may: true, through, needs: isJoint ? 'all' : 'alone' }
}

type Judged = {
  readonly asked: MandateQuestion
  readonly facts: MandateFacts
  readonly root: MandateLink
  readonly ground: Ground
  readonly now: Date
}

// In the order in which they are told: the first that holds.
const reasons: readonly (readonly [MandateRefusal, (judged: Judged) => boolean])[] = [
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
  ['work', ({ facts, root }) => facts.holder.isWork !== isOfDesk(root)],
]

function whyNot(
  asked: MandateQuestion,
  facts: MandateFacts,
  now: Date,
): MandateRefusal | undefined {
  const root = facts.chain.at(-1)
  if (root === undefined) return 'none'
  const judged = { asked, facts, root, ground: groundOf(root.ground), now }
  return reasons.find(([, holds]) => holds(judged))?.[0]
}

/** An office and a help are held from work accesses alone, and nothing else is. */
function isOfDesk({ ground }: MandateTerms): boolean {
  return ground === 'office' || ground === 'help'
}

/** Whether its last instant has come, whether or not its end is written. */
export function isOver({ untilAt }: Pick<MandateTerms, 'untilAt'>, now: Date): boolean {
  return untilAt !== null && now >= untilAt
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
  const held = acts & groundActs(ground)
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
function isHersAlone({ act, about }: MandateQuestion, age: BirthDateClass): boolean {
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
  return asked.act === 'answer' && facts.isOnlyWithHerKey && !root.signed && !isByLaw(root.ground)
}
