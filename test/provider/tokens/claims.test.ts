import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { applyRegister } from '../../../src/registry/index.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { callbackOf, codeOf, postAndFollow, startBroker } from '../../support/broker.ts'
import { untyped } from '../../support/database.ts'
import { giveEmail, takeEmail } from '../../support/emails.ts'
import type { NewPerson } from '../../support/person.ts'
import { newPerson } from '../../support/person.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Errand, Params, Service } from '../../support/service.ts'
import { idTokenOf, json, makeService } from '../../support/service.ts'

// « Ce service recevra » (decision 0123): what a service is told of a person, and when.

const write = {
  fr: 'Vous écrire au sujet de votre demande',
  en: 'Write to you about your application',
}
const other = { fr: 'Vous envoyer un bulletin', en: 'Send you a newsletter' }
const reach = { fr: 'Vous joindre en cas de panne', en: 'Reach you during an outage' }
const asked = { scope: 'openid email' }

let broker: Broker
/** It cannot do without an address. */
let post: Service
/** It can. */
let bulletin: Service
/** It signs people in by the strict profile, and asks for an address, too. */
let strict: Service

async function makeAsking(site: Site): Promise<Service[]> {
  const one = (clientId: string, optional: boolean, more: object) =>
    makeService(site, {
      clientId,
      organisation: 'org_revenue',
      isBearer: 'profile' in more,
      more: { claims: { email: { purpose: write, optional } }, ...more },
    })
  post = await one('post', false, { profile: 'baseline' })
  bulletin = await one('bulletin', true, { profile: 'baseline' })
  strict = await one('strict', false, {
    backchannel_logout_uri: 'https://strict.test/logout',
    backchannel_logout_session_required: true,
  })
  return [post, bulletin, strict]
}

beforeAll(async () => {
  broker = await startBroker(makeAsking)
}, 180_000)
afterAll(() => broker.stop())

let people = 0

/** Somebody with an address of her own. */
async function marie(): Promise<NewPerson & { readonly email: string }> {
  people += 1
  const email = `marie.canari-${people}@exemple.test`
  const person = await newPerson(broker)
  await giveEmail(broker, person.personId, email)
  return { ...person, email }
}

function begin(service: Service, params: Params = asked): Promise<Errand> {
  return service === strict ? service.begin(params) : Promise.resolve(service.plain(params))
}

/** What a service asks her for, before it is answered. */
async function shown(browser: Browser, service: Service, params: Params = asked) {
  const errand = await begin(service, params)
  return { errand, page: await browser.follow(errand.url) }
}

async function press(browser: Browser, page: Answer, yes: boolean, more: Params = {}) {
  const { action, fields } = formOf(page)
  const to = yes ? action : action.replace(/\/don$/, '/refus')
  return postAndFollow(browser, to, { ...fields, ...(more as Record<string, string>) })
}

/** The whole way: what the service gets in its ID token and from userinfo. */
async function told(service: Service, answer: Answer, errand: Errand) {
  const tokens = json(await service.redeem(codeOf(callbackOf(answer)), errand))
  const token = String(tokens['access_token'])
  return { token, idToken: idTokenOf(tokens), userinfo: json(await service.userinfo(token)) }
}

async function given(browser: Browser, service: Service, params: Params = asked) {
  const { errand, page } = await shown(browser, service, params)
  return told(service, await press(browser, page, true), errand)
}

async function again(browser: Browser, service: Service, params: Params = asked) {
  const { errand, page } = await shown(browser, service, params)
  return told(service, page, errand)
}

