import { dirname } from 'node:path'
import { Pool } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tell } from '../drills/report.ts'
import { issuer } from '../support/broker.ts'
import { chances } from '../support/chances.ts'
import { send } from '../support/fault-client.ts'
import { until } from '../support/fault-process.ts'
import { sendHostile } from '../support/hostile.ts'
import type { House } from '../support/house.ts'
import { freePorts, openHouse } from '../support/house.ts'
import { seriesIn } from '../support/series.ts'
import type { Stage } from '../support/sharing.ts'
import { decide, evaluation, holderToken, shareAsNewcomer, startStage } from '../support/sharing.ts'
import { stop } from '../support/sharing.ts'

// A web process says on METRICS_PORT what it counts, and nowhere else. `npm run drill -- labels --requests N` sends it many requests.

const requests = Number(process.env['DRILL_REQUESTS'] ?? 1000)
const seed = Number(process.env['DRILL_SEED'] ?? 1)
// Of a test that ends long before: with the hundredth refusal.
const mostPages = 40_000
const longestMs = 30_000 + requests * 20

let stage: Stage
let port: number
let house: House

beforeAll(async () => {
  stage = await startStage()
  port = await freePorts(1)
  const env = { METRICS_PORT: String(port), TRUSTED_PROXIES: '1', VISITS_PER_MINUTE: '16' }
  house = await openHouse(stage.databaseUrl, dirname(stage.keysDir), issuer, env)
})
afterAll(async () => {
  await house.stop()
  await stage.stop()
})

const scrape = async () => seriesIn((await send(port, '/metrics')).text)
/** A database that is busy may answer a scrape too late: the next one has it. */
async function wholeScrape(): Promise<ReadonlyMap<string, number>> {
  let series = await scrape()
  await until('the database is read', async () => {
    if (series.get('accord_database_up') !== 1) series = await scrape()
    return series.get('accord_database_up') === 1
  })
  return series
}

const get = (path: string) => send(house.port, path, { headers: { Host: 'accord.localhost' } })

test('decisions and what follows are in figures, and nobody is', async () => {
  const shared = await shareAsNewcomer(stage)
  const token = await holderToken(stage, 'decide')
  const asked = (sub: string) => decide(stage, token, evaluation(sub), house.port)
  expect((await asked(shared.sub)).decision).toBe(true)
  expect((await asked('nobody')).decision).toBe(false)
  await stop(shared.browser, shared.consentId)
  expect((await asked(shared.sub)).decision).toBe(false)

  await wholeScrape()
  const { text } = await send(port, '/metrics')
  const series = seriesIn(text)
  expect(series.get('accord_decisions_total{outcome="permit"}')).toBe(1)
  expect(series.get('accord_decisions_total{outcome="deny"}')).toBe(2)
  expect(series.get('accord_denials_total{reason="CONSENT_REVOKED"}')).toBe(1)
  expect(series.get('accord_denials_total{reason="PERSON_UNKNOWN"}')).toBe(1)
  expect(series.get('accord_batch_items_count{batch="permits"}')).toBe(1)
  expect(series.get('accord_batch_items_count{batch="unit-read"}')).toBeGreaterThan(0)
  expect(series.get('accord_http_request_duration_seconds_count{group="decision"}')).toBe(3)
  expect(series.get('accord_database_up')).toBe(1)
  expect(series.get('accord_stops_waiting{receiver="org_aide-etudes"}')).toBe(1)
  expect(series.get('accord_key_age_seconds{purpose="data"}')).toBeGreaterThan(0)
  for (const said of [shared.sub, shared.consentId, shared.accessToken, '127.0.0.1', '@'])
    expect(text).not.toContain(said)
})

