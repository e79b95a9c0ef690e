import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { deskPages } from '../../../src/pages/desk/list.ts'
import { roleNames } from '../../../src/people/offices/roles.ts'
import { endOffice } from '../../../src/people/mandates/index.ts'
import type { Broker } from '../../support/broker.ts'
import { signUp, startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formsOf, makeBrowser } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import type { Officer } from '../../support/officers.ts'
import {
  atDesk,
  bodyWithDesk,
  deskHours as hours,
  deskSignIn,
  nameTo,
  newOfficer,
  useDeskKey,
  vaultOf,
} from '../../support/officers.ts'
import { letTimeMove, pass } from '../../support/time.ts'

// The desk as its officers and everybody else meet it, over HTTP: who finds it, how a session begins and how it ends.

let fido: Fido
let broker: Broker

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  const near = { hours, networks: ['203.0.113.0/24', '2001:db8:7::/48'] }
  const bodies = [
    bodyWithDesk('org_desk', { hours }),
    bodyWithDesk('org_near', near),
    bodyWithDesk('org_without'),
  ]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

/** Of somebody who has said why a page is read in English (Charter of the French language). */
const english = { name: 'attested', path: '/', value: 'yes' }

const officer = (more: Parameters<typeof newOfficer>[1] = {}) =>
  newOfficer(broker, { fido, ...more })
const statusAt = async (browser: Browser) => (await browser.get('/guichet')).status

/** What everybody reads who finds nothing at an address, without what is different at each answer. */
function seen({ status, body, headers }: Answer, segment: string) {
  const { date: _, 'x-request-id': _id, 'content-length': _length, ...rest } = headers
  const same = body.replaceAll(segment, '').replaceAll(/\b[0-9A-F]{8}\b/g, 'NUMBER')
  return { status, body: same, headers: rest }
}

test('an officer finds his desk by his key, and what his offices let him do', async () => {
  const own = await officer({ roles: ['counter', 'namer'] })
  const browser = await atDesk(broker, own)
  const home = await browser.get('/guichet')
  expect([home.status, home.body]).toEqual([200, expect.stringContaining('Organisme org_desk')])
  expect(home.body).toContain('accueil, nominations')
  browser.take(english)
  expect((await browser.get('/en/guichet')).body).toContain('counter, naming')
  // He is nobody at a person's pages, and no row of the provider's is his.
  expect((await browser.get('/acces')).status).toBe(403)
  expect(await broker.db('oidcSessions').where({ accountId: own.officerId })).toEqual([])
})

test.each(['GET', 'POST', 'PUT', 'OPTIONS', 'HEAD'])(
  'to everybody else the desk is like an address that does not exist, by %s',
  async (method) => {
    const person = await signUp(broker, broker.services.library)
    for (const browser of [makeBrowser(broker), person.browser]) {
      browser.take(english)
      for (const path of ['/guichet', '/guichet/fin', '/guichet/nothing', '/en/guichet']) {
        const nowhere = path.replace('guichet', 'nowhere')
        const [here, there] = [
          await browser.get(path, { method }),
          await browser.get(nowhere, { method }),
        ]
        expect([method, seen(here, 'guichet')]).toEqual([method, seen(there, 'nowhere')])
        expect(here.status).toBe(404)
      }
    }
  },
)

test('a second session of an officer ends the first', async () => {
  const own = await officer()
  const first = await atDesk(broker, own)
  const second = await atDesk(broker, own)
  expect([await statusAt(first), await statusAt(second)]).toEqual([404, 200])
  expect(await broker.db('deskSession').where({ officerId: own.officerId })).toHaveLength(1)
})

test('a session ends fifteen minutes after its last use, and eight hours after its beginning', async () => {
  const [idle, busy] = [
    await atDesk(broker, await officer()),
    await atDesk(broker, await officer()),
  ]
  expect([await statusAt(idle), await statusAt(busy)]).toEqual([200, 200])
  await pass(broker.db, { seconds: 15 * 60 - 60 })
  expect(await statusAt(busy)).toBe(200)
  await pass(broker.db, { seconds: 61 })
  expect([await statusAt(idle), await statusAt(busy)]).toEqual([404, 200])
  let minutes = 15
  for (; minutes + 14 < 8 * 60; minutes += 14) {
    await pass(broker.db, { seconds: 14 * 60 })
    expect([minutes, await statusAt(busy)]).toEqual([minutes, 200])
  }
  await pass(broker.db, { seconds: (8 * 60 - minutes) * 60 })
  expect(await statusAt(busy)).toBe(404)
})

