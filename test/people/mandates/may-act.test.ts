import { env, stdout } from 'node:process'
import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { expect, test } from 'vitest'
import { levels } from '../../../src/base/values/assurance-levels.ts'
import type { Act } from '../../../src/people/mandates/acts.ts'
import { deskActs } from '../../../src/base/values/desk-acts.ts'
import { acts, hasAct, maskOf } from '../../../src/people/mandates/acts.ts'
import type { GroundId } from '../../../src/people/mandates/grounds.ts'
import { groundIds, grounds } from '../../../src/people/mandates/grounds.ts'
import type {
  MandateQuestion,
  MandateFacts,
  MandateLink,
  MandateRefusal,
} from '../../../src/people/mandates/mandate-facts.ts'
import { mandateSuspensions } from '../../../src/people/mandates/mandate-facts.ts'
import { mayAct } from '../../../src/people/mandates/may-act.ts'
import { seeded } from '../../support/property.ts'

// The oracle knows what happened to each mandate in the whole of time, as a list of intervals. The judge knows what the rows say at one
// instant.

/** From its first millisecond to the one at which it is over. */
type Interval = readonly [from: number, to: number]
const always: Interval = [-8.64e15, 8.64e15]
const isIn = (at: number, spans: readonly Interval[]) => spans.some(([a, b]) => at >= a && at < b)

type Story = {
  readonly link: Omit<MandateLink, 'suspended' | 'endedAt' | 'hasHolderDied'>
  readonly suspensions: readonly {
    readonly why: (typeof mandateSuspensions)[number]
    readonly span: Interval
  }[]
  readonly endsAt: number | undefined
  readonly holderDiesAt: number | undefined
}
type World = {
  readonly stories: readonly Story[]
  readonly birthdate: string | undefined
  readonly diesAt: number | undefined
  readonly principalSuspended: Interval | undefined
  readonly principalClosesAt: number | undefined
  readonly fixed: Pick<MandateFacts, 'sides' | 'holder' | 'objecting' | 'isOnlyWithHerKey'>
}

const day = 86_400_000
const begin = Date.parse('2026-01-01T05:00:00Z')
// Instants meet at the boundaries of hours, so that an end and a question often fall on the same one.
const hourly = (from: number, to: number) =>
  fc.integer({ min: from * 24, max: to * 24 }).map((hour) => begin + (hour * day) / 24)
const instant = hourly(-40, 40)
const early = fc.oneof(
  { weight: 5, arbitrary: hourly(-400, -8) },
  { weight: 1, arbitrary: instant },
)
const late = fc.oneof({ weight: 5, arbitrary: hourly(8, 400) }, { weight: 1, arbitrary: instant })
const span = fc
  .tuple(instant, instant)
  .map(([one, other]): Interval => [Math.min(one, other), Math.max(one, other)])
const rarely = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value })
const mostly = (flag: boolean) =>
  fc.integer({ min: 0, max: 7 }).map((n) => (n === 0 ? !flag : flag))

const topics = ['health', 'studies', 'money'] as const
const bodies = ['org_one', 'org_two'] as const

function storyOf(id: string): fc.Arbitrary<Story> {
  return fc
    .record({
      ground: fc.constantFrom<GroundId>(...groundIds),
      extra: fc.subarray([...acts]),
      isWhole: mostly(true),
      topics: fc.subarray([...topics]),
      organisations: fc.subarray([...bodies]),
      isAll: mostly(true),
      isSensitive: mostly(true),
      needs: fc.constantFrom('alone' as const, 'alone' as const, 'all' as const),
      signed: fc.boolean(),
      from: fc.option(early, { nil: null, freq: 15 }),
      until: fc.option(late, { nil: null, freq: 2 }),
      suspensions: rarely(fc.record({ why: fc.constantFrom(...mandateSuspensions), span })).map(
        (one) => (one === undefined ? [] : [one]),
      ),
      endsAt: rarely(instant),
      holderDiesAt: rarely(instant),
      isHeldByFirm: fc.boolean(),
    })
    .map(({ ground, extra, isWhole, from, until, suspensions, endsAt, holderDiesAt, ...rest }) => ({
      link: {
        ...rest,
        mandateId: id,
        ground,
        acts: maskOf(isWhole ? [...grounds[ground].most, ...extra] : extra),
        fromAt: from === null ? null : new Date(from),
        untilAt: until === null ? null : new Date(until),
      },
      suspensions,
      endsAt,
      holderDiesAt,
    }))
}