test('a process that gets more than it can do refuses pages, says so, and is not taken for dead', async () => {
  const pool = new Pool(`http://127.0.0.1:${house.port}`, { connections: 300 })
  const headers = { host: 'accord.localhost', accept: 'text/html' }
  const get = (path: string) => pool.request({ path, method: 'GET', headers })
  const seen = { answered: 0, refused: 0 }
  const [watched, refusals] = [new Set<number>(), new Set<string>()]
  let left = mostPages
  const caller = async () => {
    while (seen.refused < 100 && left > 0) {
      left -= 1
      const { statusCode, headers: given, body } = await get('/confidentialite')
      const text = await body.text()
      const [, title = ''] = /<h1>([^<]+)/.exec(text) ?? []
      seen[statusCode === 200 ? 'answered' : 'refused'] += 1
      if (statusCode !== 200)
        refusals.add(`${statusCode}, ${String(given['retry-after']).length} digit: ${title}`)
      if (left % 100 > 0) continue
      const { statusCode: status, body: alive } = await get('/healthz')
      await alive.dump()
      watched.add(status)
    }
  }
  await Promise.all(Array.from({ length: 300 }, caller))
  await pool.close()
  expect([...refusals]).toEqual(['503, 1 digit: Trop de monde en même temps'])
  expect(seen.answered).toBeGreaterThan(0)
  expect([...watched]).toEqual([200])
  const series = await wholeScrape()
  expect(series.get('accord_overload_refused_total{rank="page"}')).toBe(seen.refused)
  expect(series.get('accord_http_refused_total{reason="overloaded"}')).toBe(seen.refused)
  expect(series.get('accord_overload_refused_total{rank="stop"}')).toBe(0)
})

test('a web process tells how it is and what it counted, on a port of its own', async () => {
  expect((await get('/metrics')).status).toBe(404)
  expect(await send(port, '/readyz')).toMatchObject({ status: 200, text: '{"status":"ready"}' })
  expect((await send(port, '/healthz')).status).toBe(200)
  expect((await send(port, '/metrics', { method: 'POST' })).status).toBe(404)
  await get('/aide')
  await get('/en/aide')
  await get('/css/layout.css')
  const tooLong = { method: 'POST', body: 'x'.repeat(60_000) }
  const form = { Host: 'accord.localhost', 'Content-Type': 'application/x-www-form-urlencoded' }
  const refused = await send(house.port, '/request', { ...tooLong, headers: form })
  const told = await send(port, '/metrics')
  expect(told.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  const series = seriesIn(told.text)
  const counted = (route: string, of: string) =>
    series.get(`accord_http_requests_total{route="${route}",class="${of}"}`)
  expect([counted('/aide', '2xx'), counted('/aide', '3xx')]).toEqual([1, 1]) // English begins with a notice
  expect([counted('/asset', '2xx'), counted('other', '4xx')]).toEqual([1, 1])
  expect([counted('/token', '4xx'), counted('/request', '4xx')]).toEqual([0, 1])
  expect(refused.status).toBe(413)
  expect(series.get('accord_http_refused_total{reason="form.too-large"}')).toBe(1)
  expect(series.get('accord_http_responses_total{method="GET",status="404"}')).toBe(1)
  const builds = [...series.keys()].filter((name) => name.startsWith('accord_build_info'))
  expect(builds).toEqual([
    expect.stringMatching(/^[^{]+\{version="\d[\d.]+",schema="\d{4}_[\w-]+"\}$/),
  ])
})

test(`${requests} hostile requests make no series`, { timeout: longestMs }, async () => {
  const before = await wholeScrape()
  const paths = [...before.keys()].flatMap((one) => /route="(\/[^"]*)"/.exec(one)?.[1] ?? [])
  expect(paths.length).toBeGreaterThan(150)
  const statuses = await sendHostile(house, paths, requests, chances(seed))
  const after = await wholeScrape()
  expect([...after.keys()].toSorted()).toEqual([...before.keys()].toSorted())
  const counted = [...after].filter(([name]) => name.startsWith('accord_http_responses_total'))
  const sum = counted.reduce((all, [, value]) => all + value, 0)
  // Node itself refuses what is no HTTP; all else is counted.
  expect(sum).toBeGreaterThanOrEqual(requests)
  expect([...statuses.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([])
  expect(statuses.size).toBeGreaterThan(4)
  if (requests > 1000)
    tell({ requests, series: after.size, statuses: Object.fromEntries(statuses) })
})
