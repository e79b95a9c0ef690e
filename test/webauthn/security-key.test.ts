import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endEveryWait } from '../support/ended-waits.ts'
import { decoyKeys } from '../../src/webauthn/decoy-keys.ts'
import type { Authenticator } from '../support/authenticator.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Broker } from '../support/broker.ts'
import {
  callbackOf,
  codeOf,
  issuer,
  postAndFollow,
  signUpByPages,
  startBroker,
} from '../support/broker.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../support/browser.ts'
import type { Attack } from '../support/forgeries.ts'
import { forgeriesOf, forgery, garbage, isMalformed } from '../support/forgeries.ts'
import type { Service } from '../support/service.ts'
import { idTokenOf, json } from '../support/service.ts'
import { codeAt } from '../support/totp.ts'
import type { Typist } from '../support/ways.ts'
import {
  addSecurityKey,
  choosePassword,
  giveCode,
  goodPassword,
  keyFormOf,
  keysNamedOn,
  plainKey,
  secondPage,
  typeUp,
} from '../support/ways.ts'
import { untyped } from '../support/database.ts'
import { sealAsWritten } from '../support/sealed-rows.ts'

// After the password: a code, or a key that needs neither memory nor PIN.

let broker: Broker
let library: Service
let own: Typist
let key: Authenticator
let others: Authenticator

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
  own = await typeUp(broker, library)
  key = await addSecurityKey(own.browser)
  others = await addSecurityKey((await typeUp(broker, library)).browser)
})

afterAll(() => broker.stop())

test('a plain key after the password opens the access, and the token says how', async () => {
  const browser = makeBrowser(broker)
  const errand = await library.begin()
  const { page } = await secondPage(browser, errand.url, own)

  const invitation = await use(browser, page, key)
  const [, later] = formsOf(invitation)
  const callback = callbackOf(
    await postAndFollow(browser, later?.action ?? '', later?.fields ?? {}),
  )

  const token = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
  const first = idTokenOf(json(await library.redeem(codeOf(own.callback), own.errand)))
  expect(token).toMatchObject({
    sub: first['sub'],
    acr: 'urn:accord:aal:2',
    amr: ['pwd', 'pop', 'user', 'mfa'],
  })
})

test('a security key is asked for without PIN or resident key, and can be made only with a password', async () => {
  const { browser } = await signUpByPages(broker, library)
  const without = await browser.get('/acces/cle-de-securite')
  const adding = formOf(await own.browser.get('/acces/cle-de-securite'))
  const using = keyFormOf((await atSecondPage(own)).page)

  expect(without.location).toBe(`${issuer}/acces/mot-de-passe`)
  expect(JSON.parse(adding.options)).toMatchObject({
    attestation: 'none',
    hints: ['security-key'],
    authenticatorSelection: {
      authenticatorAttachment: 'cross-platform',
      residentKey: 'discouraged',
      requireResidentKey: false,
      userVerification: 'discouraged',
    },
    excludeCredentials: [{ id: key.credentialId.toString('base64url') }],
  })
  expect(JSON.parse(using.options)).toMatchObject({ userVerification: 'discouraged' })
})

