import { afterAll, beforeAll, expect, test } from 'vitest'
import { newReadingKey, openWith, readingKeyOf } from '../../../src/base/keys/jwe.ts'
import type { PublishedKeys } from '../../../src/base/keys/jws.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { dayOf } from '../../../src/base/values/calendar.ts'
import { newUuid, writeId } from '../../../src/base/values/ids.ts'
import { checkDossier } from '../../../src/consent/dossiers/check.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import type { DeskRole } from '../../../src/people/offices/index.ts'
import { roleNames } from '../../../src/people/offices/index.ts'
import type { Broker } from '../../support/broker.ts'
import { signUp, startBroker } from '../../support/broker.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formsOf, makeBrowser } from '../../support/browser.ts'
import type { Fido } from '../../support/fido.ts'
import { makeFido } from '../../support/fido.ts'
import { differencesOf } from '../../support/fold.ts'
import {
  atDesk,
  bodyWithDesk,
  deskHours as hours,
  newOfficer,
  vaultOf,
} from '../../support/officers.ts'

// Searches at a desk, and what officers read and take away by their roles, over HTTP.

let fido: Fido
let broker: Broker
let subOf: (personId: string, body?: string) => string

beforeAll(async () => {
  fido = await makeFido()
  const bodies = [bodyWithDesk('org_desk', { hours }), bodyWithDesk('org_other', { hours })]
  broker = await startBroker(undefined, bodies, undefined, fido.env)
  const { pairwise } = await openKeys(broker.keysDir)
  const made = makePairwise(pairwise)
  subOf = (personId, body = 'org_desk') => made.subject(personId, body)
})
afterAll(async () => {
  await broker.stop()
  fido.stop()
})

const newPerson = () => signUp(broker, broker.services.library)
const officerOf = (...roles: readonly DeskRole[]) => newOfficer(broker, { fido, roles })
const deskOf = async (...roles: readonly DeskRole[]) => atDesk(broker, await officerOf(...roles))
/** Of somebody who has said why a page is read in English (Charter of the French language). */
const english = { name: 'attested', path: '/', value: 'yes' }

type Typed = { readonly raison?: string; readonly mots?: string; readonly page?: string }

async function ask(
  browser: Browser,
  numero: string,
  { raison = 'present', mots = '', page = '/guichet/recherche' }: Typed = {},
): Promise<Answer> {
  const { action, fields } = await formAt(browser, page)
  return browser.post(action, { ...fields, numero, raison, mots })
}

/** The form that this page is for: the frame of the desk has one of its own. */
async function formAt(browser: Browser, page: string) {
  const form = formsOf(await browser.get(page)).find(({ action }) => action.endsWith(page))
  if (form === undefined) throw new Error(`no form at ${page}`)
  return form
}

function askByJson(browser: Browser, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return browser.post(path, JSON.stringify(body), { headers })
}

const json = ({ status, body }: Answer) => [status, JSON.parse(body) as unknown]

const pages = [
  ['GET', '/recherche', ['counter', 'telephone']],
  ['POST', '/recherche', ['counter', 'telephone']],
  ['POST', '/recherche.json', ['counter', 'telephone']],
  ['GET', '/recherches', ['supervisor']],
  ['GET', '/recherches.json', ['supervisor']],
  ['GET', '/suspension', ['supervisor', 'privacy-officer', 'incident-officer']],
  ['POST', '/suspension', ['supervisor', 'privacy-officer', 'incident-officer']],
  ['POST', '/suspension.json', ['supervisor', 'privacy-officer', 'incident-officer']],
  ['GET', '/dossier', ['privacy-officer']],
  ['POST', '/dossier', ['privacy-officer']],
  ['GET', '/attente', ['privacy-officer', 'incident-officer']],
  ['GET', '/attente.json', ['privacy-officer', 'incident-officer']],
] as const

