import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { randomBase32 } from '../../../src/base/values/ids.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { transact } from '../../../src/base/database/database.ts'
import { matchingTeller } from '../../../src/consent/matching/index.ts'
import { matchingCommand } from '../../support/commands.ts'
import { spansAt } from '../../../src/consent/matching/match.ts'
import { matchingAllowance } from '../../../src/consent/matching/store.ts'
import type { StoredRow, Projection } from '../../../src/ledger/fold/index.ts'
import { compare } from '../../../src/ledger/fold/index.ts'
import { applyRegister } from '../../../src/registry/index.ts'
import type { VouchedClaims } from '../../../src/people/identity/index.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { issuer, startBroker } from '../../support/broker.ts'
import { untyped } from '../../support/database.ts'
import { newPerson } from '../../support/person.ts'
import { tokenFor, tokensFor } from '../../support/portal.ts'
import { resealArtifacts } from '../../support/resealed-access.ts'
import { sealsOf } from '../../support/seals.ts'
import { twoSigners } from '../../support/two-signers.ts'
import type { Params, Service } from '../../support/service.ts'
import { json, makeService } from '../../support/service.ts'
import { differencesOf } from '../../support/fold.ts'
import { callTool } from '../../support/tool.ts'
import { vouchFor } from '../../support/vouching.ts'
import { calendarDays } from '../../support/calendar-days.ts'

// `POST /matching`: does this file belong to the person who is signed in here (docs/design/security.md#tokens)?

const resource = `${issuer}/matching`
const forFiles: Params = { resource, scope: 'openid match' }
const purpose = { fr: 'Trouver votre dossier', en: 'Find your file' }
const hers: VouchedClaims = {
  given_name: 'Maïté',
  family_name: 'Canari-Lavoie',
  birthdate: '1987-05-03',
}
const file = { given_name: 'MAITE', family_name: 'Canari Lavoie', birthdate: '1987-05-03' }

let broker: Broker
/** Two services of one body, and one of another. */
let health: Service
let clinic: Service
let permits: Service
/** Each of a body of its own. */
let guessing: readonly Service[]

const grants = { grant_types: ['authorization_code', 'client_credentials'] }

async function makeAsking(site: Site): Promise<Service[]> {
  const one = (clientId: string, organisation: string) =>
    makeService(site, {
      clientId,
      organisation,
      more: { ...grants, matching: { purpose }, first_party: true },
    })
  health = await one('sante', 'org_culture')
  clinic = await one('clinique', 'org_culture')
  permits = await one('permis', 'org_revenue')
  guessing = await Promise.all(
    ['un', 'deux', 'trois', 'quatre'].map((id) => one(`devine-${id}`, `org_${id}`)),
  )
  return [health, clinic, permits, ...guessing]
}

function providerAt(id: string) {
  const content = {
    provider_id: id,
    version: 1,
    name: { fr: `Compte ${id}`, en: `Account ${id}` },
    issuer: `https://id.${id}.test`,
    client_id: 'accord',
    ceiling: 'urn:accord:aal:2',
    vouches_for: ['given_name', 'family_name', 'birthdate'],
    status: 'active',
  }
  return { kind: 'identity-provider', id, version: 1, content } as const
}

beforeAll(async () => {
  broker = await startBroker(makeAsking, [providerAt('elsewhere'), providerAt('overthere')])
}, 180_000)
afterAll(() => broker.stop())

async function maite(vouched: VouchedClaims | 'nothing' = hers) {
  const person = await newPerson(broker)
  if (vouched !== 'nothing') await vouchFor(broker, person.personId, vouched)
  return person
}

const ask = (service: Service, token: string, body: unknown = file) =>
  service.api('/matching', token, body)

async function asked(service: Service, browser: Browser, body: unknown = file): Promise<Answer> {
  return ask(service, await tokenFor(service, browser, forFiles), body)
}

