import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeAuthenticator } from '../support/authenticator.ts'
import type { Answer, Browser } from '../support/browser.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Broker, Person } from '../support/broker.ts'
import {
  callbackOf,
  codeOf,
  creationPage,
  issuer,
  signIn,
  signUp,
  startBroker,
} from '../support/broker.ts'
import type { Errand, Service } from '../support/service.ts'
import { json } from '../support/service.ts'
import { untyped } from '../support/database.ts'

// Twenty at once over two processes: exactly one gets it, the others get the answer of docs/design/provider.md#unit.

const parallel = 20

let broker: Broker
let library: Service
let person: Person

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

beforeEach(async () => {
  person = await signUp(broker, library)
})

test('a code exchanged by many at once gives tokens once, and the replays revoke them', async () => {
  const code = codeOf(person.callback)

  const proofs = await ready(async () => ({
    assertion: await library.assertion(),
    proof: await library.proof({ method: 'POST', url: `${issuer}/token` }),
  }))

  const answers = await race((i) => library.redeem(code, person.errand, at(proofs, i)))

  const winner = onlyWinner(answers, 200)
  expect(losersOf(answers, 200)).toEqual(refusals(400, 'invalid_grant'))
  const token = String(json(winner)['access_token'])
  expect((await library.userinfo(token)).status).toBe(401)
  expect(json(await library.introspect(token))).toEqual({ active: false })
})

test('the very same token request sent many times gives tokens once', async () => {
  const code = codeOf(person.callback)
  const assertion = await library.assertion()
  const proof = await library.proof({ method: 'POST', url: `${issuer}/token` })

  const answers = await race(() => library.redeem(code, person.errand, { assertion, proof }))

  onlyWinner(answers, 200)
  for (const loser of answers.filter(({ status }) => status !== 200)) {
    expect([401, 400]).toContain(loser.status)
    expect(['invalid_client', 'invalid_grant', 'invalid_dpop_proof']).toContain(
      json(loser)['error'],
    )
  }
})

test('an assertion that was answered with a nonce can be used once more, once of twenty at two processes', async () => {
  const assertion = await library.assertion()
  const call = { method: 'POST', url: `${issuer}/token` }
  const bare = await library.proof(call, { claims: { nonce: undefined } })
  const asked = await library.redeem(codeOf(person.callback), person.errand, {
    assertion,
    proof: bare,
  })
  expect([asked.status, json(asked)['error']]).toEqual([400, 'use_dpop_nonce'])
  const proofs = await Promise.all(Array.from({ length: parallel }, () => library.proof(call)))

  const answers = await race((i) =>
    library.redeem(codeOf(person.callback), person.errand, { assertion, proof: proofs[i] ?? '' }),
  )

  onlyWinner(answers, 200)
  const after = await library.redeem(codeOf(person.callback), person.errand, { assertion })
  for (const loser of [...answers.filter(({ status }) => status !== 200), after])
    expect(['invalid_client', 'invalid_grant']).toContain(json(loser)['error'])
  expect([after.status, json(after)['error']]).toEqual([401, 'invalid_client'])
})

test('after a race for a code the connection stays: the next sign-in needs no page', async () => {
  await race(() => library.redeem(codeOf(person.callback), person.errand))

  const errand = await library.begin()
  const answer = await person.browser.follow(errand.url)

  expect((await library.redeem(codeOf(callbackOf(answer)), errand)).status).toBe(200)
})

test.each(['/request', '/token/introspection'])(
  'one client assertion sent many times to %s is accepted once',
  async (path) => {
    const assertion = await library.assertion()
    const send = () =>
      path === '/request'
        ? library.push({}, { assertion })
        : library.introspect('unknown', { assertion })

    const answers = await race(send)

    onlyWinner(answers, path === '/request' ? 201 : 200)
    expect(losersOf(answers, path === '/request' ? 201 : 200)).toEqual(
      refusals(401, 'invalid_client'),
    )
    expect((await send()).status).toBe(401)
  },
)

test('one client assertion with many codes exchanges one of them', async () => {
  const granted = await manyCodes(person.browser, library)
  const assertion = await library.assertion()

  const answers = await race((i) => {
    const { code, errand } = at(granted, i)
    return library.redeem(code, errand, { assertion })
  })

  onlyWinner(answers, 200)
  expect(losersOf(answers, 200)).toEqual(refusals(401, 'invalid_client'))
})

