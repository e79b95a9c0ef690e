import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Broker } from '../../support/broker.ts'
import { signUpByPages, startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import { json } from '../../support/service.ts'

// Rows are bounded by whoever makes them, and nobody uses up what is another's.

const limit = 64
// Two processes: a sixteenth of the limit for the other one, and one for what is being told.
const most = limit + limit / 8

let broker: Broker

beforeAll(async () => {
  const few = { PUSHED_PER_MINUTE: String(limit), VISITS_PER_MINUTE: String(limit) }
  broker = await startBroker(undefined, undefined, undefined, few)
})

afterAll(() => broker.stop())

test('a service over its limit of pushed requests gets 429 with Retry-After, and nothing is stored', async () => {
  const { library, archives } = broker.services
  const answers: Answer[] = []
  for (let i = 0; i < 2 * limit; i++) answers.push(await library.push())
  const refused = answers.filter(({ status }) => status !== 201)
  const kept = await broker.db('oidcArtifacts').where({ model: 'PushedAuthorizationRequest' })

  expect(answers.length - refused.length).toBeGreaterThanOrEqual(limit)
  expect(answers.length - refused.length).toBeLessThanOrEqual(most)
  for (const answer of refused) {
    expect([answer.status, json(answer)]).toEqual([429, { error: 'temporarily_unavailable' }])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(60)
  }
  expect(kept).toHaveLength(answers.length - refused.length)
  expect((await archives.push()).status).toBe(201)
})

test('a caller without the service’s key does not use up its limit', async () => {
  const { archives, taxes } = broker.services
  const claims = { iss: 'taxes', sub: 'taxes' }
  const forged: Answer[] = []
  for (let i = 0; i < 2 * limit; i++)
    forged.push(await taxes.push({}, { assertion: await archives.assertion({ claims }) }))

  expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([401, 429]))
  expect((await taxes.push()).status).toBe(201)
})

test.each([
  ['an IPv4 address', () => '198.51.100.7', '198.51.100.8'],
  ['an IPv6 /64', (i: number) => `2001:db8:1:2:${i.toString(16)}::1`, '2001:db8:1:3::1'],
])(
  '%s begins a limited number of visits a minute, independently of its neighbour',
  async (_name, from, other) => {
    const answers: Answer[] = []
    for (let i = 0; i < 2 * limit; i++) answers.push(await visit(from(i)))
    const refused = answers.filter(({ status }) => status === 429)

    expect(answers.length - refused.length).toBeGreaterThanOrEqual(limit)
    expect(answers.length - refused.length).toBeLessThanOrEqual(most)
    for (const { body, headers, location } of refused) {
      expect(location).toBeUndefined()
      expect(Number(headers['retry-after'])).toBeGreaterThan(0)
      expect(body).toContain('Trop de demandes ont été faites')
    }
    expect((await visit(other)).status).toBe(400)
  },
)

test('whoever uses up the visits of a network shuts nobody out who signed in before in her browser, up to what she has', async () => {
  const own = await signUpByPages(broker, broker.services.taxes)
  const { address } = own.browser
  await statuses(makeBrowser(broker, [], address), 2 * limit)

  expect((await statuses(makeBrowser(broker, [], address), 1))[0]).toBe(429)
  // A part of each process may not be told yet.
  const hers = await statuses(own.browser, 45)
  const begun = hers.filter((status) => status !== 429).length
  expect(begun).toBeGreaterThanOrEqual(30)
  expect(begun).toBeLessThanOrEqual(34)
  const made = makeBrowser(broker, [{ name: 'device', path: '/', value: 'A'.repeat(22) }], address)
  expect((await statuses(made, 1))[0]).toBe(429)
})

test('visits begun by our own pages count too', async () => {
  const browser = makeBrowser(broker)
  const { action, fields } = formOf(await browser.get('/acces'))
  const statuses: number[] = []
  for (let i = 0; i < 2 * limit; i++) statuses.push((await browser.post(action, fields)).status)

  expect(new Set(statuses)).toEqual(new Set([303, 429]))
})

test.each([
  '/acces',
  '/acces/codes',
  '/acces/messages',
  '/acces/donnees',
  '/mes-partages',
  '/activite?quoi=envois',
  `/partage/demandes/req_0${'1'.repeat(25)}/1`,
])('viewing %s writes no row, and its button begins a visit', async (path) => {
  const before = await rows()
  const browser = makeBrowser(broker)
  const pages = [
    await browser.get(path, { headers: { 'sec-purpose': 'prefetch' } }),
    await browser.get(path, { method: 'HEAD' }),
    await browser.get(path),
  ]

  expect(pages.map(({ status, location }) => [status, location])).toEqual(
    pages.map(() => [403, undefined]),
  )
  expect(await rows()).toEqual(before)
  const { action, fields } = formOf(pages.at(-1) ?? expect.fail())
  const other = { ...fields, returnTo: '//evil.test/' }
  expect((await browser.post(action, other)).status).toBe(403)
  expect(await rows()).toEqual(before)
  const begun = await browser.post(action, fields)
  expect([begun.status, begun.location]).toEqual([303, expect.stringContaining('/auth?')])
})

/** How many rows each table has. */
async function rows(): Promise<unknown> {
  const { rows: counts } = await broker.db.raw<{ rows: unknown[] }>(
    `select table_name, (xpath('/row/c/text()', query_to_xml(
       format('select count(*) as c from %I', table_name), true, true, '')))[1]::text as rows
     from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'
     order by table_name`,
  )
  return counts
}

test.each(['state', 'nonce'])('a %s has 512 characters at most', async (name) => {
  const { archives } = broker.services
  const [fits, long] = [
    await archives.push({ [name]: 'x'.repeat(512) }),
    await archives.push({ [name]: 'x'.repeat(513) }),
  ]

  expect([fits.status, long.status]).toEqual([201, 400])
  expect(json(long)).toMatchObject({
    error: 'invalid_request',
    error_description: `${name}: has more than 512 characters`,
  })
})

async function statuses(browser: Browser, times: number): Promise<number[]> {
  const all: number[] = []
  for (let n = 0; n < times; n++) all.push((await browser.get('/auth?client_id=library')).status)
  return all
}

function visit(address: string): Promise<Answer> {
  return makeBrowser(broker, [], address).get('/auth?client_id=library')
}
