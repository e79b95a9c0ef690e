import * as jose from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ping, transact } from '../../src/base/database/database.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { readId } from '../../src/base/values/ids.ts'
import { revokeConsent } from '../../src/consent/record/index.ts'
import { noteServed } from '../../src/base/observing/availability-store.ts'
import type { Authenticator } from '../support/authenticator.ts'
import { callbackOf, codeOf, signUp } from '../support/broker.ts'
import type { Person } from '../support/broker.ts'
import type { Answer } from '../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../support/browser.ts'
import type { CountedDatabase } from '../support/counted.ts'
import { countedDatabase } from '../support/counted.ts'
import { callTool } from '../support/tool.ts'
import { hostOf } from '../support/hosts.ts'
import { runAt } from '../support/database.ts'
import { giveEmail } from '../support/emails.ts'
import { until } from '../support/fault-process.ts'
import type { Errand, Service } from '../support/service.ts'
import { deviceGrant, json, makeService } from '../support/service.ts'
import { statementsOfStop } from '../support/statement-counts.ts'
import { secret } from '../support/secrets.ts'
import type { AskedAll, Deed } from '../support/together.ts'
import { askAll, askNewcomerAll, decideAll } from '../support/together.ts'
import type { Shared, Stage } from '../support/sharing.ts'
import {
  ask,
  askNewcomer,
  decide,
  api,
  evaluation,
  holderToken,
  shareAsNewcomer,
  startStage,
  stop,
} from '../support/sharing.ts'
import { openLoad } from '../support/sharing-load.ts'
import { addStream } from '../support/streams.ts'
import { vouchFor } from '../support/vouching.ts'

import {
  addSecurityKey,
  giveCode,
  keyFormOf,
  keysNamedOn,
  passwordPage,
  plainKey,
  typeUp,
} from '../support/ways.ts'

// Statements and commits are the cost: how many each operation sends is counted by PostgreSQL itself.

let database: CountedDatabase
let stage: Stage
let person: Person & { readonly personId: string }
let shared: Shared
let comparedAtStart: number
// No process looks again while these tests run.
const seldom = { env: { TEST_CODE_MS: '3600000' } }
/** Where the holder gives tax notices. */
const taxPath = '/avis'

/** It signs people in by the profile baseline. */
let desk: Service

beforeAll(async () => {
  database = await countedDatabase()
  stage = await startStage(
    (object) =>
      object.id === 'dst_avis-cotisation'
        ? { ...object, content: { ...object.content, paths: [taxPath] } }
        : object,
    database,
    async (site) => {
      const purpose = { fr: 'Vous écrire', en: 'Write to you' }
      const name = { purpose, optional: false }
      const claims = { given_name: name, family_name: name, email: { purpose, optional: true } }
      // A signature costs no statement.
      const grant_types = ['authorization_code', deviceGrant]
      const more = {
        profile: 'baseline',
        claims,
        grant_types,
        userinfo_signed_response_alg: 'ES256',
      }
      desk = await makeService(site, {
        clientId: 'desk',
        organisation: 'org_a',
        isBearer: true,
        more,
      })
      return [desk]
    },
    seldom,
  )
  comparedAtStart = await database.comparisons()
  person = await signUp(stage, stage.aid)
  shared = await shareAsNewcomer(stage)
  // Both processes have answered, and the DPoP nonce is known.
  await stage.aid.redeem(codeOf(person.callback), person.errand)
  await stage.aid.nonce()
  await stage.revenue.nonce()
}, 180_000)
afterAll(() => stage.stop())

// More than the connections of both processes.
const mostViews = 64

/** How many statements a deed sends, and what came of it. */
async function counted<T>(deed: () => Promise<T>): Promise<{ statements: number; result: T }> {
  await database.statements()
  const result = await deed()
  return { statements: await database.statements(), result }
}

