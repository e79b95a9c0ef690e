import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import {
  callbackOf,
  codeOf,
  codesOf,
  issuer,
  ownEnv,
  postAndFollow,
  startBroker,
} from '../../support/broker.ts'
import { usualHashing } from '../../support/codes.ts'
import { openHouse } from '../../support/house.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'
import type { Service } from '../../support/service.ts'
import { idTokenOf, json } from '../../support/service.ts'
import { codeAt } from '../../support/totp.ts'
import type { Typist } from '../../support/ways.ts'
import {
  addressPage,
  giveCode,
  goodPassword,
  openingPage,
  passwordPage,
  secondPage,
  seedOf,
  typeIn,
  typeUp,
} from '../../support/ways.ts'

// The way in without a passkey: both pages always, and one answer whatever was wrong.

let broker: Broker
let library: Service
let typist: Typist

beforeAll(async () => {
  broker = await startBroker(undefined, [], undefined, { LOG_LEVEL: 'info' })
  library = broker.services.library
  typist = await typeUp(broker, library)
})

afterAll(() => broker.stop())

test('an access without a passkey is made, and the token says how', async () => {
  const answer = await library.redeem(codeOf(typist.callback), typist.errand)

  expect(answer.status).toBe(200)
  expect(idTokenOf(json(answer))).toMatchObject({
    acr: 'urn:accord:aal:2',
    amr: ['pwd', 'otp', 'mfa'],
  })
  expect(typist.codes).toHaveLength(10)
})

test('with password and code the person signs in again, and is invited once to make a passkey', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const errand = await library.begin()
  const before = await passwordTries()

  const { answer } = await typeIn(browser, errand.url, own, codeAt(own.seed))
  const [, later] = formsOf(answer)
  const callback = callbackOf(
    await postAndFollow(browser, later?.action ?? '', later?.fields ?? {}),
  )
  const again = await typeIn(
    makeBrowser(broker),
    (await library.begin()).url,
    own,
    codeAt(own.seed, 1),
  )

  expect(later?.action).toContain('/plus-tard')
  const token = idTokenOf(json(await library.redeem(codeOf(callback), errand)))
  const first = idTokenOf(json(await library.redeem(codeOf(own.callback), own.errand)))
  expect(token['sub']).toBe(first['sub'])
  expect(callbackOf(again.answer).searchParams.has('code')).toBe(true)
  expect(before).toBe(0)
  expect(await passwordTries(), 'a right sign-in is no try').toBe(0)
})

// Nobody has typed a wrong password yet.
async function passwordTries(): Promise<number> {
  const rows: { points: number }[] = await broker
    .db('rateLimits')
    .select('points')
    .where('key', 'like', 'password/%')
  return rows.reduce((sum, { points }) => sum + points, 0)
}

test('accepting the invitation adds a passkey to the same access', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const authenticator = makeAuthenticator({ origin: issuer })
  const visit = (await browser.follow((await library.begin()).url)).url
  const { options: ofNobody } = formOf(await browser.get(`${visit}/creation`))
  const { answer } = await typeIn(browser, visit, own, codeAt(own.seed))
  const { action, fields, options } = formOf(answer)

  const strange = { ...fields, credential: authenticator.create(ofNobody) }
  expect((await browser.post(action, strange)).status).toBe(409)
  const right = { ...fields, credential: authenticator.create(options) }
  expect(callbackOf(await postAndFollow(browser, action, right)).searchParams.has('code')).toBe(
    true,
  )
  const other = makeBrowser(broker)
  const form = formOf(await other.follow((await library.begin()).url))
  const signedIn = await postAndFollow(other, form.action, {
    ...form.fields,
    credential: authenticator.get(form.options),
  })

  expect(callbackOf(signedIn).searchParams.has('code')).toBe(true)
})