test('each role finds its own pages, and no other', async () => {
  const found = new Map<string, string[]>()
  const visitors = [
    ...(await Promise.all(roleNames.map(async (role) => [role, await deskOf(role)] as const))),
    ['a person', (await newPerson()).browser],
    ['nobody', makeBrowser(broker)],
  ] as const
  for (const [who, browser] of visitors)
    for (const [method, path] of pages) {
      const { status } = await browser.get(`/guichet${path}`, { method })
      // A form or a body that is not there is refused after the door.
      if (status !== 404)
        found.set(`${method} ${path}`, [...(found.get(`${method} ${path}`) ?? []), who])
    }
  expect(Object.fromEntries(found)).toEqual(
    Object.fromEntries(pages.map(([method, path, roles]) => [`${method} ${path}`, [...roles]])),
  )
})

test('an officer finds that an access exists, and its person reads which body, which function and why', async () => {
  const [desk, person] = [await deskOf('counter'), await newPerson()]
  const answer = await ask(desk, subOf(person.personId), { raison: 'telephone' })
  expect([answer.status, answer.body]).toEqual([
    200,
    expect.stringContaining('Un accès existe. Il est ouvert.'),
  ])
  expect(answer.body).not.toContain(subOf(person.personId))
  const lines = (await person.browser.get('/activite/impression?quoi=acces')).body
  for (const words of [
    'Un comptoir a cherché si vous avez un accès',
    'Organisme org_desk a cherché si vous avez un accès. Sa fonction\u00a0: accueil.',
    'vous étiez au téléphone',
  ])
    expect(lines).toContain(words)
  expect((await person.browser.get('/acces/rien-ne-manque')).body).toContain(
    'Un comptoir a cherché si vous avez un accès',
  )
  desk.take(english)
  const nobody = await ask(desk, subOf(person.personId, 'org_other'), {
    page: '/en/guichet/recherche',
  })
  expect(nobody.body).toContain('No account')
})

test.each([
  ['Tremblay', 'present', '', 'On ne cherche pas par un nom'],
  ['1944-03-02', 'present', '', 'On ne cherche pas par un nom'],
  ['con_01J9ZK4Q8H7V2M3N5P6R7S8T9V', 'other', '', 'Écrivez quelques mots, 300'],
  ['con_01J9ZK4Q8H7V2M3N5P6R7S8T9V', 'present', 'x'.repeat(301), 'Écrivez quelques mots, 300'],
])(
  '« %s » for the reason %s is refused beside its field, and not counted',
  async (numero, raison, mots, words) => {
    const desk = await deskOf('counter')
    const answer = await ask(desk, numero, { raison, mots })
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining(words)])
    expect(answer.body).toContain('aria-invalid="true"')
  },
)

test('the same by JSON, with the same deed and the same refusals', async () => {
  const own = await officerOf('telephone')
  const [desk, person] = [await atDesk(broker, own), await newPerson()]
  const path = '/guichet/recherche.json'
  const asked = { reference: subOf(person.personId), reason: 'present' }
  expect(json(await askByJson(desk, path, asked))).toEqual([200, { access: 'open' }])
  const foreign = { ...asked, reference: subOf(person.personId, 'org_other') }
  expect(json(await askByJson(desk, path, foreign))).toEqual([200, { access: 'none' }])
  const named = await askByJson(desk, path, { ...asked, reference: 'Tremblay' })
  expect([named.status, named.headers['content-type']]).toEqual([
    400,
    expect.stringContaining('application/problem+json'),
  ])
  const rows = await broker
    .db('deskSearch')
    .where({ officerId: own.officerId })
    .orderBy('at', 'asc')
  expect(rows.map(({ isFound }: { readonly isFound: boolean }) => isFound)).toEqual([true, false])
})

