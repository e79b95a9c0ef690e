import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeId } from '../../../src/base/values/ids.ts'
import type { Authenticator } from '../../support/authenticator.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker, Person } from '../../support/broker.ts'
import {
  callbackOf,
  codesOf,
  issuer,
  keepCodes,
  postAndFollow,
  signIn,
  signUp,
  startBroker,
} from '../../support/broker.ts'
import { personOfKey, sessionsOf } from '../../support/many-sessions.ts'
import type { Service } from '../../support/service.ts'
import { codeAt, giveEarlierCode } from '../../support/totp.ts'
import type { Recovered, Typist } from '../../support/ways.ts'
import {
  giveAddressCode,
  goodPassword,
  plainKey,
  recoverAt,
  seedOf,
  showCodeAt,
  typeIn,
  typeUp,
} from '../../support/ways.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'

// One recovery code is not the whole access: what follows it can be undone by whatever is older, for 72 hours.

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

describe('a recovery with a found code', () => {
  test('ends all sessions, replaces the codes, and is told to the person by every channel', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const personId = await personOfKey(broker.db, own.authenticator)
    await reachable(personId)

    const thief = await recoverAt(broker, library, own)

    callbackOf(thief.page)
    expect((await own.browser.get('/acces')).status).toBe(403)
    // The codes of before wait: they open what they opened, held, in case the finder was not she.
    const { page } = await showCodeAt(broker, library, own.codes[1] ?? '')
    expect(page.status).toBe(200)
    const told = await broker.db('notification').where({ personId, kind: 'access.recovered' })
    expect(told.map(({ channel }: { channel: string }) => channel).toSorted()).toEqual([
      'email',
      'sms',
    ])
  })

  test('is told in the browser whose session it ended, until somebody signs in there', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const stranger = makeBrowser(broker)
    await stranger.get('/acces')
    const { browser: thief } = await recoverAt(broker, library, own)
    const told = 'Cette session a été fermée le '
    const why = 'parce qu’un code a rétabli votre accès. Ce n’était pas vous?'

    const home = await own.browser.get('/acces')
    expect(home.body).toContain(told)
    expect(home.body).toContain(why)
    const cookie = own.browser.cookies().find(({ name }) => name === 'ended')
    expect(cookie?.value).toMatch(/^recovery\.\d+$/)
    const gate = formOf(await own.browser.follow('/en/acces'))
    const inEnglish = await postAndFollow(own.browser, gate.action, gate.fields)
    expect(inEnglish.body).toContain('because a code restored your account. Was it not you?')
    // At a service too, where the library has given the browser another cookie.
    const errand = await own.browser.follow((await library.begin()).url)
    expect(errand.body).toContain(why)
    for (const other of [stranger, thief, makeBrowser(broker)])
      expect((await other.get('/acces')).body).not.toContain(told)
    const kept = await broker.db('sessionEnding').select('*')
    const personId = await personOfKey(broker.db, own.authenticator)
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain(personId)

    const { browser } = await signIn(broker, library, own.authenticator, own.browser)
    const second = await signIn(broker, library, own.authenticator)
    await press(browser, '/acces', '/acces/retablissement/pas-moi')
    for (const ended of [thief, second.browser])
      expect((await ended.get('/acces')).body).toContain('parce que quelqu’un a répondu')
    const third = await signIn(broker, library, own.authenticator)
    await press(browser, '/acces/sessions', '/acces/sessions/fin')
    expect((await third.browser.get('/acces')).body).toContain(
      'à partir d’une autre session du même accès',
    )
    // She ends her own here: that is nobody else's deed.
    const form = formOf(await browser.get('/session/end'))
    await browser.post(form.action, { ...form.fields, logout: 'yes' })
    const after = await browser.get('/acces')
    expect(after.status).toBe(403)
    expect(after.body).not.toContain(told)
  })

  test('is stopped from that browser by a way that stood before, once, and by no way that it added', async () => {
    const { own, thief } = await afterTheft()
    const home = await own.browser.get('/acces')
    expect(home.body).toContain('href="/acces/retablissement"')
    // Nobody is signed in there: the sign-in comes first, and leads back.
    const gate = formOf(await own.browser.get('/acces/retablissement'))
    expect(gate.fields['returnTo']).toBe('/acces/retablissement')
    const his = await thief.get('/acces/retablissement')
    expect(his.body).toContain('il ne peut pas s’annuler lui-même')
    expect(his.body).not.toContain('/retablissement/pas-moi')
    const csrf = await csrfOf(thief)
    expect((await thief.post('/acces/retablissement/pas-moi', { csrf })).status).toBe(409)

    const older = [
      await signIn(broker, library, own.authenticator, own.browser),
      await signIn(broker, library, own.authenticator),
    ]
    const stops = await Promise.all(
      older.map(async ({ browser }) => {
        const page = await browser.get('/acces/retablissement')
        return formsOf(page).find(({ action }) => action.endsWith('/retablissement/pas-moi'))
      }),
    )
    const answers = await Promise.all(
      older.map(({ browser }, i) =>
        browser.post(stops[i]?.action ?? '', stops[i]?.fields ?? {}, {
          port: broker.ports[i] ?? 0,
        }),
      ),
    )
    const won = answers.filter(({ location }) => location?.includes('recovery-undone') === true)
    expect(won).toHaveLength(1)
    expect((await thief.get('/acces')).status).toBe(403)
    const after = await Promise.all(
      older.map(({ browser }) => browser.get('/acces/retablissement')),
    )
    expect(after.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 403])
    const [left] = after.filter(({ status }) => status === 200)
    expect(left?.body).toContain('Aucun rétablissement ne peut être annulé')
  })

  test('is told by no cookie that another has written', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const visitor = makeBrowser(broker)
    visitor.take({ name: 'ended', value: 'recovery.1764547200', path: '/' })
    expect((await visitor.get('/acces')).body).not.toContain('a été fermée')
    expect((await own.browser.get('/acces')).status).toBe(200)
  })

  test('cannot lock the person out: each such action waits 72 hours', async () => {
    const { own, thief, personId } = await afterTheft()
    await reachable(personId)
    const keys = await keysOn(thief)
    const deeds = [
      ...keys.map((key) => `${key}/retrait`),
      '/acces/codes',
      '/acces/fermeture',
      '/acces/mot-de-passe/retrait',
      '/acces/sessions/fin',
      '/acces/retablissement/moi',
      '/acces/retablissement/pas-moi',
      '/acces/donnees/tout',
    ]
    const csrf = await csrfOf(thief)

    const answers: [string, number, boolean][] = []
    for (const path of deeds) {
      const { status, body } = await thief.post(path, { csrf, sessions: 'end' })
      answers.push([path, status, body.includes('Cet accès vient d’être rétabli avec un code')])
    }
    const contact = await thief.post('/acces/messages/adresses', {
      csrf,
      channel: 'email',
      address: 'a@exemple.test',
    })
    const silence = await thief.post('/acces/messages/choix', {
      csrf,
      channel: 'none',
      language: 'fr',
      sendings: 'never',
    })

    const [ownKey] = keys
    expect(answers.filter(([path]) => path !== `${keys[1]}/retrait`)).toEqual(
      deeds.filter((path) => path !== `${keys[1]}/retrait`).map((path) => [path, 409, true]),
    )
    expect(ownKey).toBeDefined()
    expect([contact.status, silence.status]).toEqual([409, 409])
    expect((await signIn(broker, library, own.authenticator)).callback.href).toContain('code=')
    expect((await thief.get('/acces')).body).toContain('ceci attend jusqu’au')
  })

  test('is undone with an older factor: session, key and codes of the recovery are gone', async () => {
    const { own, thief, key, codes, personId } = await afterTheft()
    // What the thief adds meanwhile belongs to the recovery too.
    const second = makeAuthenticator({ origin: issuer, counter: 0 })
    await addPasskey(thief, second)
    const { browser } = await signIn(broker, library, own.authenticator)
    expect((await browser.get('/acces')).body).toContain('Votre accès a été rétabli avec un code')

    const { location } = await press(browser, '/acces', '/acces/retablissement/pas-moi')

    expect(location).toContain('recovery-undone')
    expect((await thief.get('/acces')).status).toBe(403)
    for (const one of [key, second]) expect((await tryKey(one)).status).toBe(400)
    expect((await showCodeAt(broker, library, codes[0] ?? '')).page.status).toBe(400)
    expect(await sessionsOf(broker.db, personId)).toHaveLength(1)
    const form = formOf(await browser.get('/acces/codes'))
    expect(codesOf(await browser.post(form.action, form.fields))).toHaveLength(10)
    expect((await browser.get('/acces')).body).not.toContain(
      'Votre accès a été rétabli avec un code',
    )
  })

  test('is also undone by « Ce n’était pas moi » on its line', async () => {
    const { own, thief, key, personId } = await afterTheft()
    const { browser } = await signIn(broker, library, own.authenticator)
    const notice = await broker.db('notices').where({ personId, kind: 'recovered' }).first()
    const path = `/acces/avis/${writeId('not', notice.noticeId)}/pas-moi`

    const fromThief = await thief.post(path, { csrf: await csrfOf(thief) })
    const fromOwner = await browser.post(path, { csrf: await csrfOf(browser) })

    expect([fromThief.status, fromOwner.status]).toEqual([409, 303])
    expect((await tryKey(key)).status).toBe(400)
  })

  test('is confirmed by « C’était moi » with an older factor, not with a new one', async () => {
    const { own, thief } = await afterTheft()
    // Proved anew with the key of the recovery, the session still belongs to it.
    const lifted = await thief.post('/acces/retablissement/moi', { csrf: await csrfOf(thief) })
    const { browser } = await signIn(broker, library, own.authenticator)

    const answer = await press(browser, '/acces', '/acces/retablissement/moi')

    expect([lifted.status, answer.status]).toEqual([409, 303])
    expect(answer.location).toContain('recovery-lifted')
    const again = await makeCodes(thief)
    expect(again.status).toBe(200)
  })

  test('is confirmed by itself after 72 hours', async () => {
    const { thief, personId } = await afterTheft()
    const held = await thief.post('/acces/codes', { csrf: await csrfOf(thief) })
    const { since, until } = await broker.db('recoveryHolds').where({ personId }).first()
    expect((until.getTime() - since.getTime()) / 3_600_000).toBe(72)
    await broker.db.raw(
      `update recovery_holds set since = now() - interval '73 hours', until = now() - interval '1 hour' where person_id = ?`,
      [personId],
    )
    await sealAsWritten(broker, 'recovery_holds')

    const free = await makeCodes(thief)

    expect([held.status, free.status]).toEqual([409, 200])
  })

  test('that is undone does not keep a key which is added at the same moment', async () => {
    const { own, thief, personId } = await afterTheft()
    const { browser } = await signIn(broker, library, own.authenticator)
    const { action, fields, options } = formOf(await thief.get('/acces/cles/ajout'))
    const credential = makeAuthenticator({ origin: issuer }).create(options)

    await Promise.all([
      press(browser, '/acces', '/acces/retablissement/pas-moi'),
      thief.post(action, { ...fields, credential }),
    ])

    expect(await broker.db('passkeys').where({ personId })).toHaveLength(1)
  })
})

