import * as fc from 'fast-check'
import { expect } from 'vitest'
import {
  confirmConsent,
  IllegalTransition,
  pauseConsent,
  resumeConsent,
  revokeConsent,
} from '../../src/consent/index.ts'
import { dayAfter, dayOf } from '../../src/foundation/calendar.ts'
import { transact } from '../../src/foundation/database.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import { at, callAtOnce, decisionIn } from '../support/sharing-load.ts'
import type { Decision, Stage } from '../support/sharing.ts'
import { evaluation, reportOf } from '../support/sharing.ts'
import { acr, allow, dependants, narrow } from './living.ts'

// What may happen to a consent, in any order, and a small model of what must come of it.

const required = 'cat_revenu-net'
const perYear = 4

/** What must be true of one record. */
type Expected = {
  state: 'active' | 'suspended' | 'revoked' | 'superseded'
  isOver: boolean
  hasOptional: boolean
  /** Months from today, the fewer the shorter. */
  months: number
  uses: number
  confirmed: boolean
  /** The record that narrows it. */
  narrowedBy: number | undefined
  arrangement: number
}
type Permitted = { readonly record: number; isReported: boolean }
export type Model = {
  readonly records: Expected[]
  readonly permits: Permitted[]
  arrangements: number
}

/** Where it happens. */
export type Ground = {
  readonly stage: Stage
  readonly load: Load
  readonly tokens: { readonly decide: string; readonly report: string }
}

/** The same, as it is. */
export type Real = Ground & {
  readonly sharer: Sharer
  readonly ids: string[]
  readonly permits: Decision[]
  readonly after: number
}

type Command = fc.AsyncCommand<Model, Real>

function liveIn({ records }: Model): Expected | undefined {
  return records.find((record) => isLive(record))
}

function isLive({ state, isOver }: Expected): boolean {
  return !isOver && (state === 'active' || state === 'suspended')
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

function granting(withOptional: boolean): Command {
  return command(`allow(${withOptional})`, async (model, real) => {
    const before = liveIn(model)
    if (before !== undefined) before.state = 'superseded'
    else model.arrangements += 1
    model.records.push({
      state: 'active',
      isOver: false,
      hasOptional: withOptional,
      months: 9,
      uses: 0,
      confirmed: false,
      narrowedBy: undefined,
      arrangement: before?.arrangement ?? model.arrangements,
    })
    real.ids.push(await allow(real.load, real.sharer.personId, withOptional))
  })
}

/** A deed of hers on any of her records, the ended ones too. */
function moving(
  name: string,
  which: number,
  deed: typeof revokeConsent,
  rule: (record: Expected) => 'nothing' | 'illegal' | (() => void),
): Command {
  return command(`${name}(${which})`, async ({ records }, real) => {
    if (records.length === 0) return
    const i = which % records.length
    const comes = rule(at(records, i))
    const consentId = at(real.ids, i)
    const { personId } = real.sharer
    const { db, notary } = real.load
    const done = transact(db, (tx) => deed(tx, notary, { personId, consentId, acr }))
    if (comes === 'illegal') return expect(done).rejects.toBeInstanceOf(IllegalTransition)
    await done
    if (comes !== 'nothing') comes()
  })
}

const stopping = (which: number) =>
  moving('stop', which, revokeConsent, (record) => {
    if (record.state === 'revoked') return 'nothing'
    return isLive(record) ? () => (record.state = 'revoked') : 'illegal'
  })
const pausing = (which: number) =>
  moving('pause', which, pauseConsent, (record) => {
    if (!isLive(record)) return 'illegal'
    return record.state === 'suspended' ? 'nothing' : () => (record.state = 'suspended')
  })
const resuming = (which: number) =>
  moving('resume', which, resumeConsent, (record) => {
    if (!isLive(record)) return 'illegal'
    return record.state === 'active' ? 'nothing' : () => (record.state = 'active')
  })
const confirming = (which: number) =>
  moving('confirm', which, confirmConsent, (record) => {
    if (!isLive(record) || record.state !== 'active') return 'illegal'
    return record.confirmed ? 'nothing' : () => (record.confirmed = true)
  })

function narrowing(which: number, keep: boolean, months: number): Command {
  return command(`narrow(${which}, ${keep}, ${months})`, async (model, real) => {
    const { records } = model
    if (records.length === 0) return
    const i = which % records.length
    const before = at(records, i)
    const wider = months > before.months || (keep && !before.hasOptional)
    const same = months === before.months && keep === before.hasOptional
    const choice = { lastDay: dayIn(months), keep: keep ? [dependants] : [] }
    const done = narrow(real.load, real.sharer.personId, at(real.ids, i), choice)
    if (!isLive(before)) return expect(done).rejects.toBeInstanceOf(IllegalTransition)
    if (wider || same) return expect(done).rejects.toMatchObject({ status: 400 })
    real.ids.push(await done)
    const narrower = { ...before, hasOptional: keep, months, confirmed: false }
    Object.assign(before, { state: 'superseded', narrowedBy: records.length })
    records.push(narrower)
  })
}

function deciding(withOptional: boolean): Command {
  return command(`decide(${withOptional})`, async (model, real) => {
    const live = liveIn(model)
    const isPermit =
      live?.state === 'active' && live.uses < perYear && (live.hasOptional || !withOptional)
    const categories = withOptional ? [required, dependants] : [required]
    const asked = [evaluation(real.sharer.sub, { categories })]
    const [answer] = await callAtOnce(
      real.stage,
      '/access/v1/evaluation',
      real.tokens.decide,
      asked,
    )
    const decision = answer && decisionIn(answer)
    expect(decision?.decision).toBe(isPermit)
    if (!isPermit || decision === undefined || live === undefined) return
    live.uses += 1
    model.permits.push({ record: model.records.indexOf(live), isReported: false })
    real.permits.push(decision)
  })
}

function reportingNothing(which: number): Command {
  return command(`nil(${which})`, async (model, real) => {
    const open = model.permits.filter(({ isReported }) => !isReported)
    if (open.length === 0) return
    const permit = at(open, which % open.length)
    const decision = at(real.permits, model.permits.indexOf(permit))
    const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }
    const body = reportOf(decision, { ...nothing, occurred_at: decision.context['evaluated_at'] })
    const [answer] = await callAtOnce(real.stage, '/disclosures', real.tokens.report, [body])
    expect(answer?.status).toBe(201)
    permit.isReported = true
    for (let next: number | undefined = permit.record; next !== undefined;) {
      const counted: Expected = at(model.records, next)
      counted.uses -= 1
      next = counted.narrowedBy
    }
  })
}