describe('a service that registered the address', () => {
  test('tells her what it will get, and gets it once she lets it, at each sign-in', async () => {
    const { browser, email } = await marie()
    const { errand, page } = await shown(browser, post)
    expect(page.url).toMatch(/\/recevra\/[\w-]+$/)
    for (const words of [
      'Ce service recevra votre adresse courriel',
      email,
      write.fr,
      'Service post',
    ])
      expect(page.body).toContain(words)
    const first = await told(post, await press(browser, page, true), errand)
    expect(first.userinfo).toEqual({ sub: first.idToken['sub'], email, email_verified: true })
    expect(JSON.stringify(first.idToken)).not.toContain(email)
    const second = await again(browser, post)
    expect(second.userinfo).toEqual(first.userinfo)
  })

  test('says it in English, too', async () => {
    const { browser } = await marie()
    const { page } = await shown(browser, post, { ...asked, ui_locales: 'en' })
    const { action, fields } = formOf(page) // she attests first
    const english = await postAndFollow(browser, action, fields)
    for (const words of ['This service will get your e-mail address', write.en])
      expect(english.body).toContain(words)
  })

  test('gets it by the claims parameter alone, and by the strict profile', async () => {
    const { browser, email } = await marie()
    const claims = JSON.stringify({ userinfo: { email: { essential: true } } })
    const { userinfo, idToken } = await given(browser, strict, { claims })
    expect(userinfo['email']).toBe(email)
    expect(JSON.stringify(idToken)).not.toContain(email)
  })

  test('gets nothing in the ID token, and may ask for a claim that nobody is told', async () => {
    const { browser, email } = await marie()
    const essential = { essential: true }
    const asking = { email: essential, email_verified: essential, name: essential }
    const claims = JSON.stringify({ id_token: asking, userinfo: asking })
    for (const service of [post, strict]) {
      const { userinfo, idToken } = await given(browser, service, { claims })
      expect(userinfo).toEqual({ sub: idToken['sub'], email, email_verified: true })
      expect(JSON.stringify(idToken)).not.toContain(email)
    }
  })

  test('asks nothing, and is told nothing, where its request does not ask', async () => {
    const { browser } = await marie()
    const plain = await again(browser, post, { scope: 'openid' })
    expect(Object.keys(plain.userinfo)).toEqual(['sub'])
    await given(browser, post)
    // A token of `openid` alone says no more after that either.
    expect(Object.keys((await again(browser, post, { scope: 'openid' })).userinfo)).toEqual(['sub'])
  })

  test('that cannot do without it is told access_denied after a no, and asks again the next time', async () => {
    const { browser } = await marie()
    const { page } = await shown(browser, post)
    const back = callbackOf(await press(browser, page, false))
    expect(back.searchParams.get('error')).toBe('access_denied')
    expect((await shown(browser, post)).page.url).toContain('/recevra/')
  })

  test('that can do without it goes on without it after a no, and asks no more', async () => {
    const { browser } = await marie()
    const { errand, page } = await shown(browser, bulletin)
    expect(page.body).toContain('Ce service demande votre adresse courriel')
    const { userinfo } = await told(bulletin, await press(browser, page, false), errand)
    expect(Object.keys(userinfo)).toEqual(['sub'])
    expect(Object.keys((await again(browser, bulletin)).userinfo)).toEqual(['sub'])
  })

  test('is told that a person must be asked, where it may show no page', async () => {
    const { browser } = await marie()
    const quiet = { ...asked, prompt: 'none' }
    const refused = callbackOf((await shown(browser, post, quiet)).page)
    expect(refused.searchParams.get('error')).toBe('consent_required')
    await given(browser, post)
    expect(callbackOf((await shown(browser, post, quiet)).page).searchParams.has('code')).toBe(true)
  })
})

describe('her address', () => {
  test('is the one that she has at that moment', async () => {
    const { browser, personId, email } = await marie()
    const { token, userinfo } = await given(browser, post)
    expect(userinfo['email']).toBe(email)
    const newer = `nouvelle-${email}`
    await giveEmail(broker, personId, newer)
    expect(json(await post.userinfo(token))['email']).toBe(newer)
  })

  test('that she took away is told no more; a service that needs one says so before it goes on', async () => {
    const { browser, personId } = await marie()
    const { token } = await given(browser, post)
    await takeEmail(broker, personId)
    expect(Object.keys(json(await post.userinfo(token)))).toEqual(['sub'])
    const { page } = await shown(browser, post)
    expect(page.body).toContain('Ce service doit recevoir votre adresse courriel')
    const back = callbackOf(await postAndFollow(browser, formOf(page).action, formOf(page).fields))
    expect(back.searchParams.get('error')).toBe('access_denied')
  })

  test('that she never had is not asked for, where she may refuse it', async () => {
    const { browser } = await newPerson(broker)
    expect(Object.keys((await again(browser, bulletin)).userinfo)).toEqual(['sub'])
    const quiet = { ...asked, prompt: 'none' }
    expect(callbackOf((await shown(browser, bulletin, quiet)).page).searchParams.has('code')).toBe(
      true,
    )
  })

  test('goes to no service that registered none, whatever it asks (I21)', async () => {
    const { browser, email } = await marie()
    await given(browser, post)
    const { library } = broker.services
    const claims = JSON.stringify({ userinfo: { email: null } })
    const beyond = [asked, { claims }, { claims: JSON.stringify({ id_token: { email: null } }) }]
    const answers = await Promise.all(beyond.map((params) => library.push(params)))
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400])
    // Nor do others go to one that registered the address.
    for (const [name, says] of [
      ['birthdate', 'claims: this service has not registered birthdate'],
      ['acr', 'claims: this service may ask for acr in id_token alone'],
    ] as const) {
      const more = { claims: JSON.stringify({ userinfo: { email: null, [name]: null } }) }
      expect(json(await post.push(more))).toMatchObject({
        error: 'invalid_request',
        error_description: says,
      })
    }
    const errand = await library.begin()
    const plain = await told(library, await browser.follow(errand.url), errand)
    expect(Object.keys(plain.userinfo)).toEqual(['sub'])
    const seen = JSON.stringify([plain, json(await library.introspect(plain.token))])
    expect(seen).not.toContain(email)
  })
})