test('she is signed in before she is invited: who leaves that page goes on everywhere, and it holds nothing up', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const visit = (await browser.follow((await library.begin()).url)).url
  const { answer } = await typeIn(browser, visit, own, codeAt(own.seed))
  expect(answer.body).toContain('Se connecter plus vite la prochaine fois')
  // The page is left: its session is there, and each request is answered without it.
  expect((await browser.get('/espace')).status).toBe(200)
  for (const params of [{}, { prompt: 'none' }]) {
    const callback = callbackOf(await browser.follow((await library.begin(params)).url))
    expect(callback.searchParams.has('code')).toBe(true)
  }
  // Back, to the pages before: the sign-in is over. The page itself still stands, and goes on to the service, once.
  expect((await browser.get(visit)).status).toBe(410)
  expect((await browser.get(answer.url)).body).toContain('Se connecter plus vite')
  const [, later] = formsOf(answer)
  const gone = await postAndFollow(browser, later?.action ?? '', later?.fields ?? {})
  expect(callbackOf(gone).searchParams.has('code')).toBe(true)
  expect((await browser.post(later?.action ?? '', later?.fields ?? {})).status).toBe(410)
})

test('an invitation of a session that was ended adds no passkey', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const visit = (await browser.follow((await library.begin()).url)).url
  const { answer } = await typeIn(browser, visit, own, codeAt(own.seed))
  const { action, fields, options } = formOf(answer)
  const out = formOf(await browser.follow('/session/end'))
  await browser.post(out.action, { ...out.fields, logout: 'yes' })
  expect((await browser.get('/espace')).status).toBe(403)
  const before = await broker.db('passkeys').count()
  const credential = makeAuthenticator({ origin: issuer }).create(options)
  expect((await browser.post(action, { ...fields, credential })).status).toBe(410)
  expect(await broker.db('passkeys').count()).toEqual(before)
})

test('a seed that was shown too long ago is replaced, and the page says so', async () => {
  const browser = makeBrowser(broker)
  const typed = { address: 'lente@exemple.test', password: goodPassword }
  const page = await openingPage(broker, browser, (await library.begin()).url, typed)
  const { action, fields } = formOf(page)
  await broker.db('totpEnrolments').update({ expiresAt: new Date() })
  await sealAsWritten(broker, 'totp_enrolments')

  const late = await browser.post(action, { ...fields, code: codeAt(seedOf(page)) })
  const made = await browser.post(action, { ...fields, code: codeAt(seedOf(late)) })
  const again = await browser.post(action, { ...fields, code: codeAt(seedOf(late)) })

  expect([late.status, seedOf(late) === seedOf(page)]).toEqual([409, false])
  expect(late.body).toContain('Cette page est restée ouverte trop longtemps')
  expect(codesOf(made)).toHaveLength(10)
  expect([again.status, again.location]).toEqual([303, page.url.replace('/creation/code', '')])
})

test('a step that is skipped leads back to the one before', async () => {
  const browser = makeBrowser(broker)
  const { url, ...page } = await browser.follow((await library.begin()).url)
  const { csrf = '' } = formOf({ url, ...page }).fields
  const typed = { csrf, code: '123456', credential: '{}' }
  const skip = async (...steps: readonly string[]) => {
    const answers = []
    for (const step of steps)
      answers.push(await browser.get(`${url}/${step}`), await browser.post(`${url}/${step}`, typed))
    return [...new Set(answers.map(({ status, location }) => `${status} ${location}`))]
  }
  expect(await skip('code')).toEqual([`303 ${url}`])
  expect((await browser.post(`${url}/cle-de-securite`, typed)).location).toBe(url)
  expect((await browser.get(`${url}/retablissement/mot-de-passe`)).location).toBe(url)
  const wrong = await browser.post(`${url}/courriel`, { csrf, address: 'no address' })
  expect([wrong.status, wrong.body.includes('value="no address"')]).toEqual([400, true])

  await addressPage(browser, url, { address: 'sautee@exemple.test', password: goodPassword })
  expect(await skip('creation/code', 'creation/cle-de-securite')).toEqual([
    `303 ${url}/creation/courriel`,
  ])
})