describe('a service that asks about a file of its own', () => {
  test('is told whether it is hers, and a reference: no value of hers, and not what differs', async () => {
    const { browser, personId } = await maite()
    const token = await tokenFor(health, browser, forFiles)
    const yes = await ask(health, token)
    expect([yes.status, yes.headers['cache-control']]).toEqual([200, 'no-store'])
    expect(json(yes)).toEqual({
      result: 'match',
      reason: 'same',
      reference: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/) as unknown,
      answered_at: expect.stringMatching(/Z$/) as unknown,
    })
    const twin = await ask(health, token, { ...file, given_name: 'Noémie' })
    expect(json(twin)).toMatchObject({ result: 'no_match', reason: 'different' })
    const married = await ask(health, token, { ...file, family_name: 'Lavoie' })
    expect(json(married)).toMatchObject({ result: 'not_sure', reason: 'not_enough' })
    const emoji = await ask(health, token, { ...file, given_name: 'Maïté 😀' })
    expect(json(emoji)).toMatchObject({ result: 'not_sure', reason: 'not_enough' })
    for (const { body } of [yes, twin, married, emoji])
      expect(body).not.toMatch(/ma[iï]t|canari|lavoie|1987|given|family|birth|unreadable/i)

    // She reads each of them, with the reference, and alone what differs; a clerk finds it, and nothing of her.
    const page = await browser.get('/activite/impression')
    for (const words of [
      'Un service a demandé si un dossier est le vôtre',
      'oui, c’est le même nom',
      'ce n’est pas sûr',
      'Le prénom est autre.',
      'Le nom de famille n’est qu’une partie de l’autre.',
      'un signe que nous ne lisons pas',
      'à vous seulement, pas au service',
      String(json(yes)['reference']),
    ])
      expect(page.body).toContain(words)
    const { out } = await tool('show', String(json(yes)['reference']).toLowerCase())
    expect(out).toContain('organisation org_culture\nservice sante\nresult match\nreason same\n')
    expect(out).not.toContain(personId)
    const { out: outOfTwin } = await tool('show', String(json(twin)['reference']))
    expect(outOfTwin).toContain('result no_match\nreason different\n')
    expect((await tool('show', 'AAAAA-AAAAA')).code).toBe(1)

    // Where she sees what a service gets, she sees that it may ask, and why.
    for (const words of ['demander si un dossier est le vôtre', purpose.fr])
      expect((await browser.get('/acces/services/sante')).body).toContain(words)

    // No value stands in what is written of it: the line, the row, the event, the log.
    const kept = await Promise.all(
      ['matching_answer', 'activity'].map((table) => untyped(broker.db)(table).select()),
    )
    expect(JSON.stringify(kept) + broker.output()).not.toMatch(/canari/i)
    // Her events tell each row.
    const vault = makeVault(await openKeys(broker.keysDir), signalMapping)
    const different = () => differencesOf({ db: broker.db, vault }, personId)
    expect(await different()).toEqual([])
    const rows = broker.db('matchingAnswer').where({ reference: String(json(twin)['reference']) })
    await rows.clone().update({ reason: 'birth_date' })
    expect(await different()).toEqual([
      expect.objectContaining({ table: 'matching_answer', called: json(twin)['reference'] }),
    ])
    await rows.clone().delete()
    expect(await different()).toHaveLength(1)
  })

  test('is not told more where nothing is vouched for of her, or too little', async () => {
    for (const vouched of [
      'nothing' as const,
      { given_name: 'Maïté', family_name: 'Canari-Lavoie' },
    ]) {
      const answer = await asked(health, (await maite(vouched)).browser)
      expect(json(answer)).toMatchObject({ result: 'not_sure', reason: 'not_enough' })
    }
  })

  test('is answered about somebody with one name, whichever of the two it is', async () => {
    const { browser, personId } = await maite('nothing')
    const { birthdate } = file
    const vouching = await vouchFor(broker, personId, { given_name: 'Canari', birthdate })
    const token = await tokenFor(health, browser, forFiles)
    const one = { given_name: '', family_name: 'CANARI', birthdate }
    expect(json(await ask(health, token, one))).toMatchObject({ result: 'match', reason: 'same' })
    await vouching.says({ family_name: 'Canari', birthdate })
    expect(json(await ask(health, token, one))).toMatchObject({ result: 'match', reason: 'same' })
  })

  test('gets five answers a day about one person, all bodies and services together, also at once', async () => {
    const { browser, personId } = await maite()
    // Six bodies, of which one has two services, ask thirty times.
    const services = [health, clinic, permits, ...guessing]
    const tokens = await Promise.all(
      services.map(async (service) => tokenFor(service, browser, forFiles)),
    )
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        ask(services[n % services.length] ?? health, tokens[n % services.length] ?? ''),
      ),
    )
    const answered = answers.filter(({ status }) => status === 200)
    const [refused, ...others] = answers.filter(({ status }) => status === 429)
    expect([answered.length, others.length]).toEqual([5, 24])
    expect(refused?.body).toContain('matching.too-many')
    const seconds = Number(refused?.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(25 * 3600)
    // The next day has its own, and so has another person.
    expect((await asked(permits, (await maite()).browser)).status).toBe(200)
    const before = broker.db.raw("answered_at - interval '1 day'")
    await untyped(broker.db)('matching_answer').where({ personId }).update({ answered_at: before })
    expect((await ask(health, tokens[0] ?? '')).status).toBe(200)
  })

  test('sends a file, and nothing else', async () => {
    const { browser } = await maite()
    const token = await tokenFor(health, browser, forFiles)
    const { family_name: _, ...half } = file
    for (const body of [
      half,
      { ...file, birthdate: 19_870_503 },
      { ...file, sub: 'somebody' },
      { ...file, given_name: 'x'.repeat(1021) },
      [file],
    ]) {
      const answer = await ask(health, token, body)
      expect([answer.status, json(answer)['code']]).toEqual([400, 'request.malformed'])
    }
    // A longer name than is read is an answer, as an empty one is.
    const long = await ask(health, token, { ...file, given_name: 'x'.repeat(1020) })
    expect(json(long)).toMatchObject({ result: 'not_sure', reason: 'not_enough' })
    const empty = { given_name: '', family_name: ' - ', birthdate: '' }
    expect(json(await ask(health, token, empty))).toMatchObject({ reason: 'not_enough' })
  })
})

