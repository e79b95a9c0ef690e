import { afterAll, beforeAll, expect, test } from 'vitest'
import { endOfDay, dayOf } from '../../../src/base/values/calendar.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Log } from '../../../src/base/logging/log.ts'
import { closeDays, refusedDigest } from '../../../src/consent/decisions/index.ts'
import { refusedRowsOf, refusedPage } from '../../../src/consent/decisions/refused-store.ts'
import type { Payload, Vault } from '../../../src/ledger/chain/index.ts'
import { readDelayedEvents, readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Known } from '../../support/law.ts'
import { investigated, investigation, newKnown, vaultOf } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Decision, Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken } from '../../support/sharing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'

// Refusals are in the ledger too (decision 0080): one event a person and day, with the hash of the denies about her of that day,
// which then never change (I36); what she sees later, later (I20).

const days = 90
const margin = 30 * 60

let stage: MovingStage
let vault: Vault
const warned: unknown[] = []
const warn = (...of: unknown[]) => warned.push(of)
const log = { warn, error: warn } as unknown as Log // the job says nothing else

beforeAll(async () => {
  letTimeMove()
  stage = await startMovingStage()
  vault = await vaultOf(stage)
  await stage.apply(...investigation(days))
})
afterAll(() => stage.stop())

const close = () => closeDays(stage.db, vault, new Date(), log)

async function refuse(requests: readonly Json[]): Promise<Decision[]> {
  const token = await holderToken(stage, 'decide')
  const decisions: Decision[] = []
  for (const request of requests) decisions.push(await decide(stage, token, request))
  expect(decisions.every(({ decision }) => !decision)).toBe(true)
  return decisions
}

/** Tomorrow at noon: midnight is far, and the days before are closed. */
async function nextNoon(): Promise<void> {
  await passUntil(stage.db, secondsAfter(endOfDay(dayOf(new Date())), 12 * 3600))
  await close()
}

async function seenBy({ personId }: Known): Promise<Payload[]> {
  const timeline = await readTimeline(stage.db, vault, personId, { after: 0, limit: 100 })
  return timeline.map(({ payload }) => payload ?? {})
}

const twoReasons = (sub: string) => [
  evaluation(sub),
  evaluation(sub, { purpose: 'pur_inconnu@1' }),
  evaluation(sub),
]

test('a day that is over is one event of each person, with the hash of her denies and their counts', async () => {
  await nextNoon()
  const [known, other, third] = [
    await newKnown(stage),
    await newKnown(stage),
    await newKnown(stage),
  ]
  const day = dayOf(new Date())
  await refuse([...twoReasons(known.sub), evaluation(other.sub)])
  const rows = await refusedRowsOf(stage.db, known.personId, day)
  expect(rows).toHaveLength(2)

  await passUntil(stage.db, secondsAfter(endOfDay(day), margin - 60))
  await close()
  expect(await seenBy(known)).toEqual([])
  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
  const written = await Promise.all([close(), close()])
  expect(written[0] + written[1]).toBe(2)

  const [event, ...more] = await seenBy(known)
  expect(more).toEqual([])
  expect(event).toMatchObject({
    kind: 'decisions.refused',
    person_seq: 1,
    actor: { type: 'broker' },
    day,
    ...refusedDigest(rows),
    denies: 2,
    reasons: [
      { code: 'NO_CONSENT', times: 2 },
      { code: 'PURPOSE_UNKNOWN', times: 1 },
    ],
  })
  expect(schemaProblems(event)).toEqual([])
  expect(await seenBy(other)).toMatchObject([{ denies: 1 }])
  expect(await seenBy(third)).toEqual([])
  expect(await verifyTimeline(stage.db, vault, known.personId)).toEqual({ holds: true, count: 1 })
  expect(await close()).toBe(0)
})

test('after midnight an equal deny is another row, and the row of the day before never changes', async () => {
  await nextNoon()
  const known = await newKnown(stage)
  const day = dayOf(new Date())
  await passUntil(stage.db, secondsAfter(endOfDay(day), -60))
  await refuse([evaluation(known.sub), evaluation(known.sub)])
  const [before] = await refusedRowsOf(stage.db, known.personId, day)
  expect(before).toMatchObject({ times: 2 })
  const of = { decisionId: before?.decisionId }
  const change = () => stage.db('decision').where(of).update({ times: 3 })

  await passUntil(stage.db, secondsAfter(endOfDay(day), 1))
  // A statement that began before midnight may still end.
  await change()
  await refuse([evaluation(known.sub)])
  const next = await refusedRowsOf(stage.db, known.personId, dayOf(new Date()))
  expect(next).toMatchObject([{ times: 1 }])
  expect(next[0]?.decisionId).not.toBe(before?.decisionId)

  await passUntil(stage.db, secondsAfter(endOfDay(day), 11 * 60))
  await expect(change()).rejects.toThrow('never changes')
  await expect(
    stage
      .db('decision')
      .where({ decisionId: next[0]?.decisionId })
      .update({ evaluatedAt: before?.evaluatedAt }),
  ).rejects.toThrow('never changes')
  await expect(
    stage.db.raw(
      `insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id', gen_random_uuid()))).*
       from decision d where decision_id = ?`,
      [before?.decisionId ?? null],
    ),
  ).rejects.toThrow('none is added')
  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
  await close()
  expect(await seenBy(known)).toMatchObject([{ day, reasons: [{ code: 'NO_CONSENT', times: 3 }] }])
})

