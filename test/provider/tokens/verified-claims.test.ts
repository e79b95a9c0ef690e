import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endEveryWait } from '../../support/ended-waits.ts'
import { transact } from '../../../src/base/database/database.ts'
import {
  readVerifiedRequest,
  trustFramework,
  verifiedClaims,
} from '../../../src/provider/tokens/verified-claims.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import { applyRegister } from '../../../src/registry/index.ts'
import type { Answer, Browser, Site } from '../../support/browser.ts'
import { formOf, makeBrowser } from '../../support/browser.ts'
import type { Broker } from '../../support/broker.ts'
import { callbackOf, codeOf, postAndFollow, startBroker } from '../../support/broker.ts'
import { giveEmail } from '../../support/emails.ts'
import { newPerson } from '../../support/person.ts'
import { sealsOf } from '../../support/seals.ts'
import type { Errand, Params, Service } from '../../support/service.ts'
import { idTokenOf, json, makeService } from '../../support/service.ts'
import { vouchFor } from '../../support/vouching.ts'

// Names and birth dates that providers of identities vouch for: which service is told what (decision 0139).

const know = { fr: 'Vous reconnaître au comptoir', en: 'Recognise you at the counter' }
const age = { fr: 'Choisir le bon programme', en: 'Choose the right programme' }

const elsewhere = providerObject('ailleurs', 'https://id.elsewhere.test')
const other = providerObject('autre', 'https://other.elsewhere.test')

let broker: Broker
/** It cannot do without a name; a birth date may be refused. */
let desk: Service
/** Of another organisation, it may be told a birth date alone. */
let school: Service

async function makeAsking(site: Site): Promise<Service[]> {
  const names = {
    given_name: { purpose: know, optional: false },
    family_name: { purpose: know, optional: false },
  }
  const birthdate = { purpose: age, optional: true }
  desk = await makeService(site, {
    clientId: 'desk',
    organisation: 'org_revenue',
    more: { claims: { ...names, birthdate } },
  })
  school = await makeService(site, {
    clientId: 'school',
    organisation: 'org_library',
    isBearer: true,
    more: { profile: 'baseline', claims: { birthdate } },
  })
  return [desk, school]
}

beforeAll(async () => {
  broker = await startBroker(makeAsking, [elsewhere, other], undefined, {}, { upstream: true })
}, 180_000)
afterAll(() => broker.stop())

function providerObject(id: string, issuer: string, more: object = {}): RegisterObject {
  const content = {
    provider_id: id,
    version: 1,
    name: { fr: `Compte ${id}`, en: `Account ${id}` },
    issuer,
    client_id: 'accord',
    ceiling: 'urn:accord:aal:2',
    vouches_for: ['given_name', 'family_name', 'birthdate'],
    status: 'active',
    ...more,
  }
  return { kind: 'identity-provider', id, version: 1, content }
}

const names = { given_name: 'Canari-Ève', family_name: 'Canaribeau' }
const all = { ...names, birthdate: '1987-02-28' }

function otherBut(more: object) {
  return { id: other.id, content: { ...other.content, ...more } }
}

async function maud(vouched: object = all) {
  const person = await newPerson(broker)
  const vouching = await vouchFor(broker, person.personId, vouched)
  return { ...person, vouching }
}

const profile = { scope: 'openid profile' }

function wanting(...wanted: readonly string[]): Params {
  const verification = { trust_framework: null, time: null, assurance_level: null, evidence }
  const claims = Object.fromEntries(wanted.map((name) => [name, null]))
  return asking({ verified_claims: { verification, claims } })
}

const evidence = [{ type: { value: 'electronic_record' }, record: null }]

function asking(userinfo: object): Params {
  return { claims: JSON.stringify({ userinfo }) }
}

async function begin(service: Service, params: Params): Promise<Errand> {
  return service === school ? service.plain(params) : service.begin(params)
}

async function shown(browser: Browser, service: Service, params: Params) {
  const errand = await begin(service, params)
  return { errand, page: await browser.follow(errand.url) }
}

async function told(service: Service, answer: Answer, errand: Errand) {
  const tokens = json(await service.redeem(codeOf(callbackOf(answer)), errand))
  const token = String(tokens['access_token'])
  return { token, idToken: idTokenOf(tokens), userinfo: json(await service.userinfo(token)) }
}

