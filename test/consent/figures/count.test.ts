import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  countMonths,
  dueMonths,
  monthlyCounts,
  recountMonth,
} from '../../../src/consent/figures/count.ts'
import { differencesIn } from '../../../src/consent/figures/recount.ts'
import { isGenuine, sealedMonth } from '../../../src/consent/figures/seal.ts'
import { insertMonth, recount, storedMonths } from '../../../src/consent/figures/store.ts'
import type { MonthlyCount } from '../../../src/consent/figures/index.ts'
import { closeDays } from '../../../src/consent/decisions/index.ts'
import { closeInquiries } from '../../../src/consent/disclosures/index.ts'
import { addCounted, insertExcuse } from '../../../src/consent/disclosures/inquiry-store.ts'
import { transact } from '../../../src/base/database/database.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import { dayAfter, dayOf, startOfDay } from '../../../src/base/values/calendar.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Session } from '../../../src/base/database/db-session.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import type { Transaction } from '../../../src/base/database/database.ts'
import type { Difference } from '../../../src/ledger/fold/index.ts'
import { readDelayedEvents } from '../../../src/ledger/chain/index.ts'
import type { Payload } from '../../../src/ledger/chain/index.ts'
import { differencesOf } from '../../support/fold.ts'
import { inquiredByLaw, investigated, investigation } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import { bodiesOf } from '../../support/reporting.ts'
import { seals } from '../../support/seals.ts'
import { decide, evaluation, holderToken } from '../../support/sharing.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  currentRows,
  newSharers,
  openLoad,
  stopAt,
  portOf,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import { letTimeMoveFromMidMonth, pass } from '../../support/time.ts'
import { allow, amend, narrow } from '../record/living.ts'

// What a month counts is what people's events tell (docs/decisions/0156-a-month-is-counted-once.md).

const daysUntilCounted = 42

