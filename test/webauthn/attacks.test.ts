import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Authenticator } from '../support/authenticator.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, isSignedOut, makeBrowser } from '../support/browser.ts'
import type { Broker } from '../support/broker.ts'
import { creationPage, issuer, signUp, startBroker } from '../support/broker.ts'
import { forgeriesOf, forgery, garbage, isMalformed } from '../support/forgeries.ts'
import { untyped } from '../support/database.ts'
import { sealAsWritten } from '../support/sealed-rows.ts'
import { setStanding } from '../support/resealed-access.ts'

// What is forged, through the front door as a browser reaches it.

let broker: Broker
let mine: Authenticator
let others: Authenticator

beforeAll(async () => {
  broker = await startBroker()
  mine = makeAuthenticator({ origin: issuer })
  others = makeAuthenticator({ origin: issuer })
  await signUp(broker, broker.services.library, { authenticator: mine })
  await signUp(broker, broker.services.library, { authenticator: others })
})

afterAll(() => broker.stop())

const { ofUse, ofCreation } = forgeriesOf(() => others)

describe('a sign-in', () => {
  test('with a valid passkey succeeds', async () => {
    const { browser, action, fields, options } = await signInForm()

    const answer = await browser.post(action, { ...fields, credential: mine.get(options) })

    expect(answer.status).toBe(303)
  })

  test('succeeds after 310 wrong ones from the same network', async () => {
    const wrong = await signInForm()
    const statuses: number[] = []
    for (let batch = 0; batch < 10; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 31 }, () => {
          const challenge = randomBytes(32).toString('base64url')
          const credential = mine.get(wrong.options, { challenge })
          return wrong.browser.clone().post(wrong.action, { ...wrong.fields, credential })
        }),
      )
      statuses.push(...answers.map(({ status }) => status))
    }
    const neighbour = makeBrowser(broker, [], wrong.browser.address)
    const page = formOf(await neighbour.follow((await broker.services.library.begin()).url))
    const credential = mine.get(page.options)

    expect(new Set(statuses)).toEqual(new Set([409]))
    expect((await neighbour.post(page.action, { ...page.fields, credential })).status).toBe(303)
  })

  test('has its five newest challenges: the last page opens the access, the first no longer', async () => {
    const { browser, action, fields, options } = await signInForm()
    const page = action.replace(/\/cle$/, '')
    const before = await challengesHeld()
    let last = await browser.get(page)
    for (let n = 0; n < 5; n++) last = await browser.get(page)
    const post = (credential: string) => browser.post(action, { ...fields, credential })

    expect(await challengesHeld()).toBe(before + 4)
    expect((await post(mine.get(options))).status).toBe(409)
    expect((await post(mine.get(formOf(last).options))).status).toBe(303)
  })

  test('keeps the text typed on the page', async () => {
    const { browser, action, fields } = await signInForm()
    const typed = { ...fields, credential: '', address: 'marie@exemple.test' }

    expect((await browser.post(action, typed)).body).toContain('value="marie@exemple.test"')
  })

  test.each(ofUse)(
    'with %s is refused, and recorded if it is well formed',
    async (name, attack) => {
      const { browser, action, fields, options } = await signInForm()
      const credential = mine.get(options, forgery(attack))

      await expectRefusal(
        await browser.post(action, { ...fields, credential }),
        400,
        isMalformed(name) ? undefined : 'passkey.refused',
      )
    },
  )

  test.each([['id', 'rawId'], ['clientDataJSON'], ['authenticatorData'], ['signature']])(
    'with padding after its %s is refused',
    async (...padded) => {
      const { browser, action, fields, options } = await signInForm()
      const good = JSON.parse(mine.get(options)) as { response: Record<string, string> }
      const pad = ([name, value]: readonly [string, unknown]) => [
        name,
        padded.includes(name) ? `${String(value)}=` : value,
      ]
      const response = Object.fromEntries(Object.entries(good.response).map(pad))
      const credential = JSON.stringify({
        ...Object.fromEntries(Object.entries(good).map(pad)),
        response,
      })

      await expectRefusal(await browser.post(action, { ...fields, credential }), 400, undefined)
    },
  )

  test.each([
    ['that was made up', () => Promise.resolve(randomBytes(32).toString('base64url'))],
    ['that is empty', () => Promise.resolve('')],
    ['that is a number', () => Promise.resolve(1 as unknown as string)], // as JSON may have it
    ['that was made for another visit', async () => challengeIn((await signInForm()).options)],
    [
      'that was made to create a key',
      async (browser: Browser, page: string) =>
        challengeIn(formOf(await browser.get(`${page}/creation`)).options),
    ],
    [
      'that is over',
      async (_browser: Browser, _page: string, own: string) => {
        await expire(own)
        return own
      },
    ],
  ] as const)('with a challenge %s is refused and recorded', async (_name, find) => {
    const { browser, action, fields, options, page } = await signInForm()
    const challenge = await find(browser, page, challengeIn(options))
    const credential = mine.get(options, { challenge })

    await expectRefusal(
      await browser.post(action, { ...fields, credential }),
      409,
      'challenge.unusable',
    )
  })

  test('with a challenge that was used already is refused', async () => {
    const { browser, action, fields, options } = await signInForm()
    await browser.post(action, { ...fields, credential: mine.get(options, { isVerified: false }) })

    const answer = await browser.post(action, { ...fields, credential: mine.get(options) })

    await expectRefusal(answer, 409, 'challenge.unusable')
  })

  test('with an unknown key or a wrong signature gets the same page', async () => {
    const pages = await Promise.all(
      [{ id: randomBytes(32).toString('base64url') }, { signature: randomBytes(70) }].map(
        async (attack) => {
          const { browser, action, fields, options } = await signInForm()
          const credential = mine.get(options, attack)
          return withoutNumbers(await browser.post(action, { ...fields, credential }))
        },
      ),
    )

    expect(pages[1]).toBe(pages[0])
  })

  test('of an access that was suspended is refused', async () => {
    const suspended = makeAuthenticator({ origin: issuer })
    await signUp(broker, broker.services.library, { authenticator: suspended })
    await broker
      .db('accounts')
      .where('personId', await personOf(suspended))
      .update({ suspendedAt: new Date() })
    const { browser, action, fields, options } = await signInForm()

    const answer = await browser.post(action, { ...fields, credential: suspended.get(options) })

    await expectRefusal(answer, 400, 'passkey.refused')
  })

  test('to a closed access is refused, and the page says so', async () => {
    const closed = makeAuthenticator({ origin: issuer })
    await signUp(broker, broker.services.library, { authenticator: closed })
    const end = new Date(Date.now() + 24 * 3600 * 1000)
    await setStanding(broker, await personOf(closed), { closedAt: new Date(), eraseAt: end })
    const { browser, action, fields, options } = await signInForm()

    const answer = await browser.post(action, { ...fields, credential: closed.get(options) })

    expect([answer.status, answer.location]).toEqual([200, undefined])
    expect(answer.body).toContain('Votre accès est fermé')
    expect(isSignedOut(await browser.get('/acces'))).toBe(true)
  })
})