describe('a recovery code', () => {
  test('is used up only when a way in was made, and « Annuler » leads back', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const personId = await personOfKey(broker.db, own.authenticator)
    const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
    expect(page.body).toContain('C’est bien vous : choisissez comment revenir')
    // In plain words the same ways stand there, and folded whatever the usual page says of them.
    const clear = await browser.get(`${page.url}?forme=claire`)
    expect(clear.body).toContain('Votre code est bon. Choisissez un moyen.')
    expect(formsOf(clear)).toEqual(formsOf(page))
    for (const [, said = ''] of page.body.matchAll(
      /<(?:li|p class="lead"|span|strong)>([^<]{4,})</g,
    ))
      expect(clear.body).toContain(said)
    expect((await browser.get(page.url)).body).toContain('Choisissez un moyen.')
    const whole = await browser.get(`${page.url}?forme=complete`)
    expect(whole.body).not.toContain('Choisissez un moyen.')

    for (const step of ['nouvelle-cle', 'retablissement/mot-de-passe']) {
      const { body } = await browser.get(`${page.url}/${step}`)
      expect(body).toContain(`href="${new URL(page.url).pathname}"`)
    }
    const left = formsOf(page).find(({ action }) => action.endsWith('/abandon'))
    const signInPage = await postAndFollow(browser, left?.action ?? '', left?.fields ?? {})

    expect(signInPage.body).toContain('Se connecter')
    expect(await sessionsOf(broker.db, personId)).toHaveLength(1)
    expect((await own.browser.get('/acces')).status).toBe(200)
    callbackOf((await recoverAt(broker, library, own)).page)
  })

  test('entered in many visits at once makes one way in', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const personId = await personOfKey(broker.db, own.authenticator)
    const visits = []
    for (let n = 0; n < 5; n++) {
      const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
      const { action, fields, options } = formOf(await browser.get(`${page.url}/nouvelle-cle`))
      const credential = makeAuthenticator({ origin: issuer }).create(options)
      visits.push(() => browser.post(action, { ...fields, credential }))
    }

    const answers = await Promise.all(visits.map((make) => make()))

    expect(answers.filter((answer) => codesOf(answer).length === 10)).toHaveLength(1)
    expect(await broker.db('passkeys').where({ personId })).toHaveLength(2)
    expect(await broker.db('notices').where({ personId, kind: 'recovered' })).toHaveLength(1)
  })

  test('that was shown before its set was replaced makes a way in for 72 hours, which is held', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
    const { action, fields, options } = formOf(await browser.get(`${page.url}/nouvelle-cle`))
    const renewal = formOf(await own.browser.get('/acces/codes'))
    expect(codesOf(await own.browser.post(renewal.action, renewal.fields))).toHaveLength(10)

    const credential = makeAuthenticator({ origin: issuer }).create(options)
    const made = await browser.post(action, { ...fields, credential })

    expect(codesOf(made)).toHaveLength(10)
    expect((await broker.db('recoveryHolds').where({ personId: own.personId })).length).toBe(1)
  })

  test('opens nothing by itself at any page of the visit', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
    const { csrf = '' } = formOf(page).fields

    for (const step of ['suite', 'plus-tard', 'codes', 'sans-cle', 'reouverture'])
      await browser.post(`${page.url}/${step}`, { csrf })

    expect((await browser.get('/acces')).status).toBe(403)
    expect((await browser.get(page.url)).body).toContain(
      'C’est bien vous : choisissez comment revenir',
    )
  })
})