// What the database runs is several thousand objects: a look at them all takes longer than anything else of a start or of a command.
test('a start and a command compare the code of the database once', async () => {
  const processes = 2
  expect(comparedAtStart).toBe(processes)
  await database.comparisons()
  const { keysDir: KEYS_DIR, databaseUrl: DATABASE_URL } = stage
  // It is noted first, which opens the database too.
  const { err } = await callTool(['service', 'secret', 'nobody'], {
    KEYS_DIR,
    DATABASE_URL,
    ISSUER: stage.issuer,
  })
  expect(err).toContain('nobody')
  expect(await database.comparisons()).toBe(1)
})

test('what a process notes by itself is not counted', async () => {
  const said = await counted(() => makeBrowser(stage).get('/readyz'))
  expect([said.result.status, said.statements]).toEqual([200, 0])
  let checks = 0
  const readiness = {
    check: async () => {
      await ping(stage.db)
      checks += 1
    },
  }
  const noted = await counted(async () => {
    const noting = noteServed({ ...stage, log: openLog('silent'), readiness }, 1)
    // The second look comes after the first note.
    await until('a minute is noted', () => Promise.resolve(checks > 1))
    await noting.stop()
  })
  expect(noted.statements).toBe(0)
})

test('a code flow of a signed-in person costs four statements, and one for the push', async () => {
  const pushed = await counted(() => stage.aid.begin())
  const authorized = await counted(() => person.browser.get(pushed.result.url))
  const code = codeOf(callbackOf(authorized.result))
  const redeemed = await counted(() => stage.aid.redeem(code, pushed.result))
  expect(redeemed.result.status).toBe(200)
  expect([pushed, authorized, redeemed].map(({ statements }) => statements)).toEqual([1, 2, 2])
})

test('without a pushed request it costs as many, and without a proof as many as with one', async () => {
  await person.browser.get(desk.plain().url)
  const errand = desk.plain()
  const authorized = await counted(() => person.browser.get(errand.url))
  const code = codeOf(callbackOf(authorized.result))
  const redeemed = await counted(() => desk.redeem(code, errand))
  const token = String(json(redeemed.result)['access_token'])
  const seen = await counted(() => desk.userinfo(token))
  expect([redeemed, seen].map(({ result }) => result.status)).toEqual([200, 200])
  expect([authorized, redeemed, seen].map(({ statements }) => statements)).toEqual([2, 2, 1])
})

test('a device costs one statement to begin, two to wait, two to redeem; each press of hers is counted besides, and her yes asks whether she is held', async () => {
  const begun = await counted(() => desk.device())
  const { device_code: deviceCode, user_code: userCode } = json(begun.result)
  const page = await person.browser.get('/device')
  const post = (answer: Answer, more: Record<string, string>) => {
    const { action, fields } = formOf(answer)
    return counted(() => person.browser.post(action, { ...fields, ...more }))
  }
  const typed = await post(page, { user_code: secret('token', String(userCode)) })
  const waited = await counted(() => desk.poll(secret('token', String(deviceCode))))
  const yes = await post(typed.result, { confirm: 'yes' })
  const redeemed = await counted(() => desk.poll(String(deviceCode)))
  expect([yes.result.status, redeemed.result.status]).toEqual([303, 200])
  const all = [begun, typed, waited, yes, redeemed]
  expect(all.map(({ statements }) => statements)).toEqual([1, 4, 2, 7, 2])
})

test('a code flow with a consent costs one more statement for the push and one more for the consents', async () => {
  const pushed = await counted(() => beginSharing())
  const authorized = await counted(() => shared.browser.get(pushed.result.url))
  const code = codeOf(callbackOf(authorized.result))
  const redeemed = await counted(() => stage.aid.redeem(code, pushed.result))
  expect(json(redeemed.result)['authorization_details']).toHaveLength(1)
  expect([pushed, authorized, redeemed].map(({ statements }) => statements)).toEqual([2, 3, 2])
})

test('a refresh costs two statements, the read of its consent included', async () => {
  const refreshed = await counted(() => stage.aid.refresh(String(shared.tokens['refresh_token'])))
  expect(refreshed.result.status).toBe(200)
  expect(refreshed.statements).toBe(2)
})