test('denies that a person sees later have an event of their own, which she sees with them', async () => {
  await nextNoon()
  const known = await newKnown(stage)
  const day = dayOf(new Date())
  const categories = ['cat_revenu-net', 'cat_situation-familiale']
  await refuse([evaluation(known.sub), investigated(known.sub, { categories })])
  const rows = await refusedRowsOf(stage.db, known.personId, day)
  const hidden = rows.filter(({ visibleFrom }) => visibleFrom !== null)
  const [{ visibleFrom } = { visibleFrom: null }] = hidden
  expect([rows.length, hidden.length]).toEqual([2, 1])

  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
  expect(await close()).toBe(2)
  // Her chain has only the events that she sees, numbered without a gap.
  expect(await seenBy(known)).toMatchObject([
    { person_seq: 1, denies: 1, reasons: [{ code: 'NO_CONSENT', times: 1 }] },
  ])
  const shown = () =>
    readDelayedEvents(stage.db, vault, known.personId, { after: undefined, limit: 9 })
  expect(await shown()).toEqual([])

  await passUntil(stage.db, secondsAfter(visibleFrom ?? new Date(), -60))
  expect(await shown()).toEqual([])
  await pass(stage.db, { seconds: 120 })
  const [event, ...more] = await shown()
  expect(more).toEqual([])
  expect(event?.visibleFrom).toEqual(visibleFrom)
  expect(event?.payload).toMatchObject({
    day,
    visible_from: visibleFrom?.toISOString(),
    ...refusedDigest(hidden),
    reasons: [{ code: 'CATEGORY_NOT_COVERED', times: 1 }],
  })
  expect(schemaProblems(event?.payload)).toEqual([])
  const chain = String(event?.chainId)
  expect(chain).toBe(event?.eventId)
  expect(await verifyTimeline(stage.db, vault, chain)).toEqual({ holds: true, count: 1 })

  const erased = await stage.db.raw<{ rows: { events: string[] }[] }>(
    'select erase_refused_days(?, ?::date) as events',
    [known.personId, dayOf(new Date())],
  )
  expect(erased.rows).toEqual([{ events: [chain] }])
  expect(await shown()).toEqual([])
})

test('a day of more refusals than a page is closed to its end', async () => {
  await nextNoon()
  const [known, other] = [await newKnown(stage), await newKnown(stage)]
  const day = dayOf(new Date())
  await refuse([evaluation(known.sub), evaluation(other.sub)])
  const copies = 500
  // As many more about the first of them, between the two.
  await stage.db.raw(
    `insert into decision select (jsonb_populate_record(d, jsonb_build_object('decision_id',
       (left(d.decision_id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid))).*
     from decision d, generate_series(1, ?::integer) n where d.person_id = ?`,
    [copies, known.personId],
  )
  const page = await refusedPage(stage.db, day, undefined, copies)
  expect(page.people).not.toContain(other.personId)
  expect((await refusedPage(stage.db, day, page.last, copies)).people).toContain(other.personId)
  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
  expect(await close()).toBe(2)
  expect(await seenBy(known)).toMatchObject([{ denies: copies + 1 }])
  expect(await seenBy(other)).toMatchObject([{ denies: 1 }])
})

test('a failure for one person does not hold up the others, and her day is tried again', async () => {
  await nextNoon()
  const [known, other] = [await newKnown(stage), await newKnown(stage)]
  const day = dayOf(new Date())
  await refuse([evaluation(known.sub), evaluation(other.sub)])
  await passUntil(stage.db, secondsAfter(endOfDay(day), margin + 60))
  await stage.db.raw(
    `create function fail_for_one() returns trigger language plpgsql as $$ begin
       if new.person_id = '${known.personId}' then raise exception 'not now'; end if; return new;
     end $$;
     create trigger fail_for_one before insert on ledger_event for each row execute function fail_for_one()`,
  )
  expect(await close()).toBe(1)
  expect(warned.length).toBeGreaterThan(0)
  await stage.db.raw('drop trigger fail_for_one on ledger_event')
  expect([(await seenBy(known)).length, (await seenBy(other)).length]).toEqual([0, 1])

  await pass(stage.db, { days: 1 })
  expect(await close()).toBe(1)
  expect([(await seenBy(known)).length, (await seenBy(other)).length]).toEqual([1, 1])
})

test('a day with a row that was changed, added or deleted behind the triggers has another hash', async () => {
  await nextNoon()
  const known = await newKnown(stage)
  const day = dayOf(new Date())
  await refuse(twoReasons(known.sub))
  const rows = await refusedRowsOf(stage.db, known.personId, day)
  const [first, second] = rows
  if (first === undefined || second === undefined) throw new Error('two denies')
  const truth = refusedDigest(rows)
  expect(refusedDigest([second, first])).toEqual(truth)
  for (const changed of [
    [{ ...first, times: first.times + 1 }, second],
    [{ ...first, recipient: 99 }, second],
    [{ ...first, agreement: 1 }, second],
    [{ ...first, lastAt: secondsAfter(first.lastAt, 1) }, second],
    [first],
    [first, second, { ...first, decisionId: crypto.randomUUID() }],
  ])
    expect(refusedDigest(changed)['refused_sha256']).not.toBe(truth['refused_sha256'])
})
