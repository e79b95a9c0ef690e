import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asked } from '../../../bench/grown.ts'
import { growConsents } from '../../../bench/grown.ts'
import { expireAll, expiryJobs } from '../../../src/consent/record/index.ts'
import {
  beforeAllEnds,
  endedByTerm,
  endedByUses,
  firstUuid,
} from '../../../src/consent/record/expiry-store.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { firstPlace, remindersDue } from '../../../src/consent/record/reminder-store.ts'
import { remindBatch } from '../../../src/consent/record/expiry-reminders.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { enqueue } from '../../../src/base/jobs/jobs.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { unsealedPeople, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import { issuer } from '../../support/broker.ts'
import { until } from '../../support/fault-process.ts'
import { differencesOf } from '../../support/fold.ts'
import { openHouse } from '../../support/house.ts'
import { counts } from '../../support/moving-stage.ts'
import { housePatience } from '../../support/patience.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  at,
  currentRow,
  eventsOf,
  newSharers,
  openLoad,
} from '../../support/sharing-load.ts'
import type { Decision, Stage } from '../../support/sharing.ts'
import { decide, evaluation, holderToken, reportOf, startStage } from '../../support/sharing.ts'
import { letTimeMove, pass, passUntil } from '../../support/time.ts'

// The end of a consent is written into the ledger by a job, once, and nothing waits for it (decision 0028).

const log = openLog('silent')
const maxUses = 2

let stage: Stage
let load: Load

beforeAll(async () => {
  letTimeMove()
  stage = await startStage((object) => {
    if (object.id === 'agr_2026-001')
      return { ...object, content: { ...object.content, duration: { from: '2026-01-05' } } }
    if (object.id !== 'pur_calcul-aide') return object
    return { ...object, content: { ...object.content, max_uses: maxUses } }
  })
  load = await openLoad(stage)
})

afterAll(async () => {
  await load.close()
  await stage.stop()
})

const writeEnds = (db = load.db) => expireAll(db, load.vault, log)

async function ask({ sub }: Sharer): Promise<Decision> {
  return decide(stage, await holderToken(stage, 'decide'), evaluation(sub))
}

async function reason(sharer: Sharer): Promise<unknown> {
  const { decision, context } = await ask(sharer)
  return decision ? 'permit' : context['reason_codes']
}

async function report(permit: Decision, status: 'recorded' | 'nil' | 'corrected'): Promise<void> {
  const sent = status === 'recorded'
  const nothing = { status, categories: [], record_count: 0, result: 'not_found' }
  const occurred_at = permit.context['evaluated_at']
  const body = reportOf(permit, { ...(sent ? {} : nothing), occurred_at })
  const answer = await stage.revenue.api('/disclosures', await holderToken(stage, 'report'), body)
  expect([answer.status, answer.body]).toEqual([201, expect.any(String)])
}

describe('an end at the last day', () => {
  test('is written once, by one of the processes, with the time of the end; decisions are the same before and after', async () => {
    const sharers = await newSharers(load, 4)
    const { validUntil } = await currentRow(load, at(sharers, 0).consentId)
    await pass(stage.db, { seconds: Math.floor((validUntil.getTime() - Date.now()) / 1000) - 60 })
    expect(await writeEnds()).toBe(0)
    await passUntil(stage.db, validUntil)
    const before = await Promise.all(sharers.map(reason))
    const stranger = openDatabase(stage.databaseUrl, housePatience)
    const many = [writeEnds(), writeEnds(stranger), writeEnds(), writeEnds(stranger)]

    const written = await Promise.all(many)

    await stranger.destroy()
    expect(written.reduce((sum, n) => sum + n)).toBe(sharers.length)
    expect(await writeEnds()).toBe(0)
    expect(await Promise.all(sharers.map(reason))).toEqual(before)
    expect(before).toEqual(sharers.map(() => ['CONSENT_EXPIRED']))
    for (const { personId, consentId } of sharers) {
      const told = await eventsOf(load, personId, 'consent.expired')
      expect(told).toEqual([
        expect.objectContaining({
          actor: { type: 'broker' },
          consent_id: consentId,
          because: 'term',
          expired_at: validUntil.toISOString(),
        }),
      ])
      expect(await currentRow(load, consentId)).toMatchObject({
        state: 'expired',
        stateAt: validUntil,
        stateSeq: 2,
      })
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
      expect(await differencesOf(load, personId)).toEqual([])
    }
  })

  test('leaves no receipt, because the receipt of the yes names the day', async () => {
    const [sharer] = await newSharers(load, 1)
    const { validUntil } = await currentRow(load, sharer?.consentId ?? '')
    await passUntil(stage.db, validUntil)
    const before = await counts(stage, ['receipt'])
    expect(await writeEnds()).toBe(1)
    expect(await counts(stage, ['receipt'])).toEqual(before)
  })

  test('is written for other people although one person’s content is erased', async () => {
    const sharers = await newSharers(load, 3)
    const { validUntil } = await currentRow(load, at(sharers, 0).consentId)
    await passUntil(stage.db, validUntil)
    // In the order of their ids: the first is met first.
    const [erased = '', ...others] = sharers.map(({ personId }) => personId).toSorted()
    await stage.db.raw(
      `insert into dek (person_id, year, kek_id, created_at, destroyed_at, destroy_event_id)
       values (:erased, :year, decode('0011223344556677', 'hex'), now(), now(), gen_random_uuid())`,
      { erased, year: new Date().getUTCFullYear() },
    )
    expect(await writeEnds()).toBe(others.length)
    expect(await eventsOf(load, erased, 'consent.expired')).toEqual([])
    await stage.db('dek').where({ personId: erased, year: new Date().getUTCFullYear() }).delete()
    expect(await writeEnds()).toBe(1)
  })
})

