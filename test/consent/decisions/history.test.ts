import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { maskOf } from '../../../src/consent/record/index.ts'
import type { Payload, TimelineEvent } from '../../../src/ledger/chain/index.ts'
import { verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { CurrentRow, Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  at,
  callAtOnce,
  currentRows,
  decisionIn,
  decisionRows,
  idOf,
  inFlight,
  newSharers,
  openLoad,
  portOf,
  stopAt,
  uuidOf,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import { evaluation, holderToken, reportOf, startStage } from '../../support/sharing.ts'
import { seeded } from '../../support/property.ts'
import { untyped } from '../../support/database.ts'

// People allow and stop, holders decide, repeat and report, in any order and many at once, over two processes. Whatever came
// of it, the ledger tells exactly the state that is in the tables (I1, I12, I13, I17, I19).

const people = 6
const deeds = 300
const atOnce = 8
const kinds = [
  'access.opened',
  'consent.presented',
  'consent.granted',
  'consent.superseded',
  'consent.revoked',
  'disclosure.authorised',
  'disclosure.recorded',
  'disclosure.nil',
]

const deed = fc.record({
  who: fc.nat(people - 1),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('decide' as const) },
    { weight: 2, arbitrary: fc.constant('repeat' as const) },
    { weight: 2, arbitrary: fc.constant('allow' as const) },
    { weight: 1, arbitrary: fc.constant('stop' as const) },
    { weight: 2, arbitrary: fc.constant('report' as const) },
    { weight: 2, arbitrary: fc.constant('report nothing' as const) },
  ),
  /** Which of those that there are by then. */
  which: fc.nat(),
  process: fc.nat(1),
})
type Deed = typeof deed extends fc.Arbitrary<infer T> ? T : never

/** What a person's side and the holder's side remember. */
type Memory = {
  readonly sharer: Sharer
  readonly consentIds: string[]
  readonly requests: Json[]
  readonly permits: { readonly requestId: unknown; readonly decision: Decision }[]
}

let stage: Stage
let load: Load
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

test(
  `after ${deeds} random actions the ledger agrees with the tables`,
  { timeout: 300_000 },
  async () => {
    const memories = (await newSharers(load, people)).map((sharer): Memory => ({
      sharer,
      consentIds: [sharer.consentId],
      requests: [],
      permits: [],
    }))

    await inFlight(fc.sample(deed, seeded({ numRuns: deeds })), atOnce, (one) =>
      act(at(memories, one.who), one),
    )

    for (const memory of memories) await expectTold(memory)
    const happened = await untyped(load.db)('ledgerEvent').distinct<{ kind: string }[]>('kind')
    expect(new Set(happened.map(({ kind }) => kind))).toEqual(new Set(kinds))
    expect(stage.output()).not.toContain('a request failed')
  },
)

async function act(memory: Memory, { what, which, process }: Deed): Promise<void> {
  const { sharer, consentIds, requests, permits } = memory
  const port = portOf(stage, process)
  switch (what) {
    case 'allow':
      consentIds.push(await allowAgain(load, sharer.personId))
      return
    case 'stop': {
      // The last but one was superseded or stopped perhaps: then there is nothing to stop.
      const consentId = at(consentIds.slice(-2), which % Math.min(2, consentIds.length))
      expect([303, 409]).toContain((await stopAt(sharer, consentId, port)).status)
      return
    }
    case 'decide': {
      const categories = which % 2 === 0 ? ['cat_revenu-net'] : ['cat_situation-familiale']
      const request = evaluation(sharer.sub, { categories })
      requests.push(request)
      return decide(memory, request, port)
    }
    case 'repeat':
      return requests.length === 0
        ? undefined
        : decide(memory, at(requests, which % requests.length), port)
    case 'report':
    case 'report nothing':
      return permits.length === 0
        ? undefined
        : report(at(permits, which % permits.length).decision, what, port)
  }
}

async function decide({ permits }: Memory, request: Json, port: number): Promise<void> {
  const [answer] = await callAtOnce(stage, '/access/v1/evaluation', tokens.decide, [request], port)
  const decision = answer && decisionIn(answer)
  const { request_id: requestId } = request['context'] as Json
  if (decision?.decision === true) permits.push({ requestId, decision })
}

async function report(
  permit: Decision,
  what: 'report' | 'report nothing',
  port: number,
): Promise<void> {
  const occurredAt = { occurred_at: permit.context['evaluated_at'] }
  const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }
  const body = reportOf(permit, { ...occurredAt, ...(what === 'report' ? {} : nothing) })
  const [answer] = await callAtOnce(stage, '/disclosures', tokens.report, [body], port)
  // 422: the other report was first.
  expect([200, 201, 422]).toContain(answer?.status)
  if (answer?.status === 422) expect(answer.body).toContain('report.differs')
}

