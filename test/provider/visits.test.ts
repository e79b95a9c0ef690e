import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authenticator } from '../support/authenticator.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { callbackOf, codeOf, issuer, signUp, startBroker } from '../support/broker.ts'
import type { Errand, Service } from '../support/service.ts'

let broker: Broker
let library: Service
let authenticator: Authenticator

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  authenticator = (await signUp(broker, library)).authenticator
})

afterAll(() => broker.stop())

describe('a visit that came by another browser', () => {
  test('says where to begin again, and is as it was', async () => {
    const { page } = await visit()
    const other = await signedIn()
    // A touch would show: this session was seen last an hour ago.
    await broker.db('oidcSessions').update({ lastSeenAt: new Date(Date.now() - 3_000_000) })
    const before = await everyRow()
    const { action, fields } = formOf(page)

    const answers = [
      await other.get(page.url),
      await other.post(action, fields),
      await other.get(page.url.replace('/connexion/', '/auth/')),
    ]

    for (const answer of answers) {
      expect(answer.status).toBe(404)
      expect(titleOf(answer)).toBe('Cette connexion a commencé dans un autre navigateur')
      expect(wayOf(answer)).toEqual(['Recommencer depuis Service library', 'https://library.test'])
    }
    expect(await everyRow()).toEqual(before)
  })

  test('goes on there by none of the cookies that another host may plant', async () => {
    const { browser, page } = await visit()
    const location = await prove(browser, page)
    const planted = browser.cookies().filter(({ name }) => !name.startsWith('browser'))
    expect(planted.map(({ name }) => name)).toEqual(expect.arrayContaining(['int', 'res']))
    for (const other of [await signedIn(), makeBrowser(broker)]) {
      const thief = makeBrowser(broker, [...other.cookies(), ...planted])

      expect((await thief.get(page.url)).status).toBe(404)
      const resumed = await thief.get(location)
      expect(resumed.status).toBe(404)
      expect(resumed.headers['set-cookie']).toBeUndefined()
    }
    codeOf(callbackOf(await browser.follow(location)))
  })

  test('in a space of one’s own leads to that page, in its language', async () => {
    const { url } = await makeBrowser(broker).follow(`${issuer}/acces/donnees`)
    const other = await inEnglish()
    const english = await other.get(url.replace('/connexion/', '/en/connexion/'))
    expect(titleOf(english)).toBe('This sign-in began in another browser')
    expect(wayOf(english)).toEqual(['Start again', '/acces/donnees'])
  })

  test('of a browser without its cookie, or with one that is none, is that too', async () => {
    const { page } = await visit()
    for (const value of ['', 'x', 'a'.repeat(43), 'a'.repeat(4000)]) {
      const cookies = value === '' ? [] : [{ name: 'browser', path: '/', value }]
      expect((await makeBrowser(broker, cookies).get(page.url)).status).toBe(404)
    }
  })
})

test('a browser has one such cookie for all its visits, of every service, and keeps it', async () => {
  const browser = makeBrowser(broker)
  const held = () => browser.cookies().filter(({ name }) => name === 'browser')
  const pages = []
  for (const service of [library, broker.services.taxes])
    pages.push(await browser.follow((await service.begin()).url))
  const first = held()
  expect(first).toHaveLength(1)
  for (const page of pages) {
    expect((await browser.get(page.url)).status).toBe(200)
    codeOf(callbackOf(await browser.follow(await prove(browser, page))))
  }
  expect(held()).toEqual(first)
})

describe('a visit that is done', () => {
  test('says so at its page, its forms and the way back, and leads on to the service', async () => {
    const { browser, page } = await visit()
    const { action, fields } = formOf(page)
    const location = await prove(browser, page)
    codeOf(callbackOf(await browser.follow(location)))

    const again = [
      [await browser.get(page.url), 410],
      [await browser.get(`${page.url}/creation`), 410],
      [await browser.post(action, fields), 410],
      [await browser.get(location), 400],
    ] as const

    for (const [answer, status] of again) {
      expect(answer.status).toBe(status)
      expect(titleOf(answer)).toBe('Cette étape est déjà faite')
      expect(wayOf(answer)).toEqual(['Continuer vers Service library', 'https://library.test'])
    }
  })

  test('in a space of one’s own leads on to that page', async () => {
    const browser = makeBrowser(broker)
    const page = await browser.follow(`${issuer}/acces/donnees`)
    await browser.follow(await prove(browser, page))

    const [label, href = ''] = wayOf(await browser.get(page.url))
    expect([label, href]).toEqual(['Continuer', '/acces/donnees'])
    expect((await browser.get(href)).status).toBe(200)
  })

  test('was refused: it says the same', async () => {
    const { browser, page } = await visit()
    await browser.follow(await prove(browser, page))
    const asked = await browser.follow((await library.begin({ prompt: 'login' })).url)
    const left = await browser.post(`${asked.url}/abandon`, formOf(asked).fields)
    const location = left.location ?? ''
    expect(callbackOf(await browser.follow(location)).searchParams.get('error')).toBe(
      'access_denied',
    )
    for (const url of [asked.url, location])
      expect(titleOf(await browser.get(url))).toBe('Cette étape est déjà faite')
  })

  test('keeps nothing of its person, and nothing of what was asked', async () => {
    const { browser, page } = await visit()
    await browser.follow(await prove(browser, page))
    const done = await broker
      .db('oidcArtifacts')
      .where({ model: 'Interaction' })
      .whereNotNull('consumedAt')
    expect(done.length).toBeGreaterThan(0)
    for (const { payload, accountId, sessionUid, parentId, clientId } of done) {
      expect([accountId, sessionUid, parentId]).toEqual([null, null, null])
      const own = clientId === 'accord' ? ['ownPath'] : []
      expect(Object.keys(payload as object).toSorted()).toEqual(['browser', 'clientId', ...own])
    }
  })
})