describe('a recovery without a passkey', () => {
  test('makes a new password and application, beside the old ones', async () => {
    const own = await typeUp(broker, library)
    const { page, made } = await recoverByPassword(own, otherPassword)

    callbackOf(page)
    expect(await opensBy(own, codeAt(own.seed))).toBe(true)
    expect(await opensBy({ ...own, password: otherPassword }, codeAt(made))).toBe(true)
  })

  test('undone with the old factors restores these and removes the new ones', async () => {
    const own = await typeUp(broker, library)
    const { made } = await recoverByPassword(own, otherPassword)
    const browser = await signedIn(own, codeAt(own.seed))

    const { location } = await press(browser, '/acces', '/acces/retablissement/pas-moi')

    expect(location).toContain('recovery-undone')
    expect(await opensBy({ ...own, password: otherPassword }, codeAt(made))).toBe(false)
    expect(await opensBy(own, codeAt(own.seed, 1))).toBe(true)
  })

  test('is not confirmed with the old password and the new application', async () => {
    const own = await typeUp(broker, library)
    const { made } = await recoverByPassword(own, otherPassword)
    const browser = await signedIn(own, codeAt(made))

    const answer = await browser.post('/acces/retablissement/moi', { csrf: await csrfOf(browser) })

    expect(answer.status).toBe(409)
  })

  test('confirmed ends the replaced factors; until then a code of the old application is accepted once', async () => {
    const own = await typeUp(broker, library)
    const { made } = await recoverByPassword(own, otherPassword)
    const code = codeAt(own.seed)
    const browser = await signedIn(own, code)
    expect(await opensBy(own, code)).toBe(false)

    await press(browser, '/acces', '/acces/retablissement/moi')

    expect(await opensBy(own, codeAt(own.seed, 1))).toBe(false)
    expect(await opensBy({ ...own, password: otherPassword }, codeAt(made))).toBe(true)
  })

  test('followed by a second one after the hold does not restore the first replaced factors', async () => {
    const own = await typeUp(broker, library)
    const { codes } = await recoverByPassword(own, otherPassword)
    for (const table of [
      "recovery_holds set since = now() - interval '2 hours', until",
      'factors_set_aside set stands_until',
    ])
      await broker.db.raw(`update ${table} = now() - interval '1 hour'`)
    expect(await opensBy(own, codeAt(own.seed))).toBe(false)

    callbackOf((await recoverAt(broker, library, { codes })).page)

    expect(await opensBy(own, codeAt(own.seed, 1))).toBe(false)
  })

  test('can use a security key instead of the application, and a new address', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const address = 'revenue@exemple.test'
    const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
    const totp = await proveAddressAt(browser, page, { address, password: goodPassword })
    expect(totp.body).toContain('retablissement/cle-de-securite')
    const { action, fields, options } = formOf(
      await browser.get(totp.url.replace('/code', '/cle-de-securite')),
    )
    const made = await browser.post(action, { ...fields, credential: plainKey().create(options) })

    expect(codesOf(made)).toHaveLength(10)
    expect(await broker.db('passkeys').where({ kind: 'security-key' })).toHaveLength(1)
  })

  test('that was given up makes no new access of what was begun in it', async () => {
    const own = await signUp(broker, library, { workingCodes: 2 })
    const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
    const address = 'abandonnee@exemple.test'
    const totp = await proveAddressAt(browser, page, { address, password: goodPassword })
    const seed = seedOf(totp)
    const key = formOf(await browser.get(totp.url.replace('/code', '/cle-de-securite')))
    const left = formsOf(page).find(({ action }) => action.endsWith('/abandon'))
    await browser.post(left?.action ?? '', left?.fields ?? {})
    const before = await broker.db('persons')

    const { csrf = '' } = formOf(totp).fields
    const creation = `${page.url}/creation`
    const code = await browser.post(`${creation}/code`, { csrf, code: codeAt(seed) })
    const form = formOf(await browser.get(`${creation}/mot-de-passe`))
    const typed = { ...form.fields, address: 'neuve@exemple.test', password: goodPassword }
    const waiting = await postAndFollow(browser, form.action, typed)
    await giveAddressCode(broker, browser, waiting, typed.address)
    const credential = plainKey().create(key.options)
    const made = await browser.post(`${creation}/cle-de-securite`, { csrf, credential })

    expect([code.status, made.status]).toEqual([410, 409])
    expect(await broker.db('persons')).toHaveLength(before.length)
  })

  test('does not accept an e-mail code of another visit', async () => {
    const [own, other] = [
      await signUp(broker, library, { workingCodes: 2 }),
      await signUp(broker, library, { workingCodes: 2 }),
    ]
    const one = await showCodeAt(broker, library, own.codes[0] ?? '')
    const two = await showCodeAt(broker, library, other.codes[0] ?? '')
    const address = 'une-autre@exemple.test'
    const totp = await proveAddressAt(one.browser, one.page, { address, password: goodPassword })
    const { fields } = formOf(totp)
    const forged = await two.browser.post(`${two.page.url}/retablissement/code`, {
      ...fields,
      csrf: formOf(two.page).fields['csrf'] ?? '',
      code: codeAt(seedOf(totp)),
    })

    expect(forged.status).toBeGreaterThanOrEqual(303)
    expect(codesOf(forged)).toEqual([])
    expect((await other.browser.get('/acces')).status).toBe(200)
  })
})

