import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { caseDeclared } from '../../../src/consent/disclosures/declaration.ts'
import { declaredPage } from '../../../src/consent/disclosures/declaration-store.ts'
import { makePairwise } from '../../../src/people/accounts/index.ts'
import { openKeys } from '../../../src/base/keys/keys.ts'
import type { Vault } from '../../../src/ledger/chain/index.ts'
import { readTimeline, verifyTimeline } from '../../../src/ledger/chain/index.ts'
import type { Answer } from '../../support/browser.ts'
import { differencesOf } from '../../support/fold.ts'
import { vaultOf } from '../../support/law.ts'
import { schemaProblems } from '../../support/ledger-schema.ts'
import { counts } from '../../support/moving-stage.ts'
import type { Bodies } from '../../support/reporting.ts'
import { bodiesOf, wholeList } from '../../support/reporting.ts'
import { json } from '../../support/service.ts'
import type { Json, Shared, Stage } from '../../support/sharing.ts'
import { shareAsNewcomer, startStage } from '../../support/sharing.ts'

// What a body says by itself that it received without a permit; and the list of what it was permitted and reported.

const written = ['disclosureDeclared', 'disclosureAnomaly', 'ledgerEvent', 'notification']
const span = `from=${new Date(Date.now() - 3_600_000).toISOString()}&to=${new Date(Date.now() + 3_600_000).toISOString()}`

let stage: Stage
let bodies: Bodies
let vault: Vault
let shared: Shared
let personId: string
let sub: string

beforeAll(async () => {
  stage = await startStage()
  bodies = await bodiesOf(stage)
  vault = await vaultOf(stage)
  await meetSomebody()
})
afterAll(() => stage.stop())

async function meetSomebody(): Promise<void> {
  shared = await shareAsNewcomer(stage)
  const pairwise = makePairwise((await openKeys(stage.keysDir)).pairwise)
  personId = pairwise.person(shared.sub, 'org_agence-revenu') ?? ''
  sub = pairwise.subject(personId, 'org_aide-etudes')
}

const law = {
  act: { fr: 'Loi sur l’aide financière aux études', en: 'Act respecting financial assistance' },
  section: '43.1',
  url: { fr: 'https://loi.example/fr', en: 'https://loi.example/en' },
}
const lawCase = { number: 'D-2026-77', role: { fr: 'vérificatrice', en: 'auditor' } }

function declaration(change: Json = {}): Json {
  return {
    status: 'declared',
    sub,
    reference: 'lot-12',
    dataset: 'dst_avis-cotisation',
    categories: ['cat_revenu-net'],
    occurred_at: new Date(Date.now() - 86_400_000).toISOString(),
    legal_basis: 'law_67',
    law,
    case: lawCase,
    ...change,
  }
}

function declare(change: Json = {}, headers: Readonly<Record<string, string>> = {}) {
  return bodies.receive(declaration(change), headers)
}

const codeIn = (answer: Answer) => [answer.status, json(answer)['code']]

