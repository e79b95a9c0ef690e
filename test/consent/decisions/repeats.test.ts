import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { evaluate } from '../../../src/consent/decisions/evaluate.ts'
import { transact } from '../../../src/base/database/database.ts'
import { applyRegister, readRegister } from '../../../src/registry/index.ts'
import type { Answer } from '../../support/browser.ts'
import { json } from '../../support/service.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  at,
  callAtOnce,
  currentRow,
  decideAtOnce,
  decisionRows,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  reasonOf,
  repeated,
  stopAt,
  wholeTimeline,
} from '../../support/sharing-load.ts'
import type { Decision, Stage } from '../../support/sharing.ts'
import { evaluation, holderToken, reportOf, startStage } from '../../support/sharing.ts'
import { saidIn } from '../../support/said.ts'
import { withOwnNames } from '../../support/world.ts'
import { sealsOf } from '../../support/seals.ts'

// What is sent again, and what is sent many times at once, over two processes: one effect, and the same answer (I13, I14).

const parallel = 20
const reports = 10
const rounds = 5

let stage: Stage
let load: Load
let token: string
let reportToken: string

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  token = await holderToken(stage, 'decide')
  reportToken = await holderToken(stage, 'report')
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

test('a request sent many times at once gives one decision, one use, one event, and the same permit each time', async () => {
  const sharer = await newSharer(load)

  const decisions = await decide(repeated(parallel, evaluation(sharer.sub)))

  const [permit] = decisions
  expect(permit).toMatchObject({ decision: true, context: { uses_left: 3 } })
  expect(decisions.map(saidIn)).toEqual(repeated(parallel, saidIn(permit)))
  expect(await decisionRows(load, sharer.personId)).toHaveLength(1)
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 1, windowUses: 1 })
  const events = await eventsOf(load, sharer.personId, 'disclosure.authorised')
  expect(events.map(({ decision_id: id }) => id)).toEqual([permit?.context['decision_id']])
})

test('a request_id with other categories or another person is refused, and nothing is recorded', async () => {
  const [first, second] = [await newSharer(load), await newSharer(load)]
  const requestId = crypto.randomUUID()
  await decide([evaluation(first.sub, { requestId })])
  const before = await recordsOf(first, second)
  const others = [
    evaluation(first.sub, { requestId, categories: ['cat_situation-familiale'] }),
    evaluation(second.sub, { requestId }),
  ]

  const decisions = await decide(repeated(parallel, others).flat())

  expect(decisions.map(reasonOf)).toEqual(repeated(2 * parallel, 'REQUEST_ID_REUSED'))
  expect(await recordsOf(first, second)).toEqual(before)
})

test('one request_id sent at once for two people gets a permit for one of them', async () => {
  const sharers = [await newSharer(load), await newSharer(load)]
  for (let round = 0; round < rounds; round++) {
    for (const { personId } of sharers) await allowAgain(load, personId)
    const requestId = crypto.randomUUID()

    const bodies = sharers.map(({ sub }) => evaluation(sub, { requestId }))

    const decisions = await decide(repeated(parallel / 2, bodies).flat())

    const [first, second] = [0, 1].map((n) => decisions.filter((_, i) => i % 2 === n))
    const reasons = [first, second].map((own) => new Set(own?.map(reasonOf)))
    expect(reasons).toContainEqual(new Set(['CONSENT_ACTIVE']))
    expect(reasons).toContainEqual(new Set(['REQUEST_ID_REUSED']))
  }
})

test('a request repeated after a stop is denied, and does not use the next consent', async () => {
  const sharer = await newSharer(load)
  const request = evaluation(sharer.sub)
  await decide([request])
  expect((await stopAt(sharer, sharer.consentId, portOf(stage, 0))).status).toBe(303)

  const stopped = await decide(repeated(parallel, request))
  const followingId = await allowAgain(load, sharer.personId)
  const followed = await decide(repeated(parallel, request))

  expect([...stopped, ...followed].map(reasonOf)).toEqual(repeated(2 * parallel, 'CONSENT_REVOKED'))
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ state: 'revoked', uses: 1 })
  expect(await currentRow(load, followingId)).toMatchObject({ state: 'active', uses: 0 })
})

test('two holders that choose the same request_id do not disturb each other', async () => {
  const sharer = await newSharer(load)
  const other = await secondHolder(sharer)
  const requestId = crypto.randomUUID()
  const [first] = await decide([evaluation(sharer.sub, { requestId })])

  const second = await evaluate(load, other.caller, { ...other.evaluation, requestId })

  expect(first).toMatchObject({ decision: true })
  expect(second).toMatchObject({ permit: true })
  expect(await eventsOf(load, sharer.personId, 'disclosure.authorised')).toHaveLength(2)
})

