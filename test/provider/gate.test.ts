import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transact } from '../../src/base/database/database.ts'
import { readId, writeId } from '../../src/base/values/ids.ts'
import { present } from '../../src/base/values/present.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import type { Vault } from '../../src/ledger/chain/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { letWait } from '../../src/people/accounts/index.ts'
import type { VouchedClaims } from '../../src/people/identity/index.ts'
import { keysOf } from '../../src/webauthn/index.ts'
import type { Answer, Browser, Site } from '../support/browser.ts'
import { formOf, formsOf } from '../support/browser.ts'
import { callbackOf, codeOf, issuer, postAndFollow, signIn } from '../support/broker.ts'
import { untyped } from '../support/database.ts'
import { giveEmail } from '../support/emails.ts'
import { differencesOf } from '../support/fold.ts'
import type { NewPerson } from '../support/person.ts'
import { newPerson } from '../support/person.ts'
import { tokenFor } from '../support/portal.ts'
import { changeSessions } from '../support/resealed-access.ts'
import type { Params, Service } from '../support/service.ts'
import { deviceGrant, idTokenOf, json, makeService } from '../support/service.ts'
import type { Stage } from '../support/sharing.ts'
import { ask, press, share, startStage } from '../support/sharing.ts'
import { sealAsWritten } from '../support/sealed-rows.ts'
import { vouchFor } from '../support/vouching.ts'
import type { Recovered } from '../support/ways.ts'
import { recoverAt } from '../support/ways.ts'

// One gate: in a session that a recovery holds nothing about a person begins to flow, whichever way it is asked for; and what says who she
// is needs a proof of the last minutes. Stopping needs neither.

const purpose = { fr: 'Trouver votre dossier', en: 'Find your file' }
const hers: VouchedClaims = { given_name: 'Maïté', family_name: 'Canari', birthdate: '1987-05-03' }
const file = { given_name: 'Maïté', family_name: 'Canari', birthdate: '1987-05-03' }
const who = { scope: 'openid profile email' }
const forFiles: Params = { resource: `${issuer}/matching`, scope: 'openid match' }
const ciba = 'urn:openid:params:grant-type:ciba'
const held = 'Cet accès vient d’être rétabli avec un code'

let stage: Stage
/** It cannot do without her name, birth date and address, and asks about files. */
let records: Service
/** It can do without her address. */
let letters: Service
/** It signs people in on devices, and from elsewhere. */
let tv: Service

async function makeAsking(site: Site): Promise<readonly Service[]> {
  const claim = { purpose, optional: false }
  const who = { given_name: claim, family_name: claim, birthdate: claim, email: claim }
  const toldOfSignOut = { backchannel_logout_uri: 'https://asks.test/logout' }
  const grants = { grant_types: ['authorization_code', 'client_credentials'] }
  records = await makeService(site, {
    clientId: 'records',
    organisation: 'org_culture',
    more: { ...grants, claims: who, matching: { purpose }, first_party: true, ...toldOfSignOut },
  })
  letters = await makeService(site, {
    clientId: 'letters',
    organisation: 'org_revenue',
    isBearer: true,
    more: {
      profile: 'baseline',
      claims: { email: { purpose, optional: true } },
      ...toldOfSignOut,
    },
  })
  tv = await makeService(site, {
    clientId: 'tv',
    organisation: 'org_tv',
    isBearer: true,
    more: {
      profile: 'baseline',
      grant_types: ['authorization_code', deviceGrant, ciba],
      backchannel_token_delivery_mode: 'poll',
    },
  })
  return [records, letters, tv]
}

beforeAll(async () => {
  stage = await startStage((object) => object, undefined, makeAsking)
}, 180_000)
afterAll(() => stage.stop())

type Owner = NewPerson & { readonly email: string }

let people = 0

