import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import Koa from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../../src/base/settings/config.ts'
import type { LogFields } from '../../../../src/base/logging/log.ts'
import { makeMeter } from '../../../../src/base/logging/meter.ts'
import { retention } from '../../../../src/base/values/retention.ts'
import { Unavailable } from '../../../../src/base/values/refusal.ts'
import { answerErrors } from '../../../../src/base/web/answer-errors.ts'
import type { Endpoint } from '../../../../src/base/web/endpoints.ts'
import { endpointIn, errorFormsOf } from '../../../../src/base/web/endpoints.ts'
import { makeRefuse, targetOf } from '../../../../src/base/web/limits/overload.ts'
import { english, makePages } from '../../../../src/base/web/page.ts'
import { countRequests } from '../../../../src/base/web/request-count.ts'
import { errorNumber, requestLog } from '../../../../src/base/web/request-log.ts'
import { headersOfAll, securityHeaders } from '../../../../src/base/web/security-headers.ts'
import { makeViews } from '../../../../src/base/web/views.ts'
import { makeWords } from '../../../../src/base/web/words.ts'
import type { Answer } from '../../../support/fault-client.ts'
import { send } from '../../../support/fault-client.ts'
import { seriesIn } from '../../../support/series.ts'

// A request that is refused because there is too much to do never comes to where other errors are answered. What it gets is held against
// what the same request gets while the database is away.

const config = readConfig({ ISSUER: 'https://accord.test', ATTESTATION: 'no' })
const endpoints: readonly Endpoint[] = [
  { path: '/aide', audience: 'people', errors: 'page', rank: 'page' },
  { path: '/mes-partages/:id/arret', audience: 'people', errors: 'page', rank: 'stop' },
  { path: '/token', audience: 'protocol', errors: 'oauth', rank: 'sign-in' },
  { path: '/me/consents', audience: 'programs', errors: 'problem', rank: 'page' },
  { path: '/access/v1/evaluation', audience: 'programs', errors: 'authzen', rank: 'decision' },
]
const lines: (LogFields & { readonly message: string })[] = []
const note = (fields: LogFields, message: string) => void lines.push({ ...fields, message })
const log = { debug: note, info: note, warn: note, error: note }
const [usualMeter, ownMeter] = [makeMeter(), makeMeter()]

const typeOf = (code: string) => `https://accord.test/api/problems/${code}`

let usual: Server
let overloaded: Server

beforeAll(async () => {
  const words = makeWords()
  const views = makeViews(words, join(import.meta.dirname, '../../../../views'))
  const pages = makePages(views, {
    ...config,
    version: '1.2.3',
    whyNothing: () => undefined,
    spans: () => retention,
  })
  const web = new Koa()
  web.silent = true
  web.use(requestLog(log, endpoints, countRequests(usualMeter, endpoints)))
  web.use(securityHeaders(config))
  web.use(answerErrors(log, pages, errorFormsOf(endpoints), typeOf))
  web.use(english((_, next) => next()))
  web.use(() => {
    throw new Unavailable(new Error('the database is away'))
  })
  const handle = web.callback()
  usual = await listening(createServer((request, response) => void handle(request, response)))
  const headers = await headersOfAll(config)
  const counted = countRequests(ownMeter, endpoints)
  const refuse = makeRefuse({ code: 'overloaded', log, pages, counted, headers, endpoints, typeOf })
  const at = endpointIn(endpoints)
  overloaded = await listening(
    createServer((request, response) => {
      const asked = targetOf(request.url ?? '')
      refuse(request, response, { ...asked, endpoint: at(asked.path), atMs: performance.now() })
    }),
  )
})

afterAll(() => {
  for (const server of [usual, overloaded]) server.close()
})

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port // so it is for a TCP server
}

const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const json = { Accept: 'application/json' }
const requests = [
  ['GET', '/aide', html],
  ['GET', '/en/aide?q="><script>', html],
  ['HEAD', '/aide', html],
  ['GET', '/aide', json],
  ['GET', '/aide', { Accept: 'application/json, text/html' }],
  ['GET', '/aide', {}],
  ['POST', '/mes-partages/con_1/arret', html],
  ['GET', '/css/layout.css', html],
  ['GET', '/nowhere//else', html],
  ['POST', '/token', json],
  ['POST', '/token', html],
  ['GET', '/me/consents', json],
  ['POST', '/access/v1/evaluation', { ...json, 'X-Request-ID': 'theirs-1' }],
  ['POST', '/access/v1/evaluation', { ...json, 'X-Request-ID': 'with a space' }],
] as const

/** What changes from answer to answer, and what tells the two apart. */
function plain({ status, headers, text }: Answer) {
  const {
    date: _,
    'x-request-id': number = '',
    'retry-after': __,
    'content-length': ___,
    ...rest
  } = headers
  const said = text
    .replaceAll(String(number), 'NUMBER')
    .replaceAll(errorNumber(String(number)), 'NUMBER')
  return { status, headers: rest, text: said }
}

/** The words of the two answers, as far as they are the same. */
function common(text: string): string {
  return text
    .replaceAll('Le service ne peut pas répondre maintenant', 'TITLE')
    .replaceAll('The service cannot answer now', 'TITLE')
    .replaceAll('Trop de monde en même temps', 'TITLE')
    .replaceAll('Too many people at once', 'TITLE')
    .replaceAll(/<p class="lead">[^<]+/g, 'TEXT')
    .replaceAll(/unavailable|overloaded/g, 'CODE')
}

test.each(requests)(
  'is answered as while the database is away: %s %s %j',
  async (method, path, headers) => {
    const sent = { method, headers, ...(method === 'POST' ? { body: 'x=1' } : {}) }
    lines.length = 0
    const [away, own] = [
      await send(portOf(usual), path, sent),
      await send(portOf(overloaded), path, sent),
    ]
    const [expected, given] = [plain(away), plain(own)]
    expect(given.status).toBe(503)
    expect(given.headers).toEqual(expected.headers)
    const isEchoed = 'X-Request-ID' in headers && headers['X-Request-ID'] === 'theirs-1'
    if (isEchoed) expect(own.headers['x-request-id']).toBe('theirs-1')
    else expect(own.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    expect(common(given.text)).toBe(common(expected.text))
    expect(own.text).not.toContain('"><script>')
    const seconds = Number(own.headers['retry-after'])
    expect(seconds).toBeGreaterThanOrEqual(2)
    expect(seconds).toBeLessThanOrEqual(8)
    const requestLines = lines.filter(({ message }) => message === 'request')
    expect(requestLines).toHaveLength(2)
    const [one, other] = requestLines.map(({ method: how, status }) => ({ how, status }))
    expect(other).toEqual(one)
    expect(requestLines[1]).toMatchObject({ code: 'overloaded' })
  },
)

test('is counted as any other answer, with why', async () => {
  const series = async (meter: typeof ownMeter) =>
    [...seriesIn(await meter.text())].filter(
      ([name, value]) => /^accord_http_(requests|responses|refused)/.test(name) && value > 0,
    )
  const counted = (await series(ownMeter)).map(([name, value]) => [
    name.replace('"overloaded"', '"unavailable"'),
    value,
  ])
  expect(counted.length).toBeGreaterThan(8)
  expect(counted).toEqual(await series(usualMeter))
})

test('those who are refused at one moment are not all told to come back at one moment', async () => {
  const told = new Set<unknown>()
  for (let n = 0; n < 7; n++)
    told.add((await send(portOf(overloaded), '/aide')).headers['retry-after'])
  expect(told.size).toBe(7)
})
