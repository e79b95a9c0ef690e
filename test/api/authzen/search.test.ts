import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../../support/browser.ts'
import { issuer } from '../../support/broker.ts'
import { lawful, newKnown } from '../../support/law.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { counts, startMovingStage } from '../../support/moving-stage.ts'
import type { SecondHolder } from '../../support/second-holder.ts'
import { startSecondHolder } from '../../support/second-holder.ts'
import type { Service } from '../../support/service.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { allowAgain, newSharer, openLoad, stopAt, uuidOf } from '../../support/sharing-load.ts'
import type { Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken } from '../../support/sharing.ts'

// Who may receive what about a person (AuthZEN 1.0 8), and who may ask.

type Kind = 'subject' | 'resource' | 'action'
const written = ['decision', 'decisionKey', 'ledgerEvent', 'disclosure']

let stage: MovingStage
let load: Load
let stranger: SecondHolder
let holder: string
let recipient: string
let sharer: Sharer
/** The identifier that Student Aid has of her. */
let atAid: string
const consents = new Map<string, string>()

beforeAll(async () => {
  stage = await startMovingStage()
  await stage.apply(
    {
      of: 'pur_calcul-aide',
      as: 'pur_logement',
      set: { recipient_org_id: 'org_logement-abordable' },
    },
    { of: 'pur_calcul-aide', as: 'pur_bourse', set: {} },
    {
      of: 'agr_2026-001',
      as: 'agr_2026-900',
      set: { recipient_org_id: 'org_logement-abordable', purposes: ['pur_logement@1'] },
    },
    { of: 'agr_2026-001', as: 'agr_2026-901', set: { purposes: ['pur_bourse@1'] } },
    {
      of: 'txt_calcul-aide',
      as: 'txt_logement',
      set: { purpose_id: 'pur_logement@1', agreement_id: 'agr_2026-900@1' },
    },
    {
      of: 'txt_calcul-aide',
      as: 'txt_bourse',
      set: { purpose_id: 'pur_bourse@1', agreement_id: 'agr_2026-901@1' },
    },
  )
  load = await openLoad(stage)
  sharer = await newSharer(load)
  atAid = load.pairwise.subject(sharer.personId, 'org_aide-etudes')
  consents.set('pur_calcul-aide@1', sharer.consentId)
  for (const [purpose, agreement, org] of [
    ['pur_logement', 'agr_2026-900', 'org_logement-abordable'],
    ['pur_bourse', 'agr_2026-901', 'org_aide-etudes'],
  ] as const)
    consents.set(
      `${purpose}@1`,
      await allowAgain(load, sharer.personId, { purpose, agreement, recipient: org }),
    )
  holder = await holderToken(stage, 'decide')
  const given = json(await stage.aid.clientCredentials(`${issuer}/access`, 'search'))
  recipient = String(given['access_token'])
  stranger = await startSecondHolder(stage)
}, 180_000)

afterAll(async () => {
  await stranger.stop()
  await load.close()
  await stage.stop()
})

function question(sub: string): Json {
  const { context: _, ...asked } = evaluation(sub)
  const about = { data_subject: { format: 'iss_sub', iss: issuer, sub } }
  return {
    ...asked,
    action: { name: 'disclose' },
    resource: { type: 'dataset', id: 'dst_avis-cotisation@1', properties: about },
  }
}

function send(kind: Kind, body: unknown, by: Service = stage.revenue, token = holder) {
  return by.api(`/access/v1/search/${kind}`, token, body)
}

type Result = { readonly id?: string; readonly name?: string; readonly properties: Json }