async function expectTold({ sharer: { personId }, permits }: Memory): Promise<void> {
  const events = await wholeTimeline(load, personId)
  expect(await verifyTimeline(load.db, load.vault, personId)).toEqual({
    holds: true,
    count: events.length,
  })
  expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
  expect(fold(events)).toEqual((await currentRows(load, personId)).map(plain))

  const told = idsOf(events, 'disclosure.authorised')
  const decisions = (await decisionRows(load, personId)).filter(
    ({ outcome }) => outcome === 'permit',
  )
  expect(told).toEqual(decisions.map(({ decisionId }) => decisionId))
  const answered = permits.map(({ decision }) => uuidOf(String(decision.context['decision_id'])))
  expect(answered.filter((id) => !told.includes(id))).toEqual([])
  const byRequest = Map.groupBy(permits, ({ requestId }) => requestId)
  for (const same of byRequest.values())
    expect(new Set(same.map(({ decision }) => decision.context['decision_id'])).size).toBe(1)

  for (const status of ['recorded', 'nil'] as const) {
    const reported = decisions.filter((decision) => decision.status === status)
    const rows: { decisionId: string }[] = await load
      .db('disclosure')
      .where({ personId, status })
      .orderBy('decisionId')
    const ids = rows.map(({ decisionId }) => decisionId)
    expect(ids).toEqual(reported.map(({ decisionId }) => decisionId))
    expect(idsOf(events, `disclosure.${status}`).toSorted(byText)).toEqual(ids)
  }
}

function idsOf(events: readonly TimelineEvent[], kind: TimelineEvent['kind']): string[] {
  return events
    .filter((event) => event.kind === kind)
    .map(({ payload }) => uuidOf(textIn(payload, 'decision_id')))
}

type Told = ReturnType<typeof plain>

/** What `consent_current` must hold after these events, and nothing else. @throws where an event may not follow */
function fold(events: readonly TimelineEvent[]): Told[] {
  const told = new Map<string, Told>()
  for (const { kind, payload = {}, recordedAt } of events) {
    if (kind === 'access.opened') continue
    const id = textIn(payload, 'consent_id')
    const at = recordedAt.toISOString()
    const before = told.get(id)
    if (kind === 'consent.presented') continue
    if (kind === 'consent.granted') {
      expect(before).toBeUndefined()
      expect([...told.values()].filter(({ state }) => state === 'active')).toEqual([])
      told.set(id, begun(id, payload, at))
      continue
    }
    if (before === undefined) throw new Error(`${kind} of a consent that was not granted`)
    // A report may come after the end, nothing else may.
    const isReport = kind === 'disclosure.recorded' || kind === 'disclosure.nil'
    if (!isReport) expect(before.state).toBe('active')
    told.set(id, after(before, kind, payload, at))
  }
  return [...told.values()].toSorted((a, b) => byText(uuidOf(a.id), uuidOf(b.id)))
}

function begun(id: string, payload: Payload, at: string): Told {
  const dataset = load.live.current().dataset(textIn(payload, 'dataset'))
  if (dataset === undefined) throw new Error('a consent to unknown data')
  const granted = payload['categories_granted'] as readonly string[]
  const frequency = payload['frequency_limit'] as { count: number } | null
  return {
    id,
    state: 'active',
    stateSeq: 1,
    stateAt: at,
    validFrom: textIn(payload, 'valid_from'),
    validUntil: textIn(payload, 'valid_until'),
    categories: String(maskOf(dataset, granted)),
    uses: 0,
    windowUses: 0,
    frequencyCount: frequency?.count ?? null,
    lastUseAt: undefined,
  }
}

// All within one window: it is a year long.
function after(before: Told, kind: TimelineEvent['kind'], payload: Payload, at: string): Told {
  const { uses, frequencyCount } = before
  const moved = { stateSeq: before.stateSeq + 1 }
  const ended = { ...moved, stateAt: at }
  if (kind === 'consent.revoked') return { ...before, ...ended, state: 'revoked' }
  if (kind === 'consent.superseded') return { ...before, ...ended, state: 'superseded' }
  if (kind === 'disclosure.recorded') return before
  if (kind === 'disclosure.nil' && payload['use_returned'] === false) return before
  if (kind === 'disclosure.nil')
    return { ...before, ...moved, uses: uses - 1, windowUses: uses - 1 }
  if (kind !== 'disclosure.authorised') throw new Error(`nobody did ${kind}`)
  expect(uses).toBeLessThan(frequencyCount ?? Infinity)
  return { ...before, ...moved, uses: uses + 1, windowUses: uses + 1, lastUseAt: at }
}

function plain(row: CurrentRow) {
  const { state, stateSeq, categories, uses, windowUses, frequencyCount } = row
  return {
    id: idOf(row),
    state,
    stateSeq,
    stateAt: row.stateAt.toISOString(),
    validFrom: row.validFrom.toISOString(),
    validUntil: row.validUntil.toISOString(),
    categories,
    uses,
    windowUses,
    frequencyCount,
    lastUseAt: row.lastUseAt?.toISOString(),
  }
}

function textIn(payload: Payload | undefined, name: string): string {
  const text = payload?.[name]
  if (typeof text !== 'string') throw new Error(`no ${name}`)
  return text
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}