describe('an answer', () => {
  test('is given once: of two tabs the first counts, and a form that is sent again changes nothing', async () => {
    const { browser, personId } = await marie()
    const { page } = await shown(browser, post)
    const { action, fields } = formOf(page)
    await browser.post(action.replace(/\/don$/, '/refus'), fields)
    const second = await browser.post(action, fields)
    const back = callbackOf(await browser.follow(second.location ?? ''))
    expect(back.searchParams.get('error')).toBe('access_denied')
    expect(await answers(personId)).toEqual([])
    expect((await browser.post(action, fields)).status).toBe(410)
    expect(await answers(personId)).toEqual([])
  })

  test('of another browser, or with words that she was not shown, is none', async () => {
    const [one, two] = [await marie(), await marie()]
    const { page } = await shown(one.browser, post)
    const { action, fields } = formOf(page)
    expect((await two.browser.post(action, fields)).status).toBe(404)
    // A visit that is at another page has none here.
    const stranger = makeBrowser(broker)
    const { url } = await stranger.follow(post.plain(asked).url)
    const elsewhere = await stranger.get(`/recevra/${url.split('/').at(-1)}`)
    expect([url.includes('/recevra/'), elsewhere.status]).toEqual([false, 404])
    expect(elsewhere.body).toContain('Cette connexion n’est plus en cours')
    expect((await one.browser.post(action, { ...fields, csrf: 'x' })).status).toBe(403)
    const { location } = await one.browser.post(action, { ...fields, shown: 'x'.repeat(43) })
    expect(location).toBe(page.url)
    expect(await answers(one.personId)).toEqual([])
  })

  test('is an event of her chain, and a line of her activity', async () => {
    const { browser, personId } = await marie()
    await given(browser, post)
    const kinds = await broker
      .db('ledgerEvent')
      .where({ personId })
      .orderBy('personSeq')
      .pluck('kind')
    expect(kinds.at(-1)).toBe('claims.answered')
    expect((await browser.get('/activite')).body).toContain('Vous laissez un service recevoir')
  })

  test('that somebody else wrote gives nothing, and she is told', async () => {
    const { browser, personId } = await marie()
    const { token } = await given(browser, bulletin, { scope: 'openid email' })
    const row = broker.db('claimAnswer').where({ personId, serviceId: 'bulletin' })
    await row.clone().update({ answeredAt: new Date(0) })
    expect(Object.keys(json(await bulletin.userinfo(token)))).toEqual(['sub'])
    const line = await broker.db('activity').where({ personId, kind: 'record.untrusted' }).first()
    expect(line?.reason).toBe('claim')
    // She is asked again, and her answer takes its place.
    const asked = await given(browser, bulletin)
    expect(asked.userinfo['email_verified']).toBe(true)
    await broker
      .db('contactPoint')
      .where({ personId })
      .update({ confirmedAt: new Date(0) })
    expect(Object.keys(json(await bulletin.userinfo(asked.token)))).toEqual(['sub'])
    const lines = broker.db('activity').where({ personId, kind: 'record.untrusted' })
    expect(await lines.pluck('reason')).toEqual(expect.arrayContaining(['claim', 'contact']))
  })

  test('of another person, moved with its seal, gives nothing', async () => {
    const [one, two] = [await marie(), await marie()]
    const { token } = await given(one.browser, post)
    const { personId } = two
    await again(two.browser, post, { scope: 'openid' })
    await broker.db('claimAnswer').where({ personId: one.personId }).update({ personId })
    expect(Object.keys(json(await post.userinfo(token)))).toEqual(['sub'])
    expect((await shown(two.browser, post)).page.url).toContain('/recevra/')
  })
})