describe('the list of credential ids on the page', () => {
  test('is her own with the right password, and looks equally real with a wrong one or an unknown address', async () => {
    const wrong = { ...own, password: `${own.password}!` }
    const nobody = { ...own, address: 'nobody@exemple.test' }
    const withoutKey = await typeUp(broker, library)
    const lists = []
    for (const typed of [own, wrong, nobody, withoutKey]) {
      const list = await namedFor(typed)
      // The same at every visit, and at each of the two processes.
      expect([await namedFor(typed), await namedFor(typed)]).toEqual([list, list])
      lists.push(list)
    }

    const [hers] = lists
    expect(hers).toEqual([
      { id: key.credentialId.toString('base64url'), transports: ['usb'], type: 'public-key' },
    ])
    for (const { length } of lists) expect([1, 2]).toContain(length)
    const ids = lists.flat().map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const shapes = lists.map((list) => list.map((one) => Object.keys(one)))
    for (const shape of shapes.flat()) expect(shape).toEqual(['id', 'transports', 'type'])
  })

  test('is derived from the address where no key exists, in the length of real ones', () => {
    const lists = Array.from({ length: 400 }, (_, i) => decoyKeys(`mark ${i}`))
    const all = lists.flat()

    expect(decoyKeys('mark 7')).toEqual(lists[7])
    expect(new Set(all.map(({ id }) => id.toString('hex'))).size).toBe(all.length)
    expect(new Set(all.map(({ id }) => id.length))).toEqual(new Set([48, 64, 80, 96]))
    expect(share(all.map(({ id }) => id.length === 64))).toBeGreaterThan(0.5)
    expect(share(lists.map(({ length }) => length === 1))).toBeGreaterThan(0.6)
    expect(Math.max(...lists.map(({ length }) => length))).toBe(2)
    for (const { transports } of all) expect(transports).toEqual(transports.toSorted())
  })

  test('and the answers are the same whatever was wrong', async () => {
    const wrong = { ...own, password: `${own.password}!` }
    const nobody = { ...own, address: 'nobody@exemple.test' }
    const tries = []
    for (const [typed, forged] of [
      [own, { signature: randomBytes(70) }],
      [own, { id: others.credentialId.toString('base64url') }],
      [wrong, {}],
      [nobody, {}],
    ] as const) {
      const { browser, page } = await atSecondPage(typed)
      const { action, fields, options } = keyFormOf(page)
      const credential = key.get(options, forged)
      tries.push({ page, answer: await browser.post(action, { ...fields, credential }) })
    }

    expect(tries.map(({ answer }) => answer.status)).toEqual([400, 400, 400, 400])
    for (const step of ['page', 'answer'] as const)
      expect(new Set(tries.map((one) => withoutWhatVaries(one[step]))).size).toBe(1)
    // Nothing of all that counts against the key.
    expect(isIn(await useAt(own, key))).toBe(true)
  })
})

// What a key need not show after a password.
const allowed = new Set(['nobody verified', 'no user handle'])
const { ofUse, ofCreation } = forgeriesOf(() => others)
const needed = ([name]: Attack) => !allowed.has(name)

describe('after a password', () => {
  test.each([...ofUse.filter(needed), ...garbage.map(([name, text]) => [name, text] as const)])(
    'a key with %s is refused, and recorded if it is well formed',
    async (name, attack) => {
      const { browser, page } = await again()
      const { action, fields, options } = keyFormOf(page)
      const credential = typeof attack === 'string' ? attack : key.get(options, forgery(attack))

      const hasForm = typeof attack !== 'string' && !isMalformed(name)
      const answer = await browser.post(action, { ...fields, credential })
      await expectRefusal(answer, 400, hasForm ? 'sign-in.refused' : null)
    },
  )

  test.each([
    ['that was made up', () => Promise.resolve(randomBytes(32).toString('base64url'))],
    ['that is empty', () => Promise.resolve('')],
    [
      'that was made for another visit',
      async () => challengeIn(keyFormOf((await atSecondPage(own)).page).options),
    ],
    [
      'that was made for a passkey',
      async (browser: Browser, visit: string) =>
        challengeIn(formOf(await browser.get(visit)).options),
    ],
    [
      'that was made to add a key',
      async () => challengeIn(formOf(await own.browser.get('/acces/cle-de-securite')).options),
    ],
    [
      'that is over',
      async (_browser: Browser, _visit: string, ownChallenge: string) => {
        await expire(ownChallenge)
        return ownChallenge
      },
    ],
  ] as const)('a challenge %s is refused and recorded', async (_name, find) => {
    const { browser, page } = await again()
    const { action, fields, options } = keyFormOf(page)
    const visit = page.url.replace('/code', '')
    const challenge = await find(browser, visit, challengeIn(options))
    const credential = key.get(options, { challenge })

    const answer = await browser.post(action, { ...fields, credential })

    await expectRefusal(answer, 409, 'challenge.unusable')
  })

  test('an answer sent many times at once on two processes is accepted once', async () => {
    const { browser, page } = await atSecondPage(own)
    const { action, fields, options } = keyFormOf(page)
    const credential = key.get(options)

    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        browser.clone().post(action, { ...fields, credential }, { port: broker.ports[i % 2] ?? 0 }),
      ),
    )

    expect(sorted(answers)).toEqual([303, 409, 409, 409, 409, 409])
  })

  test('another person’s key and any passkey are refused', async () => {
    const passkey = makeAuthenticator({ origin: issuer, counter: 0 })
    const hers = await typeUp(broker, library)
    const { action, fields, options } = formOf(await hers.browser.get('/acces/cles/ajout'))
    await hers.browser.post(action, { ...fields, credential: passkey.create(options) })

    await expectRefusal(await useAt(hers, others))
    await expectRefusal(await useAt(hers, passkey))
    expect(isIn(await useAt(own, key))).toBe(true)
  })

  test('after ten wrong codes the key still works', async () => {
    const hers = await typeUp(broker, library)
    const mine = await addSecurityKey(hers.browser)
    const { browser, page } = await atSecondPage(hers)
    for (let i = 0; i < 10; i++) await giveCode(browser, page, '000000')
    const spent = await giveCode(browser, page, codeAt(hers.seed))

    expect(spent.status).toBe(429)
    expect(isIn(await use(browser, await browser.get(page.url), mine))).toBe(true)
  })
})

