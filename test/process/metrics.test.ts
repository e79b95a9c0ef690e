import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/platform/keys.ts'
import { issuer } from '../support/broker.ts'
import { chances } from '../support/chances.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { send } from '../support/fault-client.ts'
import { newFolder } from '../support/fault-process.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import { sendHostile } from '../support/hostile.ts'
import type { House } from '../support/house.ts'
import { freePorts, openHouse } from '../support/house.ts'
import { seriesIn } from '../support/series.ts'

// A web process says on METRICS_PORT what it counts, and nowhere else. `npm run drill -- labels --requests N` sends it many requests.

const requests = Number(process.env['DRILL_REQUESTS'] ?? 1000)
const seed = Number(process.env['DRILL_SEED'] ?? 1)
const longestMs = 30_000 + requests * 20

let database: FreshDatabase
let proxy: FaultProxy
let dataDir: string
let port: number
let house: House

beforeAll(async () => {
  database = await freshDatabase()
  proxy = await openFaultProxy(database.url)
  ;[dataDir, port] = [newFolder(), await freePorts(1)]
  await createMissingKeys(join(dataDir, 'keys'))
  const env = { METRICS_PORT: String(port), TRUSTED_PROXIES: '1' }
  house = await openHouse(proxy.url, dataDir, issuer, env)
})
afterAll(async () => {
  await house.stop()
  await proxy.close()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

const scrape = async () => (await send(port, '/metrics')).text
const get = (path: string) => send(house.port, path, { headers: { Host: 'accord.localhost' } })

test('a web process tells how it is and what it counted, on a port of its own', async () => {
  expect((await get('/metrics')).status).toBe(404)
  expect(await send(port, '/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' })
  expect((await send(port, '/healthz')).status).toBe(200)
  expect((await send(port, '/metrics', { method: 'POST' })).status).toBe(404)
  await get('/aide')
  const told = await send(port, '/metrics')
  expect(told.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const series = seriesIn(told.text)
  expect(series.get('accord_http_requests_total{route="/aide",class="2xx"}')).toBe(1)
  expect(series.get('accord_http_requests_total{route="/token",class="4xx"}')).toBe(0)
  expect(series.get('accord_http_responses_total{method="GET",status="404"}')).toBe(1)
  expect(series.get('accord_http_request_duration_seconds_count{group="page"}')).toBe(1)
})

test(`${requests} hostile requests make no series`, { timeout: longestMs }, async () => {
  const before = seriesIn(await scrape())
  const paths = [...before.keys()].flatMap((one) => /route="(\/[^"]*)"/.exec(one)?.[1] ?? [])
  expect(paths.length).toBeGreaterThan(150)
  const statuses = await sendHostile(house, paths, requests, chances(seed))
  const after = seriesIn(await scrape())
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted())
  const counted = [...after].filter(([name]) => name.startsWith('accord_http_responses_total'))
  const sum = counted.reduce((all, [, value]) => all + value, 0)
  // Node itself refuses what is no HTTP; all else is counted.
  expect(sum).toBeGreaterThanOrEqual(requests)
  expect([...statuses.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([])
  expect(statuses.size).toBeGreaterThan(4)
})