test('one DPoP proof sent many times to /userinfo is accepted once', async () => {
  const token = await tokenOf(person)
  const call = { method: 'GET', url: `${issuer}/userinfo`, token }
  const proof = await library.proof(call)

  const answers = await race(() => library.userinfo(token, { proof }))

  onlyWinner(answers, 200)
  expect(losersOf(answers, 200)).toEqual(refusals(401, 'invalid_dpop_proof'))
  for (const { headers, status } of answers) {
    if (status === 401) expect(headers['www-authenticate']).toMatch(/^DPoP .*invalid_dpop_proof/)
  }
  expect((await library.userinfo(token)).status).toBe(200)
})

test('one DPoP proof with many codes exchanges one of them', async () => {
  const granted = await manyCodes(person.browser, library)
  const proof = await library.proof({ method: 'POST', url: `${issuer}/token` })

  const answers = await race((i) => {
    const { code, errand } = at(granted, i)
    return library.redeem(code, errand, { proof })
  })

  onlyWinner(answers, 200)
  expect(losersOf(answers, 200)).toEqual(refusals(400, 'invalid_dpop_proof'))
})

test('one pushed request opened many times by a signed-in browser gives one code', async () => {
  const errand = await library.begin()
  const tabs = Array.from({ length: parallel }, () => person.browser.clone())

  const answers = await race((i) => at(tabs, i).follow(errand.url))

  const [winner, ...more] = answers.filter(hasCode)
  expect(more).toEqual([])
  for (const loser of answers.filter((answer) => !hasCode(answer))) expectPage(loser, 400)
  if (winner === undefined) throw new Error('nobody got a code')
  expect((await library.redeem(codeOf(callbackOf(winner)), errand)).status).toBe(200)
})

test('one answer of a passkey posted many times signs in once, and does not suspend the key', async () => {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  const credential = person.authenticator.get(options)
  const tabs = Array.from({ length: parallel }, () => browser.clone())

  const answers = await race((i) => at(tabs, i).post(action, { ...fields, credential }))

  onlyWinner(answers, 303)
  for (const loser of answers.filter(({ status }) => status !== 303)) expectPage(loser, 409)
  const [passkey] = await broker
    .db('passkeys')
    .where({ credentialId: person.authenticator.credentialId })
  expect(passkey).toMatchObject({ suspendedAt: null, signCount: '2' })
})

test('the page of one visit loaded many times at once is shown each time', async () => {
  const browser = makeBrowser(broker)
  const { url } = await browser.follow((await library.begin()).url)
  for (let round = 0; round < 5; round++) {
    const answers = await race(() => browser.get(url))

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  }
})

test('one new passkey posted many times opens one access, and shows its codes once', async () => {
  const browser = makeBrowser(broker)
  const authenticator = makeAuthenticator({ origin: issuer })
  const page = await creationPage(browser, (await library.begin()).url)
  const { action, fields, options } = formOf(page)
  const credential = authenticator.create(options)
  const tabs = Array.from({ length: parallel }, () => browser.clone())
  const before = await count('persons')

  const answers = await race((i) => at(tabs, i).post(action, { ...fields, credential }))

  onlyWinner(answers, 200)
  for (const loser of answers.filter(({ status }) => status !== 200)) {
    expect([303, 409]).toContain(loser.status)
  }
  expect((await count('persons')) - before).toBe(1)
  expect(
    await broker.db('passkeys').where({ credentialId: authenticator.credentialId }),
  ).toHaveLength(1)
})

test('an answered visit that is resumed many times gives one code', async () => {
  const browser = makeBrowser(broker)
  const errand = await library.begin()
  const { action, fields, options } = formOf(await browser.follow(errand.url))
  const credential = person.authenticator.get(options)
  const { location = '' } = await browser.post(action, { ...fields, credential })
  const tabs = Array.from({ length: parallel }, () => browser.clone())

  const answers = await race((i) => at(tabs, i).follow(location))

  const [winner, ...more] = answers.filter(hasCode)
  expect(more).toEqual([])
  for (const loser of answers.filter((answer) => !hasCode(answer))) expectPage(loser, 400)
  if (winner === undefined) throw new Error('nobody got a code')
  expect((await library.redeem(codeOf(callbackOf(winner)), errand)).status).toBe(200)
})

test('two tabs of a signed-in browser at two services both get a valid code', async () => {
  const { archives, taxes } = broker.services
  const services = [archives, taxes]
  const errands = await Promise.all(services.map((service) => service.begin()))

  const answers = await Promise.all(errands.map(({ url }) => person.browser.follow(url)))

  const redeemed = await Promise.all(
    services.map((service, i) =>
      service.redeem(codeOf(callbackOf(at(answers, i))), at(errands, i)),
    ),
  )
  expect(redeemed.map(({ status }) => status)).toEqual([200, 200])
})