const otherPassword = 'cinq loutres lisent la nuit'

type Theft = {
  readonly own: Person
  readonly personId: string
  /** Signed in anew with the key of the recovery, at the highest level. */
  readonly thief: Browser
  readonly key: Authenticator
  readonly codes: Recovered['codes']
}

async function afterTheft(): Promise<Theft> {
  const own = await signUp(broker, library, { workingCodes: 2 })
  const personId = await personOfKey(broker.db, own.authenticator)
  const { authenticator: key, codes } = await recoverAt(broker, library, own)
  const { browser: thief } = await signIn(broker, library, key)
  return { own, personId, thief, key, codes }
}

async function makeCodes(browser: Browser): Promise<Answer> {
  const { action, fields } = formOf(await browser.get('/acces/codes'))
  return browser.post(action, fields)
}

async function recoverByPassword(
  own: Typist,
  password: string,
): Promise<{ page: Answer; made: string; codes: readonly string[] }> {
  const { browser, page } = await showCodeAt(broker, library, own.codes[0] ?? '')
  const totp = await proveAddressAt(browser, page, { address: own.address, password })
  const seed = seedOf(totp)
  const { action, fields } = formOf(totp)
  const shown = await giveEarlierCode(seed, (code) => browser.post(action, { ...fields, code }))
  const after = await keepCodes(browser, shown)
  return { page: after, made: seed, codes: codesOf(shown) }
}