test('an introspection costs one statement, the read of the consent included', async () => {
  const seen = await counted(() => stage.revenue.introspect(shared.accessToken))
  expect(json(seen.result)['active']).toBe(true)
  expect(seen.statements).toBe(1)
})

test('userinfo costs one statement, which also stores its proof', async () => {
  const errand = await stage.aid.begin()
  const code = codeOf(callbackOf(await person.browser.get(errand.url)))
  const token = String(json(await stage.aid.redeem(code, errand))['access_token'])
  const seen = await counted(() => stage.aid.userinfo(token))
  expect(seen.result.status).toBe(200)
  expect(seen.statements).toBe(1)
})

test('an address that she lets a service have costs none more, at a sign-in and at userinfo', async () => {
  await giveEmail(stage, person.personId, 'marie@exemple.test')
  const asked = { scope: 'openid email' }
  const { action, fields } = formOf(await person.browser.follow(desk.plain(asked).url))
  await person.browser.post(action, fields)
  const errand = desk.plain(asked)
  const authorized = await counted(() => person.browser.get(errand.url))
  const tokens = json(await desk.redeem(codeOf(callbackOf(authorized.result)), errand))
  const seen = await counted(() => desk.userinfo(String(tokens['access_token'])))
  expect(jose.decodeJwt(seen.result.body)['email']).toBe('marie@exemple.test')
  expect([authorized, seen].map(({ statements }) => statements)).toEqual([2, 1])
})

test('names that a provider vouches for cost none more, at a sign-in and at userinfo', async () => {
  const issuer = 'http://localhost:3004' // of the demonstration’s register
  const names = { given_name: 'Maud', family_name: 'Roy' }
  await vouchFor(stage, person.personId, names, { issuer })
  const asked = { scope: 'openid profile' }
  const { action, fields } = formOf(await person.browser.follow(desk.plain(asked).url))
  await person.browser.post(action, fields)
  const errand = desk.plain(asked)
  const authorized = await counted(() => person.browser.get(errand.url))
  const tokens = json(await desk.redeem(codeOf(callbackOf(authorized.result)), errand))
  const seen = await counted(() => desk.userinfo(String(tokens['access_token'])))
  expect(jose.decodeJwt(seen.result.body)).toMatchObject(names)
  expect([authorized, seen].map(({ statements }) => statements)).toEqual([2, 1])
})

test('client credentials cost one statement', async () => {
  const issued = await counted(() => holderToken(stage, 'decide'))
  expect(issued.statements).toBe(1)
})

test('a call that a holder presents costs one statement more: for its token, with its proof', async () => {
  const token = await holderToken(stage, 'decide')
  const { accessToken } = shared
  const at = { method: 'GET', url: `${api}${taxPath}`, token: accessToken }
  const body = async (id: string) => ({
    subject: { type: 'presented' },
    action: { name: 'disclose' },
    resource: { type: 'dataset', id: 'dst_avis-cotisation' },
    context: { request_id: id, presented: { ...at, proof: await stage.aid.proof(at) } },
  })
  const [question, other] = [await body('presented 1'), await body('presented 2')]
  const asked = (one: object) =>
    counted(() => stage.revenue.api('/access/v1/evaluation', token, one))
  const permitted = await asked(question)
  expect([permitted.result.body, permitted.statements]).toEqual([
    expect.stringContaining('"decision":true'),
    4,
  ])
  const refused = await asked({
    ...other,
    context: { ...other.context, presented: question.context.presented },
  })
  expect([refused.result.body, refused.statements]).toEqual([
    expect.stringContaining('PROOF_REFUSED'),
    2,
  ])
})

test('a decision costs three statements: for the caller, the read and the write', async () => {
  const token = await holderToken(stage, 'decide')
  const permitted = await counted(() => decide(stage, token, evaluation(shared.sub)))
  expect(permitted.result.decision).toBe(true)
  await stop(shared.browser, shared.consentId)
  const denied = await counted(() => decide(stage, token, evaluation(shared.sub)))
  expect(denied.result.decision).toBe(false)
  expect([permitted, denied].map(({ statements }) => statements)).toEqual([3, 3])
})