const worlds: fc.Arbitrary<World> = fc.record({
  stories: fc
    .constantFrom(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4)
    .chain((length) => fc.tuple(...Array.from({ length }, (_, i) => storyOf(`m${i}`)))),
  birthdate: fc.option(
    fc.constantFrom(
      '2012-01-01',
      '2012-02-29',
      '2008-02-29',
      '2008-01-09',
      '2011-12-01',
      '2007-12-30',
      '1950-06-24',
      '2020-05-05',
    ),
    { nil: undefined, freq: 10 },
  ),
  diesAt: rarely(instant),
  principalSuspended: rarely(span),
  principalClosesAt: rarely(instant),
  fixed: fc.record({
    sides: fc.constantFrom(
      'agree',
      ...Array.from({ length: 12 }, () => 'agree' as const),
      'differ',
      'untrusted',
    ),
    holder: fc.record({
      status: fc.constantFrom('open', 'open', 'open', 'open', 'open', 'suspended', 'closed'),
      acr: fc.constantFrom(...levels, 'urn:accord:aal:3'),
      isHeld: mostly(false),
      isWork: fc.boolean(),
    }),
    objecting: fc.subarray(['m0', 'm1', 'another'], { maxLength: 1 }),
    isOnlyWithHerKey: mostly(false),
  }),
})

/** `own`: which of the acts of the root’s ground is asked; undefined: `act`. */
type Question = MandateQuestion & { readonly at: number; readonly own: number | undefined }
const questions: fc.Arbitrary<Question> = fc.record({
  act: fc.constantFrom<Act>(...acts),
  own: fc.option(fc.nat(), { nil: undefined, freq: 5 }),
  about: fc.oneof(
    fc.constant('access' as const),
    fc.record({
      topic: fc.constantFrom(...topics),
      organisation: fc.constantFrom(...bodies),
      isSensitive: fc.boolean(),
      isPutToHolder: fc.boolean(),
    }),
  ),
  at: fc.tuple(instant, fc.constantFrom(0, 0, -1, 1)).map(([at, more]) => at + more),
})

function actAsked({ stories }: World, { act, own }: Question): Act {
  const root = stories.at(-1)
  const most: readonly Act[] = root === undefined ? [] : grounds[root.link.ground].most
  return (own === undefined ? undefined : most[own % most.length]) ?? act
}

/** What the rows and the registers of deaths say at an instant. */
function factsAt({ stories, birthdate, diesAt, fixed, ...world }: World, at: number): MandateFacts {
  const isClosed = world.principalClosesAt !== undefined && at >= world.principalClosesAt
  const isOff = world.principalSuspended !== undefined && isIn(at, [world.principalSuspended])
  return {
    ...fixed,
    chain: stories.map(({ link, suspensions, endsAt, holderDiesAt }) => ({
      ...link,
      suspended: suspensions.filter((one) => isIn(at, [one.span])).map(({ why }) => why),
      endedAt: endsAt !== undefined && at >= endsAt ? new Date(endsAt) : null,
      hasHolderDied: holderDiesAt !== undefined && at >= holderDiesAt,
    })),
    principal: {
      birthdate,
      hasDied: diesAt !== undefined && at >= diesAt,
      status: isClosed ? 'closed' : isOff ? 'suspended' : 'open',
    },
  }
}

/** The midnight in Québec at which she is so many years old; of the 29th of February, the 1st of March in a common year. */
function birthday(birthdate: string, years: number): number {
  const [year = 0, month = 1, date = 1] = birthdate.split('-').map(Number)
  const isLeapDay = month === 2 && date === 29
  const isLeap = new Date(Date.UTC(year + years, 1, 29)).getUTCMonth() === 1
  const of = isLeapDay && !isLeap ? { month: 3, day: 1 } : { month, day: date }
  return Temporal.PlainDate.from({ year: year + years, ...of }).toZonedDateTime('America/Toronto')
    .epochMilliseconds
}

const order: readonly MandateRefusal[] = [
  'none',
  'untrusted',
  'not-begun',
  'over',
  'ended',
  'suspended',
  'act',
  'subject',
  'sensitive',
  'age',
  'age-unknown',
  'death',
  'level',
  'held',
  'objection',
  'key',
  'work',
]
const lawful: readonly GroundId[] = [
  'parent',
  'tutor_minor',
  'tutor_adult',
  'representation',
  'protection',
  'liquidator',
]

type Say = (why: MandateRefusal, isSo: boolean) => void
type Moment = MandateQuestion & { readonly at: number }

/** Every reason that holds at an instant, by the intervals in which each does not. */
function oracle(world: World, asked: Moment): ReadonlySet<MandateRefusal> {
  const root = world.stories.at(-1)
  if (root === undefined) return new Set<MandateRefusal>(['none'])
  const found = new Set<MandateRefusal>()
  const say: Say = (why, isSo) => {
    if (isSo) found.add(why)
  }
  say('untrusted', world.fixed.sides !== 'agree' || world.stories.length > 3)
  const { ground } = root.link
  const later =
    asked.act === 'answer' && ['tutor_adult', 'protection'].includes(ground) ? 7 * day : 0
  for (const [place, story] of world.stories.entries()) {
    sayOfTime(say, story, asked.at, later)
    sayOfTerms(say, story.link, asked, place)
  }
  sayOfPrincipal(say, world, asked, ground)
  sayOfHolder(say, world, asked, root)
  return found
}

