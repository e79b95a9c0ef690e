import { afterAll, beforeAll, expect, test } from 'vitest'
import { maxSessions } from '../../../src/provider/index.ts'
import { signinJobs } from '../../../src/signin/journey/index.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import type { Broker, Person } from '../../support/broker.ts'
import { issuer, postAndFollow, signIn, signUp, startBroker } from '../../support/broker.ts'
import { makeAuthenticator } from '../../support/authenticator.ts'
import { fillSessions, personOfKey, sessionsOf, toldOf } from '../../support/many-sessions.ts'
import type { Service } from '../../support/service.ts'
import { codeAt, giveEarlierCode } from '../../support/totp.ts'
import { addSecurityKey, choosePassword, goodPassword, seedOf, typeIn } from '../../support/ways.ts'

// Whatever ends sessions ends all of them: more than a page lists, and those that are being made meanwhile.

const intruders = 75

let broker: Broker
let library: Service

beforeAll(async () => {
  broker = await startBroker()
  library = broker.services.library
})

afterAll(() => broker.stop())

type Deed = (own: Person) => Promise<Answer>

// Its button stands on the page only while there is another session.
async function endOthers({ browser }: Person): Promise<Answer> {
  const { csrf = '' } = formOf(await browser.get('/acces/nom-affiche')).fields
  return browser.post('/acces/sessions/fin', { csrf })
}
const close: Deed = ({ browser }) => press(browser, '/acces/fermeture', '/acces/fermeture')
async function disown({ browser }: Person): Promise<Answer> {
  return press(browser, '/acces', '/pas-moi')
}
async function changePassword({ browser }: Person): Promise<Answer> {
  const { action, fields } = formOf(await browser.get('/acces/mot-de-passe'))
  const { address = '' } = fields
  return browser.post(action, { ...fields, address, password: 'cinq loutres lisent la nuit' })
}

const deeds: readonly [string, Deed, number][] = [
  ['« Fermer toutes les autres sessions »', endOthers, 1],
  ['« Ce n’était pas moi »', disown, 1],
  ['a changed password', changePassword, 1],
  ['the closing of the access', close, 0],
]

test.each(deeds)('%s ends 75 sessions, and tells the service of each', async (_, deed, left) => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const uids = await fillSessions(broker.db, personId, intruders)

  expect((await deed(own)).status).toBe(303)

  expect(await sessionsOf(broker.db, personId)).toHaveLength(left)
  expect(await toldOf(broker.db, uids)).toBe(intruders)
  expect((await own.browser.get('/acces')).status).toBe(left === 1 ? 200 : 403)
})

test.each(deeds)('%s ends or prevents a sign-in at the same moment', async (_, deed, left) => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const ready: (() => Promise<Answer>)[] = []
  for (let n = 0; n < 6; n++) ready.push(await almostIn(own))

  const [done] = await Promise.all([deed(own), ...ready.map((enter) => enter())])

  expect(done.status).toBe(303)
  expect(await sessionsOf(broker.db, personId)).toHaveLength(left)
})

test('a sign-in proved before all sessions were ended makes no session afterwards, and the page says why', async () => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const enter = await almostIn(own)
  await endOthers(own)

  const answer = await enter()

  expect([answer.status, answer.location]).toEqual([409, undefined])
  expect(answer.body).toContain('Les sessions de cet accès ont été fermées')
  expect(await sessionsOf(broker.db, personId)).toHaveLength(1)
  expect((await signIn(broker, library, own.authenticator)).callback.href).toContain('code=')
})

test('an old password entered before its change makes no session with a code afterwards', async () => {
  const own = await equipped()
  const thief = makeBrowser(broker)
  const { page } = await typeInto(thief, own)
  await changePassword(own)

  const { action, fields } = formOf(page)
  await thief.post(action, { ...fields, code: codeAt(own.seed) })

  expect((await thief.get('/acces')).status).toBe(403)
})

test('a request of a session that is ended meanwhile adds no way in', async () => {
  const own = await equipped()
  const thief = await signIn(broker, library, own.authenticator)
  const { action, fields, options } = formOf(await thief.browser.get('/acces/cles/ajout'))
  const credential = makeAuthenticator({ origin: issuer }).create(options)
  const personId = await personOfKey(broker.db, own.authenticator)

  const [, added] = await Promise.all([
    endOthers(own),
    thief.browser.post(action, { ...fields, credential }),
  ])

  const keys = await broker.db('passkeys').where({ personId, kind: 'passkey' })
  // Before the end, and then told of; or not at all.
  expect(keys).toHaveLength(added.location?.includes('passkey-added') === true ? 2 : 1)
  expect((await thief.browser.get('/acces')).status).toBe(403)
})

