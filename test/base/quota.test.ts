import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import type { Quota } from '../../src/base/web/limits/rate-counts.ts'
import { makeQuota } from '../../src/base/web/limits/rate-counts.ts'
import { Refusal } from '../../src/base/values/refusal.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { housePatience } from '../support/patience.ts'

// 64 a minute: a part of it is 4. Two quotas over one database are two processes, a new one is a restart.
// Each test has a limit of its own name: what another test told late counts nothing here.

const limitOf = (name: string) => ({ name, points: 64, seconds: 60 })
const part = 4

let fresh: FreshDatabase
let db: Database
let ahead = 0

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

const clock = () => new Date(Date.now() + ahead)
const process = (name: string) => makeQuota(db, clock, limitOf(name))

test('a single process accepts as many requests of a key as the limit allows, then says when to come back', () => {
  const quota = process('alone')

  expect(letThrough(quota, 'a', 100)).toBe(64)
  expect(letThrough(quota, 'b', 10)).toBe(10)
  const refused = refusalOf(quota, 'a')
  expect(refused).toMatchObject({ code: 'too-many-requests', status: 429 })
  expect(refused?.retryAfterSeconds).toBeGreaterThan(55)
  expect(refused?.retryAfterSeconds).toBeLessThanOrEqual(60)
})

test('counts below a share cost no statement, and a full share is written once', async () => {
  const quota = process('below')
  letThrough(quota, 'quiet', part - 1)
  letThrough(quota, 'loud', part)

  await expect.poll(() => told('below')).toEqual([part])
})

test('several processes share the limit, exact to one unwritten share of each', async () => {
  const processes = [process('several'), process('several'), process('several')]
  const own = processes.map(() => 0)
  let through = 0
  for (let i = 0; i < 120; i++) {
    const quota = processes[i % processes.length]
    if (quota === undefined) continue
    const passed = letThrough(quota, 'shared', 1)
    through += passed
    own[i % own.length] = (own[i % own.length] ?? 0) + passed
    // As requests come: what was told is answered meanwhile.
    const toldByNow = sum(own.map((count) => count - (count % part)))
    await expect.poll(async () => sum(await told('several')), { interval: 1 }).toBe(toldByNow)
  }

  expect(through).toBeGreaterThanOrEqual(64)
  expect(through).toBeLessThanOrEqual(64 + 2 * 2 * part)
})

test('a restart forgets less than one share, so a key over the limit is over it again at the next request', async () => {
  letThrough(process('restart'), 'again', 64)
  await expect.poll(() => told('restart')).toEqual([64])
  const restarted = process('restart')

  expect(letThrough(restarted, 'again', part)).toBe(part)
  await expect.poll(() => letThrough(restarted, 'again', 1)).toBe(0)
})

test('in the next minute the count begins anew', async () => {
  const quota = process('later')
  letThrough(quota, 'later', 64)
  expect(letThrough(quota, 'later', 1)).toBe(0)
  ahead += 61_000

  expect(letThrough(quota, 'later', 1)).toBe(1)
})

test('the table holds no key in clear', async () => {
  letThrough(process('network'), '203.0.113.7', 64)
  await expect.poll(() => told('network')).toEqual([64])

  const { rows } = await db.raw<{ rows: { key: string }[] }>('select key from rate_limits')
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.map(({ key }) => key).join(' ')).not.toContain('203.0.113.7')
})

test('without a database each process counts alone', async () => {
  const gone = openDatabase(fresh.url, housePatience)
  await gone.destroy()
  const quota = makeQuota(gone, clock, limitOf('away'))

  expect(letThrough(quota, 'away', 100)).toBe(64)
  await new Promise((resolve) => setImmediate(resolve))
  expect(letThrough(quota, 'away', 1)).toBe(0)
})

function letThrough(quota: Quota, key: string, times: number): number {
  return Array.from({ length: times }, () => refusalOf(quota, key)).filter(
    (refused) => refused === undefined,
  ).length
}

function refusalOf(quota: Quota, key: string): Refusal | undefined {
  try {
    quota.spend({ key })
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** How much was told of each key of a limit. */
async function told(name: string): Promise<number[]> {
  const { rows } = await db.raw<{ rows: { points: number }[] }>(
    `select points from rate_limits where key like ? || ':%'`,
    [name],
  )
  return rows.map(({ points }) => points)
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}
