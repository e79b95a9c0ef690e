import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { endOffice } from '../../../src/people/mandates/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import { openRegister, standingBrakes } from '../../../src/registry/index.ts'
import type { Broker } from '../../support/broker.ts'
import { startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formsOf } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import { atDesk, bodyWithDesk, deskHours, newOfficer, vaultOf } from '../../support/officers.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// What incident officers do at the pages of their desk, over HTTP.

const organisation = 'org_culture'
const thing = 'service library'
const page = '/guichet/incidents'

let fido: Fido
let broker: Broker

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  const bodies = [
    bodyWithDesk(organisation, { hours: deskHours }),
    bodyWithDesk('org_desk', { hours: deskHours }),
  ]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

async function officer(role: DeskRole = 'incident-officer', body = organisation) {
  const own = await newOfficer(broker, { fido, roles: [role], body })
  return { own, browser: await atDesk(broker, own) }
}

/** Presses a form of the page, as it is now. */
async function press(
  browser: Browser,
  action: string,
  fields: Readonly<Record<string, string>>,
): Promise<Answer> {
  const shown = formsOf(await browser.get(page))
  const csrf = shown.find(({ fields: { csrf: token } }) => token !== undefined)?.fields['csrf']
  return browser.post(`${page}${action}`, { csrf: csrf ?? '', ...fields })
}

const stop = (browser: Browser, of = thing) =>
  press(browser, '/arret', { thing: of, reason: 'key-taken' })
/** What is stopped now, as a process that reads the register has it. */
async function statusOf() {
  const { seals } = await vaultOf(broker)
  const { brakes } = (await openRegister(broker.db, seals.rows)).current()
  return standingBrakes(brakes, systemClock()).map(({ id, isConfirmed }) => ({ id, isConfirmed }))
}

test('one officer stops a service of his body, another one lets it stand, and two let it go on', async () => {
  const [one, two] = [await officer(), await officer()]
  expect((await one.browser.get('/guichet')).body).toContain('/guichet/incidents')
  expect((await stop(one.browser)).status).toBe(303)
  expect(await statusOf()).toMatchObject([{ id: 'library', isConfirmed: false }])
  const propose = { thing, deed: 'incident.hold', reason: 'breach' }
  expect((await press(one.browser, '/proposition', propose)).status).toBe(303)
  expect((await decide(one.browser, 'done')).status).toBe(409)
  expect((await decide(two.browser, 'done')).status).toBe(303)
  await pass(broker.db, { hours: 7 })
  expect(await statusOf()).toMatchObject([{ id: 'library', isConfirmed: true }])
  const [three, four] = [await officer(), await officer()]
  const lift = { thing, deed: 'incident.lift', reason: 'over' }
  await press(three.browser, '/proposition', lift)
  expect((await decide(four.browser, 'refused')).status).toBe(303)
  expect(await statusOf()).toHaveLength(1)
  await press(three.browser, '/proposition', lift)
  expect((await decide(four.browser, 'done')).status).toBe(303)
  expect(await statusOf()).toEqual([])
})

/** Decides what the page of this officer shows first. */
async function decide(browser: Browser, decision: 'done' | 'refused'): Promise<Answer> {
  const form = formsOf(await browser.get(page)).find(({ action }) => action.endsWith('/decision'))
  return browser.post(`${page}/decision`, { ...form?.fields, decision })
}

const json = ({ status, body }: Answer) => [status, JSON.parse(body) as unknown] as const

function askByJson(browser: Browser, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return browser.post(`${page}${path}`, JSON.stringify(body), { headers })
}

