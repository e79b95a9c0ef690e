import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createMissingKeys } from '../../src/base/platform/keys.ts'
import { exchange } from './browser.ts'
import type { FreshDatabase } from './database.ts'
import { freshDatabase } from './database.ts'
import { newFolder } from './fault-process.ts'
import { needOf, testFiles } from './files.ts'
import { hostOf } from './hosts.ts'
import { openHouse } from './house.ts'
import { letTimeMove } from './time.ts'

const issuer = 'http://accord.localhost'
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

test('a house that is stopped answers no more, its log stays, and its host opens the next one', async () => {
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

test('each test file runs in one project, and time moves only where a process has one file', () => {
  const needs = Map.groupBy(testFiles(), needOf)
  expect([...needs.keys()]).toHaveLength(4)
  expect(inject('isApart')).toBe(false)
  expect(letTimeMove).toThrow('a process of its own')
  expect(process.env['CLOCK_OFFSET']).toBeUndefined()
})

async function statusOf(port: number): Promise<number> {
  const headers = { host: new URL(issuer).host }
  const { status } = await exchange(port, new URL('/healthz', issuer), {
    method: 'GET',
    headers,
    body: undefined,
  })
  return status
}