test('a security key opens nothing by itself, even with user verification and a resident key', async () => {
  const hers = await typeUp(broker, library)
  const able = await addSecurityKey(hers.browser, makeAuthenticator({ origin: issuer, counter: 0 }))
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))

  const answer = await browser.post(action, { ...fields, credential: able.get(options) })

  expect([answer.status, answer.location]).toEqual([400, undefined])
  expect(isIn(await useAt(hers, able))).toBe(true)
})

describe('the signature counter', () => {
  test.each([
    ['stays', 1],
    ['goes back', 0],
  ])('that %s suspends the key, and the code still works', async (_name, counter) => {
    const hers = await typeUp(broker, library)
    const mine = await addSecurityKey(hers.browser)
    const { browser, page } = await atSecondPage(hers)
    const { action, fields, options } = keyFormOf(page)
    const credential = mine.get(options, { counter })

    const answer = await browser.post(action, { ...fields, credential })

    await expectRefusal(answer, 403, 'security-key.suspended')
    // Nothing was proved in the visit: it asks who she is.
    const start = formsOf(await browser.get(page.url.replace('/code', '')))
    expect(start.map((form) => form.action.split('/').at(-1))).toContain('courriel')
    await expectRefusal(await useAt(hers, mine), 403, 'security-key.suspended')
    const { browser: other, page: second } = await atSecondPage(hers)
    expect(isIn(await giveCode(other, second, codeAt(hers.seed)))).toBe(true)
    expect((await hers.browser.get('/acces/entrer')).body).toContain('Suspendue')
  })

  test('of a key moves with the sign-in alone: it stays where the password was suspended meanwhile', async () => {
    const hers = await typeUp(broker, library)
    const mine = await addSecurityKey(hers.browser, plainKey(5))
    const { browser, page } = await atSecondPage(hers)
    const { action, fields, options } = keyFormOf(page)
    const { credentialId } = mine
    const counter = async () =>
      (await untyped(broker.db)('passkeys').where({ credentialId }).first('signCount'))?.signCount
    const before = await counter()
    const { personId } = await untyped(broker.db)('passkeys')
      .where({ credentialId })
      .first('personId')
    await untyped(broker.db)('passwords').where({ personId }).update({ suspendedAt: new Date() })

    const answer = await browser.post(action, { ...fields, credential: mine.get(options) })

    await expectRefusal(answer, 400, 'sign-in.refused')
    expect(await counter()).toBe(before)
  })

  test('of a copied key admits one of two devices, on two processes', async () => {
    const hers = await typeUp(broker, library)
    const mine = await addSecurityKey(hers.browser)
    const devices = [mine, mine.copy()]
    const pages = await Promise.all(devices.map(() => atSecondPage(hers)))

    const answers = await Promise.all(
      pages.map(({ browser, page }, i) => {
        const { action, fields, options } = keyFormOf(page)
        const credential = devices[i]?.get(options) ?? ''
        return browser.post(action, { ...fields, credential }, { port: broker.ports[i] ?? 0 })
      }),
    )

    expect(sorted(answers)).toEqual([303, 403])
  })
})

