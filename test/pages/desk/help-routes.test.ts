import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { endOffice } from '../../../src/people/mandates/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import type { Broker } from '../../support/broker.ts'
import { signIn, signUp, startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import {
  atDesk,
  bodyWithDesk,
  deskHours as hours,
  newOfficer,
  vaultOf,
} from '../../support/officers.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { recoverAt } from '../../support/ways.ts'

// A help over HTTP: her page and his, and everybody who has no business there.

let fido: Fido
let broker: Broker

beforeAll(async () => {
  letTimeMove()
  fido = await makeFido()
  const bodies = [bodyWithDesk('org_desk', { hours }), bodyWithDesk('org_other', { hours })]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

const person = () => signUp(broker, broker.services.library)

async function officer(role: DeskRole = 'counter', body = 'org_desk') {
  const own = await newOfficer(broker, { fido, roles: [role], body })
  return { ...own, browser: await atDesk(broker, own) }
}

/** Presses the button of this name on a page. */
async function press(browser: Browser, page: Answer, action: string, more: object = {}) {
  const form = formsOf(page).find((one) => one.action.includes(action))
  if (form === undefined) throw new Error(`no form to ${action}`)
  return browser.post(form.action, { ...form.fields, ...more })
}

/** The digits that her page shows for a desk. */
async function digitsFor(browser: Browser, body = 'org_desk', base = ''): Promise<string> {
  const page = await browser.get(`${base}/acces/aide`)
  const form = formsOf(page).find(({ fields }) => fields['org'] === body)
  const shown = await browser.post(form?.action ?? '', { ...form?.fields })
  return /<strong>(\d{4} \d{4})<\/strong>/.exec(shown.body)?.[1] ?? ''
}

async function type(browser: Browser, digits: string): Promise<Answer> {
  return press(browser, await browser.get('/guichet/aide'), '/guichet/aide', { digits })
}

async function underWay(base = '') {
  const [helped, at] = [await person(), await officer()]
  // Both have said that they may read English (see the notice of attestation).
  if (base !== '')
    for (const { browser } of [helped, at])
      browser.take({ name: 'attested', path: '/', value: 'yes' })
  const answer = await type(at.browser, await digitsFor(helped.browser, 'org_desk', base))
  return { helped, at, path: new URL(answer.location ?? '', 'http://x').pathname }
}

const below = ['', '/partages', '/questions', '/activite']

test('she says eight digits, he sees her sharings, and each look is on her page and in her activity at once', async () => {
  const { helped, at, path } = await underWay()
  expect((await at.browser.get(path)).body).toContain('Cette personne répond elle-même')
  expect((await at.browser.get(`${path}/partages`)).status).toBe(200)
  const page = await helped.browser.get('/acces/aide')
  expect(page.body).toContain('Elle voit avec vous. Elle ne peut rien répondre à votre place.')
  expect(page.body).toContain('Organisme org_desk')
  expect(page.body.match(/Vos partages|Le début de l’aide/g)).toEqual([
    'Vos partages',
    'Le début de l’aide',
  ])
  const lines = await helped.browser.get('/activite')
  expect(lines.body).toContain('Une personne d’un comptoir peut voir avec vous')
  expect(lines.body.match(/>Une personne a vu une page avec vous</g)).toHaveLength(2)
  await press(helped.browser, page, '/acces/aide/fin')
  expect((await helped.browser.get('/acces/aide')).body).toContain('Montrer huit chiffres')
  for (const way of below) expect((await at.browser.get(path + way)).status).toBe(404)
})

test('he reads in her language', async () => {
  const { at, path } = await underWay('/en')
  const french = path.replace(/^\/en/, '')
  const answer = await at.browser.get(french)
  expect([answer.status, answer.location]).toEqual([303, expect.stringContaining(`/en${french}`)])
  const page = await at.browser.get(`/en${french}`)
  expect([page.status, page.body]).toEqual([200, expect.stringContaining('<html lang="en"')])
  expect((await at.browser.get(`/en${french}/partages`)).status).toBe(200)
})

test('no page of a help has a form that answers, or a link to a page of hers', async () => {
  const { at, path } = await underWay()
  for (const way of below) {
    const page = await at.browser.get(path + way)
    const actions = formsOf(page).map(({ action }) => new URL(action).pathname)
    // And the one that ends his session.
    expect([way, actions.toSorted()]).toEqual([way, [`${path}/fin`, '/guichet/fin']])
    const main = page.body.slice(page.body.indexOf('<main'), page.body.indexOf('</main>'))
    const links = [...main.matchAll(/(?:href|formaction)="([^"]*)"/g)].map(([, to]) => to ?? '')
    expect(links.filter((to) => !to.startsWith(path) && !/^\/(en\/)?guichet/.test(to))).toEqual([])
  }
})

test.each<[string, (helped: Browser) => Promise<string>]>([
  ['that another desk was given', (helped) => digitsFor(helped, 'org_other')],
  ['that are wrong', async () => '0000 0000'],
])('digits %s open nothing, and say no more', async (_what, digits) => {
  const [helped, at] = [await person(), await officer()]
  const answer = await type(at.browser, await digits(helped.browser))
  expect([answer.status, answer.body]).toEqual([
    409,
    expect.stringContaining('Ces chiffres n’ouvrent rien'),
  ])
  expect((await helped.browser.get('/activite')).body).not.toContain('comptoir')
})

test('after ten minutes digits open nothing, and used ones open nothing again', async () => {
  const [helped, at] = [await person(), await officer()]
  const late = await digitsFor(helped.browser)
  await pass(broker.db, { seconds: 601 })
  expect((await type(at.browser, late)).status).toBe(409)
  const digits = await digitsFor(helped.browser)
  const opened = await type(at.browser, digits)
  const page = await at.browser.get(opened.location ?? '')
  await press(at.browser, page, 'man_')
  expect((await type(at.browser, digits)).status).toBe(409)
})

test('an officer has ten wrong tries', async () => {
  const at = await officer()
  const statuses: number[] = []
  for (let n = 0; n < 11; n++) statuses.push((await type(at.browser, '1111 1111')).status)
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 409), 429])
})