function resultsOf(answer: Answer): Result[] {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`)
  return json(answer)['results'] as Result[]
}

async function find(kind: Kind, body: unknown): Promise<Result[]> {
  return resultsOf(await send(kind, body))
}

function purposesIn(results: readonly Result[]): string[] {
  return results
    .flatMap(({ properties }) =>
      (properties['permitted'] as Json[]).map(({ purpose }) => String(purpose)),
    )
    .toSorted()
}

/** For which the law needs no consent. */
const byLaw = 'pur_verification-loyer@1'
const residenceByLaw = 'pur_verification-residence@1'
const everyPurpose = ['pur_bourse@1', 'pur_calcul-aide@1', 'pur_logement@1']

describe('the holder finds', () => {
  test('the bodies that may receive a dataset about the person, with the categories', async () => {
    const results = await find('subject', question(sharer.sub))
    expect(results.map(({ id }) => id)).toEqual(['org_aide-etudes', 'org_logement-abordable'])
    expect(purposesIn(results)).toEqual([...everyPurpose, byLaw])
    expect(results[1]).toEqual({
      type: 'organization',
      id: 'org_logement-abordable',
      properties: {
        permitted: [
          {
            purpose: 'pur_logement@1',
            permitted_categories: ['cat_revenu-net', 'cat_situation-familiale'],
            legal_basis: 'consent_53',
            agreement: 'agr_2026-900@1',
            consent_id: consents.get('pur_logement@1'),
            valid_until: expect.stringMatching(/Z$/) as unknown,
            uses_left: 4,
          },
          {
            purpose: byLaw,
            permitted_categories: ['cat_revenu-net'],
            legal_basis: 'agreement_68_1',
            agreement: 'agr_2026-014@2',
            uses_left: 1,
          },
        ],
      },
    })
  })

  test('the datasets that one body may receive about the person', async () => {
    const [dataset, other, ...more] = await find('resource', question(sharer.sub))
    expect(more).toEqual([])
    expect(other).toMatchObject({ type: 'dataset', id: 'dst_residence-fiscale@1' })
    expect(purposesIn(other ? [other] : [])).toEqual([residenceByLaw])
    expect(dataset).toMatchObject({ type: 'dataset', id: 'dst_avis-cotisation@1' })
    expect(purposesIn(dataset ? [dataset] : [])).toEqual(everyPurpose.slice(0, 2))
  })

  test('the purposes for which a body may receive it', async () => {
    const results = await find('action', question(sharer.sub))
    expect(results.map(({ name, properties }) => [name, properties['purpose']])).toEqual([
      ['disclose', 'pur_bourse@1'],
      ['disclose', 'pur_calcul-aide@1'],
    ])
  })

  test('exactly the sharings that an evaluation then permits', async () => {
    const one = await newSharer(load)
    const again = await allowAgain(load, one.personId, {
      purpose: 'pur_bourse',
      agreement: 'agr_2026-901',
    })
    const permitted = async () => {
      const found = await find('action', question(one.sub))
      const answers = await Promise.all(
        everyPurpose.map((purpose) => decide(stage, holder, evaluation(one.sub, { purpose }))),
      )
      const decided = everyPurpose.filter((_, n) => answers[n]?.decision)
      expect(found.map(({ properties }) => properties['purpose'])).toEqual(decided)
      return decided
    }
    expect(await permitted()).toEqual(everyPurpose.slice(0, 2))
    await stopAt(one, again, stage.ports[0] ?? 0)
    expect(await permitted()).toEqual(['pur_calcul-aide@1'])
    // Four uses a year: two are used.
    for (let n = 0; n < 2; n++) await permitted()
    expect(await permitted()).toEqual([])
  })

  test('the sharings that the law allows about any person with an account', async () => {
    const { sub } = await newKnown(stage)
    const found = async () => purposesIn(await find('subject', question(sub)))
    expect(await found()).toEqual([byLaw])
    expect((await decide(stage, holder, lawful(sub))).decision).toBe(true)
    // Once a year.
    expect(await found()).toEqual([])
    expect((await decide(stage, holder, lawful(sub))).decision).toBe(false)
  })

  test('fewer results if it asks for fewer categories', async () => {
    const asked = question(sharer.sub)
    const forOne = {
      ...asked,
      action: { name: 'disclose', properties: { purpose: 'pur_bourse@1' } },
    }
    expect(purposesIn(await find('subject', forOne))).toEqual(['pur_bourse@1'])
    expect(purposesIn(await find('resource', forOne))).toEqual(['pur_bourse@1'])
    const byAgreement = { ...asked, context: { agreement: 'agr_2026-900' } }
    expect(purposesIn(await find('subject', byAgreement))).toEqual(['pur_logement@1'])
    const of = (categories: string[]) => {
      const { properties, ...rest } = asked['resource'] as { properties: Json }
      return { ...asked, resource: { ...rest, properties: { ...properties, categories } } }
    }
    const [first] = await find('action', of(['cat_revenu-net']))
    expect(first?.properties['permitted_categories']).toEqual(['cat_revenu-net'])
    expect(await find('subject', of(['cat_personnes-a-charge']))).toEqual([])
    expect(await find('subject', of(['cat_inconnue']))).toEqual([])
  })

  test('the same results whatever id it gives to the wanted entity', async () => {
    const asked = question(sharer.sub)
    for (const id of ['org_inconnu', '', 7, null]) {
      const subject = { type: 'organization', id }
      expect(await find('subject', { ...asked, subject })).toHaveLength(2)
    }
    const resource = { ...(asked['resource'] as Json), id: 'dst_inconnu' }
    expect(await find('resource', { ...asked, resource })).toHaveLength(2)
  })
})

describe('an empty list is answered, without an error', () => {
  const cases: [string, (asked: Json) => Json][] = [
    ['of a person who is nobody', () => question('nobody')],
    ['of another body’s identifier of her', () => question(atAid)],
    ['of another issuer’s person', (asked) => withSubject(asked, { iss: 'https://evil.test' })],
    [
      'of an unknown type of subject',
      (asked) => ({ ...asked, subject: { type: 'user', id: 'x' } }),
    ],
    [
      'of an unknown type of resource',
      (asked) => ({ ...asked, resource: { type: 'record', id: '1' } }),
    ],
  ]
  test.each(cases)('%s', async (_, change) => {
    for (const kind of ['subject', 'resource', 'action'] as const) {
      const answer = await send(kind, change(question(sharer.sub)))
      expect([answer.status, json(answer)]).toEqual([
        200,
        { results: [], page: { next_token: '', count: 0, total: 0 } },
      ])
    }
  })

  test('of an unknown organisation, dataset, purpose or action', async () => {
    const asked = question(sharer.sub)
    const nobody = { ...asked, subject: { type: 'organization', id: 'org_inconnu' } }
    expect(await find('resource', nobody)).toEqual([])
    expect(await find('action', nobody)).toEqual([])
    const nothing = { ...asked, resource: { ...(asked['resource'] as Json), id: 'dst_inconnu' } }
    expect(await find('subject', nothing)).toEqual([])
    expect(await find('action', nothing)).toEqual([])
    expect(await find('subject', { ...asked, action: { name: 'can_read' } })).toEqual([])
    const purpose = { name: 'disclose', properties: { purpose: 'pur_inconnue' } }
    expect(await find('subject', { ...asked, action: purpose })).toEqual([])
  })
})

function withSubject(asked: Json, change: Json): Json {
  const { properties, ...rest } = asked['resource'] as { properties: { data_subject: Json } }
  return {
    ...asked,
    resource: { ...rest, properties: { data_subject: { ...properties.data_subject, ...change } } },
  }
}

describe('search is open', () => {
  test('to a recipient, for its own sharings, by its own identifier of the person', async () => {
    const answer = await send('resource', question(atAid), stage.aid, recipient)
    expect(purposesIn(resultsOf(answer))).toEqual([...everyPurpose.slice(0, 2), residenceByLaw])
  })

  test('to a recipient for no other body’s sharings', async () => {
    const others = {
      ...question(atAid),
      subject: { type: 'organization', id: 'org_logement-abordable' },
    }
    const bySub = { ...question(sharer.sub) }
    for (const asked of [others, bySub])
      expect(resultsOf(await send('resource', asked, stage.aid, recipient))).toEqual([])
    for (const kind of ['subject', 'action'] as const)
      expect(resultsOf(await send(kind, question(atAid), stage.aid, recipient))).toEqual([])
  })

  test('to a recipient whose token is refused for decisions', async () => {
    for (const path of ['/access/v1/evaluation', '/access/v1/evaluations']) {
      const answer = await stage.aid.api(path, recipient, evaluation(atAid))
      expect([answer.status, JSON.parse(answer.body)]).toEqual([403, 'insufficient_scope'])
    }
    // Nor does it get one that is.
    for (const scope of ['decide', 'search decide'])
      expect(json(await stage.aid.clientCredentials(`${issuer}/access`, scope))).toMatchObject({
        error: 'invalid_scope',
      })
  })

  test('to another holder, who finds nothing', async () => {
    const given = json(await stranger.clientCredentials(`${issuer}/access`, 'decide'))
    const token = String(given['access_token'])
    const own = load.pairwise.subject(sharer.personId, 'org_caisse-rentes')
    const answers = new Set<string>()
    for (const kind of ['subject', 'resource', 'action'] as const)
      for (const sub of [sharer.sub, own, 'nobody']) {
        const answer = await send(kind, question(sub), stranger, token)
        answers.add(`${answer.status} ${answer.body}`)
      }
    expect([...answers]).toEqual([
      '200 {"page":{"next_token":"","count":0,"total":0},"results":[]}',
    ])
  })

  test('to nobody without a token', async () => {
    const headers = { authorization: '', DPoP: '' }
    const path = '/access/v1/search/resource'
    expect((await stage.revenue.api(path, '', question(sharer.sub), { headers })).status).toBe(401)
  })
})

describe('pages', () => {
  test('of one result each follow one another until the last', async () => {
    const asked = question(sharer.sub)
    const first = json(await send('subject', { ...asked, page: { limit: 1 } }))
    expect(first['results']).toMatchObject([{ id: 'org_aide-etudes' }])
    expect(first['page']).toMatchObject({ count: 1, total: 2 })
    const { next_token: token } = first['page'] as { next_token: string }
    expect(token).not.toBe('')
    const second = json(await send('subject', { ...asked, page: { token } }))
    expect(second['results']).toMatchObject([{ id: 'org_logement-abordable' }])
    expect(second['page']).toEqual({ next_token: '', count: 1, total: 2 })
    // It says nothing of a person or a consent, and is good for nothing else.
    const said = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()
    expect(said).toBe('org_aide-etudes')
    for (const body of [
      { ...asked, context: { agreement: 'agr_2026-900' }, page: { token } },
      { ...question('nobody'), page: { token } },
    ])
      expect((await send('subject', body)).status).toBe(400)
    expect((await send('resource', { ...asked, page: { token } })).status).toBe(400)
  })

  test.each([
    [{ limit: -1 }],
    [{ limit: 1.5 }],
    [{ limit: '1' }],
    [{ token: 7 }],
    [{ token: 'alsehrq3495u8' }],
    [{ token: 't'.repeat(1025) }],
    ['all'],
  ])('with %j are answered with 400', async (page) => {
    const answer = await send('subject', { ...question(sharer.sub), page })
    expect([answer.status, JSON.parse(answer.body)]).toEqual([400, expect.stringMatching(/^page/)])
  })
})

describe('a malformed search is answered with 400', () => {
  const all = (kind: Kind) => ({ kind, asked: question(sharer?.sub ?? '') })
  test.each<[Kind, string]>([
    ['subject', 'subject'],
    ['subject', 'subject.type'],
    ['subject', 'action'],
    ['subject', 'action.name'],
    ['subject', 'resource'],
    ['subject', 'resource.id'],
    ['subject', 'resource.properties'],
    ['subject', 'resource.properties.data_subject'],
    ['resource', 'subject'],
    ['resource', 'subject.id'],
    ['resource', 'action'],
    ['resource', 'resource'],
    ['resource', 'resource.type'],
    ['resource', 'resource.properties.data_subject.sub'],
    ['action', 'subject'],
    ['action', 'subject.id'],
    ['action', 'resource'],
    ['action', 'resource.id'],
    ['action', 'resource.properties.data_subject'],
  ])('%s search without %s', async (kind, where) => {
    const body = structuredClone(all(kind).asked) as Record<string, unknown>
    const names = where.split('.')
    const last = names.pop() ?? ''
    const parent = names.reduce((inside, name) => inside[name] as Record<string, unknown>, body)
    delete parent[last]
    const answer = await send(kind, body)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toEqual(expect.stringContaining(where.split('.')[0] ?? ''))
  })

  test('of another content type, empty, or a list', async () => {
    for (const kind of ['subject', 'resource', 'action'] as const) {
      const path = `/access/v1/search/${kind}`
      const headers = { 'content-type': 'text/plain' }
      const answers = [
        await stage.revenue.api(path, holder, question(sharer.sub), { headers }),
        await send(kind, ''),
        await send(kind, '[]'),
        await send(kind, '{"subject":'),
      ]
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
    }
  })
})

test('a search records nothing and uses nothing', async () => {
  const before = await counts(stage, written)
  const consent: unknown = await usesOf()
  for (const kind of ['subject', 'resource', 'action'] as const)
    await find(kind, question(sharer.sub))
  expect(await counts(stage, written)).toEqual(before)
  expect(await usesOf()).toEqual(consent)
})

function usesOf(): Promise<unknown> {
  return load
    .db('consentCurrent')
    .where({ consentId: uuidOf(sharer.consentId) })
    .first()
}

test('a search goes by the register as it is at that moment', async () => {
  await stage.apply({ of: 'agr_2026-900', set: { status: 'suspended' } })
  expect(purposesIn(await find('subject', question(sharer.sub)))).toEqual([
    ...everyPurpose.slice(0, 2),
    byLaw,
  ])
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).toBe('')
})