describe('whether address, password or code is wrong', () => {
  test('the pages and answers are the same, and cost the same', async () => {
    const own = await typeUp(broker, library)
    const wrong = { ...own, password: `${own.password}!` }
    const nobody = { ...own, address: 'nobody@exemple.test' }
    const code = codeAt(own.seed)
    const tries = [
      await typeIn(makeBrowser(broker), (await library.begin()).url, own, wrongCode(own.seed)),
      await typeIn(makeBrowser(broker), (await library.begin()).url, wrong, code),
      await typeIn(makeBrowser(broker), (await library.begin()).url, nobody, code),
    ]

    expect(tries.map(({ page }) => page.status)).toEqual([200, 200, 200])
    expect(tries.map(({ answer }) => answer.status)).toEqual([400, 400, 400])
    for (const step of ['page', 'answer'] as const)
      expect(new Set(tries.map((given) => withoutWhatVaries(given[step]))).size).toBe(1)
    // The code of a wrong password was not used up by it.
    const { answer } = await typeIn(makeBrowser(broker), (await library.begin()).url, own, code)
    expect(formsOf(answer)[1]?.action).toContain('/plus-tard')
  })

  test('a wrong 73rd of 128 characters is noticed, and spaces and NFD count', async () => {
    const password = `${'été à la mer '.repeat(9)}${'x'.repeat(11)}`
    const own = await typeUp(broker, library, { password })
    const changed = `${password.slice(0, 72)}z${password.slice(73)}`
    const attempt = async (given: string, code: string) =>
      (
        await typeIn(
          makeBrowser(broker),
          (await library.begin()).url,
          { ...own, password: given },
          code,
        )
      ).answer.status

    expect(Array.from(password)).toHaveLength(128)
    expect(await attempt(changed, codeAt(own.seed))).toBe(400)
    expect(await attempt(password.trim().slice(0, 127), codeAt(own.seed))).toBe(400)
    expect(await attempt(password.normalize('NFD'), codeAt(own.seed))).toBe(200)
  })

  test('a code used many times at once on two processes is accepted once', async () => {
    const own = await typeUp(broker, library)
    const pages = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const browser = makeBrowser(broker)
        const { url } = await library.begin()
        const form = formOf(await passwordPage(browser, url, own.address))
        const given = { ...form.fields, password: own.password }
        return { browser, page: await postAndFollow(browser, form.action, given) }
      }),
    )
    const code = codeAt(own.seed)

    const answers = await Promise.all(
      pages.map(({ browser, page }) => giveCode(browser, page, code)),
    )

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 400, 400, 400, 400, 400,
    ])
  })

  test('a code older than the last accepted one is refused', async () => {
    const own = await typeUp(broker, library)
    await typeIn(makeBrowser(broker), (await library.begin()).url, own, codeAt(own.seed, 1))

    const { answer } = await typeIn(
      makeBrowser(broker),
      (await library.begin()).url,
      own,
      codeAt(own.seed),
    )

    expect(answer.status).toBe(400)
  })

  test('a code two steps away, of another person, or malformed is refused', async () => {
    const [own, other] = [await typeUp(broker, library), await typeUp(broker, library)]
    const browser = makeBrowser(broker)
    const { page } = await typeIn(browser, (await library.begin()).url, own, '')
    const codes = [
      codeAt(own.seed, 3),
      codeAt(own.seed, -3),
      codeAt(other.seed),
      '',
      '12345',
      'abcdef',
    ]

    const answers = []
    for (const code of codes) answers.push(await giveCode(browser, page, code))

    expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 400))
  })
})

test('after ten wrong codes that password is blocked, and the passkey and other passwords still work', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const { page } = await typeIn(browser, (await library.begin()).url, own, wrongCode(own.seed))
  for (let i = 1; i < 10; i++) await giveCode(browser, page, wrongCode(own.seed))

  const elsewhere = await typeIn(
    makeBrowser(broker),
    (await library.begin()).url,
    own,
    codeAt(own.seed),
  )
  const other = { ...own, password: 'un tout autre mot de passe' }
  const unknown = await typeIn(makeBrowser(broker), (await library.begin()).url, other, '123456')

  expect(elsewhere.answer.status).toBe(429)
  expect(unknown.answer.status).toBe(400)
})

test('of many wrong codes at once on two processes ten are compared', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const { page } = await secondPage(browser, (await library.begin()).url, own)
  const { action, fields } = formOf(page)

  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      browser
        .clone()
        .post(action, { ...fields, code: wrongCode(own.seed) }, { port: broker.ports[i % 2] ?? 0 }),
    ),
  )

  expect(answers.filter(({ status }) => status === 400)).toHaveLength(10)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(30)
})