const suspend = { suspendedAt: new Date() }
test.each<readonly [string, (own: Officer) => Promise<unknown>]>([
  ['his last office ends', (own) => endLast(own)],
  [
    'his access is suspended',
    ({ officerId: personId }) => broker.db('accounts').where({ personId }).update(suspend),
  ],
  [
    'his key is suspended',
    ({ passkeyId }) => broker.db('passkeys').where({ passkeyId }).update(suspend),
  ],
  ['his key is removed', ({ passkeyId }) => broker.db('passkeys').where({ passkeyId }).delete()],
])('a session ends in the transaction in which %s, and does not come back', async (_, end) => {
  const own = await officer()
  const browser = await atDesk(broker, own)
  await end(own)
  expect(await broker.db('deskSession').where({ officerId: own.officerId })).toEqual([])
  await nameTo(broker, own.officerId, { role: 'counter' })
  expect(await statusAt(browser)).toBe(404)
})

test('one of two offices ends, and the session has the acts of the other', async () => {
  const own = await officer({ roles: ['counter', 'namer'] })
  const browser = await atDesk(broker, own)
  await endLast(own)
  const home = await browser.get('/guichet')
  expect([home.body.includes('accueil'), home.body.includes('nominations')]).toEqual([true, false])
})

/** Ends the office that he got last. */
async function endLast({ officerId, offices }: Officer): Promise<void> {
  const vault = await vaultOf(broker)
  const mandateId = offices.at(-1) ?? ''
  await transact(broker.db, (tx) =>
    endOffice(tx, vault, { officerId, mandateId }, 'body', { type: 'broker' }),
  )
}

test.each([
  ['203.0.113.77', '/guichet'],
  ['2001:db8:7:1::9', '/guichet'],
  ['::ffff:203.0.113.77', '/guichet'],
  ['203.0.114.1', undefined],
  ['2001:db8:8::1', undefined],
  // The proxy writes the last address: what somebody wrote before it is not believed.
  ['203.0.113.77, 198.51.100.1', undefined],
  ['not an address', undefined],
])('from %s an officer of a body with networks comes to %s', async (from, path) => {
  const own = await officer({ body: 'org_near' })
  const browser = makeBrowser(broker, [], from)
  const answer = await useDeskKey(browser, await deskSignIn(browser), own.key)
  expect(answer.location && new URL(answer.location).pathname).toBe(path)
  if (path === undefined) expect(answer.body).toContain('Le comptoir ne s’ouvre pas d’ici')
  else expect(await statusAt(browser)).toBe(200)
})

test('a session that goes to another network finds nothing there', async () => {
  const inside = makeBrowser(broker, [], '203.0.113.5')
  await atDesk(broker, await officer({ body: 'org_near' }), inside)
  const outside = await inside.get('/guichet', { headers: { 'x-forwarded-for': '198.51.100.7' } })
  const forged = { 'x-forwarded-for': '203.0.113.5, 198.51.100.7' }
  const pretended = await inside.get('/guichet', { headers: forged })
  expect([outside.status, pretended.status, await statusAt(inside)]).toEqual([404, 404, 200])
})

test.each<readonly [string, () => Promise<Officer>, string]>([
  [
    'a key that nobody attests',
    () => officer({ fido: undefined }),
    'Cette clé ne suffit pas pour le comptoir',
  ],
  ['no office', () => officer({ roles: [] }), 'Vous n’avez pas de fonction en ce moment'],
  [
    'an office that ended',
    async () => {
      const own = await officer()
      await endLast(own)
      return own
    },
    'Vous n’avez pas de fonction en ce moment',
  ],
  [
    'an office at a body without a desk',
    () => officer({ body: 'org_without' }),
    'Votre organisme ne tient pas de comptoir',
  ],
])('with %s nobody comes to a desk, and reads what to do', async (_, made, words) => {
  const own = await made()
  const browser = makeBrowser(broker)
  const answer = await useDeskKey(browser, await deskSignIn(browser), own.key)
  expect([answer.status, answer.location]).toEqual([403, undefined])
  expect(answer.body).toContain(words)
  expect(answer.body).not.toContain('Organisme org_')
  expect(await statusAt(browser)).toBe(404)
  expect(await broker.db('deskSession').where({ officerId: own.officerId })).toEqual([])
})

test('a service gets nobody of a work access, whose holder is told so', async () => {
  const own = await officer()
  const browser = makeBrowser(broker)
  const { url } = await broker.services.library.begin()
  const answer = await useDeskKey(browser, await browser.follow(url), own.key)
  expect([answer.status, answer.location]).toEqual([403, undefined])
  expect(answer.body).toContain('Cet accès est un accès de travail')
  expect(await broker.db('oidcSessions').where({ accountId: own.officerId })).toEqual([])
  expect(await statusAt(browser)).toBe(404)
})

test('the visit by which an officer came is left, and opens nothing for a person', async () => {
  const own = await officer()
  const browser = makeBrowser(broker)
  const page = await deskSignIn(browser)
  await useDeskKey(browser, page, own.key)
  expect((await browser.get(page.url)).status).toBe(404)
})