test('a stolen session of an officer searches thirty times an hour, on two processes at once, and opens no page of a person', async () => {
  const [desk, person] = [await deskOf('counter'), await newPerson()]
  const { action, fields } = await formAt(desk, '/guichet/recherche')
  const stolen = desk.clone()
  const asked = { ...fields, numero: subOf(person.personId), raison: 'present', mots: '' }
  const answers = await Promise.all(
    Array.from({ length: 34 }, (_, i) => (i % 3 === 0 ? desk : stolen).post(action, asked)),
  )
  const statuses = answers.map(({ status }) => status)
  expect([200, 429].map((status) => statuses.filter((one) => one === status).length)).toEqual([
    30, 4,
  ])
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.body).toContain('Trop de recherches en une heure')
  const { personId } = person
  expect(await broker.db('activity').where({ personId, kind: 'desk.searched' })).toHaveLength(30)
  for (const path of ['/acces', '/activite', '/mes-partages', '/acces/donnees'])
    expect((await stolen.get(path)).status).not.toBe(200)
  const limits = JSON.parse((await desk.get('/.well-known/limits')).body) as { tries: object[] }
  expect(limits.tries).toContainEqual(
    expect.objectContaining({
      what: 'desk-search',
      counted_by: 'account',
      tries: 30,
      seconds: 3600,
    }),
  )
})

test('a supervisor reads how often each office searched and why, and whom nowhere', async () => {
  const [own, person] = [await officerOf('counter'), await newPerson()]
  const desk = await atDesk(broker, own)
  await ask(desk, subOf(person.personId), { raison: 'other', mots: 'a found letter' })
  const supervisor = await deskOf('supervisor')
  const page = (await supervisor.get('/guichet/recherches')).body
  const [row] = await broker.db('deskSearch').where({ officerId: own.officerId })
  const number = writeId('man', row?.officeId ?? '').slice(-8)
  const { searches } = JSON.parse((await supervisor.get('/guichet/recherches.json')).body) as {
    readonly searches: readonly { readonly office: string }[]
  }
  const short = `${number.slice(0, 4)}-${number.slice(4)}`
  expect(page).toContain(short)
  expect(searches).toContainEqual({ office: short, reason: 'other', count: 1, found_nobody: 0 })
  for (const never of ['a found letter', subOf(person.personId), person.personId])
    expect(page).not.toContain(never)
})

test('one officer suspends an access at its person’s request: her sessions end, she is told, and the next one waits an hour', async () => {
  const [desk, person, other] = [await deskOf('supervisor'), await newPerson(), await newPerson()]
  const page = '/guichet/suspension'
  const before = (await person.browser.get('/acces')).status
  const done = await ask(desk, subOf(person.personId), { page })
  expect([before, done.status, done.body]).toEqual([
    200,
    200,
    expect.stringContaining('Cet accès est suspendu'),
  ])
  const { personId } = person
  const account = await broker.db('accounts').where({ personId }).first()
  expect(account?.suspendedAt).toBeInstanceOf(Date)
  expect((await person.browser.follow('/acces')).body).not.toContain('Me déconnecter')
  const kinds = ['access.suspended', 'desk.searched'] as const
  for (const kind of kinds)
    expect(await broker.db('activity').where({ personId, kind })).toHaveLength(1)
  const { vault } = await vaultOf(broker)
  expect(await differencesOf({ db: broker.db, vault }, personId)).toEqual([])
  const told = await broker.db('notification').where({ personId, kind: 'account.suspended' })
  expect(told).toHaveLength(1)
  const again = await ask(desk, subOf(other.personId), { page })
  expect([again.status, again.body]).toEqual([
    429,
    expect.stringContaining('Une suspension par heure'),
  ])
  const open = await broker.db('accounts').where({ personId: other.personId }).first()
  expect(open?.suspendedAt).toBeNull()
  // A colleague at the same desk; by JSON it is the same deed.
  const incident = await deskOf('incident-officer')
  const asked = { reference: subOf(other.personId), reason: 'telephone' }
  expect(json(await askByJson(incident, `${page}.json`, asked))).toEqual([
    200,
    { access: 'suspended' },
  ])
  const privacy = await deskOf('privacy-officer')
  const foreign = { ...asked, reference: subOf(other.personId, 'org_other') }
  expect(json(await askByJson(privacy, `${page}.json`, foreign))).toEqual([200, { access: 'none' }])
})