test('a session of an officer without a help sees nothing of anybody', async () => {
  const { at, path } = await underWay()
  const [colleague, namer] = [await officer(), await officer('namer')]
  for (const way of below) {
    expect((await colleague.browser.get(path + way)).status).toBe(404)
    expect((await makeBrowser(broker).get(path + way)).status).toBe(404)
  }
  expect((await namer.browser.get('/guichet/aide')).status).toBe(404)
  // The same officer, signed in anew.
  const later = await atDesk(broker, at)
  for (const way of below) expect((await later.get(path + way)).status).toBe(404)
  for (const hers of ['/mes-partages', '/activite', '/acces', '/espace'])
    expect([hers, (await later.get(hers)).status]).toEqual([hers, 403])
})

type Under = Awaited<ReturnType<typeof underWay>>

test.each<[string, (it: Under) => Promise<unknown>]>([
  [
    'her session ends',
    async ({ helped }) => {
      const elsewhere = await signIn(broker, broker.services.library, helped.authenticator)
      const { csrf = '' } = formOf(await elsewhere.browser.get('/acces/nom-affiche')).fields
      return elsewhere.browser.post('/acces/sessions/fin', { csrf })
    },
  ],
  ['the half hour is over', () => pass(broker.db, { seconds: 30 * 60 })],
  [
    'his office ends',
    async ({ at }) => {
      const vault = await vaultOf(broker)
      const office = { officerId: at.officerId, mandateId: at.offices[0] ?? '' }
      return transact(broker.db, (tx) => endOffice(tx, vault, office, 'body', { type: 'broker' }))
    },
  ],
])('once %s, each page of it is one that there is not', async (_what, end) => {
  const it = await underWay()
  await end(it)
  for (const way of below) expect((await it.at.browser.get(it.path + way)).status).toBe(404)
})

test('in a session that is held nothing begins, and the page says so', async () => {
  const helped = await signUp(broker, broker.services.library, { workingCodes: 1 })
  const { browser } = await recoverAt(broker, broker.services.library, helped)
  const page = await browser.get('/acces/aide')
  expect(page.body).toContain('Dans cette session rien ne commence')
  expect(formsOf(page).filter(({ fields }) => 'org' in fields)).toEqual([])
  const { csrf = '' } = formOf(await browser.get('/acces/nom-affiche')).fields
  const answer = await browser.post('/acces/aide/code', { csrf, org: 'org_desk' })
  expect(answer.status).toBe(409)
  const { personId } = helped
  expect(await broker.db('helpCode').where({ personId })).toEqual([])
})
