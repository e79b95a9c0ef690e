import { actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import * as fc from 'fast-check'
import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'
import {
  confirmConsent,
  expireAll,
  IllegalTransition,
  pauseConsent,
  resumeConsent,
  revokeConsent,
} from '../../../src/consent/record/index.ts'
import { dayAfter, dayOf, endOfDay } from '../../../src/base/values/calendar.ts'
import { transact } from '../../../src/base/database/database.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { at, callAtOnce, decisionIn } from '../../support/sharing-load.ts'
import type { Decision, Stage } from '../../support/sharing.ts'
import { evaluation, holderToken, reportOf } from '../../support/sharing.ts'
import { pass } from '../../support/time.ts'
import { doForeseen, flowsOf, mayFlow } from './life-flows.ts'
import { acr, allow, amend, dependants, narrow } from './living.ts'

// What may happen to a consent, in any order, and a small model of what must come of it. Time passes among it.

const required = 'cat_revenu-net'
// Masks of the dataset’s categories, in its order.
const [withoutDependants, withDependants] = [3n, 7n]
const inWindow = 3
const inAll = 5
const windowMonths = 3

/** The demonstration's register, where limits are reached within one life, and which does not end before the lives do. */
export function smallLimits(object: RegisterObject): RegisterObject {
  const set: Readonly<Record<string, object>> = {
    'pur_calcul-aide': {
      frequency_limit: { count: inWindow, per: `P${windowMonths}M` },
      max_uses: inAll,
    },
    'agr_2026-001': { duration: { from: '2026-01-05' } },
  }
  return { ...object, content: { ...object.content, ...set[object.id] } }
}

/** What must be true of one record. */
type Expected = {
  /** As it is written: its end may be written later. */
  state: 'active' | 'suspended' | 'revoked' | 'superseded' | 'expired'
  hasOptional: boolean
  /** Its last day. */
  lastDay: string
  /** From when its windows are counted: one that narrows goes on with those of the one before. */
  from: number
  /** How many in a window at most: a person may lessen it, below what was sent in this one. */
  inWindow: number
  uses: number
  window: number
  windowUses: number
  /** How many uses came back, in all and in that window. */
  returned: number
  windowReturned: number
  confirmed: boolean
  /** The record that narrows it. */
  narrowedBy: number | undefined
  arrangement: number
}
type Permitted = { readonly record: number; readonly window: number; isReported: boolean }
export type Model = {
  readonly records: Expected[]
  readonly permits: Permitted[]
  arrangements: number
}

/** Where it happens. */
export type Ground = {
  readonly stage: Stage
  readonly load: Load
  readonly tokens: { decide: string; report: string }
}

/** The same, as it is. */
export type Real = Ground & {
  readonly sharer: Sharer
  readonly ids: string[]
  readonly permits: Decision[]
}

export type Command = fc.AsyncCommand<Model, Real>

function liveIn({ records }: Model): Expected | undefined {
  return records.find((record) => isLive(record))
}

function isLive({ state, lastDay }: Expected): boolean {
  return Date.now() < endOfDay(lastDay).getTime() && (state === 'active' || state === 'suspended')
}

/** Which window of its frequency limit it is now, from 0 on; by another way than the house counts. */
function windowNow({ from }: Expected): number {
  const first = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO('America/Toronto')
  for (let n = 0; ; n++) {
    const next = first.add({ months: windowMonths * (n + 1) })
    if (next.epochMilliseconds > Date.now()) return n
  }
}

function usesInWindow(record: Expected): number {
  return record.window === windowNow(record) ? record.windowUses : 0
}

function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return {
    check: () => true,
    async run(model, real) {
      await run(model, real)
      await expectSame(model, real)
    },
    toString: () => name,
  }
}

function granting(withOptional: boolean, resumes: boolean): Command {
  return command(`allow(${withOptional}, ${resumes})`, async (model, real) => {
    const before = liveIn(model)
    // What is used up ends too, but nothing goes on with it.
    const goesOn = before !== undefined && before.uses < inAll
    // A pause is ended by nothing but a tick beside the yes.
    const state = replaced(before)
    if (!goesOn) model.arrangements += 1
    model.records.push({
      ...newRecord(withOptional, dayIn(9)),
      state: resumes ? 'active' : state,
      arrangement: goesOn ? before.arrangement : model.arrangements,
    })
    real.ids.push(await allow(real.load, real.sharer.personId, withOptional, resumes))
  })
}

/**
 * A service names the arrangement of any of her records, the ended ones too: what lives there is changed by a yes, and left by
 * a no; of any other it is as if none had been named.
 */
