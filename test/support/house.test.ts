import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import { exchange } from './browser.ts'
import type { FreshDatabase } from './database.ts'
import { freshDatabase } from './database.ts'
import { newFolder } from './fault-process.ts'
import { needOf, testFiles } from './files.ts'
import { hostOf } from './hosts.ts'
import { openHouse } from './house.ts'

const issuer = 'http://accord.localhost'
const dayMs = 24 * 3_600_000
let database: FreshDatabase
let dataDir: string

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  await createMissingKeys(join(dataDir, 'keys'))
})

afterAll(async () => {
  await database.drop()
  rmSync(dataDir, { recursive: true })
})

test('two houses are in two processes, neither of them that of the test', async () => {
  expect(new Set([process.pid, hostOf(0).pid, hostOf(1).pid]).size).toBe(3)
})

test('a stopped house no longer answers, its log stays, and its host can open the next house', async () => {
  const env = { LOG_LEVEL: 'info' }
  const first = await openHouse(database.url, dataDir, issuer, env)
  await first.stop()
  await first.stop()
  const second = await openHouse(database.url, dataDir, issuer, env)

  await expect(statusOf(first.port)).rejects.toThrow()
  expect(await statusOf(second.port)).toBe(200)
  expect(first.output()).toContain('serving')
  expect(first.output()).not.toContain('/healthz')
  expect(second.output()).toContain('/healthz')
  await second.stop()
})

test('a configuration that cannot be used fails the test with its sentence', async () => {
  const opening = openHouse(database.url, dataDir, issuer, { ISSUER: 'http://elsewhere.test' })
  await expect(opening).rejects.toThrow('ISSUER: http is only for localhost')
})

test('a house whose clock moves does not change the time of the next house in its host', async () => {
  const env = { CLOCK_OFFSET: 'P3DT1H', LOG_LEVEL: 'info' }
  const [ahead, other] = [await freshDatabase(), await freshDatabase()]
  const first = await openHouse(ahead.url, dataDir, issuer, env)
  await expect(openHouse(other.url, dataDir, issuer)).rejects.toThrow('still open in this host')
  await first.stop()
  const second = await openHouse(other.url, dataDir, issuer, { LOG_LEVEL: 'info' })
  await second.stop()

  const days = [first, second].map((house) => timeIn(house.output()) - Date.now())
  expect(days[0] ?? 0).toBeGreaterThan(3 * dayMs)
  expect(Math.abs(days[1] ?? dayMs)).toBeLessThan(dayMs / 2)
  await Promise.all([ahead.drop(), other.drop()])
})

test('no code in src sets the clock back', () => {
  const src = join(import.meta.dirname, '../../src')
  const users = globSync('**/*.ts', { cwd: src }).filter((file) =>
    readFileSync(join(src, file), 'utf8').includes('runWithMachine'),
  )
  expect(users).toEqual(['base/values/clock.ts'])
})

test('each test file has one kind of need, and each kind has files', () => {
  const needs = Map.groupBy(testFiles(), needOf)
  expect([...needs.keys()].toSorted()).toEqual([
    'a browser',
    'a wait, or many things at once',
    'no more',
    'processes of its own',
  ])
})

function timeIn(log: string): number {
  const [, time = ''] = /"time":"([^"]+)"/.exec(log) ?? []
  return Date.parse(time)
}

async function statusOf(port: number): Promise<number> {
  const headers = { host: new URL(issuer).host }
  const { status } = await exchange(port, new URL('/healthz', issuer), {
    method: 'GET',
    headers,
    body: undefined,
  })
  return status
}