// Time moves by its rows, as in the other tests.
function expiring(which: number): Command {
  return command(`over(${which})`, async ({ records }, { ids, load }) => {
    if (records.length === 0) return
    const i = which % records.length
    at(records, i).isOver = true
    const validUntil = new Date(Date.now() - 1)
    await load
      .db('consentCurrent')
      .where({ consentId: at(ids, i) })
      .update({ validUntil })
  })
}

const which = fc.nat(30)
export const commands = fc.commands(
  [
    fc.boolean().map(granting),
    fc.boolean().map(granting),
    which.map(stopping),
    which.map(pausing),
    which.map(pausing),
    which.map(resuming),
    which.map(resuming),
    which.map(confirming),
    fc.tuple(which, fc.boolean(), fc.integer({ min: 1, max: 10 })).map((of) => narrowing(...of)),
    fc.tuple(which, fc.boolean(), fc.integer({ min: 1, max: 9 })).map((of) => narrowing(...of)),
    fc.boolean().map(deciding),
    fc.boolean().map(deciding),
    fc.boolean().map(deciding),
    which.map(reportingNothing),
    which.map(expiring),
  ],
  { maxCommands: 24, size: 'max' },
)

type Row = {
  readonly consentId: string
  readonly state: string
  readonly uses: number
  readonly windowUses: number
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
      hasOptional: BigInt(row.categories) > 3n,
      reasons: row.suspendedReasons,
      confirmed: row.confirmedAt !== null,
      arrangement: names.indexOf(row.arrangementId) + 1,
    })),
  ).toEqual(
    records.map(({ state, uses, hasOptional, confirmed, arrangement }) => ({
      state,
      uses,
      windowUses: uses,
      hasOptional,
      reasons: state === 'suspended' ? ['person'] : [],
      confirmed,
      arrangement,
    })),
  )
}

// The purpose's default: what is asked ends in nine months.
function dayIn(months: number): string {
  return dayAfter(dayOf(new Date()), `P${months}M`)
}