describe('a declaration', () => {
  test('is kept once, as an anomaly that both bodies read, and never as a disclosure (I13)', async () => {
    const before = await counts(stage, ['disclosure', 'disclosureReceived', 'decision'])
    const occurredAt = new Date(Date.now() - 3_600_000).toISOString()
    const said = { occurred_at: occurredAt, record_count: 2 }
    const first = await declare(said, { 'idempotency-key': 'lot-12' })
    expect([first.status, json(first)]).toEqual([
      201,
      {
        declaration_id: expect.stringMatching(/^dcl_\w{26}$/),
        status: 'declared',
        recorded_at: expect.any(String),
        anomalies: ['declared'],
        ledger: expect.any(Object),
        ack: expect.any(String),
      },
    ])
    const again = await declare(said)
    expect([again.status, json(again)['declaration_id']]).toEqual([
      200,
      json(first)['declaration_id'],
    ])
    expect(await counts(stage, ['disclosure', 'disclosureReceived', 'decision'])).toEqual(before)

    const pairwise = makePairwise((await openKeys(stage.keysDir)).pairwise)
    for (const [read, role, org] of [
      [bodies.asHolder, 'holder', 'org_agence-revenu'],
      [bodies.asRecipient, 'recipient', 'org_aide-etudes'],
    ] as const) {
      const anomalies = await wholeList((path) => read(path), '/disclosures/anomalies')
      expect(anomalies).toContainEqual(
        expect.objectContaining({
          anomaly: 'declared',
          declaration_id: json(first)['declaration_id'],
          received_id: null,
          role,
        }),
      )
      const { items } = json(await read(`/disclosures/declarations?${span}`))
      expect(items).toEqual([
        {
          declaration_id: json(first)['declaration_id'],
          role,
          sub: pairwise.subject(personId, org),
          holder: 'org_agence-revenu',
          recipient: 'org_aide-etudes',
          dataset: expect.stringMatching(/^dst_avis-cotisation@\d+$/),
          categories: ['cat_revenu-net'],
          legal_basis: 'law_67',
          law,
          reference: role === 'recipient' ? 'lot-12' : null,
          occurred_at: occurredAt,
          recorded_at: json(first)['recorded_at'],
          record_count: 2,
        },
      ])
    }
  })

  test('is told to her: a message, a line with the law and the case, an event of her chain', async () => {
    const told: { kind: string }[] = await stage
      .db('notification')
      .where({ personId })
      .select('kind')
    expect(told.filter(({ kind }) => kind === 'disclosure.declared')).toHaveLength(1)
    const { body } = await shared.browser.get('/activite/impression?quoi=envois')
    const text = body.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')
    expect(text).toContain('déclare avoir reçu ceci de')
    expect(text).toContain('Loi sur l’aide financière aux études, article 43.1')
    expect(text).toContain('D-2026-77')
    const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 100 })
    expect(events.flatMap(({ payload }) => schemaProblems(payload))).toEqual([])
    expect(events.at(-1)?.payload).toMatchObject({ kind: 'disclosure.declared', case: lawCase })
    expect(await verifyTimeline(stage.db, vault, personId)).toMatchObject({ holds: true })
  })

  test('names its case in no row', async () => {
    const { rows } = await stage.db.raw<{ rows: { text: string }[] }>(
      'select d::text as text from disclosure_declared d',
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ text }) => text.includes(lawCase.number))).toEqual([])
  })

  test.each<[string, Json, number, string]>([
    ['an identifier that is nobody’s', { sub: 'AAAAAAAAAAAAAAAAAAAAAA' }, 404, 'declared.unknown'],
    ['no identifier at all', { sub: 'x' }, 404, 'declared.unknown'],
    ['a dataset of its own', { dataset: 'dst_inconnu' }, 422, 'declared.dataset'],
    ['a category that the dataset has not', { categories: ['cat_x'] }, 422, 'report.categories'],
    ['a basis that needs a consent', { legal_basis: 'consent_53' }, 400, 'request.malformed'],
    ['no law', { law: undefined }, 400, 'request.malformed'],
    ['a law without a section', { law: { ...law, section: ' ' } }, 400, 'request.malformed'],
    ['no case where the basis demands one', { case: undefined }, 422, 'declared.case'],
    [
      'a time ahead',
      { occurred_at: new Date(Date.now() + 900_000).toISOString() },
      422,
      'report.time',
    ],
    [
      'the same reference and another case',
      { case: { ...lawCase, number: 'D-1' } },
      422,
      'report.differs',
    ],
  ])('is refused with %s', async (name, change, status, code) => {
    const before = await counts(stage, written)
    const reference = name.startsWith('the same') ? 'lot-12' : 'lot-13'
    expect(codeIn(await declare({ reference, ...change }))).toEqual([status, code])
    expect(await counts(stage, written)).toEqual(before)
  })

  test('of the holder itself, or under a key that is not its reference, is refused', async () => {
    const own = await bodies.asHolder('/disclosures', declaration({ sub: shared.sub }))
    expect(codeIn(own)).toEqual([422, 'declared.dataset'])
    expect(codeIn(await declare({ reference: 'a' }, { 'idempotency-key': 'b' }))).toEqual([
      422,
      'report.key',
    ])
  })

  test('under a basis without cases keeps none', async () => {
    const said = { reference: 'lot-14', legal_basis: 'agreement_68_1' }
    expect((await declare(said)).status).toBe(201)
    const events = await readTimeline(stage.db, vault, personId, { after: 0, limit: 100 })
    expect(events.at(-1)?.payload).not.toHaveProperty('case')
  })

  test('is the eleventh of a month about one person: refused', async () => {
    for (let n = 0; n < 8; n++) expect((await declare({ reference: `r-${n}` })).status).toBe(201)
    expect(codeIn(await declare({ reference: 'r-8' }))).toEqual([422, 'report.too-many'])
  })

  test('is read by her page by page, and never with the case of another', async () => {
    const all = await declaredPage(stage.db, personId, undefined, 20)
    expect(await declaredPage(stage.db, personId, all[0], 20)).toEqual(all.slice(1))
    const [newest, older] = all
    if (newest === undefined || older === undefined) throw new Error('two declarations')
    const { declarationId } = newest
    const caseIn = async (db: Database) => {
      const cases = await caseDeclared(db, vault, { personId, declarationIds: [declarationId] })
      return cases.get(declarationId)
    }
    expect(await caseIn(stage.db)).toEqual({ law, lawCase })
    const undone = new Error('undone')
    const tampered = stage.db.transaction(async (tx) => {
      await tx('disclosureDeclared').where({ declarationId }).update({ personSeq: older.personSeq })
      expect(await caseIn(tx)).toEqual({ law, lawCase: undefined })
      throw undone
    })
    await expect(tampered).rejects.toBe(undone)
  })

  test('is as her events tell it (I1), and goes with its anomaly once its time is over', async () => {
    expect(await differencesOf({ db: stage.db, vault })).toEqual([])
    await meetSomebody()
    expect((await declare()).status).toBe(201)
    const before = await counts(stage, ['disclosureDeclared', 'disclosureAnomaly'])
    const forgetBefore = async (instant: Date) => {
      await stage.db.raw('select erase_declarations(?, ?)', [personId, instant])
      return counts(stage, ['disclosureDeclared', 'disclosureAnomaly'])
    }
    expect(await forgetBefore(new Date(Date.now() - 600_000))).toEqual(before)
    // The rest of this file does not look at her any more but by the fold, which misses what no erasure tells.
    expect(await forgetBefore(new Date(Date.now() + 600_000))).toEqual({
      disclosureDeclared: (before['disclosureDeclared'] ?? 0) - 1,
      disclosureAnomaly: (before['disclosureAnomaly'] ?? 0) - 1,
    })
    const missing = await differencesOf({ db: stage.db, vault })
    expect(missing.map(({ because }) => because)).toEqual(['it is missing', 'it is missing'])
  })
})