let stage: MovingStage
let load: Load
let sharers: Sharer[]
beforeAll(async () => {
  letTimeMoveFromMidMonth()
  stage = await startMovingStage()
  await stage.apply(...investigation(90))
  load = await openLoad(stage)
  sharers = await newSharers(load, 2)
  await live()
  await pass(stage.db, { days: daysUntilCounted })
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** Everything that is counted happens to somebody; some of it twice to one, once to the other. */
async function live(): Promise<void> {
  const token = await holderToken(stage, 'decide')
  const bodies = await bodiesOf(stage)
  for (const [i, sharer] of sharers.entries()) {
    const { sub, personId, consentId } = sharer
    for (let n = 0; n <= i; n++) await decide(stage, token, evaluation(sub))
    await decide(stage, token, investigated(sub))
    for (let n = 0; n < 3; n++)
      await decide(stage, token, evaluation(sub, { purpose: 'pur_inconnue@1' }))
    await stopAt(sharer, consentId, portOf(stage, i))
    await bodies.asHolder('/disclosures/effects', { consent_id: consentId, effect: 'stopped' })
    const other = await allow(load, personId, true)
    await narrow(load, personId, other, { lastDay: lastDay(100), keep: [] })
    const wider = { lastDay: lastDay(200), withOptional: true, granted: false }
    await amend(load, personId, await liveOf(personId), wider)
    if (i === 0) continue
    await pass(stage.db, { seconds: 90 })
    await bodies.asRecipient('/disclosures/effects', { consent_id: consentId, effect: 'deleted' })
  }
  // Nobody decides about these data: one person's introspections are left, of another's the holder says why.
  for (const [i, { personId }] of sharers.entries())
    await addCounted(load.db, [{ ...inquiredByLaw(load.live, personId), introspected: 3 + i }])
  for (let n = 0; n < 2; n++) await excuseOne(sharers[0]?.personId ?? '')
  await closeInquiries(load, secondsAfter(new Date(), 2 * 24 * 3600))
  for (let n = 0; n < 2; n++)
    await closeDays(load.db, load.vault, secondsAfter(new Date(), 2 * 24 * 3600), load.log)
}

async function excuseOne(personId: string): Promise<void> {
  const row = { excuseId: newUuid(new Date()), why: 'join_needed', saidAt: new Date() } as const
  await transact(load.db, (tx) =>
    insertExcuse(tx, { ...inquiredByLaw(load.live, personId), ...row }),
  )
}

function lastDay(days: number): string {
  return dayOf(secondsAfter(new Date(), days * 24 * 3600))
}

async function liveOf(personId: string): Promise<string> {
  const rows = await currentRows(load, personId)
  return rows.find(({ state }) => state === 'active')?.consentId ?? ''
}

async function count(): Promise<readonly string[]> {
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    return await countMonths(load, session)
  } finally {
    await close()
  }
}

type Tally = Map<string, { times: number; people: Set<string> }>

/** The same numbers, from what the events of these people say, opened one by one. */
async function told(): Promise<Readonly<Record<string, readonly [number, number]>>> {
  const tally: Tally = new Map()
  const add = (personId: string, what: string, times = 1) => {
    const known = tally.get(what) ?? { times: 0, people: new Set() }
    tally.set(what, { times: known.times + times, people: known.people.add(personId) })
  }
  for (const { personId } of sharers) {
    const confirmed = new Map<unknown, number>()
    for (const { kind, payload } of await wholeTimeline(load, personId))
      tell(kind, payload ?? {}, confirmed, (what, times) => add(personId, what, times))
    for (const { kind } of await readDelayedEvents(load.db, load.vault, personId, {
      after: undefined,
      limit: 100,
    }))
      if (kind === 'disclosure.authorised') add(personId, 'permitted-later')
  }
  return Object.fromEntries(
    [...tally].map(([what, { times, people }]) => [what, [times, people.size]]),
  )
}

const kinds: Readonly<Record<string, string>> = {
  'disclosure.authorised': 'permitted',
  'consent.refused': 'refused',
  'consent.revoked': 'stopped',
  'consent.expired': 'expired',
}

function tell(
  kind: string,
  payload: Payload,
  confirmed: Map<unknown, number>,
  add: (what: string, times?: number) => void,
): void {
  const [what, id] = [kinds[kind], payload['consent_id']]
  if (what !== undefined) add(what)
  if (kind === 'consent.granted' && (payload['narrowed_from'] ?? null) === null) add('granted')
  for (const { code, times } of (payload['reasons'] ?? []) as readonly {
    code: string
    times: number
  }[])
    add(`denied ${code}`, times)
  if (kind === 'disclosure.inquired') tellInquired(payload, add)
  if (kind !== 'revocation.effect-reported') return
  confirmed.set(id, (confirmed.get(id) ?? 0) + 1)
  if (confirmed.get(id) === 2) add('confirmed')
}

function tellInquired(payload: Payload, add: (what: string, times?: number) => void): void {
  const excused = payload['excused'] as Readonly<Record<string, number>>
  const all = Object.values(excused).reduce((sum, n) => sum + n, 0)
  if (Number(payload['undecided']) > 0) add('inquired', Number(payload['undecided']))
  if (all > 0) add('inquired-excused', all)
}

test('a month is counted once, after its end, and tells what the events of people tell', async () => {
  // A month whose counting fails leaves nothing behind, and the session counts on.
  const { session, close } = await openSession(stage.databaseUrl)
  await load.db.raw(
    'alter table counted_month add constraint fails check (minutes is null and minutes is not null) not valid',
  )
  await expect(countMonths(load, session)).rejects.toThrow('fails')
  await load.db.raw('alter table counted_month drop constraint fails')
  expect(await storedMonths(session, 1)).toEqual([])
  const counted = await countMonths(load, session)
  expect(counted.length).toBeGreaterThan(0)
  expect(await count()).toEqual([])
  // Another process that began before it was stored stores nothing, and what was counted stays.
  for (const month of await storedMonths(session, 1))
    expect(await insertMonth(session, month, [])).toBe(false)
  expect(await recountMonth(session, '2020-01-01')).toEqual([])
  await close()
  expect(counted).toEqual(counted.map((_, i) => dayAfter(counted[0] ?? '', `P${i}M`)))

  const months = await monthlyCounts(load.db, load.vault.seals, 24)
  expect(months.map(({ month }) => month)).toEqual(counted.toReversed())
  expect(months.every(({ isGenuine }) => isGenuine)).toBe(true)
  // The processes of the stage noted the minutes in which they could serve.
  expect(months.at(-1)?.served?.served).toBeGreaterThan(0)
  await pass(stage.db, { days: 90 - daysUntilCounted + 1 })
  const all = months.flatMap(({ counts }) => counts)
  const by = Map.groupBy(all, ({ outcome, detail }) =>
    outcome === 'denied' ? `denied ${detail}` : outcome,
  )
  const sums = [...by].map(([what, of]) => [
    what,
    [
      of.reduce((sum, { times }) => sum + times, 0),
      of.reduce((sum, { people }) => sum + people, 0),
    ],
  ])
  const events = await told()
  expect(Object.keys(events).toSorted()).toEqual(
    expect.arrayContaining([
      'permitted',
      'permitted-later',
      'granted',
      'refused',
      'stopped',
      'confirmed',
      'inquired',
      'inquired-excused',
    ]),
  )
  expect(Object.fromEntries(sums)).toEqual(events)
  const permitted = all.filter(({ outcome }) => outcome === 'permitted')
  expect(permitted).toEqual([
    {
      outcome: 'permitted',
      agreement: 'agr_2026-001',
      holder: 'org_agence-revenu',
      recipient: 'org_aide-etudes',
      purpose: 'pur_calcul-aide',
      basis: 'consent_53',
      detail: null,
      times: 3,
      people: 2,
    },
  ])
  expect(all.find(({ outcome }) => outcome === 'confirmed')?.detail).toBe('1')
  // By the two bodies: three introspections of one person less two that are excused, and four of another.
  const holder = 'org_agence-revenu'
  const recipient = 'org_logement-abordable'
  const alone = { agreement: null, holder, recipient, purpose: null, basis: null }
  expect(all.filter(({ outcome }) => outcome.startsWith('inquired'))).toEqual([
    { ...alone, outcome: 'inquired', detail: null, times: 5, people: 2 },
    { ...alone, outcome: 'inquired-excused', detail: null, times: 2, people: 1 },
  ])
})

test('a day of introspections that is closed after its month was counted belongs to the month in which it is closed', async () => {
  const [sharer] = sharers
  const [last] = await monthlyCounts(load.db, load.vault.seals, 1)
  if (sharer === undefined || last === undefined) throw new Error('a person and a month')
  const row = { ...inquiredByLaw(load.live, sharer.personId), day: last.month }
  // As a worker leaves it that is away for weeks.
  await load.db('inquiryTally').insert({ ...row, introspected: 7 })
  expect(await closeInquiries(load, new Date())).toBe(1)
  expect(await differencesOf(load)).toEqual([])
  const monthOfClosing = `${dayOf(new Date()).slice(0, 7)}-01`
  const { session, close } = await openSession(stage.databaseUrl)
  const told = await recount(session, last.month, dayAfter(monthOfClosing, 'P1M'))
  await close()
  const sevens = told.filter(({ outcome, times }) => outcome === 'inquired' && times === 7)
  expect(sevens.map(({ month }) => month)).toEqual([monthOfClosing])

  // Up to 96 hours after its month a day belongs to its month, whatever the hour in Québec.
  const before = startOfDay(dayAfter(last.month, 'P1M'))
  for (const [seconds, is] of [
    [96 * 3600 - 1, startOfDay(last.month)],
    [96 * 3600, secondsAfter(before, 96 * 3600)],
  ] as const)
    await afterwards(
      `update inquiry_day set recorded_at = '${secondsAfter(before, seconds).toISOString()}' where introspected = 7`,
      async (tx) => {
        const { rows } = await tx.raw<{ rows: { at: Date }[] }>(
          'select at from inquiries_counted where undecided = 7',
        )
        expect(rows).toEqual([{ at: is }])
      },
    )
})

const changes: readonly (readonly [string, string])[] = [
  ['a number', `update monthly_count set times = times + 1 where outcome = 'permitted'`],
  ['people', `update monthly_count set people = people - 1 where outcome = 'permitted'`],
  [
    'an agreement',
    `update monthly_count set agreement = 'agr_2026-009' where outcome = 'permitted'`,
  ],
  ['a row', `delete from monthly_count where outcome = 'denied'`],
  [
    'a new row',
    `insert into monthly_count select month, outcome, 'agr_x', holder, recipient, purpose, basis, detail, 5, 5 from monthly_count where outcome = 'permitted'`,
  ],
  ['how long the house could be used', `update counted_month set served = minutes`],
  ['when it was counted', `update counted_month set counted_at = counted_at - interval '1 day'`],
]

async function afterwards(
  statement: string,
  look: (tx: Transaction, named: readonly Difference[]) => Promise<void> | void,
): Promise<void> {
  const { db, vault } = load
  const undone = new Error('undone')
  const changed = db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement)
    await look(tx, await differencesOf({ db: tx, vault }))
    throw undone
  })
  await expect(changed).rejects.toBe(undone)
}