describe('« Mon accès »', () => {
  test.each(ofCreation.filter(needed))('refuses a security key with %s', async (_name, attack) => {
    const { action, fields, options } = formOf(await own.browser.get('/acces/cle-de-securite'))
    const credential = plainKey().create(options, forgery(attack))

    const answer = await own.browser.post(action, { ...fields, credential })

    expect([answer.status, answer.location]).toEqual([400, undefined])
    expect(formOf(answer).options).not.toBe('')
  })

  test('refuses a key for the challenge of a passkey or of another session, or a second time', async () => {
    const { action, fields, options } = formOf(await own.browser.get('/acces/cle-de-securite'))
    const other = await typeUp(broker, library)
    const passkey = formOf(await own.browser.get('/acces/cles/ajout'))
    const theirs = formOf(await other.browser.get('/acces/cle-de-securite'))
    const create = (challenge: string, authenticator = plainKey()) =>
      own.browser.post(action, {
        ...fields,
        credential: authenticator.create(options, { challenge }),
      })

    const answers = [
      await create(challengeIn(passkey.options)),
      await create(challengeIn(theirs.options)),
    ]
    // And a passkey made without verification by the challenge of a security key is none.
    const weak = await own.browser.post(passkey.action, {
      ...passkey.fields,
      credential: plainKey().create(passkey.options, { challenge: challengeIn(options) }),
    })
    const known = formOf(await own.browser.get('/acces/cle-de-securite'))
    const again = await own.browser.post(known.action, {
      ...known.fields,
      credential: key.create(known.options),
    })

    expect([...answers, weak, again].map(({ status }) => status)).toEqual([409, 409, 409, 409])
  })

  test('takes no more than twenty keys', async () => {
    const form = formOf(await own.browser.get('/acces/cle-de-securite'))
    await broker.db.raw(
      `insert into passkeys select (jsonb_populate_record(p, jsonb_build_object('passkey_id', gen_random_uuid(),
         'credential_id', '\\x' || encode(sha256(n::text::bytea), 'hex')))).*
       from passkeys p, generate_series(1, 20) n where credential_id = ?`,
      [key.credentialId],
    )
    const credential = plainKey().create(form.options)
    const answer = await own.browser.post(form.action, { ...form.fields, credential })
    await broker.db.raw(
      'delete from passkeys where credential_id in (select sha256(n::text::bytea) from generate_series(1, 20) n)',
    )
    expect(answer.status).toBe(409)
    expect(answer.body).toContain('atteint le nombre permis de clés')
  })

  test('keeps password and key as the last way in once the passkey is removed', async () => {
    const { browser } = await withKeyOnly()
    const [passkey = '', security = ''] = await keyPages(browser)

    const kept = [await removeAt(browser, passkey), await removeAt(browser, security)]

    expect(kept.map(({ status }) => status)).toEqual([303, 409])
    expect((await browser.get(security)).body).toContain('vous ne pourriez plus vous connecter')
    expect((await browser.post('/acces/mot-de-passe/retrait', await csrfOf(browser))).status).toBe(
      409,
    )
  })

  test('keeps one of the two last ways removed at once on two processes', async () => {
    for (let round = 0; round < 3; round++) {
      const { browser } = await withKeyOnly()
      const pages = await keyPages(browser)

      const answers = await Promise.all(
        pages.map((page, i) => removeAt(browser, page, broker.ports[i] ?? 0)),
      )

      expect(sorted(answers)).toEqual([303, 409])
    }
  })

  test('removes the keys with the password, and lets one be named and removed', async () => {
    const { browser, security } = await withKeyOnly()
    const [, page = ''] = await keyPages(browser)
    const named = await browser.post(`${page}/nom`, {
      ...(await csrfOf(browser)),
      name: 'Clé du tiroir',
    })
    const second = await addSecurityKey(browser)
    const removed = await removeAt(browser, page)
    await endEveryWait(broker)
    const twice = await browser.post(`${page}/retrait`, await csrfOf(browser))

    expect(twice.status).toBe(404)
    expect([named.location, removed.location]).toEqual([
      `${issuer}/acces?fait=security-key-renamed`,
      `${issuer}/acces?fait=removal-waits`,
    ])
    await browser.post('/acces/mot-de-passe/retrait', await csrfOf(browser))
    await endEveryWait(broker)
    const left = await broker.db('passkeys').whereIn(
      'credentialId',
      [security, second].map(({ credentialId }) => credentialId),
    )
    expect(left).toEqual([])
  })

  test('asks whether a new key was hers: if not, it only sees and stops, and is gone after three days', async () => {
    const hers = await typeUp(broker, library)
    const mine = await addSecurityKey(hers.browser)
    const page = await hers.browser.get('/acces')
    const [, notice = ''] = /\/acces\/avis\/(not_\w+)\/pas-moi/.exec(page.body) ?? []

    await hers.browser.post(`/acces/avis/${notice}/pas-moi`, await csrfOf(hers.browser))

    expect(page.body).toContain('Nouvelle clé de sécurité')
    expect((await useAt(hers, mine)).status).toBe(200)
    await endEveryWait(broker)
    await expectRefusal(await useAt(hers, mine), 403, 'security-key.suspended')
  })
})

