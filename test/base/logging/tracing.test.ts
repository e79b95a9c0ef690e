import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { enqueue } from '../../../src/base/jobs/jobs.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { startTracing } from '../../../src/base/observing/trace-export.ts'
import { traceSettingsOf } from '../../../src/base/settings/trace-settings.ts'
import { inNewTrace, inSpan, traceIdNow } from '../../../src/base/logging/tracing.ts'
import type { Broker } from '../../support/broker.ts'
import { signUpByPages, startBroker } from '../../support/broker.ts'
import type { CollectedSpan, Collector } from '../../support/collector.ts'
import { startCollector } from '../../support/collector.ts'
import { until } from '../../support/fault-process.ts'

const canary = 'jeanne-roy-canari'
const request = { name: 'GET', kind: 'server', attributes: {} } as const

describe('a house with a collector', () => {
  let collector: Collector
  let broker: Broker
  let spans: readonly CollectedSpan[]
  let stoppedMs: number
  const answers: string[] = []
  let log = ''
  const personal: string[] = []

  // The last spans are sent when the houses stop: what is judged is what came until then.
  beforeAll(async () => {
    collector = await startCollector()
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20of-the-collector',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=essai',
      LOG_LEVEL: 'info',
      WORK: 'yes',
    }
    broker = await startBroker(undefined, [], undefined, env)
    const { services, issuer } = broker
    const person = await signUpByPages(broker, services.library)
    const headers = {
      'user-agent': canary,
      'accept-language': canary,
      'x-request-id': canary,
      traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`,
      tracestate: `who=${canary}`,
      baggage: `who=${canary}`,
    }
    const { browser, errand, callback } = person
    for (const path of [`/${canary}?who=${canary}`, `/acces/${canary}`, `/token/${canary}`])
      answers.push(String((await browser.get(path, { headers })).status))
    const asked = { headers, method: canary.toUpperCase().replaceAll('-', '') }
    await browser.get('/aide', { ...asked, method: 'PROPFIND' })
    await services.library.push({ login_hint: canary, scope: canary })
    await services.library.call('/token', { client_id: canary, client_assertion: undefined })
    const [row] = await broker.db('persons').select('personId')
    personal.push(canary, (row as { personId: string }).personId, errand.state, errand.nonce)
    personal.push(browser.address, callback.searchParams.get('code') ?? canary, issuer)
    personal.push(new URL(errand.requestUri, issuer).pathname.split(':').at(-1) ?? canary)
    personal.push(...browser.cookies().map(({ value }) => value))
    await transact(broker.db, (tx) =>
      enqueue(tx, { name: 'house.sweep', payload: { who: canary }, maxAttempts: 1 }),
    )
    await until('a job was traced', () => collector.text().includes('job house.sweep'))
    const before = performance.now()
    await broker.stop()
    log = broker.output()
    stoppedMs = performance.now() - before
    spans = collector.spans()
  })
  afterAll(() => collector.close())

  test('tells what each request, statement and job was, by words of the code alone', () => {
    const names = new Set(spans.map(({ name }) => name))
    expect([...names]).toEqual(
      expect.arrayContaining(['GET other', 'POST /request', 'GET /auth/:visit', '_OTHER /aide']),
    )
    expect([...names]).toEqual(expect.arrayContaining(['unit', 'unit-read', 'job house.sweep']))
    expect([...names]).toEqual(expect.arrayContaining(['update signin_attempts']))
    expect([...names].filter((name) => name.startsWith('knex'))).toEqual([])
    const keys = new Set(spans.flatMap(({ attributes }) => Object.keys(attributes)))
    expect([...keys].toSorted()).toEqual([
      'accord.attempt',
      'accord.job',
      'db.query.summary',
      'db.system.name',
      'http.request.method',
      'http.response.status_code',
      'http.route',
    ])
    const [{ resource } = { resource: {} }] = spans
    expect(Object.keys(resource).toSorted()).toEqual([
      'deployment.environment.name',
      'service.instance.id',
      'service.name',
      'service.version',
    ])
    expect(collector.headers()[0]?.['authorization']).toBe('Bearer of-the-collector')
  })

  test('holds nothing that a caller chose, and nothing personal', () => {
    expect(answers).toEqual(['404', '404', '404'])
    expect(personal.every((word) => word.length >= 8)).toBe(true)
    const text = collector.text()
    expect(personal.filter((word) => text.includes(word))).toEqual([])
    expect(text).not.toMatch(/\b(?:con|req|dec|acc|per)_\w{6}/)
  })

  test('nor has a line of the log what a caller chose: an address that is none, the name of a service that is none', () => {
    expect(log).toContain('"a client was refused"')
    expect(log.split('\n').filter((line) => line.includes(canary))).toEqual([])
  })

  test('a statement is in the trace of its request, and a trace that others began is only linked', () => {
    const trace = spans.filter(({ name }) => name === 'GET other')
    expect(trace.length).toBeGreaterThanOrEqual(3)
    expect(trace.every(({ parentSpanId = '' }) => parentSpanId === '')).toBe(true)
    expect(trace[0]?.links.map(({ traceId }) => traceId)).toEqual(['ab'.repeat(16)])
    expect(spans.some(({ traceId }) => traceId === 'ab'.repeat(16))).toBe(false)
    const pushed = spans.find(({ name }) => name === 'GET /auth/:visit')
    const inside = spans.filter(({ traceId }) => traceId === pushed?.traceId)
    expect(inside.map(({ name }) => name)).toEqual(expect.arrayContaining(['unit-read']))
  })

  test('a line of the log names the trace that it belongs to', () => {
    const [pushed] = spans.filter(({ name }) => name === 'POST /request')
    const line = broker
      .output()
      .split('\n')
      .find((one) => one.includes(pushed?.traceId ?? 'none'))
    expect(line).toContain('"route":"/request"')
  })

  test('stops quickly', () => {
    expect(stoppedMs).toBeLessThan(5000)
  })
})

const silent = openLog('silent')

async function traceTo(url: string, env: object = {}, log = silent, pace: object = {}) {
  const settings = traceSettingsOf(env)
  const quick = { lastMs: 200, pauseMs: 20, exportMs: 300, ...pace }
  return startTracing(`${url}/v1/traces`, settings, log, quick)
}

const hanging = { exportMs: 60_000 }

test('a collector that hangs costs no request anything, and a stop waits for it no longer than its limit', async () => {
  const collector = await startCollector(() => undefined)
  const tracing = await traceTo(collector.url, {}, silent, hanging)
  const before = performance.now()
  for (let i = 0; i < 6000; i++) await inNewTrace(request, () => Promise.resolve())
  expect(performance.now() - before).toBeLessThan(hanging.exportMs / 2)
  await expect.poll(() => collector.headers().length).toBeGreaterThan(0)
  const stopping = performance.now()
  await tracing.stop()
  expect(performance.now() - stopping).toBeLessThan(hanging.exportMs / 2)
  // Beyond the queue and what is on its way spans are dropped.
  expect(collector.spans().length).toBeLessThan(5000)
  await collector.close()
})

test('a stop sends all that waits', async () => {
  const collector = await startCollector()
  const tracing = await traceTo(collector.url, {}, silent, { lastMs: 5000, pauseMs: 60_000 })
  for (let i = 0; i < 2000; i++) await inNewTrace(request, () => Promise.resolve())
  await tracing.stop()
  expect(collector.spans()).toHaveLength(2000)
  await collector.close()
})

test('a collector that is away is one line of the log, without its headers', async () => {
  const collector = await startCollector()
  await collector.close()
  const lines: string[] = []
  const log = openLog('info', { write: (line) => lines.push(line) })
  const tracing = await traceTo(collector.url, { OTEL_EXPORTER_OTLP_HEADERS: 'key=s3cret' }, log)
  for (let i = 0; i < 2; i++) {
    await inNewTrace(request, () => Promise.resolve())
    await tracing.flush()
  }
  await tracing.stop()
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('traces are lost')
  expect(lines[0]).not.toContain('s3cret')
})

test.each([
  ['always_off', undefined, 0],
  ['parentbased_traceidratio', 0, 0],
  ['traceidratio', 1, 4],
  ['parentbased_always_on', undefined, 4],
])('%s of %s: %i spans', async (sampler, ratio, count) => {
  const collector = await startCollector()
  const tracing = await traceTo(collector.url, {
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  })
  const ids: (string | undefined)[] = []
  const statement = { name: 'select', kind: 'client', attributes: {} } as const
  for (let i = 0; i < 2; i++)
    await inNewTrace(request, () =>
      inSpan(statement, () => Promise.resolve(ids.push(traceIdNow()))),
    )
  await tracing.stop()
  expect(collector.spans()).toHaveLength(count)
  expect(ids.filter((id) => id !== undefined)).toHaveLength(count / 2)
  await collector.close()
})

test('the attributes of a failure hold no message', async () => {
  const collector = await startCollector()
  const tracing = await traceTo(collector.url)
  const failing = inNewTrace(request, () => Promise.reject(new Error(canary)))
  await expect(failing).rejects.toThrow(canary)
  await tracing.stop()
  expect(collector.spans()).toHaveLength(1)
  expect(collector.text()).not.toContain(canary)
  expect(collector.text()).toContain('"status":{"code":2}')
  await collector.close()
})
