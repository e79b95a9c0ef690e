import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  issuer,
  keepCodes,
  postAndFollow,
  signUp,
  startBroker,
} from '../../support/broker.ts'
import type { Errand, Service } from '../../support/service.ts'
import { idTokenOf, json } from '../../support/service.ts'
import { untyped } from '../../support/database.ts'
import { resealArtifacts } from '../../support/resealed-access.ts'

let broker: Broker
let library: Service
let authenticator: Authenticator

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  authenticator = (await signUp(broker, library)).authenticator
})

afterAll(() => broker.stop())

describe('a visit of another browser', () => {
  test('says where to begin again, and is unchanged', async () => {
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

  test('cannot go on with any cookie that another host can set', async () => {
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

  test('to one of our own pages leads to that page, in its language', async () => {
    const { url } = await makeBrowser(broker).follow(`${issuer}/acces/donnees`)
    const other = await inEnglish()
    const english = await other.get(url.replace('/connexion/', '/en/connexion/'))
    expect(titleOf(english)).toBe('This sign-in began in another browser')
    expect(wayOf(english)).toEqual(['Start again', '/en/acces/donnees'])
  })

  test('is also one without the cookie or with a malformed one', async () => {
    const { page } = await visit()
    for (const value of ['', 'x', 'a'.repeat(43), 'a'.repeat(4000)]) {
      const cookies = value === '' ? [] : [{ name: 'browser', path: '/', value }]
      expect((await makeBrowser(broker, cookies).get(page.url)).status).toBe(404)
    }
  })
})

test('a browser keeps one cookie for its visits to all services', async () => {
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

describe('a finished visit', () => {
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

  test('to one of our own pages leads on to that page', async () => {
    const browser = makeBrowser(broker)
    const page = await browser.follow(`${issuer}/acces/donnees`)
    await browser.follow(await prove(browser, page))

    const [label, href = ''] = wayOf(await browser.get(page.url))
    expect([label, href]).toEqual(['Continuer', '/acces/donnees'])
    expect((await browser.get(href)).status).toBe(200)
  })

  test('to one of our own pages leads on to « Mon accès » if that page is not known', async () => {
    const browser = makeBrowser(broker)
    const page = await browser.follow(`${issuer}/acces/code`)
    await browser.follow(await prove(browser, page))
    const rows = await untyped(broker.db)('oidcArtifacts')
      .whereRaw(`payload->>'ownPath' = '/acces/code'`)
      .update({ payload: broker.db.raw(`payload || '{"ownPath": null}'`) })
    expect(rows).toBe(1)
    await resealArtifacts(broker)

    const [, href] = wayOf(await browser.get(page.url))
    expect(href).toBe('/acces')
  })

  test('says the same after a refusal', async () => {
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

  test('keeps nothing about its person or its question', async () => {
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

describe('a person who does not sign in', () => {
  test.each(['', '/creation', '/creation/mot-de-passe', '/recuperation'])(
    'goes back from the page %j to the service, which gets access_denied, and nothing is kept',
    async (path) => {
      const { browser, page, errand } = await visit()
      const shown = await browser.get(page.url + path)
      expect(shown.body).toContain('Revenir à Service library')
      const leaving = leavingIn(shown)

      const callback = callbackOf(await postAndFollow(browser, leaving.action, leaving.fields))

      expect(callback.href.startsWith(library.redirectUri)).toBe(true)
      expect(Object.fromEntries(callback.searchParams)).toEqual({
        error: 'access_denied',
        state: errand.state,
        iss: issuer,
      })
      expect((await browser.follow(`${issuer}/acces`)).body).toContain('data-passkey="get"')
      expect(titleOf(await browser.get(page.url))).toBe('Cette étape est déjà faite')
    },
  )

  test('can go back from the password page and the English page too', async () => {
    const { browser, page } = await visit(await inEnglish())
    const english = await browser.get(page.url.replace('/connexion/', '/en/connexion/'))
    expect(english.body).toContain('Go back to library service')
    const form = formsOf(page).find(({ action }) => action.endsWith('/courriel'))
    const typed = await browser.post(form?.action ?? '', {
      ...form?.fields,
      address: 'marie@exemple.test',
    })
    const password = typed.location === undefined ? typed : await browser.follow(typed.location)
    const { action, fields } = leavingIn(password)
    const callback = callbackOf(await postAndFollow(browser, action, fields))
    expect(callback.searchParams.get('error')).toBe('access_denied')
  })

  test('may come again, and sign in then', async () => {
    const { browser, page } = await visit()
    const { action, fields } = leavingIn(page)
    callbackOf(await postAndFollow(browser, action, fields))
    const again = await visit(browser)
    codeOf(callbackOf(await browser.follow(await prove(browser, again.page))))
  })

  test('is not sent back by a form of another site or another visit', async () => {
    const { browser, page } = await visit()
    const { action, fields } = leavingIn(page)
    const other = leavingIn((await visit()).page)
    const site = { headers: { 'sec-fetch-site': 'cross-site' } }
    expect((await browser.post(action, fields, site)).status).toBe(403)
    expect((await browser.post(action, other.fields)).status).toBe(403)
    expect((await browser.get(page.url)).body).toContain('Revenir à Service library')
  })

  test('on the way to one of our own pages has no service to go back to', async () => {
    const { body } = await makeBrowser(broker).follow(`${issuer}/acces/donnees`)
    expect(body).not.toContain('/abandon')
  })
})

test('an expired visit says so, and where to begin again', async () => {
  const { browser, page } = await visit()
  await broker
    .db('oidcArtifacts')
    .where({ model: 'Interaction', consumedAt: null })
    .update({ expiresAt: new Date(Date.now() - 60_000) })
  await resealArtifacts(broker)

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

test('an unknown visit leads to the home page', async () => {
  const browser = await signedIn()
  // One whose way back was lost with a cookie of this browser.
  const begun = await visit()
  const location = await prove(begun.browser, begun.page)
  const kept = begun.browser.cookies().filter(({ name }) => !name.startsWith('res'))
  const lost = await makeBrowser(broker, kept).get(location)
  expect([lost.status, titleOf(lost)]).toEqual([400, 'Cette connexion n’est plus en cours'])
  for (const path of ['/connexion/', '/auth/'].flatMap((at) => [
    `${at}none`,
    at + 'n'.repeat(43),
  ])) {
    const answer = await browser.get(issuer + path)
    expect(answer.status).toBe(404)
    expect(wayOf(answer)).toEqual(['Aller à l’accueil', '/'])
  }
})

describe('two tabs of one browser, an access made in each', () => {
  const title = 'Un accès est déjà ouvert dans ce navigateur. Le vôtre?'

  test('the second tab asks whose the open access is, and can go on with it', async () => {
    const { browser, second, sub } = await secondTab()

    const asked = await goOn(second)

    expect([asked.status, titleOf(asked)]).toEqual([200, title])
    expect(asked.url).toBe(second.page.url)
    const [yes] = formsOf(asked)
    const after = await postAndFollow(browser, yes?.action ?? '', yes?.fields ?? {})
    expect(await subOf(after, second.errand)).toBe(sub)
    // What was made stays hers who made it.
    expect(await signInAgain(second.made)).not.toBe(sub)
  })

  test('or the open session is ended, with logout notices, and the second tab goes on with its own access', async () => {
    const { browser, first, second, sub } = await secondTab()
    const [, no] = formsOf(await goOn(second))
    await broker.db.raw('delete from graphile_worker._private_jobs')

    const after = await postAndFollow(browser, no?.action ?? '', no?.fields ?? {})

    const own = await subOf(after, second.errand)
    expect(own).not.toBe(sub)
    expect(await noticesQueued()).toEqual([expect.stringMatching(/^service library [01]$/)])
    expect(await sessionsOf(first.made)).toBe(0)
    expect(await signInAgain(first.made)).toBe(sub)
    expect(await signInAgain(second.made)).toBe(own)
  })

  test('returning to the sign-in or making an access asks that question first', async () => {
    const browser = makeBrowser(broker)
    const [first, second] = [await visit(browser), await visit(browser)]
    const here = await subOf(await browser.follow(await prove(browser, first.page)), first.errand)
    for (const path of ['', '/creation', '/creation/mot-de-passe']) {
      const asked = await browser.follow(second.page.url + path)
      expect([asked.status, asked.url, titleOf(asked)]).toEqual([200, second.page.url, title])
    }
    const [yes, no] = formsOf(await browser.get(second.page.url))
    expect(yes?.action).toMatch(/\/acces-ouvert$/)

    // « Créer un autre accès »: that session ends, and the page to make one stands open.
    const made = await postAndFollow(browser, no?.action ?? '', { ...no?.fields, next: 'creation' })
    expect(made.url).toBe(`${second.page.url}/creation`)
    expect(made.status).toBe(200)
    const tab = await newAccess(second)
    expect(await subOf(await goOn(tab), second.errand)).not.toBe(here)
  })

  test('the same person in both tabs goes on without the question', async () => {
    const browser = makeBrowser(broker)
    const [first, second] = [await visit(browser), await visit(browser)]
    const proofs = [await prove(browser, first.page), await prove(browser, second.page)]
    const subs = []
    for (const [i, { errand }] of [first, second].entries())
      subs.push(await subOf(await browser.follow(proofs[i] ?? ''), errand))
    expect(subs[1]).toBe(subs[0])
  })

  test('going on with the open access does not go below the requested level', async () => {
    const browser = makeBrowser(broker)
    const first = await visit(browser)
    const errand = await library.begin({ prompt: 'login' })
    const second = await browser.follow(errand.url)
    await browser.follow(await prove(browser, first.page))

    const [yes] = formsOf(await browser.get(second.url))
    const after = await postAndFollow(browser, yes?.action ?? '', yes?.fields ?? {})

    expect(titleOf(after)).toBe('Une vérification de plus')
    codeOf(callbackOf(await browser.follow(await prove(browser, after))))
  })

  test('the answer counts for the person who was signed in when the question was shown', async () => {
    const { browser, second } = await secondTab()
    const shown = formsOf(await goOn(second))
    // A third one meanwhile.
    await signOut(browser)
    const other = await newAccess(await visit(browser))
    codeOf(callbackOf(await goOn(other)))
    for (const form of shown.filter(({ action }) => !action.endsWith('/abandon'))) {
      const after = await postAndFollow(browser, form.action, form.fields)
      expect([after.status, titleOf(after)]).toEqual([200, title])
    }
    expect(await sessionsOf(other.made)).toBe(1)
  })

  test('a sign-in of another person between the answer and the redirect asks again, and mixes nothing', async () => {
    const browser = makeBrowser(broker)
    const [first, second] = [await visit(browser), await newAccess(await visit(browser))]
    const { action, fields } = formOf(second.codes)
    const page = await browser.post(action, fields)
    const asks = formOf(await browser.get(page.location ?? ''))
    const later = await browser.post(asks.action, { ...asks.fields, later: 'oui' })
    const back = (await browser.get(later.location ?? '')).location ?? ''
    expect(back).toMatch(/\/auth\//)
    await browser.follow(await prove(browser, first.page))

    const asked = await browser.follow(back)
    expect([asked.status, titleOf(asked)]).toEqual([200, title])
    const [yes, no] = formsOf(asked)
    // Whichever of the two: the answer before is no obstacle.
    const two = browser.clone()
    const asOpen = await postAndFollow(browser, yes?.action ?? '', yes?.fields ?? {})
    codeOf(callbackOf(asOpen))
    const late = await postAndFollow(two, no?.action ?? '', no?.fields ?? {})
    expect(titleOf(late)).toBe('Cette étape est déjà faite')
    expect(await mixedSessions()).toEqual([])
  })

  test('if the session with which a visit began has ended, a new sign-in goes on', async () => {
    const browser = await signedIn()
    const errand = await library.begin({ prompt: 'login' })
    const page = await browser.follow(errand.url)
    expect(titleOf(page)).toBe('Une vérification de plus')
    for (const when of ['before the answer', 'before the way back']) {
      const asked =
        when === 'before the answer'
          ? page
          : await browser.follow((await library.begin({ prompt: 'login' })).url)
      if (when === 'before the answer') await signOut(browser)
      const back = await prove(browser, asked)
      if (when === 'before the way back') await signOut(browser)
      codeOf(callbackOf(await browser.follow(back)))
    }
  })
})

test('a sign-out of one service leaves the access open, and says which session is closed', async () => {
  const browser = await signedIn()
  const page = await browser.get(`/session/end?client_id=${library.clientId}`)
  expect(page.body).toContain('Seulement de ce service\u00a0: Service library')
  const { action, fields } = formOf(page)
  const after = await postAndFollow(browser, action, fields)
  expect(titleOf(after)).toBe('La déconnexion est faite')
  expect(after.body).toContain('Votre session avec Service library est fermée.')
  expect((await browser.get('/acces')).status).toBe(200)
})

test('a malformed sign-out is refused, without an error in the log', async () => {
  const browser = await signedIn()
  const headers = { 'content-type': 'application/json' }
  const answer = await browser.post('/session/end/confirm', '{', { headers })
  expect(answer.status).toBe(400)
})

// A page that answers a form stands at an address that has no page of its own: its link to the other language must not.
test.each(['cle', 'creation', 'recuperation'])(
  'the answer to a refused form of %s links to the same visit in English',
  async (step) => {
    const browser = await inEnglish()
    const { page } = await visit(browser)
    const { csrf = '' } = formOf(page).fields

    const refused = await browser.post(`${page.url}/${step}`, { csrf, credential: '{}', code: 'X' })

    expect(refused.status).toBe(400)
    expect(await otherLanguageOf(browser, refused)).toBe(200)
  },
)

test('the English sign-in page links to the recovery codes', async () => {
  const browser = await inEnglish()
  const { page } = await visit(browser)
  const { action, fields, options } = formOf(await browser.get(`${page.url}/creation`))
  const credential = makeAuthenticator({ origin: issuer }).create(options)

  const codes = await browser.post(action, { ...fields, credential })

  expect(codes.status).toBe(200)
  expect(await otherLanguageOf(browser, codes)).toBe(200)
})

function leavingIn(page: Answer) {
  const form = formsOf(page).find(({ action }) => action.endsWith('/abandon'))
  if (form === undefined) throw new Error(`no way back at ${page.url}:\n${page.body}`)
  return form
}

test('no process logged an error during these tests', () => {
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

type Tab = Begun & { readonly codes: Answer; readonly made: Authenticator }

async function newAccess(begun: Begun): Promise<Tab> {
  const { browser, page } = begun
  const { action, fields, options } = formOf(await browser.get(`${page.url}/creation`))
  const made = makeAuthenticator({ origin: issuer })
  const credential = made.create(options)
  return { ...begun, made, codes: await browser.post(action, { ...fields, credential }) }
}

function goOn({ browser, codes }: Tab): Promise<Answer> {
  return keepCodes(browser, codes)
}

async function subOf(answer: Answer, errand: Errand): Promise<string> {
  const tokens = await library.redeem(codeOf(callbackOf(answer)), errand)
  return String(idTokenOf(json(tokens)).sub)
}

async function signInAgain(made: Authenticator): Promise<string> {
  const { browser, page, errand } = await visit()
  return subOf(await browser.follow(await prove(browser, page, made)), errand)
}

/** Both are at their recovery codes; the first goes on and is signed in. @returns the second, and who came first */
async function secondTab() {
  const browser = makeBrowser(broker)
  const tabs = [await newAccess(await visit(browser)), await newAccess(await visit(browser))]
  const [first, second] = tabs as [Tab, Tab] // two were made
  const asked = await goOn(first)
  return { browser, first, second, sub: await subOf(asked, first.errand) }
}

async function signedIn(): Promise<Browser> {
  const { browser, page } = await visit()
  codeOf(callbackOf(await browser.follow(await prove(browser, page))))
  return browser
}

async function signOut(browser: Browser): Promise<void> {
  const { action, fields } = formOf(await browser.get('/session/end'))
  await browser.post(action, { ...fields, logout: 'yes' })
}

/** The queue of each notice: of two that its service has. */
async function noticesQueued(): Promise<(string | null)[]> {
  const { rows } = await broker.db.raw<{ rows: { queueName: string | null }[] }>(
    `select queue_name from graphile_worker.jobs where task_identifier = 'signals.back-channel-logout'`,
  )
  return rows.map(({ queueName }) => queueName)
}

async function sessionsOf({ credentialId }: Authenticator): Promise<number> {
  const { rows } = await broker.db.raw<{ rows: unknown[] }>(
    `select 1 from oidc_sessions s join passkeys p on p.person_id = s.account_id where p.credential_id = ?`,
    [credentialId],
  )
  return rows.length
}

/** Sessions whose services were authorised by somebody else's connections. */
async function mixedSessions(): Promise<unknown[]> {
  const { rows } = await broker.db.raw<{ rows: unknown[] }>(
    `select s.account_id, a.client_id from oidc_sessions s
     join oidc_session_authorizations a on a.session_uid = s.uid
     left join connections c on c.person_id = s.account_id and c.service_id = a.client_id
     where c.connection_id is null`,
  )
  return rows
}

async function inEnglish(): Promise<Browser> {
  const browser = makeBrowser(broker)
  const notice = formOf(await browser.get(`${issuer}/en/attestation`))
  await browser.post(notice.action, notice.fields)
  return browser
}

async function otherLanguageOf(browser: Browser, { body, url }: Answer): Promise<number> {
  const [, href = ''] = /<a href="([^"]+)" lang="(?:fr|en)"/.exec(body) ?? []
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
  return Promise.all(tables.map((table) => untyped(broker.db)(table).select().orderBy(1)))
}
