import { openKeys } from '../../../src/base/keys/keys.ts'
import { makeNicknames } from '../../../src/people/accounts/index.ts'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import { putCounterCode } from '../../../src/signin/factors/index.ts'
import type { Authenticator, Forgery } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { codesOfWhich } from '../../support/codes.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { barFormOf, formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker, Person } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  creationPage,
  issuer,
  keepCodes,
  ownEnv,
  postAndFollow,
  signIn,
  signUpByPages,
  startBroker,
} from '../../support/broker.ts'
import type { House } from '../../support/house.ts'
import { openHouse } from '../../support/house.ts'
import type { Service } from '../../support/service.ts'
import { deviceGrant, idTokenOf, json, makeService } from '../../support/service.ts'
import { letTimeMove, pass } from '../../support/time.ts'
import { codeAt } from '../../support/totp.ts'
import type { Typist } from '../../support/ways.ts'
import { giveAddressCode, goodPassword, seedOf, typeIn, typeUp } from '../../support/ways.ts'
import { untyped } from '../../support/database.ts'

// A public terminal is a browser that the next person finds as the one before left it: its front is one process of the house.

let broker: Broker
let house: House
let terminal: Site
let library: Service
/** It signs people in on a device. */
let screen: Service
let person: Person
let typist: Typist

beforeAll(async () => {
  letTimeMove()
  broker = await startBroker(withDevice)
  const { databaseUrl, keysDir } = broker
  const env = { ...ownEnv, KIOSK: '1' }
  house = await openHouse(databaseUrl, dirname(keysDir), issuer, env)
  terminal = { issuer, ports: [house.port] }
  library = broker.services.library
  person = await signUpByPages(broker, library)
  typist = await typeUp(broker, library)
})

afterAll(async () => {
  await house.stop()
  await broker.stop()
})

async function withDevice(site: Site): Promise<Service[]> {
  const more = { profile: 'baseline', grant_types: [deviceGrant], response_types: [] }
  const organisation = 'org_screens'
  screen = await makeService(site, { clientId: 'screen', organisation, isBearer: true, more })
  return [screen]
}

/** What the person who came last would read above her pages, on a device of her own. */
async function nameNewest(nickname: string): Promise<void> {
  const [newest] = await broker.db('accounts').orderBy('openedAt', 'desc').limit(1)
  const personId = newest?.personId ?? ''
  const sealed = makeNicknames(await openKeys(broker.keysDir)).seal(personId, nickname)
  expect(await broker.db('accounts').where({ personId }).update({ nickname: sealed })).toBe(1)
}