/** Somebody with an address, whom a provider of identities vouches for. */
async function maite(): Promise<Owner> {
  people += 1
  const email = `maite.canari-${people}@exemple.test`
  const person = await newPerson(stage, { workingCodes: 2 })
  await giveEmail(stage, person.personId, email)
  await vouchFor(stage, person.personId, hers, { issuer: 'http://localhost:3004' })
  return { ...person, email }
}

/** Somebody found a code of hers, and has just made a passkey with it. */
function thief(owner: Owner): Promise<Recovered> {
  return recoverAt(stage, stage.services.library, owner)
}

async function asked(browser: Browser, service: Service, params: Params = who) {
  const errand = service === letters ? service.plain(params) : await service.begin(params)
  return { errand, page: await browser.follow(errand.url) }
}

/** Her yes to « Ce service recevra ». */
function give(browser: Browser, page: Answer): Promise<Answer> {
  const { action, fields } = formOf(page)
  return postAndFollow(browser, action, fields)
}

async function told(
  service: Service,
  page: Answer,
  errand: Awaited<ReturnType<typeof asked>>['errand'],
) {
  const tokens = json(await service.redeem(codeOf(callbackOf(page)), errand))
  const userinfo = json(await service.userinfo(String(tokens['access_token'])))
  return { userinfo, idToken: idTokenOf(tokens), token: String(tokens['access_token']) }
}

async function csrfOf(browser: Browser, path: string): Promise<string> {
  return formOf(await browser.get(path)).fields['csrf'] ?? ''
}

function rows(table: string, personId: string): Promise<number> {
  return untyped(stage.db)(table)
    .where({ personId })
    .then((found: unknown[]) => found.length)
}

/** The session of this person as if she had signed in so many hours ago, and gone on using it; or at another level. */
function changed(personId: string, change: { readonly hours: number } | { readonly acr: string }) {
  const set =
    'hours' in change
      ? `payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::bigint - ${change.hours * 3600})),
         signed_in_at = signed_in_at - interval '${change.hours} hours'`
      : `payload = jsonb_set(payload, '{acr}', '"${change.acr}"')`
  return changeSessions(stage, `update oidc_sessions set ${set} where account_id = ?`, [personId])
}