test('tries for one address are limited for each network, and its person can sign in elsewhere', async () => {
  const own = await typeUp(broker, library)
  const attacker = makeBrowser(broker)
  const form = formOf(await passwordPage(attacker, (await library.begin()).url, own.address))
  const statuses = []
  for (let i = 0; i < 21; i++)
    statuses.push(
      (await attacker.post(form.action, { ...form.fields, password: `guess ${i}` })).status,
    )

  expect(statuses).toEqual([...Array(20).fill(303), 429])
  const { answer } = await typeIn(
    makeBrowser(broker),
    (await library.begin()).url,
    own,
    codeAt(own.seed),
  )
  expect(answer.status).toBe(200)
})

test('an attacker who uses up the tries of an address keeps its person out of none of her browsers', async () => {
  const own = await typeUp(broker, library)
  for (let place = 0; place < 5; place++) {
    const attacker = makeBrowser(broker)
    const form = formOf(await passwordPage(attacker, (await library.begin()).url, own.address))
    for (let i = 0; i < 20; i++)
      await attacker.post(form.action, { ...form.fields, password: `guess ${i}` })
  }
  const stranger = makeBrowser(broker)
  const page = formOf(await passwordPage(stranger, (await library.begin()).url, own.address))
  const refused = await stranger.post(page.action, { ...page.fields, password: own.password })
  const { url } = await library.begin({ prompt: 'login' })
  const { answer } = await typeIn(own.browser, url, own, codeAt(own.seed, 1))

  expect(refused.status).toBe(429)
  expect(`${answer.body} ${answer.location}`).toMatch(/plus-tard|code=/)
})

test('a malformed code is refused without being counted', async () => {
  const own = await typeUp(broker, library)
  const browser = makeBrowser(broker)
  const { page } = await typeIn(browser, (await library.begin()).url, own, '')
  const counts = async () => [
    (await broker.db('rateLimits').where('key', 'like', 'second-code/%')).length,
    (await broker.db('activity').where({ result: 'refused' })).length,
  ]
  const before = await counts()
  for (let i = 0; i < 15; i++)
    expect((await giveCode(browser, page, 'abcdef')).body).toContain('Un code a six chiffres')

  expect(await counts()).toEqual(before)
  expect((await giveCode(browser, page, codeAt(own.seed, 1))).status).toBe(200)
})

describe('a new access', () => {
  test.each([
    ['11 characters', 'onze lettre', 'password.short'],
    ['129 characters', 'm'.repeat(64) + 'n'.repeat(65), 'password.long'],
    ['one of the list', 'motdepasse1234', 'password.common'],
    ['one of the list between signs', '!!Password2026!!', 'password.common'],
    ['one piece over and over', 'abcabcabcabc', 'password.common'],
    ['a run', 'abcdefghijklm', 'password.common'],
    ['its own address', 'marie.tremblay@exemple.test', 'password.common'],
    ['a word of twelve letters', 'développement', 'password.common'],
  ])('refuses a password that is %s', async (_name, password, code) => {
    const page = await addressPage(makeBrowser(broker), (await library.begin()).url, {
      address: 'marie.tremblay@exemple.test',
      password,
    })

    expect(page.status).toBe(400)
    expect(page.body).toContain('id="password-error"')
    expect(page.body).not.toContain(
      password === 'marie.tremblay@exemple.test' ? 'nothing' : password,
    )
    expect(refusals[code]?.test(page.body)).toBe(true)
  })

  test.each([
    'marie',
    '@exemple.test',
    'a@b@c',
    'a b@exemple.test',
    'marie@exemple',
    'é@exemple.test',
    `${'a'.repeat(250)}@b.ca`,
  ])('refuses the address %s', async (address) => {
    const page = await addressPage(makeBrowser(broker), (await library.begin()).url, {
      address,
      password: goodPassword,
    })

    expect(page.status).toBe(400)
    expect(page.body).toContain('id="address-error"')
  })

  test('with 10,000 characters in a field is refused fast', async () => {
    const browser = makeBrowser(broker)
    const url = (await library.begin()).url
    const page = await addressPage(browser, url, {
      address: 'a@b.ca',
      password: 'x'.repeat(10_000),
    })

    expect(page.status).toBe(400)
  })

  test('is not made without a code of the application', async () => {
    const browser = makeBrowser(broker)
    const typed = { address: 'demi@exemple.test', password: goodPassword }
    const page = await openingPage(broker, browser, (await library.begin()).url, typed)
    const { action, fields } = formOf(page)

    const refused = await browser.post(action, { ...fields, code: '000000' })
    const visit = page.url.replace('/creation/code', '')
    const skipped = await browser.post(`${visit}/suite`, { csrf: fields['csrf'] ?? '' })

    expect(refused.status).toBe(400)
    expect((await browser.get(visit)).body).toContain('data-passkey="get"')
    expect(skipped.location).toBe(visit)
    const { rows } = await broker.db.raw<{ rows: unknown[] }>(
      'select 1 from password_proposals o join persons p using (person_id)',
    )
    expect(rows).toEqual([])
  })
})

