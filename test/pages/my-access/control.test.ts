import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthenticator } from '../../support/authenticator.ts'
import type { Answer, Browser } from '../../support/browser.ts'
import { formOf, formsOf, makeBrowser } from '../../support/browser.ts'
import { settleTold } from '../../../src/people/accounts/index.ts'
import type { Person } from '../../support/broker.ts'
import { issuer, postAndFollow, signIn, signUp } from '../../support/broker.ts'
import { personOfKey } from '../../support/many-sessions.ts'
import type { Service } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import type { Stage } from '../../support/sharing.ts'
import { ask, share, startStage } from '../../support/sharing.ts'
import { changeSessions } from '../../support/resealed-access.ts'
import { sealAsWritten } from '../../support/sealed-rows.ts'

// « Était-ce vous? »: what a person is told of, and what her answer does.

let broker: Stage
let library: Service

beforeAll(async () => {
  broker = await startStage()
  library = broker.services.library
})

afterAll(() => broker.stop())

test('a person is told of a sign-in from a new browser, and not from a known one', async () => {
  const own = await signUp(broker, library)
  const known = await own.browser.get('/acces')
  await signIn(broker, library, own.authenticator, withoutSession(own.browser))
  const stillKnown = await own.browser.get('/acces')

  const { browser } = await signIn(broker, library, own.authenticator)

  expect([known, stillKnown].map(noticesIn)).toEqual([[], []])
  expect((await own.browser.get('/acces')).body).toContain('Connexion depuis un nouvel appareil')
  await signIn(broker, library, own.authenticator, withoutSession(browser))
  expect(noticesIn(await own.browser.get('/acces'))).toHaveLength(1)
})

test('the cookie of a known browser is signed, so that an invented one counts as a new browser', async () => {
  const own = await signUp(broker, library)
  const forged = makeBrowser(broker, [{ name: 'device', path: '/', value: 'known' }])

  await signIn(broker, library, own.authenticator, forged)

  expect(noticesIn(await own.browser.get('/acces'))).toHaveLength(1)
})

test('« ce n’était pas moi » ends the other session and its tokens, tells its service, and can be said once', async () => {
  const own = await signUp(broker, library)
  const other = await signIn(broker, library, own.authenticator)
  expect((await other.browser.get('/acces')).status).toBe(200)
  const page = await own.browser.get('/acces')
  const [notice] = noticesIn(page)
  const jobs = await noticeJobs()

  const answers = [
    await answer(own, page, notice, 'pas-moi'),
    await answer(own, page, notice, 'pas-moi'),
  ]

  expect(answers.map(({ status }) => status)).toEqual([303, 404])
  expect(answers[1]?.body).toContain('<h1>Cette étape est déjà faite</h1>')
  expect((await other.browser.get('/acces')).status).toBe(403)
  const after = await own.browser.get('/acces?fait=disowned')
  expect(after.status).toBe(200)
  expect(noticesIn(after)).toEqual([])
  expect(await noticeJobs()).toBe(jobs + 1)
  await showsWhatBecameOfIt(own)
})

/** « Mon activité » says whether the service confirmed that it ended its session. */
async function showsWhatBecameOfIt(own: Person): Promise<void> {
  const line = { personId: await personOfKey(broker.db, own.authenticator), kind: 'session.told' }
  const [told, ...more] = await broker.db('activity').where(line)
  expect([told?.serviceId, more]).toEqual(['library', []])
  const { action, fields } = formOf(await own.browser.follow('/en/activite/impression'))
  await postAndFollow(own.browser, action, fields)
  const at = new Date('2026-11-28T15:04:00Z')
  const said: string[] = []
  for (const outcome of [undefined, 'confirmed', 'given-up'] as const) {
    if (outcome !== undefined) await settleTold(broker.db, told?.activityId ?? '', outcome, at)
    for (const path of ['/activite/impression', '/en/activite/impression']) {
      const { body } = await own.browser.get(path)
      const [, after = ''] = body.split(
        /Votre session à [^<]+ est terminée|Your session at [^<]+ has ended/,
      )
      const [, note = ''] =
        /(Le service n’a|le service l’a|Le service ne l’a|the service confirmed|The service (?:has not|did not))/.exec(
          after,
        ) ?? []
      said.push(note)
    }
  }
  expect(said).toEqual([
    'Le service ne l’a',
    'The service has not',
    'le service l’a',
    'the service confirmed',
    'Le service n’a',
    'The service did not',
  ])
}

test('after « ce n’était pas moi » the added key opens a held session, and the old one as before', async () => {
  const own = await signUp(broker, library)
  const thief = makeAuthenticator({ origin: issuer })
  await addPasskey(own.browser, thief)
  const page = await own.browser.get('/acces')

  await answer(own, page, noticesIn(page)[0], 'pas-moi')

  const { browser } = await signIn(broker, library, thief)
  expect((await browser.get('/acces')).body).toContain('Cette session vous laisse voir')
  const form = formOf(await browser.get('/acces/cles/ajout'))
  const credential = makeAuthenticator({ origin: issuer }).create(form.options)
  expect((await browser.post(form.action, { ...form.fields, credential })).status).toBe(409)
  expect((await tryKey(own.authenticator)).status).toBe(303)
  expect((await own.browser.get('/acces/entrer')).body).toContain('En attente')
})