test('the sign-in that would be the 51st ends the session unused for longest, and she is told', async () => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const [oldest = '', next = '', ...others] = await fillSessions(broker.db, personId, 49)

  const ready = [await almostIn(own), await almostIn(own)]
  const entered = await Promise.all(ready.map((enter) => enter()))

  const left = await sessionsOf(broker.db, personId)
  expect(left).toHaveLength(maxSessions)
  expect(left).toEqual(expect.arrayContaining([...others]))
  expect([left.includes(oldest), left.includes(next)]).toEqual([false, false])
  expect(await toldOf(broker.db, [oldest, next])).toBe(2)
  expect(entered.map(({ location }) => location)).toEqual([
    expect.stringContaining('code='),
    expect.stringContaining('code='),
  ])
  expect((await own.browser.get('/acces')).status).toBe(200)
  const { rows } = await broker.db.raw<{ rows: { told: number; lines: number }[] }>(
    `select (select count(*)::int from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
             where t.identifier = 'signin.session-limit' and j.payload->>'personId' = :personId) as told,
            (select count(*)::int from activity where person_id = :personId and kind = 'session.replaced') as lines`,
    { personId },
  )
  expect(rows).toEqual([{ told: 2, lines: 2 }])
  const work = signinJobs({ db: broker.db, clock: () => new Date() })['signin.session-limit']
  for (const attempt of [1, 2]) await work?.({ personId }, { attempt, maxAttempts: 8 })
  const messages = await broker.db('notification').where({ personId, kind: 'access.session-limit' })
  expect(messages).toHaveLength(1)
})

test('the same session, used again or stepped up, does not count as a 51st', async () => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  await fillSessions(broker.db, personId, 49)

  await own.browser.follow((await broker.services.archives.begin()).url)
  await signIn(broker, library, own.authenticator, own.browser, { prompt: 'login' })

  expect(await sessionsOf(broker.db, personId)).toHaveLength(maxSessions)
})

test('removing a key ends the sessions that it made, unless the person unticks that', async () => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const ends: [boolean, number][] = []
  for (const isTicked of [true, false]) {
    const key = makeAuthenticator({ origin: issuer })
    const made = await addPasskey(own.browser, key)
    const other = await signIn(broker, library, key)
    const mine = await signIn(broker, library, own.authenticator)
    const page = await own.browser.get(made)
    const form = formOn(page, '/retrait')
    expect(form.fields['sessions']).toBe('end')
    const { csrf = '' } = form.fields

    const { location } = await own.browser.post(form.action, isTicked ? form.fields : { csrf })

    expect(location).toContain('removal-waits')
    expect((await mine.browser.get('/acces')).status).toBe(200)
    ends.push([isTicked, (await other.browser.get('/acces')).status])
  }
  expect(ends).toEqual([
    [true, 403],
    [false, 200],
  ])
  expect((await sessionsOf(broker.db, personId)).length).toBeGreaterThan(1)
})

test('removing the password ends the sessions made by password, application or security key', async () => {
  const own = await equipped()
  const personId = await personOfKey(broker.db, own.authenticator)
  const key = await addSecurityKey(own.browser)
  expect(key).toBeDefined()
  const typist = makeBrowser(broker)
  const { answer } = await typeIn(typist, (await library.begin()).url, own, codeAt(own.seed))
  const [, later] = formsOf(answer)
  await postAndFollow(typist, later?.action ?? '', later?.fields ?? {})
  expect((await typist.get('/acces')).status).toBe(200)
  const mine = await signIn(broker, library, own.authenticator)

  const { location } = await press(
    own.browser,
    '/acces/mot-de-passe/retrait',
    '/acces/mot-de-passe/retrait',
  )

  expect(location).toContain('removal-waits')
  const statuses = [await typist.get('/acces'), await mine.browser.get('/acces')]
  expect(statuses.map(({ status }) => status)).toEqual([403, 200])
  expect(await sessionsOf(broker.db, personId)).toHaveLength(2)
})

type Equipped = Person & {
  readonly address: string
  readonly password: string
  readonly seed: string
}
let people = 0

/** Somebody with a passkey, a password and an application, and a notice of another browser that waits for an answer. */
async function equipped(): Promise<Equipped> {
  const own = await signUp(broker, library)
  people += 1
  const typed = { address: `sessions${people}@exemple.test`, password: goodPassword }
  const page = await choosePassword(broker, own.browser, typed)
  const form = formOf(page)
  const seed = seedOf(page)
  await giveEarlierCode(seed, (code) => own.browser.post(form.action, { ...form.fields, code }))
  return { ...own, ...typed, seed }
}

/** An intruder with the key, up to the last step: what is left is where the library makes the session. */
async function almostIn(own: Person): Promise<() => Promise<Answer>> {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  const { location } = await browser.post(action, {
    ...fields,
    credential: own.authenticator.get(options),
  })
  return () => browser.get(location ?? '')
}

async function typeInto(browser: Browser, own: Equipped): Promise<{ page: Answer }> {
  const { page } = await typeIn(browser, (await library.begin()).url, own, 'abcdef')
  return { page }
}

async function addPasskey(browser: Browser, key: Person['authenticator']): Promise<string> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  await browser.post(action, { ...fields, credential: key.create(options) })
  const { body } = await browser.get('/acces/entrer')
  const keys = [...body.matchAll(/\/acces\/cles\/key_\w+/g)].map(([path]) => path)
  return keys.at(-1) ?? ''
}

async function press(browser: Browser, path: string, ending: string): Promise<Answer> {
  const { action, fields } = formOn(await browser.get(path), ending)
  return browser.post(action, fields)
}

function formOn(page: Answer, ending: string): ReturnType<typeof formOf> {
  const form = formsOf(page).find(({ action }) => action.endsWith(ending))
  if (form === undefined) throw new Error(`no form to ${ending} at ${page.url}: ${page.status}`)
  return form
}