/** The page with the seed, after the code of the address. */
async function proveAddressAt(
  browser: Browser,
  { url }: Answer,
  typed: { readonly address: string; readonly password: string },
): Promise<Answer> {
  const { action, fields } = formOf(await browser.get(`${url}/retablissement/mot-de-passe`))
  const waiting = await postAndFollow(browser, action, { ...fields, ...typed })
  return giveAddressCode(broker, browser, waiting, typed.address)
}

async function opensBy(
  typed: { readonly address: string; readonly password: string },
  code: string,
): Promise<boolean> {
  const url = (await library.begin()).url
  const { answer } = await typeIn(makeBrowser(broker), url, typed, code)
  return answer.status === 200 || answer.location?.includes('code=') === true
}

async function signedIn(typed: Typist, code: string): Promise<Browser> {
  const browser = makeBrowser(broker)
  const { answer } = await typeIn(browser, (await library.begin()).url, typed, code)
  const later = formsOf(answer).find(({ action }) => action.endsWith('/plus-tard'))
  if (later !== undefined) await postAndFollow(browser, later.action, later.fields)
  return browser
}

async function reachable(personId: string): Promise<void> {
  for (const channel of ['email', 'sms'])
    await broker.db.raw(
      `insert into contact_point (contact_id, person_id, channel, sealed, digest, created_at, message_id, confirm_by, confirmed_at)
       values (gen_random_uuid(), ?, ?, 'x', sha256(?::bytea), now(), gen_random_uuid(), now(), now())`,
      [personId, channel, channel],
    )
  await broker
    .db('notificationPreference')
    .insert({ personId, channel: 'none', language: 'fr', changedAt: new Date() })
}

async function keysOn(browser: Browser): Promise<string[]> {
  const { body } = await browser.get('/acces/entrer')
  return [...body.matchAll(/\/acces\/cles\/key_\w+/g)].map(([path]) => path)
}

async function csrfOf(browser: Browser): Promise<string> {
  const forms = formsOf(await browser.get('/acces/messages'))
  return forms[0]?.fields['csrf'] ?? ''
}

async function addPasskey(browser: Browser, key: Authenticator): Promise<void> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  const { location } = await browser.post(action, { ...fields, credential: key.create(options) })
  expect(location).toContain('passkey-added')
}

async function tryKey(key: Authenticator): Promise<Answer> {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  return browser.post(action, { ...fields, credential: key.get(options) })
}

async function press(browser: Browser, path: string, ending: string): Promise<Answer> {
  const page = await browser.get(path)
  const form = formsOf(page).find(({ action }) => action.endsWith(ending))
  if (form === undefined) throw new Error(`no form to ${ending} at ${page.url}: ${page.status}`)
  return browser.post(form.action, form.fields)
}