describe('in a session that a recovery holds', () => {
  test('no service gets name, birth date or address: at the sign-in, at userinfo, or by a form made by hand', async () => {
    const owner = await maite()
    const { page: shown } = await asked(owner.browser, records)
    const { browser, authenticator } = await thief(owner)
    const again = (await signIn(stage, stage.services.library, authenticator)).browser
    for (const one of [browser, again]) {
      const { page } = await asked(one, records)
      expect(page.body).toMatch(/Cette connexion ne donne pas vos renseignements avant le \d/)
      expect(page.body).not.toMatch(/Maïté|1987|maite\./)
      const { csrf = '' } = formOf(page).fields
      const yes = { csrf, shown: formOf(shown).fields['shown'] ?? '' }
      const forged = await one.post(`${new URL(page.url).pathname}/don`, yes)
      expect([forged.status, forged.body.includes(held)]).toEqual([409, true])
      const without = await one.post(`${new URL(page.url).pathname}/sans`, { csrf })
      expect(without.location).toContain('/recevra/') // it cannot do without
      const back = callbackOf(await give(one, page))
      expect(back.searchParams.get('error')).toBe('access_denied')
    }
    expect(await rows('claim_answer', owner.personId)).toBe(0)
  })

  test.each([
    [
      'removed',
      'Vous êtes ici par une façon de vous connecter qui attend',
      'Sinon, connectez-vous',
    ],
    ['disputed', 'Deux façons de vous connecter se contredisent', 'avec une troisième façon'],
  ] as const)('of a way that is %s, the page says that, and speaks of no code', async (...of) => {
    const [because, why, how] = of
    const owner = await maite()
    const { seals } = await vault()
    const [key] = await keysOf(stage.db, seals, owner.personId)
    const way = `key ${present(key, 'her key').passkeyId}` as const
    const waits = { since: new Date(), because, by: [] }
    await transact(stage.db, (tx) => letWait(tx, seals, owner.personId, [way], waits))

    const { page } = await asked(owner.browser, records)
    for (const words of ['Cette connexion ne donne pas encore vos renseignements', why, how])
      expect(page.body).toContain(words)
    expect(page.body).not.toMatch(/avec un code|ne part vers ce service avant|72\sheures/)
  })

  test('a service that can do without gets nothing, and no answer of hers is kept', async () => {
    const owner = await maite()
    const { browser } = await thief(owner)
    const { errand, page } = await asked(browser, letters, { scope: 'openid email' })
    expect(formOf(page).action).toMatch(/\/sans$/)
    const { userinfo } = await told(letters, await give(browser, page), errand)
    expect(Object.keys(userinfo)).toEqual(['sub'])
    expect(await rows('claim_answer', owner.personId)).toBe(0)
    const english = await asked(browser, letters, { scope: 'openid email', ui_locales: 'en' })
    const attested = await give(browser, english.page) // she attests first
    expect(attested.body).toContain('This sign-in does not give your information before')
  })

  test('what she gave before is told in her own session, and not in this one', async () => {
    const owner = await maite()
    const first = await asked(owner.browser, letters, { scope: 'openid email' })
    await told(letters, await give(owner.browser, first.page), first.errand)
    const { browser } = await thief(owner)
    const { errand, page } = await asked(browser, letters, { scope: 'openid email' })
    const { userinfo, idToken } = await told(letters, page, errand)
    expect([idToken['acr'], Object.keys(userinfo)]).toEqual(['urn:accord:aal:1', ['sub']])
    const own = (await signIn(stage, stage.services.library, owner.authenticator)).browser
    const hers = await asked(own, letters, { scope: 'openid email' })
    expect((await told(letters, hers.page, hers.errand)).userinfo['email']).toBe(owner.email)
    // A row that somebody changed to end the hold tells no more.
    await stage.db('recoveryHolds').where({ personId: owner.personId }).update({ added: [] })
    const forged = await asked(browser, letters, { scope: 'openid email' })
    expect(Object.keys((await told(letters, forged.page, forged.errand)).userinfo)).toEqual(['sub'])
  })

  test('no service learns whether a file is hers', async () => {
    const owner = await maite()
    const { browser } = await thief(owner)
    const answer = await records.api('/matching', await tokenFor(records, browser, forFiles), file)
    expect([answer.status, json(answer)['code']]).toEqual([409, 'access.held'])
    expect(await rows('matching_answer', owner.personId)).toBe(0)
    const own = (await signIn(stage, stage.services.library, owner.authenticator)).browser
    const yes = await records.api('/matching', await tokenFor(records, own, forFiles), file)
    expect(json(yes)['result']).toBe('match')
  })

  test('no sharing is allowed, resumed or confirmed; each can be refused, paused and stopped', async () => {
    const owner = await maite()
    const { consentId } = await share(stage, await ask(stage, owner.browser))
    const { browser } = await thief(owner)
    const path = `/mes-partages/${consentId}`
    const deeds: [string, number][] = []
    for (const deed of ['confirmation', 'pause', 'reprise', 'arret']) {
      const answer = await browser.post(`${path}/${deed}`, { csrf: await csrfOf(browser, path) })
      deeds.push([deed, answer.status])
    }
    expect(deeds).toEqual([
      ['confirmation', 409],
      ['pause', 303],
      ['reprise', 409],
      ['arret', 303],
    ])
    const question = await ask(stage, browser)
    const yes = await press(question, 'autorisation')
    expect([yes.status, yes.body.includes(held)]).toEqual([409, true])
    expect((await press(question, 'refus')).body).toContain('Vous avez refusé')
    const granted = stage.db('consentRecord').where({ personId: owner.personId })
    expect(await granted.where('categoriesGranted', '>', 0)).toHaveLength(1)
  })

  test('no device is signed in, and it is told so; her own session signs one in', async () => {
    const owner = await maite()
    const { browser } = await thief(owner)
    const first = json(await tv.device())
    const refused = await letDeviceIn(browser, first)
    expect(refused.body).toContain('Cet appareil doit attendre')
    expect(json(await tv.poll(String(first['device_code'])))['error']).toBe('access_denied')
    const own = (await signIn(stage, stage.services.library, owner.authenticator)).browser
    expect((await letDeviceIn(own, json(await tv.device()))).body).toContain(
      'L’appareil est connecté',
    )
  })

  test('no sign-in from elsewhere is approved', async () => {
    const owner = await maite()
    const { errand, page } = await asked(owner.browser, tv, {})
    const { idToken } = await told(tv, page, errand)
    const hint = { scope: 'openid', login_hint: String(idToken['sub']) }
    const begun = json(await tv.call('/backchannel', hint))
    const { browser, authenticator } = await thief(owner)
    const again = (await signIn(stage, stage.services.library, authenticator)).browser
    expect(begun['error']).toBeUndefined()
    const words = begun['accord_binding_message'] as { readonly fr: string }
    const answers: [number, boolean][] = []
    for (const one of [browser, again]) {
      const all = await one.get('/acces/services')
      const form = formsOf({ ...all, body: all.body.slice(all.body.indexOf(words.fr)) }).find(
        ({ action }) => action.endsWith('/approbation'),
      )
      const answer = await postAndFollow(one, form?.action ?? '', form?.fields ?? {})
      answers.push([answer.status, answer.body.includes(held)])
    }
    // At level 1 the proof comes first, for nothing: the second session has it.
    expect(answers.at(-1)).toEqual([409, true])
    const poll = { grant_type: ciba, auth_req_id: String(begun['auth_req_id']) }
    const none = { code: undefined, code_verifier: undefined, redirect_uri: undefined }
    const nothing = { url: '', requestUri: '', verifier: '', state: '', nonce: '' }
    const polled = await tv.redeem('', nothing, { params: { ...poll, ...none } })
    expect(json(polled)['error']).toBe('authorization_pending')
  })

  test('nothing waits any more after 72 hours', async () => {
    const owner = await maite()
    const { browser } = await thief(owner)
    await stage.db.raw(
      `update recovery_holds set since = now() - interval '73 hours', until = now() - interval '1 second' where person_id = ?`,
      [owner.personId],
    )
    await sealAsWritten(stage, 'recovery_holds')
    await changed(owner.personId, { acr: 'urn:accord:aal:2' })
    const { errand, page } = await asked(browser, letters, { scope: 'openid email' })
    const { userinfo } = await told(letters, await give(browser, page), errand)
    expect(userinfo['email']).toBe(owner.email)
  })
})