describe('at a public terminal nothing is remembered', () => {
  test('a whole visit sets no cookie that outlives the browser, and no field is filled in', async () => {
    const [browser, answers] = watched()
    await readEnglish(browser)
    const own = await typeUp(broker, library, { browser })
    await browser.get('/en/acces/mot-de-passe')
    await nameNewest('Marie du terminal')
    const space = await browser.follow('/acces')
    expect([space.status, (await browser.get('/acces/nom-affiche')).status]).toEqual([200, 404])
    expect(space.body).not.toContain('Marie du terminal')
    await browser.follow('/session/end')
    await browser.follow((await library.begin({ prompt: 'login' })).url)
    await end(browser, space)

    const lines = answers.flatMap(({ headers }) => headers['set-cookie'] ?? [])
    const fields = answers.flatMap(({ body }) => [...body.matchAll(/<input\b[^>]*>/g)].map(String))
    const typed = fields.filter((tag) => !/type="(hidden|radio|checkbox|submit)"/.test(tag))
    expect(own.codes).toHaveLength(10)
    expect(lines.length).toBeGreaterThan(5)
    expect(lines.filter((line) => lasts(line))).toEqual([])
    expect(lines.filter((line) => line.startsWith('device'))).toEqual([])
    expect(typed.length).toBeGreaterThan(4)
    expect(typed.filter((tag) => !tag.includes('autocomplete="off"'))).toEqual([])
    expect(answers.filter(({ headers }) => headers['cache-control'] !== 'no-store')).toEqual([])
    expect(answers.some(({ body }) => body.includes('data-conditional'))).toBe(false)
  })

  test('elsewhere the same visit is remembered', async () => {
    const [browser, answers] = watched(broker)
    await signIn(broker, library, person.authenticator, browser)

    const lines = answers.flatMap(({ headers }) => headers['set-cookie'] ?? [])
    expect(lines.some((line) => line.startsWith('device=') && lasts(line))).toBe(true)
    expect(answers.some(({ body }) => body.includes('Poste public'))).toBe(false)
    expect((await browser.get('/poste-public/fin')).status).toBe(404)
  })

  test('the next person is not told that a session there was ended from elsewhere', async () => {
    const there = makeBrowser(terminal)
    await signIn(broker, library, person.authenticator, there)
    const { browser } = await signIn(broker, library, person.authenticator)
    const { csrf = '' } = formOf(await browser.get('/acces/sessions')).fields
    expect((await browser.post('/acces/sessions/fin', { csrf })).status).toBe(303)

    const page = await there.get('/acces')
    expect([page.status, page.body.includes('a été fermée')]).toEqual([403, false])
    expect(there.cookies().filter(({ name }) => name === 'ended')).toEqual([])
  })

  test('the terminal counts as a new device each time, and is not stored', async () => {
    const devices = () => untyped(broker.db)('knownDevices').count<{ count: string }[]>()
    await signIn(broker, library, person.authenticator)
    const before = await devices()
    const told = broker.db('notices').where({ kind: 'new-device' }).count()
    const [already] = await told
    await signIn(broker, library, person.authenticator, makeBrowser(terminal))

    expect(await devices()).toEqual(before)
    const [now] = await broker.db('notices').where({ kind: 'new-device' }).count()
    expect(Number(now?.['count'])).toBe(Number(already?.['count']) + 1)
  })
})

test('at a public terminal a device is connected for as long as the visit, as the page says', async () => {
  const said = json(await screen.device())
  const [userCode, deviceCode] = [String(said['user_code']), String(said['device_code'])]
  const [browser, answers] = watched()
  const typing = formOf(await browser.get('/device'))
  const asked = await browser.post(typing.action, { ...typing.fields, user_code: userCode })
  expect(asked.body).toContain('Quand vous terminez à ce poste, l’appareil est déconnecté aussi.')
  const yes = formOf(asked)
  const page = await postAndFollow(browser, yes.action, { ...yes.fields, confirm: 'yes' })
  const { action, fields, options } = formOf(page)
  const credential = person.authenticator.get(options)
  const done = await postAndFollow(browser, action, { ...fields, credential })
  const tokens = json(await screen.poll(deviceCode))
  const userinfo = () => screen.userinfo(String(tokens['access_token']))
  expect((await userinfo()).status).toBe(200)
  await end(browser, done)
  expect((await userinfo()).status).toBe(401)

  const lines = answers.flatMap(({ headers }) => headers['set-cookie'] ?? [])
  expect(lines.filter((line) => lasts(line))).toEqual([])
  expect(answers.filter(({ headers }) => headers['cache-control'] !== 'no-store')).toEqual([])
  for (const { body } of [asked, done]) expect(body).toContain('Terminer et effacer')
})