test.each(changes)(
  'whoever changes %s by SQL is found, and the month is shown to nobody',
  (_, by) =>
    afterwards(by, async (tx, named) => {
      expect(named).toContainEqual({
        table: 'counted_month',
        called: expect.stringMatching(/^20\d\d-\d\d$/),
        because: 'its numbers are not those that were counted',
      })
      const months = await monthlyCounts(tx, load.vault.seals, 24)
      const changed = months.filter(({ isGenuine }) => !isGenuine)
      expect(changed.flatMap(({ counts }) => counts)).toEqual([])
    }),
)

test('rows that go after they were counted are missed, and months that go too', async () => {
  expect(await differencesOf(load)).toEqual([])
  await afterwards(`delete from decision where consent_id is not null`, (_, named) => {
    expect(named).toContainEqual({
      table: 'monthly_count',
      called: expect.any(String),
      because: 'the rows do not tell its number: permitted agr_2026-001',
    })
  })
  await afterwards(
    `insert into counted_month select month - interval '3 months', counted_at, cells, sha256, minutes, served, seal
     from counted_month order by month limit 1`,
    (_, named) => {
      expect(named.map(({ because }) => because)).toContain('the month before it is missing')
    },
  )
  await afterwards('delete from counted_month', (_, named) => {
    expect(named.map(({ because }) => because)).toContain(
      'its numbers are of a month that was not counted',
    )
  })
})