describe('without a recent proof', () => {
  test('a session of 16 hours turns no "no" into a yes: she proves first, and then gives', async () => {
    const owner = await maite()
    const { errand, page } = await asked(owner.browser, letters, { scope: 'openid email' })
    const { action, fields } = formOf(page)
    const no = await postAndFollow(owner.browser, action.replace(/\/don$/, '/refus'), fields)
    await told(letters, no, errand)
    await changed(owner.personId, { hours: 16 })
    const hers = formOf(await owner.browser.get('/acces/services/letters'))
    const given = () => stage.db('claimAnswer').where({ personId: owner.personId, isGiven: true })

    const asksProof = await postAndFollow(owner.browser, hers.action, hers.fields)

    expect(new URL(asksProof.url).pathname).toMatch(/^\/connexion\//)
    expect(await given()).toEqual([])
    const back = await prove(owner, asksProof)
    expect(new URL(back.url).pathname).toBe('/acces/services/letters')
    expect(await given()).toEqual([]) // the page that is opened gives nothing
    const again = formOf(back)
    await owner.browser.post(again.action, again.fields)
    expect(await given()).toHaveLength(1)
  })

  test('a session of 16 hours gives nothing at a sign-in, and may still say no', async () => {
    const owner = await maite()
    await changed(owner.personId, { hours: 16 })
    const { errand, page } = await asked(owner.browser, letters, { scope: 'openid email' })
    const asksProof = await give(owner.browser, page)
    expect(new URL(asksProof.url).pathname).toMatch(/^\/connexion\//)
    expect(await rows('claim_answer', owner.personId)).toBe(0)
    const back = await prove(owner, asksProof)
    const { userinfo } = await told(letters, await give(owner.browser, back), errand)
    expect(userinfo['email']).toBe(owner.email)

    const other = await maite()
    await changed(other.personId, { hours: 16 })
    const second = await asked(other.browser, letters, { scope: 'openid email' })
    const { action, fields } = formOf(second.page)
    const no = await postAndFollow(other.browser, action.replace(/\/don$/, '/refus'), fields)
    expect(Object.keys((await told(letters, no, second.errand)).userinfo)).toEqual(['sub'])
  })

  test('a session of level 1 learns nothing about a file, and its service is told what to ask for', async () => {
    const owner = await maite()
    await changed(owner.personId, { acr: 'urn:accord:aal:1' })
    const token = await tokenFor(records, owner.browser, forFiles)
    const answer = await records.api('/matching', token, file)
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      401,
      'DPoP error="insufficient_user_authentication", acr_values="urn:accord:aal:2", algs="ES256"',
    ])
    expect(await rows('matching_answer', owner.personId)).toBe(0)
  })
})