describe('at a public terminal a key is made in what its person takes away alone', () => {
  test('the page for a new access asks for such a key, and says what else can be made here', async () => {
    const browser = makeBrowser(terminal)
    const page = await creationPage(browser, (await library.begin()).url)

    expect(page.body).toContain('une clé de sécurité, à vous ou prêtée')
    expect(page.body).toContain('/creation/mot-de-passe')
    expect(JSON.parse(formOf(page).options)).toMatchObject({
      hints: ['hybrid', 'security-key'],
      authenticatorSelection: {
        authenticatorAttachment: 'cross-platform',
        residentKey: 'required',
        userVerification: 'required',
      },
    })
  })

  test('a key of the terminal itself is refused, even with a challenge of another process', async () => {
    const browser = makeBrowser(terminal)
    const elsewhere = { port: broker.ports[0] ?? 0 }
    const { url } = await browser.follow((await library.begin()).url)
    const before = await broker.db('passkeys').count()
    for (const at of [undefined, elsewhere])
      for (const attachment of ['platform', undefined]) {
        const { action, fields, options } = formOf(await browser.get(`${url}/creation`, at))
        const credential = makeAuthenticator({ origin: issuer }).create(options, {
          credential: { authenticatorAttachment: attachment },
        })
        const answer = await browser.post(action, { ...fields, credential })
        expect([answer.status, answer.body.includes('n’a pas pu être créée')]).toEqual([400, true])
      }
    expect(await broker.db('passkeys').count()).toEqual(before)
  })

  test('a key that was lent opens an access, and then opens nothing without the PIN of who made it', async () => {
    const browser = makeBrowser(terminal)
    const errand = await library.begin()
    const key = makeAuthenticator({ origin: issuer, counter: 0 })
    const page = await creationPage(browser, errand.url)
    const { action, fields, options } = formOf(page)
    const without = key.create(options, { ...inHand, isVerified: false })
    expect((await browser.post(action, { ...fields, credential: without })).status).toBe(400)
    const again = formOf(await browser.get(new URL(page.url).pathname))
    const credential = key.create(again.options, inHand)
    const made = await browser.post(again.action, { ...again.fields, credential })
    const callback = callbackOf(await keepCodes(browser, made))
    // Neither a telephone nor an address was asked, and the service reads what was used.
    const token = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
    expect(token).toMatchObject({ acr: aal2, amr: ['pop', 'user', 'mfa'] })

    const kept = makeBrowser(terminal)
    const form = formOf(await kept.follow((await library.begin()).url))
    const touched = key.get(form.options, { ...inHand, isVerified: false })
    const answer = await kept.post(form.action, { ...form.fields, credential: touched })
    expect([answer.status, await isIn(kept)]).toEqual([400, false])
    expect((await signIn(broker, library, key, kept)).callback.searchParams.has('code')).toBe(true)
  })

  test('who comes back by a code of a counter and a key is told to the service as a code, and her older key asks her', async () => {
    const owner = await signUpByPages(broker, library)
    const browser = makeBrowser(terminal)
    const errand = await library.begin()
    const page = await recovered(browser, errand.url, await counterCode(owner.authenticator))
    const { action, fields, options } = formOf(await browser.get(`${page.url}/nouvelle-cle`))
    const credential = makeAuthenticator({ origin: issuer, counter: 0 }).create(options, inHand)
    const made = await browser.post(action, { ...fields, credential })
    const callback = callbackOf(await keepCodes(browser, made))
    const token = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
    expect(token).toMatchObject({ acr: 'urn:accord:aal:1', amr: ['otp'] })
    const more = await browser.follow((await library.begin({ acr_values: aal2 })).url)
    expect(more.body).toContain('Une vérification de plus')

    const back = await signIn(broker, library, owner.authenticator)
    expect((await back.browser.get('/espace')).body).toContain('Ce n’était pas moi')
  })

  test('not in « Mon accès » either', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const pages = ['/acces/cles/ajout', '/acces/cle-de-securite']
    const read = await Promise.all(pages.map((path) => browser.get(path)))
    const sent = await browser.post('/acces/cles/ajout', { credential: '{}' })

    for (const page of [...read, sent]) {
      expect(page.status).toBe(200)
      expect(page.body).toContain('Faites-le chez vous')
      expect(page.body).not.toContain('data-passkey')
    }
  })

  test('signing in with a passkey on a telephone is offered first, and works', async () => {
    const browser = makeBrowser(terminal)
    const page = await browser.follow((await library.begin()).url)
    const { callback } = await signIn(broker, library, person.authenticator, browser)

    expect(JSON.parse(formOf(page).options)).toMatchObject({ hints: ['hybrid', 'security-key'] })
    expect(callback.searchParams.has('code')).toBe(true)
  })

  test('password and code sign in, after the page that replaces the invitation', async () => {
    const browser = makeBrowser(terminal)
    const errand = await library.begin()
    const { answer } = await typeIn(browser, errand.url, typist, codeAt(typist.seed))
    const { action, fields } = formOf(answer)
    const callback = callbackOf(await postAndFollow(browser, action, fields))

    expect(answer.body).toContain('Faites-le chez vous')
    expect(action).toContain('/plus-tard')
    expect(idTokenOf(json(await library.redeem(codeOf(callback), errand)))).toMatchObject({
      acr: 'urn:accord:aal:2',
    })
  })

  test('after a recovery code a password with an application may be made in the place of a key', async () => {
    const owner = await signUpByPages(broker, library)
    const browser = makeBrowser(terminal)
    const errand = await library.begin()
    const page = await recovered(browser, errand.url, owner.codes[0])
    const key = await browser.get(`${page.url}/nouvelle-cle`)
    const { csrf = '' } = formOf(page).fields
    const past = await browser.post(`${page.url}/sans-cle`, { csrf })
    const typed = { address: 'terminal-retour@exemple.test', password: goodPassword }
    const form = formOf(await browser.get(`${page.url}/retablissement/mot-de-passe`))
    const waiting = await postAndFollow(browser, form.action, { ...form.fields, ...typed })
    const totp = await giveAddressCode(broker, browser, waiting, typed.address)
    const { action, fields } = formOf(totp)
    const code = codeAt(seedOf(totp))
    const made = await browser.post(action, { ...fields, code })
    const callback = callbackOf(await keepCodes(browser, made))
    const more = await browser.follow((await library.begin({ acr_values: aal2 })).url)

    expect([page.body.includes('nouvelle-cle'), key.body.includes('data-passkey')]).toEqual([
      true,
      true,
    ])
    expect(past.status).toBe(404)
    expect(totp.body).toContain('cle-de-securite')
    expect(idTokenOf(json(await library.redeem(codeOf(callback), errand)))).toMatchObject({
      acr: 'urn:accord:aal:1',
    })
    expect(more.body).toContain('Une vérification de plus')
  })
})