function expectRefused(answer: Answer, code: string, status = 401): void {
  expect([answer.status, json(answer)['code']]).toEqual([status, code])
  expect(answer.headers['cache-control']).toBe('no-store')
}

describe('nobody is answered', () => {
  test('whom the register does not let ask', async () => {
    const { browser } = await maite()
    expect(json(await broker.services.library.push(forFiles))).toMatchObject({
      error: 'invalid_target',
    })
    expect(json(await health.push({ ...forFiles, scope: 'openid' }))).toMatchObject({
      error: 'invalid_scope',
    })
    expect(json(await health.clientCredentials(resource, 'match'))['error']).toBe('invalid_target')
    // The entry goes while the token lives.
    const token = await tokenFor(clinic, browser, forFiles)
    expect((await ask(clinic, token)).status).toBe(200)
    const { matching: _, ...content } = clinic.registered
    await applyService(clinic, { ...content, version: 2 })
    expectRefused(await ask(clinic, token), 'invalid_token')
    await applyService(clinic, { ...clinic.registered, version: 3 })
  })

  test('with a token for something else, of another body, or of a program', async () => {
    const { browser } = await maite()
    const token = await tokenFor(health, browser, forFiles)
    const me = await tokenFor(health, browser, { resource: `${issuer}/me`, scope: 'openid me' })
    expectRefused(await ask(health, me), 'invalid_token')
    expectRefused(await ask(health, await tokenFor(health, browser, {})), 'invalid_token')
    expectRefused(await ask(permits, token), 'invalid_token')
    expectRefused(await ask(clinic, token), 'invalid_token')
    expect((await health.read('/me/consents', token)).status).toBe(401)
    expect((await health.userinfo(token)).status).toBe(403)
    const headers = { authorization: `Bearer ${token}` }
    expectRefused(await health.api('/matching', token, file, { headers }), 'unauthorised')
    expect((await browser.post('/matching', JSON.stringify(file))).status).toBe(401)
  })

  test('with a token without the scope', async () => {
    const { browser, personId } = await maite()
    const token = await tokenFor(health, browser, forFiles)
    await broker
      .db('oidcArtifacts')
      .where({ accountId: personId, model: 'AccessToken' })
      .update({ payload: broker.db.raw('payload || \'{"scope": "openid"}\'') })
    await resealArtifacts(broker)
    expectRefused(await ask(health, token), 'insufficient_scope', 403)
  })

  test('after five minutes', async () => {
    const { browser, personId } = await maite()
    const tokens = await tokensFor(health, browser, forFiles)
    expect(tokens).toMatchObject({ token_type: 'DPoP', expires_in: 300, scope: 'match' })
    expect(tokens['refresh_token']).toBeUndefined()
    const token = String(tokens['access_token'])
    await broker
      .db('oidcArtifacts')
      .where({ accountId: personId, model: 'AccessToken' })
      .update({ expiresAt: new Date(Date.now() - 1000) })
    await resealArtifacts(broker)
    expectRefused(await ask(health, token), 'invalid_token')
  })

  test('about a person whose access is closed, or whose session or connection is over', async () => {
    const ends = [
      (personId: string) =>
        broker
          .db('accounts')
          .where({ personId })
          .update({ closedAt: new Date(), eraseAt: new Date() }),
      (personId: string) => broker.db('persons').where({ personId }).update({ status: 'deceased' }),
      (personId: string) => broker.db('oidcSessions').where({ accountId: personId }).delete(),
      (personId: string) =>
        broker.db('connections').where({ personId }).update({ endedAt: new Date() }),
    ]
    for (const end of ends) {
      const { browser, personId } = await maite()
      const token = await tokenFor(health, browser, forFiles)
      await end(personId)
      expectRefused(await ask(health, token), 'invalid_token')
    }
  })
})