/** What happens while so many requests wait for the lock of this person. */
async function whileHeld<T>(
  personId: string,
  sent: () => readonly Promise<T>[],
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<T[]> {
  const holding = await broker.db.transaction()
  await holding.raw('select open_ledger(?)', [personId])
  const waiting = sent()
  const blocked = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect
    .poll(async () => (await broker.db.raw<{ rows: object[] }>(blocked)).rows.length)
    .toBe(waiting.length)
  await meanwhile()
  await holding.rollback()
  return Promise.all(waiting)
}

test('an answer that is sent twice at once is written once', async () => {
  const { browser, personId } = await marie()
  const { action, fields } = formOf((await shown(browser, post)).page)
  const send = () => browser.post(action, fields)
  const sent = await whileHeld(personId, () => [send(), send()])
  expect(sent.map(({ status }) => status)).toEqual([303, 303])
  expect(await kindsOf(personId)).toEqual(['claims.answered'])
  expect(await broker.db('activity').where({ personId, kind: 'claims.given' })).toHaveLength(1)
})

const at = (id: string) => `/acces/services/${id}`

describe('she ends', () => {
  test('one claim that is optional, and is asked no more', async () => {
    const { browser, personId, email } = await marie()
    const { token } = await given(browser, bulletin)
    const page = await browser.get(at('bulletin'))
    for (const words of [email, write.fr, 'Depuis le']) expect(page.body).toContain(words)
    const { action, fields } = formOf(page)
    await browser.post(action, fields)
    expect(Object.keys(json(await bulletin.userinfo(token)))).toEqual(['sub'])
    expect(Object.keys((await again(browser, bulletin)).userinfo)).toEqual(['sub'])
    expect((await browser.get(at('bulletin'))).body).not.toContain('Ne plus donner')
    await browser.post(action, fields) // sent again, it writes nothing
    expect(await kindsOf(personId)).toEqual(['claims.answered', 'claims.ended'])
  })

  test('no claim by itself that a service cannot do without, and none of a service that she does not use', async () => {
    const { browser } = await marie()
    await given(browser, post)
    const page = await browser.get(at('post'))
    expect(page.body).toContain('Ce service ne peut pas s’en passer')
    const { fields } = formOf(await browser.get(`${at('post')}/fin`))
    const refused = await browser.post(`${at('post')}/renseignements/email/fin`, fields)
    expect(refused.status).toBe(404)
    expect((await browser.get(at('bulletin'))).status).toBe(404)
    expect((await browser.post(`${at('post')}/fin`, { ...fields, csrf: 'x' })).status).toBe(403)
    expect((await again(browser, post)).userinfo['email_verified']).toBe(true)
  })

  test('a no that she regrets: it becomes a yes, after the same words', async () => {
    const { browser, personId, email } = await marie()
    const { errand, page } = await shown(browser, bulletin)
    const first = await told(bulletin, await press(browser, page, false), errand)
    expect(Object.keys(first.userinfo)).toEqual(['sub'])
    const hers = await browser.get(at('bulletin'))
    for (const words of ['Ce que vous ne donnez pas', email, write.fr])
      expect(hers.body).toContain(words)
    const { action, fields } = formOf(hers)
    expect(action).toContain('/renseignements/email/don')
    await browser.post(action, { ...fields, shown: 'other words' })
    expect(Object.keys((await again(browser, bulletin)).userinfo)).toEqual(['sub'])
    await browser.post(action, fields)
    expect((await again(browser, bulletin)).userinfo['email']).toBe(email)
    expect(await kindsOf(personId)).toEqual(['claims.answered', 'claims.answered'])
  })

  test('the whole connection: tokens and sign-ins there end at once, and the next one is as the first', async () => {
    const { browser, personId } = await marie()
    const params = { ...asked, state: 'ending' }
    const { token, idToken } = await given(browser, strict, params)
    const waiting = await begin(strict)
    const unused = codeOf(callbackOf(await browser.follow(waiting.url)))
    const { action, fields } = formOf(await browser.get(`${at('strict')}/fin`))
    const ended = await browser.post(action, fields)
    expect((await browser.get(ended.location ?? '')).body).toContain(
      'Votre lien avec ce service est terminé',
    )
    expect((await strict.userinfo(token)).status).toBe(401)
    expect((await strict.redeem(unused, waiting)).status).toBe(400)
    expect((await browser.get(at('strict'))).status).toBe(404)
    const job = await untyped(broker.db)('graphile_worker._private_jobs')
      .orderBy('id', 'desc')
      .first()
    expect(job.payload).toMatchObject({ clientId: 'strict', sid: idToken['sid'] })
    await browser.post(action, fields) // sent again, it writes nothing
    expect(await kindsOf(personId)).toEqual(['claims.answered', 'connection.ended'])
    const { errand, page } = await shown(browser, strict)
    expect(page.url).toContain('/recevra/')
    const anew = await told(strict, await press(browser, page, true), errand)
    expect(anew.idToken['sub']).toBe(idToken['sub'])
    expect(anew.idToken['sid']).not.toBe(idToken['sid'])
  })

  test('her connection here, and the one of another service stays', async () => {
    const { browser } = await marie()
    const { token } = await given(browser, post)
    await given(browser, bulletin)
    const { action, fields } = formOf(await browser.get(`${at('bulletin')}/fin`))
    await browser.post(action, fields)
    expect(json(await post.userinfo(token))['email_verified']).toBe(true)
  })

  test('a connection, and one that is put back as it was opens nothing', async () => {
    const { browser, personId } = await marie()
    await given(browser, post)
    const tokens = broker.db('oidcArtifacts').where({ accountId: personId, model: 'AccessToken' })
    const { token } = await again(browser, post)
    const kept = await tokens.clone().select('*')
    const { action, fields } = formOf(await browser.get(`${at('post')}/fin`))
    await browser.post(action, fields)
    await broker.db('connections').where({ personId, serviceId: 'post' }).update({ endedAt: null })
    await broker.db('oidcArtifacts').insert(kept)
    expect((await post.userinfo(token)).status).toBe(401)
  })
})

async function kindsOf(personId: string): Promise<string[]> {
  const kinds: string[] = await broker
    .db('ledgerEvent')
    .where({ personId })
    .orderBy('personSeq')
    .pluck('kind')
  return kinds.filter((kind) => !kind.startsWith('access.'))
}

test('is asked for again when the register has another purpose, and is told to nobody when it has none', async () => {
  const { browser, personId } = await marie()
  const { token } = await given(browser, strict)
  const apply = (version: number, claims: object) => applyService(strict, version, claims)
  await apply(2, { claims: { email: { purpose: other, optional: false } } })
  expect(Object.keys(json(await strict.userinfo(token)))).toEqual(['sub'])
  const { errand, page } = await shown(browser, strict)
  expect(page.body).toContain(other.fr)
  // The words change while her answer waits: it is none, and she reads the new ones.
  const { action, fields } = formOf(page)
  const [late] = await whileHeld(
    personId,
    () => [browser.post(action, fields)],
    () => apply(3, { claims: { email: { purpose: reach, optional: false } } }),
  )
  expect(late?.location).toBe(page.url)
  const anew = await browser.get(page.url)
  expect(anew.body).toContain(reach.fr)
  const next = await told(strict, await press(browser, anew, true), errand)
  expect(next.userinfo['email_verified']).toBe(true)
  await apply(4, { claims: undefined })
  expect(Object.keys(json(await strict.userinfo(next.token)))).toEqual(['sub'])
  expect((await strict.push(asked)).status).toBe(400)
})

async function applyService({ registered }: Service, version: number, changed: object) {
  const content = { ...registered, version, ...changed }
  const id = String(registered['client_id'])
  const objects = [{ kind: 'service', id, version, content }] as const
  const seals = await sealsOf(broker.keysDir)
  await transact(broker.db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
}

test('a service that left the register keeps its name in her list, and she can end the connection', async () => {
  const { browser, personId, email } = await marie()
  await given(browser, bulletin)
  await applyService(bulletin, 2, { status: 'closed' })
  const page = () => browser.get(at('bulletin'))
  await expect.poll(async () => (await page()).body).toContain('n’est plus actif au registre')
  const { body } = await page()
  expect([body.includes('<h1>Service bulletin</h1>'), body.includes(email)]).toEqual([true, false])
  expect((await browser.get('/acces/services')).body).toContain(at('bulletin'))
  const { action, fields } = formOf(await browser.get(`${at('bulletin')}/fin`))
  await browser.post(action, fields)
  expect((await page()).status).toBe(404)
  expect(await kindsOf(personId)).toEqual(['claims.answered', 'connection.ended'])
})

async function answers(personId: string): Promise<readonly object[]> {
  return broker.db('claimAnswer').where({ personId }).select('*')
}

test('no log has an address', () => {
  expect(broker.output()).not.toContain('canari')
})