/** Presses « Donner », with these ticks. */
async function given(
  browser: Browser,
  service: Service,
  params: Params,
  ...ticked: readonly string[]
) {
  const { errand, page } = await shown(browser, service, params)
  const { action, fields } = formOf(page)
  const ticks = ticked.map((name) => ['claim', name] as const)
  return told(
    service,
    await postAndFollow(browser, action, { ...fields, ...Object.fromEntries(ticks) }),
    errand,
  )
}

async function again(browser: Browser, service: Service, params: Params) {
  const { errand, page } = await shown(browser, service, params)
  return told(service, page, errand)
}

async function apply(
  kind: RegisterObject['kind'],
  { id, content }: Pick<RegisterObject, 'id' | 'content'>,
  version: number,
) {
  const objects = [{ kind, id, version, content: { ...content, version } }] as const
  const seals = await sealsOf(broker.keysDir)
  await transact(broker.db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
}

describe('a service that registered names and a birth date', () => {
  test('shows each value with its source before it is told, and what is optional is told if she ticks it', async () => {
    const { browser } = await maud()
    const { errand, page } = await shown(browser, desk, profile)
    for (const words of [
      'Ce service recevra votre prénom et votre nom de famille',
      all.given_name,
      all.family_name,
      '28\u00a0février 1987',
      'Selon Compte ailleurs, le ',
      know.fr,
      age.fr,
      'Donner votre date de naissance',
    ])
      expect(page.body).toContain(words)
    const { action, fields } = formOf(page)
    const first = await told(desk, await postAndFollow(browser, action, fields), errand)
    expect(first.userinfo).toEqual({ sub: first.idToken['sub'], ...names })
    expect(JSON.stringify(first.idToken)).not.toContain('anari')
    expect((await again(browser, desk, profile)).userinfo).toEqual(first.userinfo)

    const second = await maud()
    const ticked = await given(second.browser, desk, profile, 'birthdate')
    expect(ticked.userinfo).toEqual({ sub: ticked.idToken['sub'], ...all })
    const asked = asking({ family_name: null })
    expect((await again(second.browser, desk, asked)).userinfo).toEqual({
      sub: ticked.idToken['sub'],
      family_name: all.family_name,
    })
  })

  test('is told a correction of the source, and nothing that the source says no more', async () => {
    const { browser, vouching } = await maud()
    const { token } = await given(browser, desk, profile)
    await vouching.says({ ...names, family_name: 'Canari-Corrigée' })
    expect(json(await desk.userinfo(token))).toMatchObject({ family_name: 'Canari-Corrigée' })
    expect((await browser.get('/activite')).body).toContain('Identité reçue ou corrigée')
    await vouching.says({})
    expect(Object.keys(json(await desk.userinfo(token)))).toEqual(['sub'])
    const { page } = await shown(browser, desk, profile)
    expect(page.body).toContain('Ce service doit recevoir votre prénom et votre nom de famille')
  })

  test('shuts nobody out who has one name', async () => {
    const { browser } = await maud({ family_name: 'Canaribush' })
    const one = await given(browser, desk, profile)
    expect(one.userinfo).toEqual({ sub: one.idToken['sub'], family_name: 'Canaribush' })
  })

  test('is told nothing more once she ends the connection', async () => {
    const { browser } = await maud()
    const { token } = await given(browser, desk, profile)
    const { action, fields } = formOf(await browser.get('/acces/services/desk/fin'))
    await browser.post(action, fields)
    expect((await desk.userinfo(token)).status).toBe(401)
    expect((await shown(browser, desk, profile)).page.url).toContain('/recevra/')
  })
})

describe('verified_claims', () => {
  const verification = {
    trust_framework: 'urn:accord:vouched',
    assurance_level: 'urn:accord:aal:2',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    evidence: [
      {
        type: 'electronic_record',
        record: { type: 'urn:accord:identity-provider', source: { name: 'Compte ailleurs' } },
      },
    ],
  }

  test('says who vouched for it, when and how sure, and of that what was asked for', async () => {
    const { browser } = await maud()
    const { userinfo } = await given(browser, desk, wanting('given_name', 'birthdate'), 'birthdate')
    const { given_name, birthdate } = all
    expect(userinfo['verified_claims']).toEqual({ verification, claims: { given_name, birthdate } })
    expect(userinfo).not.toHaveProperty('given_name')
    const less = { verification: { trust_framework: null }, claims: { given_name: null } }
    const told_ = (await again(browser, desk, asking({ verified_claims: less }))).userinfo
    expect(told_['verified_claims']).toEqual({
      verification: { trust_framework: 'urn:accord:vouched' },
      claims: { given_name },
    })
  })

  test('has an element for each source', async () => {
    const { browser, personId } = await maud({ birthdate: all.birthdate })
    const level = 'urn:accord:aal:1'
    await vouchFor(broker, personId, names, { issuer: 'https://other.elsewhere.test', level })
    const asked = wanting('given_name', 'family_name', 'birthdate')
    const { userinfo } = await given(browser, desk, asked, 'birthdate')
    expect(userinfo['verified_claims']).toMatchObject([
      {
        verification: {
          assurance_level: level,
          evidence: [{ record: { source: { name: 'Compte autre' } } }],
        },
        claims: names,
      },
      { verification, claims: { birthdate: all.birthdate } },
    ])
  })

  test('is left out whole where a restriction does not fit', async () => {
    const { browser } = await maud()
    await given(browser, desk, profile)
    const toldBy = async (more: object) => {
      const verification = { trust_framework: null, ...more }
      const asked = asking({ verified_claims: { verification, claims: { given_name: null } } })
      return Object.keys((await again(browser, desk, asked)).userinfo)
    }
    for (const more of [
      { trust_framework: { value: 'eidas' } },
      { assurance_level: { values: ['urn:accord:aal:3'] } },
      { time: { max_age: 0 } },
      { evidence: [{ type: { value: 'document' } }] },
      { verification_process: { value: 'not known here' } },
    ])
      expect(await toldBy(more), JSON.stringify(more)).toEqual(['sub'])
    const fitting = { trust_framework: { values: ['urn:accord:vouched'] }, time: { max_age: 3600 } }
    expect(await toldBy(fitting)).toEqual(['sub', 'verified_claims'])
  })

  test.each([
    ['in the ID token', { id_token: { verified_claims: wanted({ given_name: null }) } }],
    ['as a list', { userinfo: { verified_claims: [wanted({ given_name: null })] } }],
    [
      'without a trust framework',
      { userinfo: { verified_claims: { verification: {}, claims: { given_name: null } } } },
    ],
    ['of nothing', { userinfo: { verified_claims: wanted({}) } }],
    ['as null', { userinfo: { verified_claims: null } }],
  ])('is refused %s', async (_, claims) => {
    const answer = await desk.push({ claims: JSON.stringify(claims) })
    expect(answer.status).toBe(400)
    expect(json(answer)['error']).toBe('invalid_request')
  })

  test('names no record where the kind of the evidence alone is asked for', () => {
    const source = {
      issuer: 'https://id.elsewhere.test',
      level: 'urn:accord:aal:2',
      vouchedAt: new Date('2026-05-04T10:00:00Z'),
    } as const
    const asked = readVerifiedRequest({
      verification: { trust_framework: null, evidence: [{ type: { value: 'electronic_record' } }] },
      claims: { given_name: null },
    })
    const verified = { given_name: { value: all.given_name, source } }
    const now = new Date('2026-05-04T11:00:00Z')
    expect(asked && verifiedClaims(asked, { verified, nameOf: () => 'no', now })).toEqual({
      verification: { trust_framework: trustFramework, evidence: [{ type: 'electronic_record' }] },
      claims: { given_name: all.given_name },
    })
  })

  test('is announced', async () => {
    const browser = makeBrowser(broker)
    const metadata = json(await browser.get('/.well-known/openid-configuration'))
    expect(metadata).toMatchObject({
      verified_claims_supported: true,
      trust_frameworks_supported: ['urn:accord:vouched'],
      claims_in_verified_claims_supported: ['given_name', 'family_name', 'birthdate'],
      evidence_supported: ['electronic_record'],
      electronic_records_supported: ['urn:accord:identity-provider'],
    })
    expect(metadata['claims_supported']).toEqual(
      expect.arrayContaining(['verified_claims', 'birthdate']),
    )
    expect(metadata['scopes_supported']).toContain('profile')
  })
})

function wanted(claims: object) {
  return { verification: { trust_framework: null }, claims }
}

describe('nothing is told', () => {
  test('to a service that registered none, or not this one, whatever it asks (I21)', async () => {
    const { browser } = await maud()
    const { library } = broker.services
    const beyond = [profile, asking({ given_name: null }), wanting('birthdate')]
    const refused = await Promise.all(beyond.map((params) => library.push(params)))
    expect(refused.map(({ status }) => status)).toEqual([400, 400, 400])
    const others = await shown(browser, school, wanting('given_name'))
    expect(callbackOf(others.page).searchParams.get('error')).toBe('invalid_request')

    const desked = await given(browser, desk, profile, 'birthdate')
    const schooled = await given(browser, school, profile)
    expect(schooled.userinfo).toEqual({ sub: schooled.idToken['sub'], birthdate: all.birthdate })
    const errand = await library.begin()
    const plain = await told(library, await browser.follow(errand.url), errand)
    expect(Object.keys(plain.userinfo)).toEqual(['sub'])
    const seen = JSON.stringify([plain, json(await library.introspect(plain.token))])
    for (const value of Object.values(all)) expect(seen).not.toContain(value)
    // What it gets names her to nobody else.
    expect(desked.userinfo['sub']).not.toBe(schooled.userinfo['sub'])
  })

  test('of a provider that is suspended, from the next request on, nor of what it may no longer vouch for', async () => {
    const { browser, personId } = await maud(names)
    const issuer = 'https://other.elsewhere.test'
    await vouchFor(broker, personId, { birthdate: all.birthdate }, { issuer })
    const asked = { scope: 'openid profile' }
    const { token } = await given(browser, desk, asked, 'birthdate')
    const now = async () => Object.keys(json(await desk.userinfo(token)))
    expect(await now()).toEqual(['sub', 'given_name', 'family_name', 'birthdate'])
    await apply('identity-provider', otherBut({ vouches_for: ['given_name'] }), 2)
    expect(await now()).toEqual(['sub', 'given_name', 'family_name'])
    await apply('identity-provider', otherBut({ status: 'suspended' }), 3)
    expect(await now()).toEqual(['sub', 'given_name', 'family_name'])
    await apply('identity-provider', otherBut({}), 4)
    expect(await now()).toEqual(['sub', 'given_name', 'family_name', 'birthdate'])
  })

  test('of a row that somebody else wrote, moved, or put back; and she is told', async () => {
    const [one, two] = [await maud(), await maud()]
    const { token } = await given(one.browser, desk, profile)
    const rows = () => broker.db('vouchedValues').where({ personId: one.personId })
    const told_ = async () => Object.keys(json(await desk.userinfo(token)))
    await rows().update({ level: 'urn:accord:aal:3' })
    expect(await told_()).toEqual(['sub'])
    const line = await broker
      .db('activity')
      .where({ personId: one.personId, kind: 'record.untrusted' })
      .first()
    expect(line?.reason).toBe('vouched')
    await rows().update({ level: 'urn:accord:aal:2' })
    expect(await told_()).toEqual(['sub', 'given_name', 'family_name'])
    const theirs = await broker.db('vouchedValues').where({ personId: two.personId }).first()
    await rows().update({ sealed: theirs?.sealed })
    expect(await told_()).toEqual(['sub'])
  })

  test('once the account elsewhere is removed, also if its row is put back as it was', async () => {
    const { browser, personId } = await maud()
    const { token } = await given(browser, desk, profile)
    const kept = await broker.db('vouchedValues').where({ personId }).select('*')
    await remove(browser)
    await endEveryWait(broker)
    expect(await broker.db('vouchedValues').where({ personId }).select('*')).toEqual([])
    await broker.db('vouchedValues').insert(kept)
    expect(Object.keys(json(await desk.userinfo(token)))).toEqual(['sub'])
    expect((await browser.get('/acces/entrer')).body).not.toContain(all.given_name)
  })
})

async function remove(browser: Browser): Promise<void> {
  const overview = await browser.get('/acces/entrer')
  const [, href = ''] = /href="(\/acces\/comptes\/fac_[^"]+)"/.exec(overview.body) ?? []
  const { fields } = formOf(await browser.get(href))
  const removed = await browser.post(`${href}/retrait`, fields)
  expect(removed.location).toContain('/acces?fait=removal-waits')
}

test('« Mon accès » shows what is believed and what each account says, with source and day', async () => {
  const { browser, personId } = await maud()
  await giveEmail(broker, personId, 'maud@exemple.test')
  const page = await browser.get('/acces/entrer')
  for (const words of [
    'Votre identité',
    all.given_name,
    '28\u00a0février 1987',
    'Selon Compte ailleurs, le ',
  ])
    expect(page.body).toContain(words)
  const [, href = ''] = /href="(\/acces\/comptes\/fac_[^"]+)"/.exec(page.body) ?? []
  const account = await browser.get(href)
  for (const words of ['Ce qu’il dit de vous', all.family_name, 'Lui seul corrige cela'])
    expect(account.body).toContain(words)
})

test('no log, no event and no message has a value', async () => {
  expect(broker.output()).not.toMatch(/canari|1987-02-28/i)
})