test.each([
  ['2027-01-09T00:00:00Z', undefined, ['2026-11-01', '2026-12-01']],
  ['2027-01-06T04:59:59Z', undefined, ['2026-11-01']],
  ['2027-01-06T05:00:00Z', '2026-11-01', ['2026-12-01']],
  ['2027-01-09T00:00:00Z', '2026-12-01', []],
])('at %s, after %s, the months %j are due', (now, last, due) => {
  expect(dueMonths(new Date('2026-11-20T00:00:00Z'), last, new Date(now))).toEqual(due)
})

test('no register, no month; an old installation counts a year back', () => {
  const now = new Date('2027-01-09T00:00:00Z')
  expect(dueMonths(null, undefined, now)).toEqual([])
  const due = dueMonths(new Date('2020-01-01T00:00:00Z'), undefined, now)
  expect([due.length, due[0], due.at(-1)]).toEqual([12, '2026-01-01', '2026-12-01'])
})

const one: MonthlyCount = {
  outcome: 'permitted',
  agreement: 'agr_2026-001',
  holder: 'org_agence-revenu',
  recipient: 'org_aide-etudes',
  purpose: 'pur_calcul-aide',
  basis: 'consent_53',
  detail: null,
  times: 20,
  people: 10,
}

test('what was erased may be missing in the rows, and nothing may be more in them', () => {
  const month = { month: '2026-11-01', counts: [one] }
  const [now, erased] = [new Date('2030-12-01T00:00:00Z'), new Date('2027-01-01T00:00:00Z')]
  const never = { now, erased: null, deniesErased: null }
  const fewer = [{ ...one, times: 19 }]
  expect(differencesIn(month, [one], never)).toEqual([])
  expect(differencesIn(month, fewer, never)).toHaveLength(1)
  expect(differencesIn(month, [], never)).toHaveLength(1)
  expect(differencesIn(month, [], { ...never, erased })).toEqual([])
  expect(differencesIn(month, [{ ...one, people: 11 }], { ...never, erased })).toHaveLength(1)
  expect(differencesIn({ ...month, counts: [] }, [one], { ...never, erased })).toHaveLength(1)
})