describe('the signature counter', () => {
  test.each([
    ['stays', 1],
    ['goes back', 0],
  ])('that %s suspends the key, for its owner too', async (_name, counter) => {
    const key = makeAuthenticator({ origin: issuer, counter: 0 })
    await signUp(broker, broker.services.library, { authenticator: key })
    const copied = await signInForm()
    const forged = copied.browser.post(copied.action, {
      ...copied.fields,
      credential: key.get(copied.options, { counter }),
    })

    await expectRefusal(await forged, 403, 'passkey.suspended')

    const own = await signInForm()
    const answer = await own.browser.post(own.action, {
      ...own.fields,
      credential: key.get(own.options),
    })
    await expectRefusal(answer, 403, 'passkey.suspended')
    expect(
      await broker
        .db('activity')
        .where({ personId: await personOf(key), kind: 'passkey.suspended' }),
    ).not.toHaveLength(0)
  })

  test('of a copied key admits one of two devices', async () => {
    const key = makeAuthenticator({ origin: issuer, counter: 0 })
    await signUp(broker, broker.services.library, { authenticator: key })
    const devices = [key, key.copy()]
    const forms = await Promise.all(devices.map(() => signInForm()))

    const answers = await Promise.all(
      forms.map(({ browser, action, fields, options }, i) =>
        browser.post(action, { ...fields, credential: devices[i]?.get(options) ?? '' }),
      ),
    )

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([303, 403])
    expect(
      await broker.db('passkeys').where({ credentialId: key.credentialId, suspendedAt: null }),
    ).toHaveLength(0)
  })
})