describe('an end by the last use', () => {
  test('is written when no use can be given back any more; decisions are the same before and after', async () => {
    const [sharer] = await newSharers(load, 1)
    if (sharer === undefined) throw new Error('nobody')
    const permits = [await ask(sharer), await ask(sharer)]
    expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
    await report(at(permits, 0), 'recorded')
    // The second may still be reported as nothing sent.
    expect(await writeEnds()).toBe(0)
    await report(at(permits, 1), 'recorded')
    expect(await writeEnds()).toBe(1)
    expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
    expect(await eventsOf(load, sharer.personId, 'consent.expired')).toEqual([
      expect.objectContaining({
        because: 'uses',
        expired_at: at(permits, 1).context['evaluated_at'],
      }),
    ])
    // What she allows anew is another arrangement, and is used from the beginning.
    const before = await currentRow(load, sharer.consentId)
    const again = await currentRow(load, await allowAgain(load, sharer.personId))
    expect(again).toMatchObject({ state: 'active', uses: 0 })
    expect(again.arrangementId).not.toBe(before.arrangementId)
    expect(await reason(sharer)).toBe('permit')
  })

  test.each([true, false])(
    'is final: a correction to nothing sent does not revive the consent, whether the job has run (%s) or not',
    async (hasCome) => {
      const [sharer] = await newSharers(load, 1)
      if (sharer === undefined) throw new Error('nobody')
      const permits = [await ask(sharer), await ask(sharer)]
      for (const permit of permits) await report(permit, 'recorded')
      if (hasCome) expect(await writeEnds()).toBe(1)
      await report(at(permits, 1), 'corrected')
      expect(await writeEnds()).toBe(0)
      expect(await reason(sharer)).toEqual(['USES_EXHAUSTED'])
      const { personId, consentId } = sharer
      expect(await currentRow(load, consentId)).toMatchObject({ state: 'expired', uses: 1 })
      expect(await differencesOf(load, personId)).toEqual([])
    },
  )

  test('does not happen if the last use is given back', async () => {
    const [sharer] = await newSharers(load, 1)
    if (sharer === undefined) throw new Error('nobody')
    const permits = [await ask(sharer), await ask(sharer)]
    await report(at(permits, 0), 'recorded')
    await report(at(permits, 1), 'nil')
    expect(await writeEnds()).toBe(0)
    expect(await reason(sharer)).toBe('permit')
  })
})

test('the job writes the ends, by the broker’s clock', async () => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  const { validUntil } = await currentRow(load, sharer.consentId)
  const dataDir = dirname(stage.keysDir)
  const env = { TRUSTED_PROXIES: '1', WORK: 'yes' }
  const worker = await openHouse(stage.databaseUrl, dataDir, issuer, env)
  try {
    await passUntil(stage.db, validUntil)
    await transact(load.db, (tx) =>
      enqueue(tx, { name: 'consent.expire', payload: {}, maxAttempts: 3 }),
    )
    await until('the end is written', async () => {
      const { state } = await currentRow(load, sharer.consentId)
      return state === 'expired'
    })
  } finally {
    await worker.stop()
  }
})