describe('the list of a body’s permits', () => {
  test('has its own reports, and comes page by page', async () => {
    await meetSomebody()
    const permit = await bodies.permit(shared)
    const period = { from: '2025-01-01', to: '2025-12-31' }
    const other = await bodies.permit(shared, { period })
    await bodies.report(permit)
    await bodies.receive({ decision_id: String(permit.context['decision_id']) })
    const listed = async (read: Bodies['asHolder']) =>
      (json(await read(`/disclosures?${span}`))['items'] as Json[]).filter((item) =>
        [permit, other].some(({ context }) => context['decision_id'] === item['decision_id']),
      )
    const [held, received] = [await listed(bodies.asHolder), await listed(bodies.asRecipient)]
    expect(held).toMatchObject([
      {
        role: 'holder',
        sub: shared.sub,
        recipient: 'org_aide-etudes',
        status: 'recorded',
        report: { categories: ['cat_revenu-net'] },
        received: [],
      },
      { status: 'authorised', report: null, received: [], period },
    ])
    expect(received).toMatchObject([
      { role: 'recipient', sub, report: null, received: [{ record_count: 1 }] },
      { report: null, received: [] },
    ])
    const whole = json(await bodies.asHolder(`/disclosures?${span}`))['items'] as Json[]
    const paged: Json[] = []
    let next: string | null = ''
    for (let page = 0; page < 50 && next !== null; page++) {
      const cursor = next === '' ? '' : `&cursor=${next}`
      const answered = json(await bodies.asHolder(`/disclosures?${span}&limit=1${cursor}`))
      paged.push(...(answered['items'] as Json[]))
      next = answered['next'] as string | null
    }
    expect(paged).toEqual(whole)
    const declarations = `/disclosures/declarations?${span}&limit=1`
    const first = json(await bodies.asRecipient(declarations))
    const second = json(await bodies.asRecipient(`${declarations}&cursor=${String(first['next'])}`))
    const [[one], [two]] = [first['items'] as Json[], second['items'] as Json[]]
    expect(String(one?.['declaration_id']) < String(two?.['declaration_id'])).toBe(true)
  })

  test.each([
    '',
    'from=2026-01-01T00:00:00Z',
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
    `${span}&limit=101`,
    `${span}&cursor=a.b`,
  ])('refuses « %s »', async (query) => {
    for (const list of ['/disclosures', '/disclosures/declarations'])
      expect((await bodies.asHolder(`${list}?${query}`)).status).toBe(400)
  })

  test('has nothing of another time, and a cursor is of one list, span and body', async () => {
    const past = 'from=2024-01-01T00:00:00Z&to=2024-06-01T00:00:00Z'
    expect(json(await bodies.asHolder(`/disclosures?${past}`))).toEqual({ items: [], next: null })
    const { next } = json(await bodies.asHolder(`/disclosures?${span}&limit=1`))
    expect(next).toEqual(expect.any(String))
    const cursor = `cursor=${String(next)}`
    for (const answer of [
      await bodies.asRecipient(`/disclosures?${span}&${cursor}`),
      await bodies.asHolder(`/disclosures/declarations?${span}&${cursor}`),
      await bodies.asHolder(`/disclosures?${past}&${cursor}`),
    ])
      expect(answer.status).toBe(400)
  })
})

test('no process logged an error', async () => {
  expect(stage.output()).toBe('')
})