describe('a body of whose files more than half were of nobody', () => {
  test('is stopped, the operator is told, and a command lifts it', async () => {
    const { browser } = await maite()
    expect((await tool('stops')).out).toBe('no body was stopped\n')
    await answered(permits, 'no_match', { people: 50 })
    const token = await tokenFor(permits, browser, forFiles)
    // The fifty-first is still answered.
    expect(json(await ask(permits, token, wrong))).toMatchObject({ result: 'no_match' })
    const stopped = await ask(permits, token)
    expect([stopped.status, json(stopped)['code']]).toEqual([403, 'matching.stopped'])
    expect(broker.output()).toContain('matching.stopped')
    expect((await asked(health, browser)).status).toBe(200)
    expect((await tool('stops')).out).toMatch(/^org_revenue since .*: 51 files .*; stopped\n$/)

    // A row that says it is lifted, and that nobody here wrote, lifts nothing.
    const stops = untyped(broker.db)('matching_stop')
    await stops.clone().update({ lifted_at: new Date(), lifted_by: '{"operator":"moi"}' })
    expect((await ask(permits, token)).status).toBe(403)

    const why = ['--reason', 'Fichier corrigé.', '--reason-en', 'File mended.']
    expect((await tool('lift', 'org_revenue', ...why)).code).toBe(1)
    expect((await tool('lift', 'org_culture', ...why, '--operator', 'Ève')).code).toBe(1)
    expect(await tool('lift', 'org_revenue', ...why, '--operator', 'Ève')).toMatchObject({
      code: 0,
    })
    expect((await tool('stops')).out).toContain('; lifted ')
    // What was answered until then counts no more.
    expect(json(await ask(permits, token, wrong))).toMatchObject({ result: 'no_match' })
    expect((await ask(permits, token)).status).toBe(200)
    // Fifty are no reason.
    await broker.db('matchingAnswer').where({ orgId: 'org_culture' }).delete()
    await answered(health, 'no_match', { people: 50 })
    const last = await asked(health, browser)
    expect(last.status).toBe(200)
    // One more that was answered at the same moment stops it before the next answer.
    const reference = String(json(last)['reference'])
    await broker.db('matchingAnswer').where({ reference }).update({ result: 'no_match' })
    expect((await asked(health, browser)).status).toBe(403)
    expect((await tool('stops')).out).toMatch(/^org_culture since .*: 51 files .*; stopped\n/)

    // By a signer's order, as soon as the register has two.
    const two = await twoSigners()
    const lift = async (...words: string[]) => {
      const seals = await sealsOf(broker.keysDir)
      const parts = { seals, issuer, signers: two.signers }
      const all = ['lift', 'org_culture', ...words, ...why]
      return matchingCommand(broker.db, all, new Date(), () => Promise.resolve(parts))
    }
    expect((await lift('--out', two.file('order')))?.at(-1)).toContain('nothing is done before')
    expect((await asked(health, browser)).status).toBe(403)
    expect(await lift('--key', two.keys[0])).toEqual([expect.stringContaining('may ask again')])
    two.remove()
    const [row] = await broker.db('matchingStop').where({ orgId: 'org_culture' })
    expect(row?.liftedBy).toEqual({
      reason: { fr: why[1], en: why[3] },
      signers: [{ signer: 'sig_un@1', jws: expect.any(String) as unknown }],
    })
    expect((await asked(health, browser)).status).toBe(200)
  })

  test.each([
    ['list'],
    ['show'],
    ['stops', 'org_culture'],
    ['lift', 'org_culture', 'org_revenue'],
    ['show', 'AAAAA-AAAAA', '--operator', 'Ève'],
  ])('other words are wrong usage: %s %s', async (...words) => {
    expect(await matchingCommand(broker.db, words, new Date(), openNothing)).toBeUndefined()
  })
})