test('a visit that waited too long says so, and where to begin again', async () => {
  const { browser, page } = await visit()
  await broker
    .db('oidcArtifacts')
    .where({ model: 'Interaction', consumedAt: null })
    .update({ expiresAt: new Date(Date.now() - 60_000) })

  const late = [
    await browser.get(page.url),
    await browser.get(page.url.replace('connexion', 'auth')),
  ]

  expect(late.map(({ status }) => status)).toEqual([410, 400])
  for (const answer of late) {
    expect(titleOf(answer)).toBe('Cette connexion a pris trop de temps')
    expect(wayOf(answer)).toEqual(['Recommencer depuis Service library', 'https://library.test'])
  }
})

test('a visit that never was leads home', async () => {
  const browser = await signedIn()
  for (const path of ['/connexion/', '/auth/'].flatMap((at) => [
    `${at}none`,
    at + 'n'.repeat(43),
  ])) {
    const answer = await browser.get(issuer + path)
    expect(answer.status).toBe(404)
    expect(wayOf(answer)).toEqual(['Aller à l’accueil', '/'])
  }
})

// A page that answers a form stands at an address that has no page of its own: its link to the other language must not.
test.each(['cle', 'creation', 'recuperation'])(
  'the answer to a refused form of %s is one link away from the same visit in English',
  async (step) => {
    const browser = await inEnglish()
    const { page } = await visit(browser)
    const { csrf = '' } = formOf(page).fields

    const refused = await browser.post(`${page.url}/${step}`, { csrf, credential: '{}', code: 'X' })

    expect(refused.status).toBe(400)
    expect(await otherLanguageOf(browser, refused)).toBe(200)
  },
)

test('the recovery codes are one link away from where the visit stands, in English', async () => {
  const browser = await inEnglish()
  const { page } = await visit(browser)
  const { action, fields, options } = formOf(await browser.get(`${page.url}/creation`))
  const credential = makeAuthenticator({ origin: issuer }).create(options)

  const codes = await browser.post(action, { ...fields, credential })

  expect(codes.status).toBe(200)
  expect(await otherLanguageOf(browser, codes)).toBe(200)
})

test('no process noted a fault in all of this', () => {
  expect(broker.output()).toBe('')
})

type Begun = { readonly browser: Browser; readonly errand: Errand; readonly page: Answer }

async function visit(browser = makeBrowser(broker)): Promise<Begun> {
  const errand = await library.begin()
  return { browser, errand, page: await browser.follow(errand.url) }
}

/** With the passkey of the page. @returns where the visit goes on */
async function prove(browser: Browser, page: Answer, by = authenticator): Promise<string> {
  const { action, fields, options } = formOf(page)
  const { location } = await browser.post(action, { ...fields, credential: by.get(options) })
  expect(location).toMatch(/\/auth\//)
  return location ?? ''
}

async function signedIn(): Promise<Browser> {
  const { browser, page } = await visit()
  codeOf(callbackOf(await browser.follow(await prove(browser, page))))
  return browser
}

async function inEnglish(): Promise<Browser> {
  const browser = makeBrowser(broker)
  const notice = formOf(await browser.get(`${issuer}/en/attestation`))
  await browser.post(notice.action, notice.fields)
  return browser
}

async function otherLanguageOf(browser: Browser, { body, url }: Answer): Promise<number> {
  const [, href = ''] = /class="language" href="([^"]+)"/.exec(body) ?? []
  expect(href).toMatch(/^\/en\/connexion\//)
  return (await browser.get(new URL(href, url).href)).status
}

function titleOf({ body }: Answer): string {
  return /<h1>([^<]*)<\/h1>/.exec(body)?.[1] ?? body
}

/** The one button of a page that goes no further: its words, and where it leads. */
function wayOf({ body }: Answer): string[] {
  const [, href = '', label = ''] =
    /<a class="button[^"]*" href="([^"]*)">\s*([^<]*?)\s*<\/a>/.exec(body) ?? []
  return [label, href]
}

/** Of what a page could write. */
async function everyRow(): Promise<unknown[]> {
  const tables = [
    'oidcArtifacts',
    'oidcSessions',
    'webauthnChallenges',
    'signinAttempts',
    'activity',
  ]
  return Promise.all(tables.map((table) => broker.db(table).select().orderBy(1)))
}