test('two tabs at a service that was never used open one connection, and both get a valid code', async () => {
  const { taxes } = broker.services
  const errands = [await taxes.begin(), await taxes.begin()]

  const answers = await Promise.all(errands.map(({ url }) => person.browser.follow(url)))

  const redeemed = await Promise.all(
    answers.map((answer, i) => taxes.redeem(codeOf(callbackOf(answer)), at(errands, i))),
  )
  expect(redeemed.map(({ status }) => status)).toEqual([200, 200])
  expect(
    await broker
      .db('liveConnections')
      .where({ personId: await personIdOf(person), serviceId: 'taxes' }),
  ).toHaveLength(1)
})

// A back-channel logout names the session by its sid: a service that was given two would end one of them only.
test('two tabs at one service get the same sid', async () => {
  for (let round = 0; round < 10; round++) {
    const { archives } = broker.services
    const { browser } = await signIn(broker, archives, person.authenticator)
    const errands = [await library.begin(), await library.begin()]
    const answers = await Promise.all(errands.map(({ url }) => browser.follow(url)))
    const tokens = await Promise.all(
      answers.map((answer, i) => library.redeem(codeOf(callbackOf(answer)), at(errands, i))),
    )
    const [first, second] = tokens.map((token) => claimsOf(token)['sid'])
    expect(first).toBeTypeOf('string')
    expect(second).toBe(first)
  }
})

test('two visits of one browser answered one after the other both give a valid code', async () => {
  const browser = makeBrowser(broker)
  const services = [library, broker.services.taxes]
  const errands = await Promise.all(services.map((service) => service.begin()))
  const pages = [await browser.follow(at(errands, 0).url), await browser.follow(at(errands, 1).url)]
  const ways: string[] = []
  for (const page of pages) {
    const { action, fields, options } = formOf(page)
    const credential = person.authenticator.get(options)
    ways.push((await browser.post(action, { ...fields, credential })).location ?? '')
  }

  const answers = await Promise.all(ways.map((way) => browser.follow(way)))

  const redeemed = await Promise.all(
    services.map((service, i) =>
      service.redeem(codeOf(callbackOf(at(answers, i))), at(errands, i)),
    ),
  )
  expect(redeemed.map(({ status }) => status)).toEqual([200, 200])
})

test('no process logged an error during these tests', () => {
  expect(broker.output()).toBe('')
})

function race(send: (i: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: parallel }, (_, i) => send(i)))
}

/** Signed beforehand, so that nothing but the requests themselves is left to do. */
function ready<T>(make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: parallel }, make))
}

function onlyWinner(answers: readonly Answer[], status: number): Answer {
  const winners = answers.filter((answer) => answer.status === status)
  const [winner] = winners
  expect(winners, answers.map((answer) => answer.status).join(' ')).toHaveLength(1)
  if (winner === undefined) throw new Error('nobody won')
  return winner
}

function losersOf(answers: readonly Answer[], winning: number) {
  return answers
    .filter(({ status }) => status !== winning)
    .map((answer) => ({ status: answer.status, error: json(answer)['error'] }))
}

function refusals(status: number, error: string) {
  return Array.from({ length: parallel - 1 }, () => ({ status, error }))
}

function hasCode({ location }: Answer): boolean {
  return location !== undefined && new URL(location).searchParams.has('code')
}

function expectPage(answer: Answer, status: number): void {
  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toMatch(/^text\/html/)
  expect(answer.location).toBeUndefined()
}

async function manyCodes(
  browser: Browser,
  service: Service,
): Promise<{ code: string; errand: Errand }[]> {
  return Promise.all(
    Array.from({ length: parallel }, async () => {
      const errand = await service.begin()
      return { errand, code: codeOf(callbackOf(await browser.follow(errand.url))) }
    }),
  )
}

async function tokenOf({ callback, errand }: Person): Promise<string> {
  return String(json(await library.redeem(codeOf(callback), errand))['access_token'])
}

function claimsOf(answer: Answer): Readonly<Record<string, unknown>> {
  const [, payload = ''] = String(json(answer)['id_token']).split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
}

async function count(table: string): Promise<number> {
  const [row] = await untyped(broker.db)(table).count<{ count: string }[]>()
  return Number(row?.count)
}

async function personIdOf({ authenticator }: Person): Promise<string> {
  const row: { personId: string } | undefined = await broker
    .db('passkeys')
    .where({ credentialId: authenticator.credentialId })
    .first()
  return row?.personId ?? ''
}

function at<T>(list: readonly T[], i: number): T {
  const item = list[i]
  if (item === undefined) throw new Error(`nothing at ${i}`)
  return item
}