test('the cookie is of the desk alone, goes with no request of another site, and opens nothing once it is changed', async () => {
  const own = await officer()
  const page = await deskSignIn(makeBrowser(broker))
  expect(page.status).toBe(200)
  const browser = makeBrowser(broker)
  const answer = await useDeskKey(browser, await deskSignIn(browser), own.key)
  const [set = ''] = [answer.headers['set-cookie'] ?? []].flat().filter((one) => /desk=/.test(one))
  expect(set).toMatch(
    /; path=\/;.*samesite=strict.*httponly|; path=\/;.*httponly.*samesite=strict/i,
  )
  const stored = await broker.db('deskSession').where({ officerId: own.officerId }).first()
  const cookie = browser.cookies().find(({ name }) => name.endsWith('desk'))
  expect(JSON.stringify(stored)).not.toContain(cookie?.value)
  for (const path of ['/acces', '/espace', '/mes-partages', '/activite', '/acces/donnees'])
    expect([path, (await browser.get(path)).status]).toEqual([path, 403])
  const value = cookie?.value ?? ''
  const changed = browser.clone()
  changed.take({ name: cookie?.name ?? '', path: '/', value: `${value.slice(1)}${value[0]}` })
  expect([await statusAt(changed), await statusAt(browser)]).toEqual([404, 200])
})

test('a row of a session that was changed, moved or put back opens nothing', async () => {
  const [own, other] = [await officer(), await officer()]
  const browser = await atDesk(broker, own)
  await atDesk(broker, other)
  const whose = { officerId: own.officerId }
  const row = await broker.db('deskSession').where(whose).first()
  const later = new Date(Date.now() + 60_000)
  for (const change of [{ beganAt: later, seenAt: later }, { orgId: 'org_near' }]) {
    await broker.db('deskSession').where(whose).update(change)
    expect([change, await statusAt(browser)]).toEqual([change, 404])
    await broker.db('deskSession').where(whose).update(row)
  }
  expect(await statusAt(browser)).toBe(200)
  await broker.db('deskSession').where(whose).delete()
  await broker.db('deskSession').where({ officerId: other.officerId }).delete()
  await broker.db('deskSession').insert({ ...row, officerId: other.officerId })
  expect(await statusAt(browser)).toBe(404)
})

test('an officer closes his desk', async () => {
  const own = await officer()
  const browser = await atDesk(broker, own)
  const [form] = formsOf(await browser.get('/guichet'))
  const stolen = browser.clone()
  const foreign = await browser.post('/guichet/fin', { csrf: 'of another' })
  expect([foreign.status, await statusAt(browser)]).toEqual([403, 200])
  const answer = await browser.post(form?.action ?? '', form?.fields ?? {})
  expect(new URL(answer.location ?? '').pathname).toBe('/')
  expect([await statusAt(browser), await statusAt(stolen)]).toEqual([404, 404])
})

/** By which sources a browser lets the forms of a page be sent (CSP Level 3, form-action): a path that ends with a stroke is a beginning. */
function mayPost({ headers }: Answer, to: string): boolean {
  const policy = String(headers['content-security-policy'])
  const [, sources = ''] = /form-action ([^;]*)/.exec(policy) ?? []
  const { origin, pathname } = new URL(to)
  return sources.split(' ').some((source) => {
    if (source === "'self'") return origin === broker.issuer
    const allowed = new URL(source)
    const isBelow = allowed.pathname.endsWith('/') && pathname.startsWith(allowed.pathname)
    return origin === allowed.origin && (pathname === allowed.pathname || isBelow)
  })
}

/** Every page of the desk that links lead to. */
async function pagesOfDesk(browser: Browser): Promise<ReadonlyMap<string, Answer>> {
  const seenPages = new Map<string, Answer>()
  const waiting = ['/guichet', '/en/guichet']
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seenPages.has(path)) continue
    const page = await browser.get(path)
    seenPages.set(path, page)
    const links = page.body.matchAll(/href="((?:\/en)?\/guichet[^"#]*)"/g)
    waiting.push(...[...links].map(([, to = '']) => to))
  }
  return seenPages
}

test('no page of a desk lets a form be sent to a page that answers, or to any outside the desk', async () => {
  const own = await officer({ roles: [...roleNames] })
  const browser = await atDesk(broker, own)
  browser.take(english)
  const pages = await pagesOfDesk(browser)
  // The home page, and each line of it, in both languages.
  expect(pages.size).toBeGreaterThanOrEqual(2 * deskPages.filter(({ line }) => line).length)
  const outside = ['', '/en'].flatMap((base) => [
    `${base}/consentement/1/autorisation`,
    `${base}/acces/aide/fin`,
    `${base}/mes-partages/con_1/reprise`,
    `${base}/guichets`,
    `${base}/`,
  ])
  for (const [path, page] of pages) {
    expect([path, page.status]).toEqual([path, 200])
    const targets = formsOf(page).map(({ action }) => action)
    expect([path, targets.filter((to) => !mayPost(page, to))]).toEqual([path, []])
    const found = outside.filter((to) => mayPost(page, `${broker.issuer}${to}`))
    expect([path, found]).toEqual([path, []])
  }
  // A page of her own still sends its forms to all of ours.
  expect(mayPost(await makeBrowser(broker).get('/acces'), `${broker.issuer}/acces`)).toBe(true)
})