test('a stop costs twelve statements, BEGIN and COMMIT included, and what bodies are told is among them', async () => {
  const load = await openLoad(stage)
  try {
    const { db, notary, pairwise, live } = load
    const { sub, consentId } = await shareAsNewcomer(stage)
    const personId = pairwise.person(sub, 'org_agence-revenu') ?? ''
    const bodies = ['org_agence-revenu', 'org_aide-etudes']
    for (const org of bodies) await addStream(db, live, org)
    const stopped = await counted(() =>
      transact(db, (tx) =>
        revokeConsent(tx, notary, {
          personId,
          consentId: readId('con', consentId) ?? '',
          acr: 'urn:accord:aal:2',
        }),
      ),
    )
    expect(stopped.statements).toBe(statementsOfStop)
    const told = await db('signalEvent').where({ personId }).orderBy('eventNo')
    expect(told.map(({ kind }: { kind: string }) => kind)).toEqual([
      'consent-revoked',
      'consent-revoked',
      'token-claims-change',
    ])
  } finally {
    await load.db('signalStream').delete()
    await load.close()
  }
})

test('a batch of permits about several people costs three statements, with a deny four', async () => {
  const token = await holderToken(stage, 'decide')
  const people = [await shareAsNewcomer(stage), await shareAsNewcomer(stage)]
  const ask = (...evaluations: object[]) =>
    counted(() => stage.revenue.api('/access/v1/evaluations', token, { evaluations }))
  const permitted = await ask(...people.map(({ sub }) => evaluation(sub)))
  const denied = await ask(
    ...people.map(({ sub }) => evaluation(sub)),
    evaluation(shared.sub, { categories: ['cat_personnes-a-charge'] }),
    evaluation('nobody'),
  )
  expect([permitted, denied].map(({ statements }) => statements)).toEqual([3, 4])
  const decisions = json(denied.result)['evaluations'] as { decision: boolean }[]
  expect(decisions.map(({ decision }) => decision)).toEqual([true, true, false, false])
})

test('a stop and a grant cost their writes, one more for the row that a stop seals, one for the receipt, two for what its receipt says is left, two for the message, and a grant one for the event of its page, one for her age, one for the gate and one for the help that she may have', async () => {
  const { browser, consentId } = await shareAsNewcomer(stage)
  const { action, fields } = formOf(await browser.get(`/mes-partages/${consentId}/arret`))
  const stopped = await counted(() => browser.post(action, fields))
  const { page } = await ask(stage, browser)
  const path = `${new URL(page.url).pathname}/autorisation`
  const granted = await counted(() => browser.post(path, formOf(page).fields))
  expect([stopped, granted].map(({ result }) => result.status)).toEqual([303, 303])
  expect([stopped, granted].map(({ statements }) => statements)).toEqual([statementsOfStop + 1, 21])
})

test('answers sent together cost only the writes of each', async () => {
  const asked = await askNewcomerAll(stage)
  const none = await sendAnswers(['refus', 'refus'], asked)
  const one = await sendAnswers(['refus', 'report'], await askAll(stage, asked.browser))
  const each = none - one
  // The visit with its session, the register, her lock, what was asked, decided and held, the help that she may have, and the end of it; the rest is for each answer.
  expect([one - each, each]).toEqual([12, 8])
})

// A connection plans a statement once, if its text has a name; one with a star has none (src/base/database/named-statements.ts).
test.each(['/mes-partages', '/activite', '/acces', '/preuves'])(
  '%s has no statement that is planned at each view',
  async (path) => {
    let always: ReadonlyMap<string, string> | undefined
    for (let views = 0; views < mostViews && always?.size !== 0; views++) {
      await database.planned()
      expect((await shared.browser.get(path)).status).toBe(200)
      const planned = await database.planned()
      always = new Map([...(always ?? planned)].filter(([id]) => planned.has(id)))
    }
    expect([...(always ?? [])]).toEqual([])
  },
)