describe('what somebody else gave in her name ends', () => {
  test('with « Ce n’était pas moi » about the sign-in: claims, connections, tokens; sharings stand still; services are told', async () => {
    const { owner, thief: his, consentId, tokens } = await stolen()
    const notice = await stage
      .db('notices')
      .where({ personId: owner.personId, kind: 'new-device' })
      .first()
    const csrf = await csrfOf(owner.browser, '/acces/nom-affiche')
    const last = await lastJob()

    const said = await owner.browser.post(
      `/acces/avis/${writeId('not', notice.noticeId)}/pas-moi`,
      {
        csrf,
      },
    )

    expect(said.status).toBe(303)
    expect((await his.get('/acces')).status).toBe(403)
    expect(await givenNow(owner)).toEqual([])
    expect((await letters.userinfo(tokens[0] ?? '')).status).toBe(401)
    expect((await records.userinfo(tokens[1] ?? '')).status).toBe(401)
    expect(new Set(await toldSince(last))).toEqual(new Set(['letters', 'library', 'records']))
    // The service that he was first at is none of hers; the other one keeps its older connection, and her no.
    expect((await owner.browser.get('/acces/services/records')).status).toBe(404)
    const hers = await asked(owner.browser, letters, { scope: 'openid email' })
    expect(Object.keys((await told(letters, hers.page, hers.errand)).userinfo)).toEqual(['sub'])
    const anew = await asked(owner.browser, records)
    expect(anew.page.body).toContain('Ce service recevra')
    await told(records, await give(owner.browser, anew.page), anew.errand)
    expect(await stateOf(consentId)).toBe('suspended')
    const lines = (await owner.browser.get('/activite')).body
    for (const words of ['ne reçoit plus ce que vous lui donniez', 'mis fin à votre lien'])
      expect(lines).toContain(words)
    expect(await differencesOf({ db: stage.db, vault: await vault() }, owner.personId)).toEqual([])
  })

  test('with the recovery that is undone: where she was signed in since, nothing is left of it', async () => {
    const owner = await maite()
    const { browser } = await thief(owner)
    const { errand, page } = await asked(browser, tv, {})
    const { token } = await told(tv, page, errand)
    const last = await lastJob()
    const own = (await signIn(stage, stage.services.archives, owner.authenticator)).browser
    const undo = formsOf(await own.get('/acces')).find(({ action }) =>
      action.endsWith('/retablissement/pas-moi'),
    )

    expect((await own.post(undo?.action ?? '', undo?.fields ?? {})).status).toBe(303)

    expect((await tv.userinfo(token)).status).toBe(401)
    expect((await own.get('/acces/services/tv')).status).toBe(404)
    expect(await toldSince(last)).toContain('library')
    expect(await differencesOf({ db: stage.db, vault: await vault() }, owner.personId)).toEqual([])
  })
})

