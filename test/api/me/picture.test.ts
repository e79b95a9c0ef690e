import { afterAll, beforeAll, expect, test } from 'vitest'
import { transact } from '../../../src/base/database/database.ts'
import { applyRegister } from '../../../src/registry/index.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import { reseal } from '../../support/resealed.ts'
import { lawful } from '../../support/law.ts'
import type { PortalStage } from '../../support/portal.ts'
import { startPortalStage, tokenFor } from '../../support/portal.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  at,
  newSharers,
  openLoad,
  reasonOf,
  stopAt,
  uuidOf,
} from '../../support/sharing-load.ts'
import type { Json } from '../../support/sharing.ts'
import { decide, evaluation, holderToken } from '../../support/sharing.ts'
import { sealsOf } from '../../support/seals.ts'

// The picture: who may send what to whom about a person, by her consent and by law, and what no longer may, with why.

type Edge = Json & {
  readonly by: string
  readonly consent_id: string | null
  readonly reason: string | null
}

type Picture = {
  readonly edges: readonly Edge[]
  readonly may_flow: readonly Json[]
  readonly is_whole: boolean
}

let stage: PortalStage
let load: Load
let decideToken: string

beforeAll(async () => {
  stage = await startPortalStage()
  load = await openLoad(stage)
  decideToken = await holderToken(stage, 'decide')
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

function rightOf(one: Json): string {
  return [one['by'], one['consent_id'] ?? one['agreement']].join(' ')
}

async function pictureOf(token: string): Promise<readonly Edge[]> {
  const answer = await stage.portal.read('/me/picture', token)
  expect(answer.status).toBe(200)
  const { edges, may_flow, is_whole } = json(answer) as Picture
  expect(is_whole).toBe(true)
  // The edges by which something may be sent, and what may flow, are the same.
  const open = edges.filter((edge) => edge['may_send'] === true)
  expect([...new Set(may_flow.map(rightOf))].toSorted()).toEqual(
    [...new Set(open.map(rightOf))].toSorted(),
  )
  return edges
}

test('her export says what may flow as the picture does, and as the bodies are answered', async () => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  const token = await tokenFor(stage.portal, sharer.browser)
  const mayFlow = async (path: string) => {
    const { may_flow } = json(await stage.portal.read(path, token)) as Pick<Picture, 'may_flow'>
    return may_flow
  }
  const flows = async () => {
    const taken = await mayFlow('/me/export')
    expect(taken).toEqual(await mayFlow('/me/picture'))
    return taken.filter(({ by }) => by === 'consent')
  }
  expect(await flows()).toMatchObject([
    { category: { id: 'cat_revenu-net' }, consent_id: sharer.consentId, days: null },
    { category: { id: 'cat_situation-familiale' }, consent_id: sharer.consentId },
  ])
  expect((await decide(stage, decideToken, evaluation(sharer.sub))).decision).toBe(true)
  await stopAt(sharer, sharer.consentId, stage.ports[0] ?? 0)
  expect(await flows()).toEqual([])
})

async function edgeOf(sharer: Sharer): Promise<Edge> {
  const edges = await pictureOf(await tokenFor(stage.portal, sharer.browser))
  return at(
    edges.filter(({ consent_id: id }) => id === sharer.consentId),
    0,
  )
}

type Change = (consent: string) => Promise<unknown>
const edit =
  (columns: Json): Change =>
  (consent) =>
    stage
      .db('consentCurrent')
      .where({ consentId: uuidOf(consent) })
      .update(columns)

test('an edge says who sends what to whom, why, under which section of the law, and until when', async () => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  expect(await edgeOf(sharer)).toMatchObject({
    by: 'consent',
    from: { id: 'org_agence-revenu', name: { fr: 'Agence du revenu (démo)' } },
    to: { id: 'org_aide-etudes' },
    dataset: { id: 'dst_avis-cotisation@1' },
    purpose: { id: 'pur_calcul-aide@1' },
    categories: [{ id: 'cat_revenu-net' }, { id: 'cat_situation-familiale' }],
    legal_basis: 'consent_53',
    article: { fr: expect.stringContaining('article 53') },
    may_send: true,
    reason: null,
    ended_at: null,
    last_permitted_at: null,
  })
})

test.each<[string, Change]>([
  ['stands', () => Promise.resolve()],
  ['is paused', edit({ state: 'suspended', suspendedReasons: ['person'] })],
  ['is over', edit({ validUntil: new Date(Date.now() - 1) })],
  ['is used up', edit({ maxUses: 1, uses: 1 })],
  [
    'was used as often as it may be this year',
    (consent) =>
      stage.db.raw(
        'update consent_current set window_started_at = valid_from, window_uses = frequency_count where consent_id = ?',
        [uuidOf(consent)],
      ),
  ],
  ['is to begin', edit({ validFrom: new Date(Date.now() + 3_600_000) })],
])('the edge of a consent that %s agrees with a decision', async (_, change) => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  await change(sharer.consentId)
  await reseal(load.db, load.vault, uuidOf(sharer.consentId))
  const edge = await edgeOf(sharer)
  const decision = await decide(stage, decideToken, evaluation(sharer.sub))
  expect([edge['may_send'], edge.reason]).toEqual([
    decision.decision,
    decision.decision ? null : reasonOf(decision),
  ])
})

