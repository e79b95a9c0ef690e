import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepActivity } from '../../../src/people/accounts/index.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { isQueued } from '../../../src/base/jobs/jobs.ts'
import { sweepJobs } from '../../../src/base/jobs/sweep-jobs.ts'
import { sweepHeldTries } from '../../../src/base/web/limits/held-tries.ts'
import { sweepRateLimits } from '../../../src/base/web/limits/rate-counts.ts'
import { sweepExpired } from '../../../src/provider/unit/session-store.ts'
import { sweepAttempts } from '../../../src/signin/journey/index.ts'
import { sweepUpstream } from '../../../src/signin/upstream/index.ts'
import { sweepChallenges } from '../../../src/webauthn/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, untyped } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'

const old = new Date('2026-01-01T00:00:00Z')
const before = new Date('2026-01-02T00:00:00Z')
const young = new Date('2026-01-03T00:00:00Z')

let database: FreshDatabase
let db: Database
let personId: string

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  personId = randomUUID()
  await db('persons').insert({ personId, createdAt: old })
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

type Case = {
  readonly table: string
  readonly row: (at: Date) => Record<string, unknown>
  readonly sweep: () => Promise<number>
}

const id = () => randomBytes(32)
const authorization = (sessionUid: string) => ({ sessionUid, clientId: 'c', content: '{}' })
const cases: readonly Case[] = [
  {
    table: 'activity',
    row: (at) => ({ activityId: randomUUID(), kind: 'x', result: 'done', requestId: 'r', at }),
    sweep: () => sweepActivity(db, before),
  },
  {
    table: 'signinAttempts',
    row: (expiresAt) => ({
      visitIdSha256: id(),
      personId,
      proof: 'passkey',
      provedAt: old,
      expiresAt,
    }),
    sweep: () => sweepAttempts(db, before),
  },
  {
    table: 'upstreamErrands',
    row: (expiresAt) => ({
      stateSha256: id(),
      errandSha256: id(),
      providerId: 'elsewhere',
      nonce: 'n'.repeat(43),
      verifier: 'v'.repeat(43),
      maxAge: 300,
      begunAt: old,
      expiresAt,
      seal: randomBytes(20),
    }),
    sweep: () => sweepUpstream(db, before),
  },
  {
    table: 'upstreamArrivals',
    row: (expiresAt) => ({
      errandSha256: id(),
      providerId: 'elsewhere',
      issuer: 'https://id.elsewhere.test',
      identitySha256: id(),
      level: 'urn:accord:aal:1',
      provedAt: old,
      expiresAt,
      seal: randomBytes(20),
    }),
    sweep: () => sweepUpstream(db, before),
  },
  {
    table: 'upstreamSessions',
    row: (expiresAt) => ({
      errandSha256: id(),
      providerId: 'elsewhere',
      identitySha256: id(),
      expiresAt,
      seal: randomBytes(20),
    }),
    sweep: () => sweepUpstream(db, before),
  },
  {
    table: 'upstreamLogouts',
    row: (expiresAt) => ({ tokenSha256: id(), expiresAt }),
    sweep: () => sweepUpstream(db, before),
  },
  {
    table: 'webauthnChallenges',
    row: (expiresAt) => ({ challenge: id(), ceremony: 'get', errand: 'e', expiresAt }),
    sweep: () => sweepChallenges(db, before),
  },
  {
    table: 'oidcArtifacts',
    row: (expiresAt) => ({ id: id(), model: 'AccessToken', payload: '{}', expiresAt }),
    sweep: () => sweepExpired(db, before),
  },
  {
    table: 'oidcReplays',
    row: (expiresAt) => ({ id: id(), expiresAt }),
    sweep: () => sweepExpired(db, before),
  },
  {
    table: 'rateLimits',
    row: (at) => ({ key: randomUUID(), points: 1, expire: at.getTime() }),
    sweep: () => sweepRateLimits(db, () => before),
  },
  {
    table: 'heldTries',
    row: (at) => ({ name: randomBytes(32), key: 'k', ends: at.getTime(), place: 1, points: 1 }),
    sweep: () => sweepHeldTries(db, () => before),
  },
]

test.each(cases)(
  'the sweep of $table deletes expired rows and nothing else',
  async ({ table, row, sweep }) => {
    await untyped(db)(table).insert([row(old), row(old), row(young)])

    expect(await sweep()).toBe(2)
    expect(await sweep()).toBe(0)
    expect(await untyped(db)(table).select('*')).toHaveLength(1)
  },
)

test('the services of a session are deleted with its last row', async () => {
  const session = (uid: string, expiresAt: Date) => ({
    id: id(),
    uid,
    payload: '{}',
    device: '?',
    lastSeenAt: old,
    expiresAt,
  })
  await db('oidcSessions').insert([
    session('over', old),
    session('alive', young),
    session('alive', old),
  ])
  await db('oidcSessionAuthorizations').insert([authorization('over'), authorization('alive')])

  await sweepExpired(db, before)

  expect(await db('oidcSessions').pluck('uid')).toEqual(['alive'])
  expect(await untyped(db)('oidcSessionAuthorizations').pluck('session_uid')).toEqual(['alive'])
})

test('one call deletes one batch only, so that a long backlog blocks nobody', async () => {
  const many = Array.from({ length: 2500 }, () => ({ id: id(), expiresAt: old }))
  await untyped(db).batchInsert(
    'oidc_replays',
    many.map(({ id, expiresAt }) => ({ id, expires_at: expiresAt })),
    500,
  )

  expect(await sweepExpired(db, before)).toBe(2000)
  expect(await sweepExpired(db, before)).toBe(500)
})

test('sweeps that have more go on in another job, and one that fails holds up no other', async () => {
  const left = { long: 4 * 2000 + 10, short: 3, failing: 1 }
  const take = async (name: keyof typeof left, most: number) => {
    const gone = Math.min(left[name], most)
    left[name] -= gone
    return gone
  }
  const fails = { is: true }
  const failing = () => (fails.is ? Promise.reject(new Error('too slow')) : take('failing', 2000))
  const sweeps = { failing, long: () => take('long', 2000), short: () => take('short', 2000) }
  const jobs = sweepJobs(db, sweeps, 2)
  const run = async (name: string, payload: unknown = {}) => jobs[name]?.(payload, attempt)

  await expect(run('house.sweep')).rejects.toThrow('too slow')
  expect(left).toEqual({ failing: 1, long: 2 * 2000 + 10, short: 0 })
  fails.is = false
  await run('house.sweep')
  expect(left).toEqual({ failing: 0, long: 10, short: 0 })
  // The next hour leaves it to the job that goes on.
  await run('house.sweep')
  expect(left.long).toBe(10)
  const { rows } = await db.raw<{ rows: { payload: unknown }[] }>(
    `delete from graphile_worker._private_jobs returning payload`,
  )
  expect(rows).toEqual([{ payload: { from: ['long'] } }])
  await run('house.sweep-on', rows[0]?.payload)
  expect(left.long).toBe(0)
  expect(await isQueued(db, 'house.sweep-on')).toBe(false)
})

const attempt = { attempt: 1, maxAttempts: 3 }