describe('the end of a session at a terminal', () => {
  test('comes after two minutes without a step, in every process', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    await pass(broker.db, { seconds: 100 })
    const [early, again] = [await isIn(browser), await isIn(browser)]
    await pass(broker.db, { seconds: 118 })
    const kept = await isIn(browser, broker.ports[0])
    await pass(broker.db, { seconds: 121 })

    expect([early, again, kept]).toEqual([true, true, true])
    expect(await isIn(browser, broker.ports[0])).toBe(false)
    expect(await isIn(browser)).toBe(false)
  })

  test('is put off by a step at a service too', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    await pass(broker.db, { seconds: 90 })
    callbackOf(await browser.follow((await library.begin()).url))
    await pass(broker.db, { seconds: 90 })

    expect(await isIn(browser)).toBe(true)
  })

  test('comes after twenty minutes, whatever is done', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const steps: boolean[] = []
    for (let minute = 0; minute < 19; minute++) {
      await pass(broker.db, { seconds: 60 })
      steps.push(await isIn(browser, minute % 2 === 0 ? broker.ports[1] : undefined))
    }
    await pass(broker.db, { seconds: 61 })

    expect(new Set(steps)).toEqual(new Set([true]))
    expect(await isIn(browser)).toBe(false)
  })

  test('comes for an unfinished sign-in after twenty minutes', async () => {
    const browser = makeBrowser(terminal)
    const page = await browser.follow((await library.begin()).url)
    await pass(broker.db, { seconds: 19 * 60 })
    const late = await browser.get(page.url)
    await pass(broker.db, { seconds: 61 })

    expect(late.status).toBe(200)
    expect((await browser.get(page.url)).status).toBe(410)
  })

  test('is put off by « Continuer », but not by a request that no page of hers sent', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const { fields } = bar(await browser.get('/acces'))
    const fetched = { headers: { 'sec-fetch-mode': 'cors' } }
    await pass(broker.db, { seconds: 90 })
    const stayed = await browser.post('/poste-public/suite', fields, fetched)
    await pass(broker.db, { seconds: 90 })
    const isKept = await isIn(browser)
    await pass(broker.db, { seconds: 90 })
    const forged = await browser.post('/poste-public/suite', { ...fields, csrf: 'no' }, fetched)
    await pass(broker.db, { seconds: 60 })

    expect(stayed.status).toBe(204)
    expect(isKept).toBe(true)
    expect(forged.status).toBe(403)
    expect(await isIn(browser)).toBe(false)
  })

  test('is announced by a page without script, which leads back only to our own pages', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    await readEnglish(browser)
    const page = await browser.get('/en/acces?fait=x')
    const [, seconds, href = ''] = refreshOf(page)
    const wait = await browser.get(href.replaceAll('&amp;', '&'))
    const [, until, over = ''] = refreshOf(wait)
    const elsewhere = await Promise.all(
      ['//evil.test', 'https://evil.test', '/\\evil.test', 'javascript:alert(1)'].map((to) =>
        browser.get(`/poste-public/attente?page=${encodeURIComponent(to)}`),
      ),
    )
    const ended = await browser.get(over)

    expect([seconds, href]).toEqual(['90', '/en/poste-public/attente?page=%2Facces'])
    expect(wait.body).toMatch(/<a class="button primary" href="\/en\/acces">/)
    expect([until, over]).toEqual(['30', expect.stringMatching(/^\/en\/poste-public\/fin\?csrf=/)])
    for (const { body } of elsewhere) expect(body).toMatch(/<a class="button primary" href="\/">/)
    expect(ended.headers['clear-site-data']).toBe(everything)
    expect(refreshOf(ended)).toEqual([])
    expect(await isIn(browser)).toBe(false)
  })

  test('which nobody put off ends the session, for a copy of its cookie too; no other site leads there', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const tab = browser.clone()
    const page = await tab.get('/acces')
    const { fields } = bar(page)
    const step = () =>
      tab.post('/poste-public/suite', fields, { headers: { 'sec-fetch-mode': 'cors' } })
    for (const site of ['cross-site', 'same-site']) {
      const led = await browser.get(overOf(page), { headers: { 'sec-fetch-site': site } })
      expect([led.location, led.headers['clear-site-data']]).toEqual([`${issuer}/`, undefined])
    }
    // Without the token of the session nothing is changed, whatever the browser says of where the request comes from, if it says it.
    for (const site of ['', 'none', 'same-origin'])
      for (const path of [
        '/poste-public/fin',
        '/poste-public/fin?csrf=AAAA',
        '/poste-public/fin?csrf=a&csrf=b',
      ]) {
        const headers = site === '' ? undefined : { 'sec-fetch-site': site }
        const led = await browser.get(path, headers && { headers })
        expect([led.location, led.headers['clear-site-data']]).toEqual([`${issuer}/`, undefined])
      }
    expect([await isIn(browser), (await step()).status]).toEqual([true, 204])

    const over = await browser.get(overOf(page))
    expect(over.headers['clear-site-data']).toBe(everything)
    expect(await isIn(tab)).toBe(false)
    expect(await isIn(tab, broker.ports[0])).toBe(false)
    expect((await step()).status).toBe(401)
  })

  test('in a tab that stayed from the person before ends nothing of hers who came', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const stayed = await browser.get('/acces')
    await end(browser, stayed)
    const before = await browser.get(overOf(stayed))
    expect([before.status, before.body.includes('C’est terminé')]).toEqual([200, true])
    const next = await signUpByPages(broker, library)
    await signIn(broker, library, next.authenticator, browser)
    const { fields } = bar(stayed)
    const led = await browser.get(overOf(stayed))
    const step = await browser.post('/poste-public/suite', fields)

    // Its own step sends that tab away from the screen, and its way leads to a page of nobody.
    expect([led.location, led.headers['clear-site-data'], step.status]).toEqual([
      `${issuer}/`,
      undefined,
      403,
    ])
    expect(await isIn(browser)).toBe(true)
  })
})