test('no process logged an error during these tests', () => {
  expect(broker.output()).toBe('')
})

type Typed = { readonly address: string; readonly password: string }

async function atSecondPage(typed: Typed): Promise<{ browser: Browser; page: Answer }> {
  const browser = makeBrowser(broker)
  return { browser, ...(await secondPage(browser, (await library.begin()).url, typed)) }
}

async function namedFor(typed: Typed): Promise<ReturnType<typeof keysNamedOn>> {
  return keysNamedOn((await atSecondPage(typed)).page)
}

let standing: { browser: Browser; page: Answer } | undefined

/** The second page again, with a challenge of its own: one hash for a whole table. */
async function again(): Promise<{ browser: Browser; page: Answer }> {
  standing ??= await atSecondPage(own)
  const { browser, page } = standing
  return { browser, page: await browser.get(page.url) }
}

function use(browser: Browser, page: Answer, authenticator: Authenticator): Promise<Answer> {
  const { action, fields, options } = keyFormOf(page)
  return postAndFollow(browser, action, { ...fields, credential: authenticator.get(options) })
}

async function useAt(typed: Typed, authenticator: Authenticator): Promise<Answer> {
  const { browser, page } = await atSecondPage(typed)
  return use(browser, page, authenticator)
}

/** A person with a passkey, and a password that only a security key follows. */
async function withKeyOnly() {
  const { browser } = await signUpByPages(broker, library)
  await choosePassword(broker, browser, {
    address: `seule.${randomBytes(6).toString('hex')}@exemple.test`,
    password: goodPassword,
  })
  const security = await addSecurityKey(browser)
  return { browser, security }
}

// Invited to a passkey first, once.
function isIn({ body, location }: Answer): boolean {
  return body.includes('/plus-tard') || location?.startsWith('https://library.test/') === true
}

/** The pages of her keys: passkeys first. */
async function keyPages(browser: Browser): Promise<string[]> {
  const { body } = await browser.get('/acces/entrer')
  return [...new Set([...body.matchAll(/\/acces\/cles\/key_\w+/g)].map(([path]) => path))]
}

async function csrfOf(browser: Browser): Promise<{ csrf: string }> {
  return { csrf: formOf(await browser.get('/acces/mot-de-passe')).fields['csrf'] ?? '' }
}

async function removeAt(browser: Browser, page: string, port?: number): Promise<Answer> {
  const more = port === undefined ? {} : { port }
  return browser.post(`${page}/retrait`, await csrfOf(browser), more)
}

/** The second page again, and one line that names nobody; none of what had no form. */
async function expectRefusal(
  answer: Answer,
  status = 400,
  reason: string | null = 'sign-in.refused',
): Promise<void> {
  expect(answer.status, answer.body.slice(0, 300)).toBe(status)
  expect(answer.location).toBeUndefined()
  expect(keyFormOf(answer).options).not.toBe('')
  const rows = await untyped(broker.db)('activity').where({
    requestId: answer.headers['x-request-id'],
    result: 'refused',
  })
  const noted = { kind: 'access.signed-in', personId: null, reason }
  expect(rows).toMatchObject(reason === null ? [] : [noted])
}

function challengeIn(options: string): string {
  return (JSON.parse(options) as { challenge: string }).challenge
}

async function expire(challenge: string): Promise<void> {
  await broker
    .db('webauthnChallenges')
    .where({ challenge: Buffer.from(challenge, 'base64url') })
    .update({ expiresAt: new Date(Date.now() - 1000) })
  await sealAsWritten(broker, 'webauthn_challenges')
}

function share(of: readonly boolean[]): number {
  return of.filter(Boolean).length / of.length
}

function sorted(answers: readonly Answer[]): number[] {
  return answers.map(({ status }) => status).toSorted((a, b) => a - b)
}

function withoutWhatVaries({ body }: Answer): string {
  return body
    .replaceAll(/name="csrf" value="[^"]*"/g, '')
    .replaceAll(/data-options="[^"]*"/g, '')
    .replaceAll(/connexion\/[\w-]+/g, '')
}