describe('ends of many people', () => {
  const consents = 1000
  const over = consents / 10
  const limits = { byTerm: 30, byUses: 100, batches: 2 }
  const attempt = { attempt: 1, maxAttempts: 1 }
  let grown: Asked
  let moment: Date

  beforeAll(async () => {
    const { rows } = await stage.db.raw<{ rows: { now: Date }[] }>(
      'select now() + clock_offset() as now',
    )
    moment = new Date(rows[0]?.now.getTime() ?? 0)
    const { databaseUrl: url, keysDir } = stage
    const growth = { consents, events: 3 * consents, seed: 1, asked: 50 }
    grown = await growConsents({ url, keysDir, moment }, growth, () => undefined)
    await stage.db.raw('analyze consent_current')
  })

  test('a person of many is decided about as anybody, and her chain is true', async () => {
    for (const sub of grown.subjects.slice(-2)) {
      const token = await holderToken(stage, 'decide')
      const permit = await decide(stage, token, evaluation(sub))
      expect(permit).toMatchObject({ decision: true })
    }
    const personId = at(grown.people, 0)
    expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
  })

  test('a statement looks at no more rows than it may, however many ends wait', async () => {
    const term = (db: Database) => endedByTerm(db, beforeAllEnds, limits.byTerm)
    const uses = (db: Database) => endedByUses(db, firstUuid, limits.byUses / 10)
    const unsealed = (db: Database) => unsealedPeople(db, undefined, limits.byTerm)
    expect(await mostRows(term)).toBe(limits.byTerm)
    expect(await mostRows(uses)).toBe(limits.byUses / 10)
    expect(await mostRows(unsealed)).toBe(limits.byTerm)
  })

  test('reminders that were sent before are passed some at a time', async () => {
    const then = secondsAfter(moment, 250 * 24 * 3600)
    const [month, rows] = [{ ...firstPlace, window: 1 }, 100]
    const due = (db: Database) => remindersDue(db, then, month, rows)
    expect((await due(load.db)).reminders).toHaveLength(rows)
    // Only those of many people, who are never told: all of them were.
    await stage.db.raw(
      `insert into consent_reminder (person_id, consent_id, due, reminded_at)
       select person_id, consent_id, 'month', ? from consent_current where valid_until = ?`,
      [then, secondsAfter(moment, 270 * 24 * 3600)],
    )
    expect((await due(load.db)).reminders).toEqual([])
    expect(await mostRows(due)).toBe(rows)
    const found = await remindBatch({ db: load.db, log }, then, month, { rows, batches: 5 })
    expect(found).toMatchObject({ noted: 0, next: { window: 1 } })
    const rest = await remindBatch({ db: load.db, log }, then, found.next, { rows, batches: 20 })
    expect(rest.next).toBeUndefined()
  })

  test('are written some at a time, by jobs of which each goes on where the one before stopped', async () => {
    const jobs = expiryJobs({ db: load.db, vault: load.vault, log }, limits)
    await jobs['consent.expire']?.({}, attempt)
    const first = await writtenOf(consents)
    expect(first).toBe(limits.byTerm * limits.batches)
    // The job that goes on waits: the next hour leaves the rest to it.
    await jobs['consent.expire']?.({}, attempt)
    expect(await writtenOf(consents)).toBe(first)
    const runs: number[] = []
    for (let next = await takeNext(); next !== undefined; next = await takeNext()) {
      await jobs['consent.expire-on']?.(next, attempt)
      runs.push(await writtenOf(consents))
    }
    // Those by term, and a walk over all whose uses are limited.
    expect(runs).toEqual([over, over, over])
    expect(await writeEnds()).toBe(0)
  })
})

/** Takes the job that goes on out of the queue. */
async function takeNext(): Promise<unknown> {
  const { rows } = await stage.db.raw<{ rows: { payload: unknown }[] }>(
    `delete from graphile_worker._private_jobs
     where id in (select id from graphile_worker.jobs where task_identifier = 'consent.expire-on') returning payload`,
  )
  expect(rows.length).toBeLessThan(2)
  return rows[0]?.payload
}

/** Of those who were made in great numbers. */
async function writtenOf(consents: number): Promise<number> {
  const rows = await stage
    .db('consentCurrent')
    .select('consentId')
    .where({ state: 'expired' })
    .where('purpose', '>', 1000)
    .limit(consents)
  return rows.length
}

type Step = {
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Step[]
}

/** The most rows that a step of a statement looks at. */
async function mostRows(ask: (db: Database) => Promise<unknown>): Promise<number> {
  const db = openDatabase(stage.databaseUrl)
  const asked: { readonly sql: string; readonly bindings: readonly unknown[] }[] = []
  db.on('query', (query: (typeof asked)[number]) => asked.push(query))
  const { session, close } = await openSession(stage.databaseUrl)
  try {
    await ask(db)
    const [{ sql, bindings } = { sql: '', bindings: [] }] = asked
    // As the planner chooses among millions.
    for (const way of ['seqscan', 'bitmapscan', 'sort'])
      await session.rows(`set enable_${way} = off`)
    type Explained = { readonly 'QUERY PLAN': readonly { readonly Plan: Step }[] }
    const rows = await session.rows<Explained>(`explain (analyze, format json) ${sql}`, bindings)
    return Math.max(...rows.flatMap((row) => row['QUERY PLAN']).flatMap(({ Plan }) => rowsIn(Plan)))
  } finally {
    await close()
    await db.destroy()
  }
}

function rowsIn({ Plans = [], ...step }: Step): number[] {
  return [step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0), ...Plans.flatMap(rowsIn)]
}