test('a flood of passwords waits in a limited queue: the rest is told to come back, and other requests do not wait', async () => {
  const browser = makeBrowser(broker)
  const form = formOf(await passwordPage(browser, (await library.begin()).url, typist.address))
  const env = { ...ownEnv, LOG_LEVEL: 'info', ...usualHashing }
  const house = await openHouse(broker.databaseUrl, dirname(broker.keysDir), issuer, env)
  const { port } = house
  const flood = Array.from({ length: 70 }, (_, i) => {
    const typed = { ...form.fields, address: `flood${i}@exemple.test`, password: 'whatever it is' }
    const headers = { 'x-forwarded-for': `192.0.2.${i}` }
    return browser.clone().post(form.action, typed, { port, headers })
  })
  const health = await makeBrowser(broker).get('/healthz', { port })
  const answers = await Promise.all(flood)
  const refused = answers.filter(({ status }) => status !== 303)

  expect(health.status).toBe(200)
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(50)
  expect(refused.length).toBeGreaterThan(0)
  for (const { status, headers } of refused)
    expect([status, headers['retry-after']]).toEqual([503, '5'])
  await house.stop()
  expect(house.output()).toMatch(/"unavailable"/)
})

test('the database has no address, password, seed or code in clear', async () => {
  const { rows } = await broker.db.raw<{ rows: { text: string }[] }>(
    `select t::text as text from passwords t union all select t::text from totp_factors t
     union all select t::text from signin_passwords t union all select t::text from password_proposals t
     union all select t::text from rate_limits t
     union all select t::text from activity t`,
  )
  const text = rows.map((row) => row.text).join('\n')
  const secrets = [typist.address, typist.password, typist.seed]

  expect(rows.length).toBeGreaterThan(5)
  for (const secret of secrets) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(Buffer.from(secret).toString('hex'))
  }
})

test('no log line has an address, password, seed, code, token or cookie', async () => {
  const own = await typeUp(broker, library, { password: 'canari jaune sous la lampe' })
  const tokens = json(await library.redeem(codeOf(own.callback), own.errand))
  const wrong = { ...own, password: 'canari rouge sous la lampe' }
  const code = codeAt(own.seed)
  await typeIn(makeBrowser(broker), (await library.begin()).url, wrong, code)
  const cookies = own.browser.cookies().map(({ value }) => value)
  const secrets = [
    own.address,
    own.seed,
    code,
    own.password,
    wrong.password,
    ...own.codes,
    ...cookies,
  ]

  const lines = broker.output()

  expect(lines.split('\n').length).toBeGreaterThan(50)
  for (const secret of [
    ...secrets,
    tokens['access_token'],
    tokens['id_token'],
    codeOf(own.callback),
  ])
    expect(lines).not.toContain(secret)
})

const refusals: Readonly<Record<string, RegExp>> = {
  'password.short': /trop court/,
  'password.long': /trop long/,
  'password.common': /trop facile à deviner/,
}

function wrongCode(seed: string): string {
  const right = [-1, 0, 1].map((step) => codeAt(seed, step))
  return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? ''
}

function withoutWhatVaries({ body }: Answer): string {
  return body
    .replaceAll(/name="csrf" value="[^"]*"/g, '')
    .replaceAll(/data-options="[^"]*"/g, '')
    .replaceAll(/connexion\/[\w-]+/g, '')
    .replaceAll(/nobody@exemple\.test|personne\d+@exemple\.test/g, '')
}