const wrong = { ...file, family_name: 'Personne' }
const codeOf = (answer: Answer) =>
  answer.status === 200 ? String(json(answer)['result']) : String(json(answer)['code'])

function counted(answers: readonly Answer[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const code of answers.map(codeOf)) counts.set(code, (counts.get(code) ?? 0) + 1)
  return Object.fromEntries(counts)
}

describe('a body that guesses', () => {
  let people: readonly { browser: Browser; personId: string }[]
  beforeAll(async () => {
    people = await Promise.all(Array.from({ length: 6 }, () => maite()))
  })
  // Bodies share what they may ask about a person in a day.
  afterEach(async () => {
    const ids = people.map(({ personId }) => personId)
    await broker.db('matchingAnswer').whereIn('personId', ids).delete()
  })
  const [one, two, three, four] = [0, 1, 2, 3].map((n) => () => {
    const service = guessing[n]
    if (service === undefined) throw new Error('there are four')
    return service
  }) as [() => Service, () => Service, () => Service, () => Service]
  const guess = async (service: Service, body: unknown = wrong): Promise<Answer[]> =>
    Promise.all(people.map(async ({ browser }) => asked(service, browser, body)))

  test('is stopped after fifty, behind two hundred empty accounts and an accomplice, on two processes at once', async () => {
    // A hundred and fifty guesses: five about each of thirty people. Ten of them are through.
    await answered(one(), 'no_match', { people: 10, times: 5, daysAgo: 2 })
    await answered(one(), 'not_sure', { people: 210, daysAgo: 1 })
    // One who is who she says: however often she comes, she is one.
    await answered(one(), 'match', { people: 1, times: 60, daysAgo: 1 })
    const answers = await guess(one())
    expect(counted(answers)).toEqual({ no_match: 1, 'matching.stopped': 5 })
    expect(counted(await guess(one(), file))).toEqual({ 'matching.stopped': 6 })
    expect((await tool('stops')).out).toContain('org_un since')
  })

  test('and one with honest volume is not: wrong files among many, one that stays wrong, people without an identity', async () => {
    await answered(two(), 'match', { people: 80, times: 3, daysAgo: 1 })
    await answered(two(), 'no_match', { people: 10, times: 4, daysAgo: 1 })
    await answered(two(), 'not_sure', { people: 100, daysAgo: 1 })
    // A file that stays wrong, asked about for a year.
    const about = (await maite()).personId
    for (let daysAgo = 1; daysAgo < 365; daysAgo += 3)
      await answered(two(), 'no_match', { people: 1, daysAgo, about })
    expect(counted(await guess(two(), file))).toEqual({ match: 6 })
    expect(counted(await guess(two()))).toEqual({ no_match: 6 })
    expect((await tool('stops')).out).not.toContain('org_deux')
  })

  test('gets as many « no_match » in a day as it may, on two processes at once, then none until tomorrow', async () => {
    const { day } = spansAt(new Date())
    await answered(three(), 'no_match', { people: 2, at: secondsAfter(day, -1) })
    await answered(three(), 'no_match', { people: 97, at: day })
    await answered(three(), 'match', { people: 100, daysAgo: 0 })
    const answers = await guess(three())
    expect(counted(answers)).toEqual({ no_match: 3, 'matching.day-over': 3 })
    expect(broker.output()).toContain('matching.ceiling')
    // Neither a yes: a day that is over tells nothing.
    const [refused] = await guess(three(), file)
    expect(refused?.status).toBe(429)
    const seconds = Number(refused?.headers['retry-after'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(25 * 3600)
    await broker
      .db('matchingAnswer')
      .where({ orgId: 'org_trois', result: 'no_match' })
      .update({ answeredAt: secondsAfter(day, -1) })
    expect(counted(await guess(three(), file))).toEqual({ match: 6 })
  })

  test('asks about one person ten times in thirty days, whatever it asks about others', async () => {
    const [person] = people
    const about = person?.personId ?? ''
    await answered(four(), 'no_match', { people: 1, times: 4, daysAgo: 20, about })
    await answered(four(), 'no_match', { people: 1, times: 4, daysAgo: 29, about })
    await answered(four(), 'no_match', { people: 1, times: 4, daysAgo: 32, about })
    expect(counted(await guess(four()))).toEqual({ no_match: 6 })
    expect(counted(await guess(four()))).toEqual({ no_match: 6 })
    const [refused, ...others] = await guess(four(), file)
    expect(counted(others)).toEqual({ match: 5 })
    expect([refused?.status, codeOf(refused as Answer)]).toEqual([429, 'matching.too-many'])
    // Until those of twenty-nine days ago are too old.
    const days = Number(refused?.headers['retry-after']) / 86_400
    expect(days).toBeGreaterThan(0)
    expect(days).toBeLessThan(2.1)
    expect(json(await asked(two(), person?.browser as Browser))).toMatchObject({ result: 'match' })
  })

  // The nights of the change of hours, leap days, ends of years, and midnight there and in UTC.
  test.each(calendarDays)('a day is a day of Québec: $name', async ({ name, next }) => {
    // What others were answered today is before all of it.
    const [at, orgId] = [next(new Date()), 'org_quatre']
    const { day, month, tomorrow } = spansAt(at)
    expect([day <= at, at < tomorrow, month < day]).toEqual([true, true, true])
    const hours = (tomorrow.getTime() - day.getTime()) / 3_600_000
    expect(hours).toBe(
      name.endsWith('summer time begins') ? 23 : name.endsWith('summer time ends') ? 25 : 24,
    )
    const about = people[0]?.personId ?? ''
    const none = await broker.db.transaction()
    try {
      const standing = (since: ReturnType<typeof spansAt>) =>
        matchingAllowance(none, { personId: about, orgId }, { ...since, lifted: undefined }, 10)
      const row = (answeredAt: Date) => ({
        reference: `${randomBase32(5)}-${randomBase32(5)}`,
        personId: about,
        serviceId: 'devine-quatre',
        orgId,
        result: 'no_match',
        reason: 'names',
        answeredAt,
      })
      await none('matchingAnswer').insert(
        [secondsAfter(day, -1), day, at, secondsAfter(tomorrow, -1)].map((each) => row(each)),
      )
      expect(await standing({ day, month, tomorrow })).toMatchObject({
        tries: 3,
        noMatchesToday: 3,
      })
      expect(await standing(spansAt(tomorrow))).toMatchObject({ tries: 0, noMatchesToday: 0 })
    } finally {
      await none.rollback()
    }
  })
})

const openNothing = () => Promise.reject(new Error('nothing is opened'))

function answers(telling: Partial<Parameters<typeof matchingTeller>[0]>): Projection {
  return matchingTeller({ personId: '', hasAccount: true, erased: [], ...telling })
}

function found(teller: Projection, rows: readonly StoredRow[]): string[] {
  const held = new Map([['matching_answer', rows]])
  return compare(teller.tables(), held).map(({ because }) => because)
}

test('an answer without an event stands at the instant of an erased one alone, and one without a row where she has no account', () => {
  const [reference, at] = ['AAAAA-AAAAA', '2026-05-03T12:00:00.000Z']
  const answer = { reference, service: 'sante', result: 'match', reason: 'same' }
  const payload = { ...answer, actor: { type: 'organisation', organisation: 'org_culture' } }
  const place = { eventId: '', personSeq: 1, delayed: undefined }
  const event = { ...place, kind: 'file.compared', recordedAt: new Date(at), payload } as const
  const stands = [{ reference, answered_at: at }]
  expect(found(answers({}), stands)).toEqual(['no event tells of it'])
  const erased = [{ kind: 'file.compared', recordedAt: new Date(at), personSeq: 1 }] as const
  expect(found(answers({ erased }), stands)).toEqual([])
  const later = [{ reference, answered_at: '2026-05-03T12:00:00.001Z' }]
  expect(found(answers({ erased }), later)).toHaveLength(1)
  const other = [{ ...erased[0], kind: 'content.erased' }] as const
  expect(found(answers({ erased: other }), stands)).toHaveLength(1)
  for (const [hasAccount, missing] of [
    [true, ['it is missing']],
    [false, []],
  ] as const) {
    const teller = answers({ hasAccount, erased })
    teller.tell(event)
    expect(found(teller, [])).toEqual(missing)
  }
  expect(() => answers({}).tell({ ...event, payload: { ...payload, actor: 'x' } })).toThrow(
    'it has no body',
  )
})

test('two accounts elsewhere that name two people are both kept, and she is told', async () => {
  const sentence = 'ne disent pas le même nom'
  const { browser, personId } = await maite()
  const issuer = 'https://id.overthere.test'
  const other = await vouchFor(broker, personId, { ...hers, family_name: 'Canari' }, { issuer })
  // A part of her name is a doubt: nothing is said.
  expect((await browser.get('/acces/entrer')).body).not.toContain(sentence)
  await other.says({ ...hers, given_name: 'Florent' })
  const page = await browser.get('/acces/entrer')
  expect(page.body).toContain(sentence)
  const ways = broker.db('upstreamIdentities').where({ personId })
  expect(await ways.clone().pluck('issuer')).toHaveLength(2)
})

type Answered = {
  readonly people: number
  /** About each. */
  readonly times?: number
  readonly daysAgo?: number
  readonly at?: Date
  readonly about?: string
}

/** Earlier answers of a service, about people who do nothing here. */
async function answered(
  { clientId: serviceId, registered }: Service,
  result: 'match' | 'no_match' | 'not_sure',
  { people, times = 1, daysAgo = 3, at, about }: Answered,
): Promise<void> {
  const orgId = String(registered['organisation'])
  const answeredAt = at ?? new Date(Date.now() - daysAgo * 24 * 3_600_000)
  const ids = about === undefined ? Array.from({ length: people }, () => randomUUID()) : [about]
  if (about === undefined)
    await broker.db('persons').insert(ids.map((personId) => ({ personId, createdAt: answeredAt })))
  const each = ids.flatMap((personId) => Array.from({ length: times }, () => personId))
  await broker.db('matchingAnswer').insert(
    each.map((personId) => ({
      reference: `${randomBase32(5)}-${randomBase32(5)}`,
      personId,
      serviceId,
      orgId,
      result,
      reason: 'names',
      answeredAt,
    })),
  )
}

async function applyService(
  service: Service,
  content: Readonly<Record<string, unknown>>,
): Promise<void> {
  const seals = await sealsOf(broker.keysDir)
  const object = {
    kind: 'service',
    id: service.clientId,
    version: Number(content['version']),
    content,
  } as const
  await transact(broker.db, (tx) =>
    applyRegister(tx, seals, { objects: [object], problems: [] }, new Date()),
  )
}

function tool(...words: string[]) {
  const { databaseUrl, keysDir } = broker
  const env = { DATABASE_URL: databaseUrl, KEYS_DIR: keysDir, ISSUER: issuer }
  return callTool(['matching', ...words], env)
}