test('a report sent many times at once is recorded once, and answered the same each time', async () => {
  const sharer = await newSharer(load)
  const permit = at(await decide([evaluation(sharer.sub)]), 0)

  const answers = await report(repeated(reports, reportOf(permit)))

  const statuses = answers.map(({ status }) => status).toSorted((a, b) => b - a)
  expect(statuses).toEqual([201, ...repeated(reports - 1, 200)])
  const said = answers.map((answer) => saidIn(json(answer)))
  expect(said).toEqual(repeated(reports, at(said, 0)))
  expect(await disclosuresOf(sharer)).toHaveLength(1)
  const events = await eventsOf(load, sharer.personId, 'disclosure.recorded')
  expect(events.map(({ decision_id: id }) => id)).toEqual([permit.context['decision_id']])
})

test('of different reports of one permit at once, one is recorded and the others are refused', async () => {
  const sharer = await newSharer(load)
  const permit = at(await decide([evaluation(sharer.sub)]), 0)
  const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }
  const different = [
    reportOf(permit),
    reportOf(permit, { record_count: 2 }),
    reportOf(permit, nothing),
  ]

  const answers = await report(repeated(3, different).flat())

  const [taken, ...refused] = byBody(different, answers).toSorted((a, b) => at(a, 0) - at(b, 0))
  expect(taken?.toSorted((a, b) => b - a)).toEqual([201, 200, 200])
  expect(refused).toEqual(repeated(2, repeated(3, 422)))
  const [row, ...more] = await disclosuresOf(sharer)
  expect(more).toEqual([])
  const { uses } = await currentRow(load, sharer.consentId)
  expect(uses).toBe(row?.status === 'nil' ? 0 : 1)
  const events = await wholeTimeline(load, sharer.personId)
  expect(
    events.filter(({ kind }) => kind === 'disclosure.recorded' || kind === 'disclosure.nil'),
  ).toHaveLength(1)
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).not.toContain('a request failed')
})

function decide(bodies: Parameters<typeof decideAtOnce>[2]): Promise<Decision[]> {
  return decideAtOnce(stage, token, bodies)
}

function report(bodies: Parameters<typeof decideAtOnce>[2]): Promise<Answer[]> {
  return callAtOnce(stage, '/disclosures', reportToken, bodies)
}

/** The statuses that each of the different bodies got, sent in turn. */
function byBody(different: readonly unknown[], answers: readonly Answer[]): number[][] {
  return different.map((_, i) =>
    answers.filter((_, n) => n % different.length === i).map(({ status }) => status),
  )
}

function disclosuresOf({ personId }: Sharer): Promise<{ status: string }[]> {
  return load.db('disclosure').where({ personId })
}

async function recordsOf(...sharers: readonly Sharer[]) {
  return Promise.all(
    sharers.map(async ({ consentId, personId }) => ({
      consent: await currentRow(load, consentId),
      decisions: await decisionRows(load, personId),
      events: await wholeTimeline(load, personId),
    })),
  )
}

/** Another holder of other data, under an agreement of its own with the same recipient; this person allowed that too. */
async function secondHolder({ personId }: Sharer) {
  const { objects } = await readRegister(join(import.meta.dirname, '../../../demo/register'))
  const ofTheFirst = objects.filter(({ id }) => /agence-revenu|2026-001|avis-|calcul-/.test(id))
  const renamed = JSON.parse(
    JSON.stringify(ofTheFirst)
      .replaceAll('agence-revenu', 'agence-deux')
      .replaceAll('agr_2026-001', 'agr_2026-002')
      .replaceAll('avis-cotisation', 'avis-deux')
      .replaceAll('calcul-aide', 'calcul-deux'),
  ) as typeof ofTheFirst
  const files = { objects: renamed.map(withOwnNames), problems: [] }
  const seals = await sealsOf(load.stage.keysDir)
  await transact(load.db, (tx) => applyRegister(tx, seals, files, new Date()))
  await allowAgain(load, personId, {
    locations: ['http://localhost:3002/api'],
    identifier: 'dst_avis-deux',
    agreement: 'agr_2026-002',
    purpose: 'pur_calcul-deux',
    holder: 'org_agence-deux',
  })
  return {
    caller: { clientId: 'agence-deux', orgId: 'org_agence-deux' },
    evaluation: {
      recipient: 'org_aide-etudes',
      dataset: 'dst_avis-deux@1',
      purpose: 'pur_calcul-deux@1',
      categories: ['cat_revenu-net'],
      sub: load.pairwise.subject(personId, 'org_agence-deux'),
      period: undefined,
      agreement: undefined,
      lawCase: undefined,
      queryId: undefined,
    },
  }
}