test('the same by JSON: what one’s own body has, its stop, and the deeds of two', async () => {
  const [one, two] = [await officer(), await officer()]
  const of = { kind: 'service', id: 'library' }
  const shown = async () => JSON.parse((await two.browser.get(`${page}.json`)).body) as Shown
  expect((await shown()).things).toContainEqual(of)
  const [status, { stopped }] = json(
    await askByJson(one.browser, '/arret.json', { ...of, reason: 'fault' }),
  ) as [number, { readonly stopped: object }]
  expect([status, stopped]).toMatchObject([200, { ...of, confirmed: false }])
  expect(await shown()).toMatchObject({ stopped: [{ ...stopped, own: true }], proposals: [] })
  const lift = { ...of, deed: 'incident.lift', reason: 'mistake' }
  expect(json(await askByJson(one.browser, '/proposition.json', lift))[0]).toBe(200)
  const [waits] = (await shown()).proposals
  const done = { proposal: waits?.proposal, seen: waits?.seen, decision: 'done' }
  const own = await askByJson(one.browser, '/decision.json', done)
  expect([own.status, own.headers['content-type']]).toEqual([
    409,
    expect.stringContaining('application/problem+json'),
  ])
  const unseen = { ...done, seen: '0'.repeat(64) }
  expect((await askByJson(two.browser, '/decision.json', unseen)).status).toBe(409)
  expect(json(await askByJson(two.browser, '/decision.json', done))).toEqual([
    200,
    { stopped: null },
  ])
  expect((await askByJson(two.browser, '/decision.json', done)).status).toBe(409)
  expect(await statusOf()).toEqual([])
})

type Shown = {
  readonly things: readonly object[]
  readonly proposals: readonly { readonly proposal: string; readonly seen: string }[]
}

test('before one presses, a page says what stops, until when and why; it has no such page for what is another body’s', async () => {
  const { browser } = await officer()
  const shown = await browser.get(`${page}/arret?thing=${thing.replace(' ', '+')}&reason=key-taken`)
  const form = formsOf(shown).find(({ action }) => action.endsWith('/arret'))
  expect([shown.status, form?.fields]).toMatchObject([200, { thing, reason: 'key-taken' }])
  expect(await statusOf()).toEqual([])
  for (const asked of ['thing=service+none&reason=fault', 'thing=service+library', ''])
    expect((await browser.get(`${page}/arret?${asked}`)).status).toBe(404)
  const other = await officer('incident-officer', 'org_desk')
  const foreign = await other.browser.get(`${page}/arret?thing=service+library&reason=fault`)
  expect(foreign.status).toBe(404)
  expect((await other.browser.get(page)).body).not.toContain('service library')
})

test.each<[string, () => Promise<{ browser: Browser }>, string, number]>([
  ['of another body', () => officer('incident-officer', 'org_desk'), thing, 404],
  ['with another role', () => officer('counter'), thing, 404],
  ['of what is nobody’s', () => officer(), 'service none', 404],
  ['of a whole body', () => officer(), `organisation ${organisation}`, 400],
])('an officer %s stops nothing', async (_what, made, of, status) => {
  const { browser } = await made()
  expect((await stop(browser, of)).status).toBe(status)
  expect(await statusOf()).toEqual([])
})

test('an office that ends while its page is open stops nothing', async () => {
  const { own, browser } = await officer()
  const shown = formsOf(await browser.get(page)).find(({ action }) => action.endsWith('/fin'))
  const office = { officerId: own.officerId, mandateId: own.offices[0] ?? '' }
  const vault = await vaultOf(broker)
  await transact(broker.db, (tx) => endOffice(tx, vault, office, 'body', { type: 'broker' }))
  const fields = { ...shown?.fields, thing, reason: 'fault' }
  expect((await browser.post(`${page}/arret`, fields)).status).toBe(404)
  expect(await statusOf()).toEqual([])
})

test('after 25 hours it goes on, and the same one does not stop it again', async () => {
  const { own, browser } = await officer()
  expect((await stop(browser)).status).toBe(303)
  expect((await stop(browser)).status).toBe(409)
  await pass(broker.db, { hours: 25 })
  expect(await statusOf()).toEqual([])
  const later = await atDesk(broker, own)
  expect((await stop(later)).status).toBe(409)
  expect(await statusOf()).toEqual([])
  expect((await stop((await officer()).browser)).status).toBe(303)
  expect(await statusOf()).toHaveLength(1)
})