test('a stopped sharing is in the picture with its time and reason; replaced and refused ones are not', async () => {
  const [sharer] = await newSharers(load, 1)
  if (sharer === undefined) throw new Error('nobody')
  const replaced = await allowAgain(load, sharer.personId)
  const token = await tokenFor(stage.portal, sharer.browser)
  const byConsent = async () => (await pictureOf(token)).filter(({ by }) => by === 'consent')
  expect((await byConsent()).map(({ consent_id: id }) => id)).toEqual([replaced])
  await stopAt(sharer, replaced, stage.ports[0] ?? 0)
  expect(await byConsent()).toEqual([
    expect.objectContaining({
      consent_id: replaced,
      may_send: false,
      reason: 'CONSENT_REVOKED',
      ended_at: expect.stringMatching(/Z$/),
    }),
  ])
})

test('a sharing that the law permitted about her is in the picture once, with its section, until the register ends it; for another person only that it is allowed', async () => {
  const [sharer, other] = await newSharers(load, 2)
  if (sharer === undefined || other === undefined) throw new Error('nobody')
  const permitted = await decide(stage, decideToken, lawful(sharer.sub))
  expect(permitted.decision).toBe(true)
  const token = await tokenFor(stage.portal, sharer.browser)
  const byLaw = async () => lawIn(await pictureOf(token))
  const edge = {
    consent_id: null,
    from: expect.objectContaining({ id: 'org_agence-revenu' }),
    to: expect.objectContaining({ id: 'org_logement-abordable' }),
    article: { fr: expect.stringContaining('article 68'), en: expect.any(String) },
    last_permitted_at: permitted.context['evaluated_at'],
    until: null,
    ended_at: null,
  }
  // It may be sent once a year, and was: the edge says what the next decision says.
  const again = await decide(stage, decideToken, lawful(sharer.sub))
  expect([again.decision, reasonOf(again)]).toEqual([false, 'FREQUENCY_EXCEEDED'])
  expect(await byLaw()).toEqual([
    expect.objectContaining({ ...edge, may_send: false, reason: 'FREQUENCY_EXCEEDED' }),
  ])
  // Of another: that the law allows it, and nothing of what was permitted.
  const others = async () => lawIn(await pictureOf(await tokenFor(stage.portal, other.browser)))
  expect(await others()).toEqual([
    expect.objectContaining({ may_send: true, reason: null, last_permitted_at: null }),
  ])
  // An answer of hers that is gone may have been a no: that is why nothing may be sent, and not that she was asked.
  await moveAnswer(sharer, uuidOf(sharer.consentId))
  const asked = await decide(stage, decideToken, lawful(sharer.sub))
  const whileGone = json(await stage.portal.read('/me/picture', token)) as Picture
  await moveAnswer(sharer, sharer.personId)
  expect([asked.decision, reasonOf(asked)]).toEqual([false, 'RECORD_UNTRUSTED'])
  expect(lawIn(whileGone.edges)).toEqual([
    expect.objectContaining({ ...edge, may_send: false, reason: 'RECORD_UNTRUSTED' }),
  ])
  await suspend('agr_2026-014')
  expect(await others()).toEqual([])
  expect(await byLaw()).toEqual([
    expect.objectContaining({ ...edge, may_send: false, reason: 'AGREEMENT_NOT_IN_FORCE' }),
  ])
})

/** To nobody, or back to her. */
async function moveAnswer({ consentId }: Sharer, personId: string): Promise<void> {
  await load.db.transaction(async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    await tx('consentCurrent')
      .where({ consentId: uuidOf(consentId) })
      .update({ personId })
  })
}

async function suspend(id: string): Promise<void> {
  const [row] = await stage.db('registerObjects').where({ id }).orderBy('version', 'desc')
  const { kind, version, content } = row as RegisterObject
  const next = version + 1
  const object = {
    kind,
    id,
    version: next,
    content: { ...content, version: next, status: 'suspended' },
  }
  const seals = await sealsOf(stage.keysDir)
  await transact(stage.db, (tx) =>
    applyRegister(tx, seals, { objects: [object], problems: [] }, new Date()),
  )
}

function lawIn(edges: readonly Edge[]): readonly Edge[] {
  return edges.filter(
    ({ by, agreement }) => by === 'law' && String(agreement).startsWith('agr_2026-014'),
  )
}