function amending(which: number, withOptional: boolean, months: number, isYes: boolean): Command {
  const name = `amend(${which}, ${withOptional}, ${months}, ${isYes})`
  return command(name, async (model, real) => {
    const { records } = model
    if (records.length === 0) return
    const i = which % records.length
    const lastDay = dayIn(months)
    const before = liveIn(model)
    const isItsOwn = before?.arrangement === at(records, i).arrangement
    const change = { lastDay, withOptional, granted: isYes }
    const made = await amend(real.load, real.sharer.personId, at(real.ids, i), change)
    expect(made !== undefined).toBe(isMissing(before, isItsOwn, lastDay))
    if (made === undefined) return
    const goesOn = before !== undefined && (isItsOwn || before.uses < inAll)
    if (isYes) {
      const state = replaced(before)
      if (!goesOn) model.arrangements += 1
      const arrangement = goesOn ? before.arrangement : model.arrangements
      records.push({ ...newRecord(withOptional, lastDay), state, arrangement })
      real.ids.push(made)
    } else if (goesOn && !isItsOwn && before.state === 'active') before.state = 'revoked'
  })
}

/** What is usable is asked again only if its own arrangement was named, for longer or more often. */
function isMissing(before: Expected | undefined, isItsOwn: boolean, lastDay: string): boolean {
  if (before?.state !== 'active' || before.uses >= inAll) return true
  return isItsOwn && (lastDay > before.lastDay || inWindow > before.inWindow)
}

/** What takes the place of another is held while that was. @returns its state */
function replaced(before: Expected | undefined): 'active' | 'suspended' {
  const isPaused = before?.state === 'suspended'
  if (before !== undefined) before.state = 'superseded'
  return isPaused ? 'suspended' : 'active'
}

function newRecord(hasOptional: boolean, lastDay: string) {
  return {
    state: 'active' as const,
    hasOptional,
    lastDay,
    from: Date.now(),
    inWindow,
    uses: 0,
    window: 0,
    windowUses: 0,
    returned: 0,
    windowReturned: 0,
    confirmed: false,
    narrowedBy: undefined,
  }
}

/** A deed of hers on any of her records, the ended ones too. */
function moving(
  name: string,
  which: number,
  deed: typeof resumeConsent,
  rule: (record: Expected) => 'nothing' | 'illegal' | (() => void),
  kind?: 'stop' | 'pause' | 'resume',
): Command {
  return command(`${name}(${which})`, async ({ records }, real) => {
    if (records.length === 0) return
    const i = which % records.length
    const comes = rule(at(records, i))
    const consentId = at(real.ids, i)
    const { personId } = real.sharer
    const { db, notary } = real.load
    const act = () =>
      transact(db, (tx) => {
        const by = { personId, acr, provedAt: new Date(), factorIds: [] }
        return deed(tx, notary, actorOfOwnAccess({ ...by, consentId }))
      })
    const done =
      kind === undefined || comes === 'illegal'
        ? act()
        : doForeseen(real.load, personId, { kind, records: [consentId] }, act)
    if (comes === 'illegal') return expect(done).rejects.toBeInstanceOf(IllegalTransition)
    await done
    if (comes !== 'nothing') comes()
  })
}

const stopping = (which: number) =>
  moving(
    'stop',
    which,
    revokeConsent,
    (record) => {
      if (record.state === 'revoked') return 'nothing'
      return isLive(record) ? () => (record.state = 'revoked') : 'illegal'
    },
    'stop',
  )
const pausing = (which: number) =>
  moving(
    'pause',
    which,
    pauseConsent,
    (record) => {
      if (!isLive(record)) return 'illegal'
      return record.state === 'suspended' ? 'nothing' : () => (record.state = 'suspended')
    },
    'pause',
  )
const resuming = (which: number) =>
  moving(
    'resume',
    which,
    resumeConsent,
    (record) => {
      if (!isLive(record)) return 'illegal'
      return record.state === 'active' ? 'nothing' : () => (record.state = 'active')
    },
    'resume',
  )
const confirming = (which: number) =>
  moving('confirm', which, confirmConsent, (record) => {
    if (!isLive(record) || record.state !== 'active') return 'illegal'
    return record.confirmed ? 'nothing' : () => (record.confirmed = true)
  })