test('the only way in is not suspended: the page says what to do', async () => {
  const own = await signUp(broker, library)
  const second = makeAuthenticator({ origin: issuer })
  await addPasskey(own.browser, second)
  const page = await own.browser.get('/acces')
  await broker.db.raw(`update passkeys set suspended_at = now() where credential_id = ?`, [
    own.authenticator.credentialId,
  ])
  await sealAsWritten(broker, 'passkeys')

  const { location } = await answer(own, page, noticesIn(page)[0], 'pas-moi')

  expect(location).toContain('disowned-only-way')
  expect((await tryKey(second)).status).toBe(303)
})

test('consents given since then are paused at once, earlier ones are not', async () => {
  const own = await signUp(broker, library)
  const before = await share(broker, await ask(broker, own.browser))
  const other = await signIn(broker, library, own.authenticator)
  const page = await own.browser.get('/acces')
  const late = await signUp(broker, library)
  const thief = await signIn(broker, library, late.authenticator)
  const since = await share(broker, await ask(broker, thief.browser))
  const latePage = await late.browser.get('/acces')

  await answer(own, page, noticesIn(page)[0], 'pas-moi')
  await answer(late, latePage, noticesIn(latePage)[0], 'pas-moi')

  expect((await other.browser.get('/acces')).status).toBe(403)
  expect(json(await broker.revenue.introspect(before.accessToken))['active']).toBe(true)
  expect(json(await broker.revenue.introspect(since.accessToken))['active']).toBe(false)
  expect((await late.browser.get('/mes-partages')).body).toContain('En pause')
})

test('« c’était moi » only ends the notice', async () => {
  const own = await signUp(broker, library)
  const other = await signIn(broker, library, own.authenticator)
  const page = await own.browser.get('/acces')

  expect((await answer(own, page, noticesIn(page)[0], 'moi')).status).toBe(303)
  expect(noticesIn(await own.browser.get('/acces'))).toEqual([])
  expect((await other.browser.get('/acces')).status).toBe(200)
})

test('another person’s notice cannot be answered or read', async () => {
  const [own, stranger] = [await signUp(broker, library), await signUp(broker, library)]
  await signIn(broker, library, own.authenticator)
  const [notice] = noticesIn(await own.browser.get('/acces'))
  await addPasskey(stranger.browser, makeAuthenticator({ origin: issuer }))
  const page = await stranger.browser.get('/acces')

  const answers = await Promise.all(
    [notice, 'not_00000000000000000000000000', 'x'].map((id) =>
      answer(stranger, page, id, 'pas-moi'),
    ),
  )

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
  expect(noticesIn(await own.browser.get('/acces'))).toEqual([notice])
})

test('of two answers at once on two processes one counts', async () => {
  const own = await signUp(broker, library)
  await signIn(broker, library, own.authenticator)
  const page = await own.browser.get('/acces')
  const [notice] = noticesIn(page)

  const answers = await Promise.all(
    Array.from({ length: 4 }, () => answer(own, page, notice, 'pas-moi')),
  )

  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    303, 404, 404, 404,
  ])
})

test('a notice cannot be answered without a recent sign-in', async () => {
  const own = await signUp(broker, library)
  await signIn(broker, library, own.authenticator)
  const page = await own.browser.get('/acces')
  await changeSessions(
    broker,
    `update oidc_sessions set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::int - 1000))`,
  )

  expect((await answer(own, page, noticesIn(page)[0], 'pas-moi')).location).toContain('/auth?')
})

function noticesIn({ body }: Answer): string[] {
  return [...body.matchAll(/\/acces\/avis\/(not_\w+)\/pas-moi/g)].map(([, id = '']) => id)
}

function answer(own: Person, page: Answer, id = '', how: 'moi' | 'pas-moi'): Promise<Answer> {
  const csrf =
    formsOf(page).find(({ fields }) => fields['csrf'] !== undefined)?.fields['csrf'] ?? ''
  return own.browser.post(`/acces/avis/${id}/${how}`, { csrf })
}

async function addPasskey(browser: Browser, authenticator: Person['authenticator']): Promise<void> {
  const { action, fields, options } = formOf(await browser.get('/acces/cles/ajout'))
  const credential = authenticator.create(options)
  expect((await browser.post(action, { ...fields, credential })).status).toBe(303)
}

async function tryKey(authenticator: Person['authenticator']): Promise<Answer> {
  const browser = makeBrowser(broker)
  const { action, fields, options } = formOf(await browser.follow((await library.begin()).url))
  return browser.post(action, { ...fields, credential: authenticator.get(options) })
}

/** The same browser with its device number, and nobody signed in. */
function withoutSession(browser: Browser): Browser {
  return makeBrowser(
    broker,
    browser.cookies().filter(({ name }) => name.startsWith('device')),
  )
}

async function noticeJobs(): Promise<number> {
  const { rows } = await broker.db.raw<{ rows: { count: string }[] }>(
    `select count(*) from graphile_worker.jobs where task_identifier = 'signals.back-channel-logout'`,
  )
  return Number(rows[0]?.count)
}