describe('« Terminer et effacer »', () => {
  test('ends the session and tells the browser to forget, from any page', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    await readEnglish(browser)
    const held = browser.clone()
    const answer = await end(browser, await browser.get('/en/aide'))

    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`${issuer}/`)
    expect(answer.headers['clear-site-data']).toBe(everything)
    expect(browser.cookies().some(({ name }) => name === 'sid')).toBe(false)
    expect(await isIn(held)).toBe(false)
    expect(await isIn(held, broker.ports[0])).toBe(false)
  })

  test('ends an unfinished sign-in, whose address no longer works', async () => {
    const browser = makeBrowser(terminal)
    const page = await browser.follow((await library.begin()).url)
    const held = browser.clone()
    await end(browser, page)

    expect((await held.get(page.url)).status).toBe(404)
    expect((await held.get(page.url, { port: broker.ports[0] ?? 0 })).status).toBe(404)
  })

  test('does nothing when another person’s page sends it', async () => {
    const { browser } = await signIn(broker, library, person.authenticator, makeBrowser(terminal))
    const own = bar(await browser.get('/acces'))
    const other = bar(await makeBrowser(terminal).get('/aide'))
    const answers = [
      await browser.post(own.action, { ...own.fields, csrf: other.fields['csrf'] ?? '' }),
      await browser.post(own.action, own.fields, { headers: { 'sec-fetch-site': 'cross-site' } }),
      await browser.get('/poste-public/suite'),
    ]

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 405])
    expect(await isIn(browser)).toBe(true)
  })

  test('is on every page, error pages included', async () => {
    const browser = makeBrowser(terminal)
    const paths = ['/', '/aide', '/nulle-part', '/connexion/abcdefghijklmnopqrstuv', '/auth']
    const pages = await Promise.all(paths.map((path) => browser.get(path)))

    for (const page of pages) expect(bar(page).fields['csrf']).toBeTruthy()
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 404, 404, 400])
    // Nobody is there to be ended: no time runs.
    expect(refreshOf(await browser.get('/'))).toEqual([])
  })
})