async function vault(): Promise<Vault> {
  return makeVault(await openKeys(stage.keysDir), signalMapping)
}

function jobs() {
  return untyped(stage.db)('graphile_worker._private_jobs')
}

async function lastJob(): Promise<number> {
  const last = await jobs().orderBy('id', 'desc').first()
  return Number(last?.id ?? 0)
}

/** The services that a notice of sign-out waits for. */
async function toldSince(last: number): Promise<string[]> {
  const rows: { payload: { clientId?: string } }[] = await jobs().where('id', '>', last)
  return rows.flatMap(({ payload: { clientId } }) => clientId ?? [])
}

/** Proves with her key, on the page that asks for it, and follows where it leads back. */
async function prove({ browser, authenticator }: Owner, page: Answer): Promise<Answer> {
  const { action, fields, options } = formOf(page)
  const credential = authenticator.get(options)
  return postAndFollow(browser, action, { ...fields, credential })
}

/** Types the code of a device at its page, and says yes. */
async function letDeviceIn(
  browser: Browser,
  begun: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const { action, fields } = formOf(await browser.get('/device'))
  const shown = await browser.post(action, { ...fields, user_code: String(begun['user_code']) })
  const confirm = formOf(shown)
  return postAndFollow(browser, confirm.action, { ...confirm.fields, confirm: 'yes' })
}

/** Somebody with her key signs in, and gives what can be given; her sharing, which she had paused, goes on again. */
async function stolen() {
  const owner = await maite()
  const { consentId } = await share(stage, await ask(stage, owner.browser))
  const path = `/mes-partages/${consentId}`
  await owner.browser.post(`${path}/pause`, { csrf: await csrfOf(owner.browser, path) })
  const own = await asked(owner.browser, letters, { scope: 'openid email' })
  const no = formOf(own.page)
  await told(
    letters,
    await postAndFollow(owner.browser, no.action.replace(/\/don$/, '/refus'), no.fields),
    own.errand,
  )
  // What she has from before is older than anything of his.
  await stage.db.raw(
    `update connections set first_used_at = first_used_at - interval '1 hour' where person_id = ?`,
    [owner.personId],
  )
  await sealAsWritten(stage, 'connections')

  const { browser } = await signIn(stage, stage.services.library, owner.authenticator)
  const service = formOf(await browser.get('/acces/services/letters'))
  await browser.post(service.action, service.fields)
  const again = await asked(browser, letters, { scope: 'openid email' })
  const address = await told(letters, again.page, again.errand)
  expect(address.userinfo['email']).toBe(owner.email)
  const first = await asked(browser, records)
  const name = await told(records, await give(browser, first.page), first.errand)
  expect(name.userinfo['given_name']).toBe('Maïté')
  const resumed = await browser.post(`${path}/reprise`, { csrf: await csrfOf(browser, path) })
  expect(resumed.status).toBe(303)
  return { owner, thief: browser, consentId, tokens: [address.token, name.token] }
}

async function stateOf(consentId: string): Promise<string | undefined> {
  const row = await stage
    .db('consentCurrent')
    .where({ consentId: readId('con', consentId) })
    .first()
  return row?.state
}

async function givenNow({ personId }: Owner): Promise<unknown[]> {
  return stage.db('claimAnswer').where({ personId, isGiven: true }).select('serviceId', 'claim')
}