function narrowing(which: number, keep: boolean, months: number, times: number): Command {
  return command(`narrow(${which}, ${keep}, ${months}, ${times})`, async (model, real) => {
    const { records } = model
    if (records.length === 0) return
    const i = which % records.length
    const before = at(records, i)
    const lastDay = dayIn(months)
    const wider =
      lastDay > before.lastDay || (keep && !before.hasOptional) || times > before.inWindow
    const same =
      lastDay === before.lastDay && keep === before.hasOptional && times === before.inWindow
    const choice = { lastDay, keep: keep ? [dependants] : [], times }
    const { personId } = real.sharer
    const done = () => narrow(real.load, personId, at(real.ids, i), choice)
    if (!isLive(before)) return expect(done()).rejects.toBeInstanceOf(IllegalTransition)
    if (wider || same) return expect(done()).rejects.toMatchObject({ status: 400 })
    const to = {
      categories: keep ? withDependants : withoutDependants,
      validUntil: endOfDay(lastDay),
      frequencyCount: times,
    }
    const deed = { kind: 'narrow', record: at(real.ids, i), to } as const
    real.ids.push(await doForeseen(real.load, personId, deed, done))
    const narrower = { ...before, hasOptional: keep, lastDay, inWindow: times, confirmed: false }
    Object.assign(before, { state: 'superseded', narrowedBy: records.length })
    records.push(narrower)
  })
}

function deciding(withOptional: boolean): Command {
  return command(`decide(${withOptional})`, async (model, real) => {
    const live = liveIn(model)
    const isPermit =
      live?.state === 'active' &&
      live.uses < inAll &&
      usesInWindow(live) < live.inWindow &&
      (live.hasOptional || !withOptional)
    const categories = withOptional ? [required, dependants] : [required]
    const asked = [evaluation(real.sharer.sub, { categories })]
    const before = await flowsOf(real.load, real.sharer.personId)
    const [answer] = await callAtOnce(
      real.stage,
      '/access/v1/evaluation',
      real.tokens.decide,
      asked,
    )
    const decision = answer && decisionIn(answer)
    expect(decision?.decision).toBe(isPermit)
    expect(mayFlow(before, categories)).toBe(isPermit)
    if (!isPermit || decision === undefined || live === undefined) return
    const window = windowNow(live)
    use(live, window)
    model.permits.push({ record: model.records.indexOf(live), window, isReported: false })
    real.permits.push(decision)
  })
}

function use(live: Expected, window: number): void {
  const windowUses = usesInWindow(live) + 1
  const windowReturned = live.window === window ? live.windowReturned : 0
  Object.assign(live, { uses: live.uses + 1, window, windowUses, windowReturned })
}

function reporting(which: number, isNothing: boolean): Command {
  return command(`${isNothing ? 'nil' : 'recorded'}(${which})`, async (model, real) => {
    const open = model.permits.filter(({ isReported }) => !isReported)
    if (open.length === 0) return
    const permit = at(open, which % open.length)
    const decision = at(real.permits, model.permits.indexOf(permit))
    const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }
    const body = reportOf(decision, {
      ...(isNothing ? nothing : {}),
      occurred_at: decision.context['evaluated_at'],
    })
    const [answer] = await callAtOnce(real.stage, '/disclosures', real.tokens.report, [body])
    expect(answer?.status).toBe(201)
    permit.isReported = true
    if (!isNothing) return
    const counted: Expected[] = []
    for (let next: number | undefined = permit.record; next !== undefined;) {
      const record: Expected = at(model.records, next)
      counted.push(record)
      next = record.narrowedBy
    }
    const newest = at(counted, counted.length - 1)
    const isSame = newest.window === permit.window
    const isReturned =
      newest.returned < inAll && (!isSame || newest.windowReturned < newest.inWindow)
    const anomalies = await real.load.db('disclosureAnomaly').where({
      about: readId('dec', String(decision.context['decision_id'])),
      kind: 'nil_too_often',
      settledAt: null,
    })
    expect(anomalies).toHaveLength(isReturned ? 0 : 1)
    if (!isReturned) return
    for (const record of counted) {
      record.uses -= 1
      record.returned += 1
      if (record.window !== permit.window) continue
      record.windowUses -= 1
      record.windowReturned += 1
    }
  })
}

/** For everybody: the house, its database, this model. Tokens of the holder last five minutes. */
function passing(days: number): Command {
  return command(`pass(${days} days)`, async (_, { load, stage, tokens }) => {
    // Not to the minute: whoever looks a moment later than the model stands on the same side of every border.
    await pass(load.db, { days, hours: 7 })
    await newTokens(stage, tokens)
  })
}

export async function newTokens(stage: Stage, tokens: Ground['tokens']): Promise<void> {
  tokens.decide = await holderToken(stage, 'decide')
  tokens.report = await holderToken(stage, 'report')
}