test('a whole sign-in by a password and a key costs thirty-four statements in a browser that is new, and thirty-one in hers', async () => {
  const own = await typeUp(stage, stage.aid)
  const key = await addSecurityKey(own.browser)
  // She was asked lately whether she wants a passkey.
  await runAt(database.url, 'update accounts set invited_at = now()')
  const browser = makeBrowser(stage)
  const costs: number[][] = []
  for (const params of [{}, { prompt: 'login' }]) {
    const steps: number[] = []
    const step = async <T>(deed: () => Promise<T>): Promise<T> => {
      const { statements, result } = await counted(deed)
      steps.push(statements)
      return result
    }
    const errand = await step(() => stage.aid.begin(params))
    const begun = await step(() => browser.get(errand.url))
    const page = await step(() => browser.get(begun.location ?? ''))
    const address = formsOf(page).find(({ action }) => action.endsWith('/courriel'))
    const typed = { ...address?.fields, address: own.address }
    const password = formOf(await step(() => browser.post(address?.action ?? '', typed)))
    const given = { ...password.fields, password: own.password }
    const sent = await step(() => browser.post(password.action, given))
    const second = keyFormOf(await step(() => browser.get(sent.location ?? '')))
    const credential = key.get(second.options)
    const proved = await step(() => browser.post(second.action, { ...second.fields, credential }))
    const back = await step(() => browser.get(proved.location ?? ''))
    const redeemed = await step(() => stage.aid.redeem(codeOf(callbackOf(back)), errand))
    expect(redeemed.status).toBe(200)
    costs.push(steps)
  }
  // Asked, begun, the page, the address, the password, the second page, the key with the visit's end, resumed, redeemed.
  expect(costs).toEqual([
    [1, 2, 2, 1, 6, 3, 15, 2, 2],
    [1, 2, 2, 1, 6, 3, 12, 2, 2],
  ])
})

test('a password costs the same statements whether it is right, wrong or unknown, on both pages', async () => {
  const own = await typeUp(stage, stage.aid)
  await addSecurityKey(own.browser)
  const others: Authenticator = plainKey()
  const wrong = { ...own, password: 'un tout autre mot de passe' }
  const nobody = { ...own, address: 'nobody@exemple.test' }
  const costs: number[][] = []
  for (const typed of [own, wrong, nobody]) {
    const browser = makeBrowser(stage)
    const form = formOf(await passwordPage(browser, (await stage.aid.begin()).url, typed.address))
    const given = { ...form.fields, password: typed.password }
    const sent = await counted(() => browser.post(form.action, given))
    const page = await counted(() => browser.get(sent.result.location ?? ''))
    const code = await counted(() => giveCode(browser, page.result, 'abcdef'))
    const { action, fields, options } = keyFormOf(code.result)
    // Without her key's id nothing is verified: with it, but not by it, everything is.
    const [{ id } = { id: '' }] = keysNamedOn(code.result)
    const credential = others.get(options, { id })
    const key = await counted(() => browser.post(action, { ...fields, credential }))
    expect([sent, page, code, key].map(({ result }) => result.status)).toEqual([303, 200, 400, 400])
    costs.push([sent, page, code, key].map(({ statements }) => statements))
  }
  expect(costs).toEqual([costs[0], costs[0], costs[0]])
  expect(costs[0]).toEqual([6, 3, 4, 7])
})

test('a recovery code costs the same statements whether its first part names an access or not', async () => {
  const { codes } = await signUp(stage, stage.aid)
  const costs: number[] = []
  for (const begun of [codes[0]?.slice(0, 7) ?? '', 'ZZZZ-ZZ']) {
    const browser = makeBrowser(stage)
    const start = await browser.follow((await stage.aid.begin()).url)
    const form = formOf(await browser.get(`${start.url}/recuperation`))
    const given = { ...form.fields, code: `${begun}00-0000-0000` }
    const { statements, result } = await counted(() => browser.post(form.action, given))
    expect(result.status).toBe(400)
    costs.push(statements)
  }
  expect(costs).toEqual([costs[0], costs[0]])
})