test('a privacy officer reads the refusals of the day at her body, and what waits there', async () => {
  const { personId } = await newPerson()
  const desk = await deskOf('privacy-officer')
  const nothing = (await desk.get('/guichet/attente')).body
  expect(nothing).toContain('Rien n’a été refusé aujourd’hui')
  const [body] = await broker.db('registerObjects').where({ kind: 'organisation', id: 'org_desk' })
  await refuse(personId, body?.objectNo ?? 0)
  await refuse(personId, (body?.objectNo ?? 0) + 1)
  const page = (await desk.get('/guichet/attente')).body
  expect(page).toContain('NO_CONSENT')
  expect(JSON.parse((await desk.get('/guichet/attente.json')).body)).toEqual({
    refusals: [{ reason: 'NO_CONSENT', requests: 1 }],
    signals: { count: 0, oldest_at: null },
    stops: { count: 0, oldest_at: null },
  })
})

/** A deny as the room of decisions writes it, as far as the page reads it. */
async function refuse(personId: string, holder: number): Promise<void> {
  const now = new Date()
  const decisionId = newUuid(now)
  const words = { outcome: 'deny', reasonCode: 'NO_CONSENT', asked: '1', permitted: '0' }
  const numbers = { holder, recipient: holder + 2, dataset: 1, policyVersion: 1 }
  await broker
    .db('decision')
    .insert({ decisionId, personId, evaluatedAt: now, lastAt: now, ...numbers, ...words })
}

test('two privacy officers have a dossier made, sealed to a key; one alone has none, and she reads that it was made', async () => {
  const [one, two, person] = [
    await deskOf('privacy-officer'),
    await deskOf('privacy-officer'),
    await newPerson(),
  ]
  const page = '/guichet/dossier'
  const key = await newReadingKey()
  const today = dayOf(new Date())
  const asked = { du: today, au: today, motif: 'Demande écrite', numero: subOf(person.personId) }
  const { action, fields } = await formAt(one, page)
  const wrong = await one.post(action, { ...fields, ...asked, cle: '{"kty":"RSA"}' })
  expect([wrong.status, wrong.body]).toEqual([
    400,
    expect.stringContaining('Ce n’est pas une clé publique'),
  ])
  const cle = JSON.stringify(readingKeyOf(key))
  expect((await one.post(action, { ...fields, ...asked, cle })).body).toContain('C’est proposé')
  const waits = async (browser: Browser) => {
    const form = formsOf(await browser.get(page)).find(({ action: to }) => to.includes('/pro_'))
    if (form === undefined) throw new Error('no proposal')
    return form
  }
  const own = await waits(one)
  const alone = await one.post(own.action, { ...own.fields, decision: 'done' })
  expect(alone.status).toBe(409)
  const { action: to, fields: seen } = await waits(two)
  const made = await two.post(to, { ...seen, decision: 'done' })
  expect([made.status, made.headers['content-type']]).toEqual([200, 'application/jose'])
  expect((await two.post(to, { ...seen, decision: 'done' })).status).toBe(409)
  const jwt = (await openWith(key, made.body.trim())) ?? ''
  const published = JSON.parse((await one.get('/keys')).body) as PublishedKeys
  const checked = await checkDossier(jwt, published, undefined, new Date())
  expect(checked).toMatchObject({ holds: true })
  expect(JSON.stringify(checked)).toContain('two officers of org_desk')
  const { personId } = person
  expect(await broker.db('notification').where({ personId, kind: 'dossier.made' })).toHaveLength(1)
  const lines = (await person.browser.get('/activite/impression?quoi=acces')).body
  for (const words of ['Un dossier sur vous a été fait à un comptoir', 'Demande écrite'])
    expect(lines).toContain(words)
  const { vault } = await vaultOf(broker)
  expect(await differencesOf({ db: broker.db, vault }, personId)).toEqual([])
})
