import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { idAtTime, writeId } from '../../../src/base/values/ids.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { noteUnconfirmed, unconfirmedJobs } from '../../../src/consent/disclosures/index.ts'
import { unreportedPermits } from '../../../src/consent/disclosures/store.ts'
import { allow, dependants, propose } from '../record/living.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { decisionRows, eventsOf, newSharer, openLoad, uuidOf } from '../../support/sharing-load.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'
import { inDays, letTimeMove, pass } from '../../support/time.ts'

// A day without a report, and what was under way when a sharing was narrowed.

const hour = 3_600_000
const unwrap = () => Promise.reject(new Unavailable(new Error('no keys')))
const once = { attempt: 1, maxAttempts: 10 }

let stage: Stage
let load: Load
let bodies: Bodies

beforeAll(async () => {
  letTimeMove()
  stage = await startStage()
  load = await openLoad(stage)
  bodies = await bodiesOf(stage)
})
afterAll(async () => {
  await load.close()
  await stage.stop()
})

// The looks below are at days to come: what is permitted next is before the place that they reached.
beforeEach(() =>
  stage.db('unconfirmedMark').update({ decisionId: '00000000-0000-0000-0000-000000000000' }),
)

const desk = () => ({ db: load.db, vault: load.vault, live: load.live, log: load.log })

/** The job, as if it ran so many hours from now, to its end. */
async function look(hours: number): Promise<void> {
  while ((await noteUnconfirmed(desk(), new Date(Date.now() + hours * hour))) > 0);
}

async function statusOf({ personId }: Sharer): Promise<(string | null)[]> {
  return (await decisionRows(load, personId)).map(({ status }) => status)
}

function kindsAbout(items: readonly Json[], permit: Decision): unknown[] {
  const of = items.filter((item) => item['decision_id'] === permit.context['decision_id'])
  return of.map(({ anomaly }) => anomaly)
}

const listed = () => wholeList((path) => bodies.asHolder(path), '/disclosures/anomalies')

test('a reception without the holder’s report within a day is an anomaly of the holder; a reported one is not checked again, one that fails is left to a job', async () => {
  const [lost, sharer] = [await newSharer(load), await newSharer(load)]
  await bodies.permit(lost)
  const [silent, reported] = [await bodies.permit(sharer), await bodies.permit(sharer)]
  // After the permits: by such a table none is given.
  await stage.db.raw(
    `alter table decision add constraint fails check (person_id <> '${lost.personId}' or status = 'authorised') not valid`,
  )
  await bodies.report(reported)
  await bodies.receive({ decision_id: silent.context['decision_id'] })
  const due = new Date(Date.now() + 27 * hour)
  const upTo = idAtTime(secondsAfter(due, -24 * 3600))
  const [page, next] = [await unreportedPermits(load.db, upTo, 1), silent.context['decision_id']]
  expect([page.seen, page.permits.map(({ decisionId }) => decisionId)]).toEqual([1, [page.reached]])
  expect(page.reached < uuidOf(String(next))).toBe(true)
  // What all of them need is away: none is left to a job of its own, and the next look begins where this one did.
  const away = noteUnconfirmed({ ...desk(), vault: { ...load.vault, unwrap } }, due)
  await expect(away).rejects.toThrow(Unavailable)
  await unconfirmedJobs(desk(), () => due)['reports.unconfirmed']?.({}, once)
  expect(new Set(await statusOf(sharer))).toEqual(new Set(['recorded', 'unconfirmed']))
  expect(kindsAbout(await listed(), silent)).toEqual(['not_reported'])
  expect(kindsAbout(await listed(), reported)).toEqual([])

  expect(await statusOf(lost)).toEqual(['authorised'])
  const { rows } = await stage.db.raw<{ rows: { payload: unknown }[] }>(
    `delete from graphile_worker._private_jobs
     where id in (select id from graphile_worker.jobs where task_identifier = 'reports.unconfirmed-alone') returning payload`,
  )
  expect(rows).toMatchObject([{ payload: { personId: lost.personId } }])
  const alone = async () => {
    const jobs = unconfirmedJobs(desk(), () => new Date())
    await jobs['reports.unconfirmed-alone']?.(rows[0]?.payload, once)
  }
  await expect(alone()).rejects.toThrow('fails')
  await stage.db.raw('alter table decision drop constraint fails')
  await alone()
  expect(await statusOf(lost)).toEqual(['unconfirmed'])
})

test('after a narrowing only the removed categories count as under way', async () => {
  const sharer = await newSharer(load)
  const uuid = await allow(load, sharer.personId, true)
  const [kept, taken] = [
    await bodies.permit(sharer),
    await bodies.permit(sharer, { categories: [dependants] }),
  ]
  const presentation = await propose(load, sharer.personId, uuid, {
    lastDay: inDays(60),
    keep: [],
  })
  await narrow(sharer, uuid, presentation)
  for (const permit of [kept, taken])
    expect(json(await bodies.report(permit))['status']).toBe('recorded')
  const events = await eventsOf(load, sharer.personId, 'disclosure.recorded')
  expect(events.map((event) => event['in_flight'])).toEqual([false, true])
})

// Time passes: this comes last.
test('a permit without a report for a day is marked as unconfirmed once; a later report is late and clears the mark', async () => {
  const sharer = await newSharer(load)
  const permit = await bodies.permit(sharer)
  await look(23)
  expect(await statusOf(sharer)).toEqual(['authorised'])
  await Promise.all([look(25), look(25)])
  await look(26)
  expect(await statusOf(sharer)).toEqual(['unconfirmed'])
  const events = await eventsOf(load, sharer.personId, 'disclosure.unconfirmed')
  expect(events).toMatchObject([
    { actor: { type: 'broker' }, decision_id: permit.context['decision_id'] },
  ])
  expect(events.flatMap((event) => schemaProblems(event))).toEqual([])
  expect(kindsAbout(await listed(), permit)).toEqual(['unconfirmed'])

  await pass(stage.db, { hours: 25 })
  bodies = await bodiesOf(stage)
  const occurred_at = new Date(Date.now() - 25 * hour).toISOString()
  expect((await bodies.report(permit, { occurred_at })).status).toBe(201)
  expect(await statusOf(sharer)).toEqual(['recorded'])
  expect(await eventsOf(load, sharer.personId, 'disclosure.recorded')).toMatchObject([
    { late: true, anomaly: false },
  ])
  expect(kindsAbout(await listed(), permit)).toEqual([])
})

async function narrow(
  { browser, csrf }: Sharer,
  uuid: string,
  presentation: string,
): Promise<void> {
  const path = `/mes-partages/${writeId('con', uuid)}/reduction/confirmation`
  const answer = await browser.post(path, { csrf, presentation: writeId('pre', presentation) })
  expect(answer.status).toBe(303)
}