test('an address costs the same statements whether it opens an access or not', async () => {
  const own = await typeUp(stage, stage.aid)
  const costs: number[][] = []
  for (const address of [own.address, 'nouvelle@exemple.test']) {
    const browser = makeBrowser(stage)
    const start = await browser.follow((await stage.aid.begin()).url)
    const form = formOf(await browser.get(`${start.url}/creation/mot-de-passe`))
    const typed = { ...form.fields, address, password: own.password }
    const sent = await counted(() => browser.post(form.action, typed))
    const page = await counted(() => browser.get(sent.result.location ?? ''))
    const wrong = formOf(page.result)
    const code = await counted(() => browser.post(wrong.action, { ...wrong.fields, code: 'no' }))
    expect([sent, page, code].map(({ result }) => result.status)).toEqual([303, 200, 400])
    const hers = await changeAddress(address)
    costs.push([sent, page, code, hers].map(({ statements }) => statements))
  }
  expect(costs[1]).toEqual(costs[0])
})

/** Somebody who is signed in asks for this address. */
async function changeAddress(address: string): Promise<{ readonly statements: number }> {
  const { browser } = await shareAsNewcomer(stage)
  const form = formOf(await browser.get('/acces/mot-de-passe'))
  const typed = { ...form.fields, address, password: 'trois huards dorment debout' }
  const sent = await counted(() => browser.post(form.action, typed))
  expect(sent.result.status).toBe(303)
  return sent
}

async function sendAnswers(deeds: readonly Deed[], asked: AskedAll): Promise<number> {
  const { action, fields } = formOf(await decideAll(asked, deeds))
  const sent = await counted(() => asked.browser.post(action, fields))
  expect(sent.result.status).toBe(303)
  return sent.statements
}

function beginSharing(): Promise<Errand> {
  return stage.aid.begin({
    resource: String((shared.detail['locations'] as string[])[0]),
    authorization_details: JSON.stringify([
      {
        type: shared.detail['type'],
        locations: shared.detail['locations'],
        actions: ['disclose'],
        datatypes: shared.detail['datatypes'],
        identifier: shared.detail['identifier'],
        agreement: shared.detail['agreement'],
        purpose: shared.detail['purpose'],
        recipient: shared.detail['recipient'],
        holder: shared.detail['holder'],
      },
    ]),
  })
}

type Do = () => Promise<unknown>

/** The source files of which a deed runs a function, in all processes of the stage. */
async function filesRunBy(deed: Do): Promise<string[]> {
  const ends = await Promise.all([0, 1].map((number) => hostOf(number).count()))
  await deed()
  return [...new Set((await Promise.all(ends.map((end) => end()))).flat())].toSorted()
}

// What a reader of one request has to know; of a stop also what its receipt says is left. The figures may only fall.
test('of few source files a permit, the page of a question and a stop run functions', async () => {
  // Each second a process asks by itself whether its database was put back, and what is new in the feed of heads.
  const releases = await Promise.all([0, 1].map((number) => hostOf(number).hold()))
  try {
    await countFiles()
  } finally {
    await Promise.all(releases.map((release) => release()))
  }
})

async function countFiles(): Promise<void> {
  const token = await holderToken(stage, 'decide')
  const { sub } = await shareAsNewcomer(stage)
  const { browser, page } = await askNewcomer(stage)
  const deeds = {
    permit: {
      most: 69,
      prepare: () => Promise.resolve(() => decide(stage, token, evaluation(sub))),
    },
    question: { most: 89, prepare: () => Promise.resolve(() => browser.get(page.url)) },
    stop: {
      // Its receipt says what may still be sent: whether anything is permitted to anybody is asked where that is watched.
      most: 87,
      async prepare() {
        const one = await shareAsNewcomer(stage)
        const asked = await one.browser.get(`/mes-partages/${one.consentId}/arret`)
        const { action, fields } = formOf(asked)
        return () => one.browser.post(action, fields)
      },
    },
  }
  for (const { most, prepare } of Object.values(deeds)) {
    const files = await filesRunBy(await prepare())
    expect(files.length, files.join('\n')).toBeGreaterThan(30)
    expect(files.length, files.join('\n')).toBeLessThanOrEqual(most)
  }
}