/** What is found missing of a count, on a day when all of its rows are gone. */
function missed(count: MonthlyCount, day: string, deniesErased: Date | null = null): string[] {
  return differencesIn({ month: '2026-11-01', counts: [count] }, [], {
    now: new Date(`${day}T12:00:00Z`),
    // What is erased of people is neither a deny nor a question that was asked again.
    erased: new Date('2027-01-01T00:00:00Z'),
    deniesErased,
  }).map(({ because }) => because)
}

test('whoever changes the undecided of a day, or takes the day away, makes the numbers of its month differ', async () => {
  for (const by of [
    `update inquiry_day set undecided = undecided - 1 where introspected = 4`,
    `delete from inquiry_day where introspected = 4`,
  ])
    await afterwards(by, (_, named) => {
      expect(named).toContainEqual({
        table: 'monthly_count',
        called: expect.any(String),
        because: 'the rows do not tell its number: inquired org_logement-abordable',
      })
    })
})

function ofCounts(named: readonly Difference[]): Difference[] {
  return named.filter(({ table }) => ['monthly_count', 'counted_month'].includes(table))
}

test('what an erasure takes of a counted month is no difference, whichever rule it follows', async () => {
  const [, sharer] = sharers
  const away = `select erase_inquiries('${sharer?.personId}', now() + clock_offset())`
  const noted = (rule: string) => `insert into erasure
    (person_id, event_id, person_seq, rule, before, erased_at)
    values ('${sharer?.personId}', gen_random_uuid(), 1, '${rule}', now() + clock_offset(), now() + clock_offset())`
  await afterwards(away, (_, named) => expect(ofCounts(named)).not.toEqual([]))
  for (const rule of ['retention', 'order'])
    await afterwards(`${away}; ${noted(rule)}`, (_, named) => expect(ofCounts(named)).toEqual([]))
})

test('denies, and questions that were asked again, may be missing once they are swept', () => {
  const [denied, again]: MonthlyCount[] = [
    { ...one, outcome: 'denied', agreement: null },
    { ...one, outcome: 'asked-again', agreement: null, holder: null, recipient: null },
  ]
  if (denied === undefined || again === undefined) throw new Error('two counts')
  const of = 'the rows do not tell its number: denied org_aide-etudes'
  expect(missed(denied, '2027-11-01')).toEqual([of])
  expect(missed(denied, '2027-12-01')).toEqual([])
  expect(missed(denied, '2027-11-01', new Date('2026-11-10T00:00:00Z'))).toEqual([])
  expect(missed(denied, '2027-11-01', new Date('2026-10-10T00:00:00Z'))).toEqual([of])
  expect(missed(again, '2028-12-01')).toEqual(['the rows do not tell its number: asked-again'])
  expect(missed(again, '2029-01-05')).toEqual([])
})

test('the seal of a month holds for its counts alone, whether the minutes of service were noted then or not', () => {
  const countedAt = new Date('2026-12-07T05:00:00Z')
  for (const served of [undefined, { minutes: 43_200, served: 43_199 }]) {
    const row = sealedMonth(seals, '2026-11-01', [one], { countedAt, served })
    expect(row).toMatchObject({ minutes: served?.minutes ?? null, served: served?.served ?? null })
    expect(isGenuine(seals, row, [one])).toBe(true)
    expect(isGenuine(seals, row, [])).toBe(false)
    expect(isGenuine(seals, row, [{ ...one, times: 21 }])).toBe(false)
    expect(isGenuine(seals, { ...row, minutes: 1 }, [one])).toBe(false)
  }
})

test('more counts than any register makes are an error, and not a part of them', async () => {
  const rows = Array.from({ length: 100_001 }, () => ({ ...one, month: '2026-11-01' }))
  const session = { rows: () => Promise.resolve(rows) } as unknown as Session
  await expect(recount(session, '2026-11-01', '2026-12-01')).rejects.toThrow('too many counts')
})