function sayOfTime(say: Say, story: Story, at: number, later: number): void {
  const { link, suspensions, endsAt, holderDiesAt } = story
  const starts = link.fromAt === null ? always[1] : link.fromAt.getTime() + later
  const suspended = suspensions.map((one) => one.span)
  say('not-begun', !isIn(at, [[starts, always[1]]]))
  say('over', !isIn(at, [[always[0], link.untilAt?.getTime() ?? always[1]]]))
  say('ended', !isIn(at, [[always[0], endsAt ?? always[1]]]))
  say('suspended', isIn(at, suspended))
  say('death', !isIn(at, [[always[0], holderDiesAt ?? always[1]]]))
}

function sayOfTerms(
  say: Say,
  link: Story['link'],
  { act, about }: MandateQuestion,
  place: number,
): void {
  const most: readonly Act[] = grounds[link.ground].most
  const held = most.filter((one) => hasAct(link.acts, one))
  const isPassedOn = place === 0 || link.isHeldByFirm || held.includes('pass-on')
  say('act', !held.includes(act) || !isPassedOn)
  const named = about === 'access' ? [] : [about.topic, about.organisation]
  const subjects: readonly (string | undefined)[] = [...link.topics, ...link.organisations]
  say('subject', !link.isAll && !named.some((one) => subjects.includes(one)))
  say('sensitive', about !== 'access' && about.isSensitive && !link.isSensitive)
}

function sayOfPrincipal(
  say: Say,
  world: World,
  { act, about, at }: Moment,
  ground: GroundId,
): void {
  const { birthdate, diesAt, principalSuspended, principalClosesAt } = world
  say('ended', !isIn(at, [[always[0], principalClosesAt ?? always[1]]]))
  say('suspended', principalSuspended !== undefined && isIn(at, [principalSuspended]))
  say('death', isIn(at, [[always[0], diesAt ?? always[1]]]) === (ground === 'liquidator'))
  const ages = agesOf(ground, act, about !== 'access' && about.isPutToHolder)
  if (ages === undefined) return
  say('age-unknown', birthdate === undefined)
  if (birthdate === undefined) return
  const [least, most] = ages
  const from = least === 0 ? always[0] : birthday(birthdate, least)
  say('age', !isIn(at, [[from, most === 0 ? always[1] : birthday(birthdate, most)]]))
}

function sayOfHolder(
  say: Say,
  { stories, fixed }: World,
  { act }: MandateQuestion,
  root: Story,
): void {
  const { ground, signed } = root.link
  const objects = stories.some(({ link }) => fixed.objecting.includes(link.mandateId))
  say('level', levels.indexOf(fixed.holder.acr) < (Object.hasOwn(deskActs, act) ? 2 : 1))
  say('held', fixed.holder.isHeld || fixed.holder.status !== 'open')
  say('objection', act === 'answer' && objects)
  say('key', act === 'answer' && fixed.isOnlyWithHerKey && !signed && !lawful.includes(ground))
  say('work', fixed.holder.isWork !== (ground === 'office' || ground === 'help'))
}

/** Between which birthdays the principal may be; 0: from birth, or for ever. Undefined: at any age. */
function agesOf(ground: GroundId, act: Act, isPutToHolder: boolean): Interval | undefined {
  const isYoung = ['read', 'ask', 'pause'].includes(act)
  if (ground === 'parent' || ground === 'tutor_minor')
    return [0, act === 'answer' && !isPutToHolder ? 14 : 18]
  if (['tutor_adult', 'representation', 'protection', 'helper', 'assistant'].includes(ground))
    return [18, 0]
  if (ground === 'trusted') return [14, 0]
  return ground === 'will' ? [isYoung ? 14 : 18, 0] : undefined
}

test('who may act for whom is what a list of intervals says, at each instant and for the first reason', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(worlds, fc.array(questions, { minLength: 10, maxLength: 10 }), (world, asked) => {
      for (const drawn of asked) {
        const one = { ...drawn, act: actAsked(world, drawn) }
        const may = mayAct(one, factsAt(world, one.at), new Date(one.at))
        const because = oracle(world, one)
        const wanted = order.find((why) => because.has(why)) ?? 'may'
        expect(may.may ? 'may' : may.because).toBe(wanted)
        met.set(wanted, (met.get(wanted) ?? 0) + 1)
        if (may.may) {
          const isJoint =
            world.fixed.objecting.length > 0 ||
            world.stories.some(({ link }) => link.needs === 'all')
          expect(may.needs).toBe(one.act === 'answer' && isJoint ? 'all' : 'alone')
          expect(may.through).toEqual(world.stories.map(({ link }) => link.mandateId))
        }
      }
    }),
    seeded({ numRuns: Number(env['MAY_ACT_RUNS'] ?? 600) }),
  )
  if (env['MAY_ACT_RUNS'] !== undefined) stdout.write(`${JSON.stringify([...met])}\n`)
})