const noLog = openLog('silent')

// The job may come at any time, or never: decisions are the same.
function writingEnds(): Command {
  return command('write ends', async ({ records, permits }, { load }) => {
    for (const record of records) {
      const isOpen = record.state === 'active' || record.state === 'suspended'
      const mayComeBack = permits.some(
        (permit) =>
          !permit.isReported && at(records, permit.record).arrangement === record.arrangement,
      )
      const isUsedUp = record.state === 'active' && record.uses >= inAll && !mayComeBack
      if (isOpen && (!isLive(record) || isUsedUp)) record.state = 'expired'
    }
    await expireAll(load.db, load.vault, noLog)
  })
}

/** A life with every kind of command, each where it does something: what chance may leave out in few lives. */
export const oneOfEach: readonly Command[] = [
  granting(true, false),
  confirming(0),
  deciding(true),
  reporting(0, true),
  deciding(false),
  reporting(0, false),
  pausing(0),
  granting(true, false),
  resuming(1),
  narrowing(1, false, 8, 2),
  amending(2, true, 11, true),
  stopping(3),
  granting(false, false),
  passing(150),
  passing(150),
  writingEnds(),
]

const which = fc.nat(30)
export const commands = fc.commands(
  [
    fc.tuple(fc.boolean(), fc.boolean()).map((of) => granting(...of)),
    fc.tuple(fc.boolean(), fc.boolean()).map((of) => granting(...of)),
    which.map(stopping),
    which.map(pausing),
    which.map(pausing),
    which.map(resuming),
    which.map(resuming),
    which.map(confirming),
    fc
      .tuple(which, fc.boolean(), fc.integer({ min: 1, max: 10 }), fc.constantFrom(1, 2, 3, 3, 4))
      .map((of) => narrowing(...of)),
    fc
      .tuple(which, fc.boolean(), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 2, 3))
      .map((of) => narrowing(...of)),
    fc
      .tuple(which, fc.boolean(), fc.integer({ min: 1, max: 11 }), fc.boolean())
      .map((of) => amending(...of)),
    fc
      .tuple(which, fc.boolean(), fc.integer({ min: 8, max: 11 }), fc.constant(true))
      .map((of) => amending(...of)),
    fc.boolean().map(deciding),
    fc.boolean().map(deciding),
    fc.boolean().map(deciding),
    fc.tuple(which, fc.boolean()).map((of) => reporting(...of)),
    fc.tuple(which, fc.boolean()).map((of) => reporting(...of)),
    fc.constantFrom(1, 40, 40, 95, 150).map(passing),
    fc.constant(undefined).map(writingEnds),
  ],
  { maxCommands: 24, size: 'max' },
)

type Row = {
  readonly consentId: string
  readonly state: string
  readonly uses: number
  readonly windowUses: number
  readonly usesReturned: number
  readonly windowReturned: number
  readonly categories: string
  readonly suspendedReasons: readonly string[]
  readonly confirmedAt: Date | null
  readonly arrangementId: string
}

async function rowsOf({ ids, load }: Real): Promise<Row[]> {
  const rows: Row[] = await load.db('consentCurrent').whereIn('consentId', ids)
  return ids.map((id) =>
    at(
      rows.filter(({ consentId }) => consentId === id),
      0,
    ),
  )
}

async function expectSame({ records }: Model, real: Real): Promise<void> {
  const rows = await rowsOf(real)
  const names = [...new Set(rows.map(({ arrangementId }) => arrangementId))]
  expect(
    rows.map((row) => ({
      state: row.state,
      uses: row.uses,
      windowUses: row.windowUses,
      returned: row.usesReturned,
      windowReturned: row.windowReturned,
      hasOptional: BigInt(row.categories) > 3n,
      reasons: row.suspendedReasons,
      confirmed: row.confirmedAt !== null,
      arrangement: names.indexOf(row.arrangementId) + 1,
    })),
  ).toEqual(
    records.map(
      ({
        state,
        uses,
        windowUses,
        returned,
        windowReturned,
        hasOptional,
        confirmed,
        arrangement,
      }) => ({
        state,
        uses,
        windowUses,
        returned,
        windowReturned,
        hasOptional,
        reasons: state === 'suspended' ? ['person'] : [],
        confirmed,
        arrangement,
      }),
    ),
  )
}

// What is asked ends in nine months, the purpose's default.
function dayIn(months: number): string {
  return dayAfter(dayOf(new Date()), `P${months}M`)
}