const aal2 = 'urn:accord:aal:2'
/** A key that is plugged in: hers, or one that was lent to her. */
const inHand: Forgery = {
  credential: { authenticatorAttachment: 'cross-platform' },
  transports: ['usb', 'nfc'],
}

async function counterCode(key: Authenticator): Promise<string> {
  const keys = await openKeys(broker.keysDir)
  const [made] = await codesOfWhich(1, keys.data).newSet(broker.db)
  if (made === undefined) throw new Error('no code')
  const personId = await personOfKey(broker.db, key)
  const at = { personId, origin: { requestId: 'operator', network: undefined }, now: new Date() }
  const seals = makeRowSeals(keys.seal)
  return (await transact(broker.db, (tx) => putCounterCode(tx, seals, made, at))).code
}
const everything = '"cache", "cookies", "storage"'

/** A browser, and each answer that it gets. */
function watched(site: Site = terminal): [Browser, Answer[]] {
  const answers: Answer[] = []
  const browser = makeBrowser(site)
  const { get, post } = browser
  const noted = async (answer: Promise<Answer>) => {
    answers.push(await answer)
    return answer
  }
  browser.get = (...asked) => noted(get(...asked))
  browser.post = (...asked) => noted(post(...asked))
  return [browser, answers]
}

function lasts(line: string): boolean {
  const [, until] = /expires=([^;]*)/i.exec(line) ?? []
  const isTakenBack = until !== undefined && new Date(until) < new Date()
  return !isTakenBack && /expires|max-age/i.test(line)
}

async function readEnglish(browser: Browser): Promise<void> {
  const { action, fields } = formOf(await browser.follow('/en/aide'))
  await browser.post(action, fields)
}

function bar(page: Answer) {
  const form = barFormOf(page)
  if (form === undefined) throw new Error(`no bar at ${page.url}: ${page.status}`)
  return form
}

/** Where a page leads when nobody answers. */
function overOf({ body }: Answer): string {
  return /data-over="([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? ''
}

function end(browser: Browser, page: Answer): Promise<Answer> {
  const { action, fields } = bar(page)
  return browser.post(action, fields)
}

async function isIn(browser: Browser, port?: number): Promise<boolean> {
  const more = port === undefined ? {} : { port }
  return (await browser.get('/acces', more)).status === 200
}

async function recovered(browser: Browser, url: string, code = ''): Promise<Answer> {
  const start = await browser.follow(url)
  const { action, fields } = formOf(await browser.get(`${start.url}/recuperation`))
  return postAndFollow(browser, action, { ...fields, code })
}

function refreshOf({ body }: Answer): readonly string[] {
  const found = /<noscript><meta http-equiv="refresh" content="(\d+); url=([^"]*)">/.exec(body)
  return found ?? []
}