describe('a new access', () => {
  test('with a valid synchronised key is made', async () => {
    const key = makeAuthenticator({ origin: issuer, isBackupEligible: true })
    const { browser, action, fields, options } = await creationForm()

    expect(
      (await browser.post(action, { ...fields, credential: key.create(options) })).status,
    ).toBe(200)
  })

  test.each(ofCreation)(
    'with %s is refused, and recorded if it is well formed',
    async (name, attack) => {
      const key = makeAuthenticator({ origin: issuer })
      const { browser, action, fields, options } = await creationForm()
      const credential = key.create(options, forgery(attack))

      await expectRefusal(
        await browser.post(action, { ...fields, credential }),
        400,
        isMalformed(name) ? undefined : 'passkey.refused',
      )
    },
  )

  test.each([
    ['a text', 'usb'],
    ['a number', 1],
    ['an object', { usb: true }],
    ['lists of uneven depth', [['usb'], 'nfc']],
    ['null', null],
  ])('whose transports are %s is refused or made, without a crash', async (_name, transports) => {
    const key = makeAuthenticator({ origin: issuer })
    const { browser, action, fields, options } = await creationForm()
    const credential = key.create(options, { response: { transports } })

    expect([200, 400]).toContain((await browser.post(action, { ...fields, credential })).status)
  })

  test('with a credential id of 1,024 bytes is refused', async () => {
    const key = makeAuthenticator({ origin: issuer, credentialId: randomBytes(1024) })
    const { browser, action, fields, options } = await creationForm()
    const credential = key.create(options, { id: 'AAAA' })

    await expectRefusal(
      await browser.post(action, { ...fields, credential }),
      400,
      'passkey.refused',
    )
  })

  test('with a credential id of another person is refused', async () => {
    const thief = makeAuthenticator({ origin: issuer, credentialId: mine.credentialId })
    const { browser, action, fields, options } = await creationForm()
    const before = await broker.db('persons').select('personId')

    const answer = await browser.post(action, { ...fields, credential: thief.create(options) })

    await expectRefusal(answer, 409, 'passkey.already-registered')
    expect(await broker.db('persons').select('personId')).toHaveLength(before.length)
  })

  test.each([
    [
      'of a sign-in',
      async (browser: Browser, page: string) =>
        challengeIn(formOf(await browser.get(page)).options),
    ],
    ['of another visit', async () => challengeIn((await creationForm()).options)],
  ] as const)('with the challenge %s is refused', async (_name, find) => {
    const { browser, action, fields, options, page } = await creationForm()
    const challenge = await find(browser, page)
    const credential = makeAuthenticator({ origin: issuer }).create(options, { challenge })

    await expectRefusal(
      await browser.post(action, { ...fields, credential }),
      409,
      'challenge.unusable',
    )
  })
})

describe.each([
  ['a sign-in', signInForm],
  ['a new access', creationForm],
] as const)('%s', (_name, open) => {
  test.each(garbage)('whose credential is %s is refused', async (_kind, credential) => {
    const { browser, action, fields } = await open()

    await expectRefusal(await browser.post(action, { ...fields, credential }), 400, undefined)
  })

  test('that was open for too long gets a new challenge, and nothing is recorded', async () => {
    const { browser, action, fields, options } = await open()
    const rows: unknown[] = await broker
      .db('webauthnChallenges')
      .where({ challenge: Buffer.from(challengeIn(options), 'base64url') })
      .where('expiresAt', '<=', new Date(Date.now() + 5 * 60_000))

    const answer = await browser.post(action, { ...fields, credential: '' })

    expect(rows).toHaveLength(1)
    await expectRefusal(answer, 409, undefined)
    expect(challengeIn(formOf(answer).options)).not.toBe(challengeIn(options))
    expect(answer.body).toContain('Cette page est restée ouverte trop longtemps')
  })

  test.each([
    ['40 KB', 'x'.repeat(40_000)],
    ['60 KB', 'x'.repeat(60_000)],
  ])('whose credential is %s is refused', async (_kind, credential) => {
    const { browser, action, fields } = await open()

    const answer = await browser.post(action, { ...fields, credential })

    expect([400, 413]).toContain(answer.status)
  })
})

test('no process logged an error during these tests', () => {
  expect(broker.output()).toBe('')
})

type OpenForm = Omit<ReturnType<typeof formOf>, 'never'> & { browser: Browser; page: string }

async function signInForm(): Promise<OpenForm> {
  const browser = makeBrowser(broker)
  const page = await browser.follow((await broker.services.library.begin()).url)
  return { ...formOf(page), browser, page: page.url }
}

async function creationForm(): Promise<OpenForm> {
  const browser = makeBrowser(broker)
  const page = await creationPage(browser, (await broker.services.library.begin()).url)
  return { ...formOf(page), browser, page: page.url.replace(/\/creation$/, '') }
}

/** The page with its form again, and one line that names nobody; none of what had no form. */
async function expectRefusal(
  answer: Answer,
  status: number,
  reason: string | undefined,
): Promise<void> {
  expect(answer.status, answer.body.slice(0, 300)).toBe(status)
  expect(answer.location).toBeUndefined()
  expect(formOf(answer).options).not.toBe('')
  const rows = await untyped(broker.db)('activity').where({
    requestId: answer.headers['x-request-id'],
    result: 'refused',
  })
  const noted = { kind: 'access.signed-in', personId: null, reason }
  expect(rows).toMatchObject(reason === undefined ? [] : [noted])
}

async function challengesHeld(): Promise<number> {
  return (await broker.db('webauthnChallenges')).length
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

async function personOf({ credentialId }: Authenticator): Promise<string> {
  const row: { personId: string } | undefined = await broker
    .db('passkeys')
    .where({ credentialId })
    .first()
  return row?.personId ?? ''
}

function withoutNumbers({ body }: Answer): string {
  return body.replaceAll(/[\w-]{20,}/g, '…')
}
