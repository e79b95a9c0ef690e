import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Transaction } from '../../../src/base/database/database.ts'
import { transact } from '../../../src/base/database/database.ts'
import { bytea, snakeKeys } from '../../../src/base/database/column-names.ts'
import { readId } from '../../../src/base/values/ids.ts'
import { present } from '../../../src/base/values/present.ts'
import type { ConsentLife } from '../../../src/consent/record/index.ts'
import { consentState, rowAfterUse } from '../../../src/consent/record/index.ts'
import { endConsent, writeReturned } from '../../../src/consent/record/store.ts'
import type { Book } from '../../../src/ledger/chain/index.ts'
import { openBook } from '../../../src/ledger/chain/index.ts'
import type { RegisterObject } from '../../../src/registry/index.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  allowAgain,
  callAtOnce,
  currentRow,
  currentRows,
  decideAtOnce,
  eventsOf,
  newSharer,
  openLoad,
  portOf,
  reasonOf,
  repeated,
  stopAt,
} from '../../support/sharing-load.ts'
import type { Decision, Json, Stage } from '../../support/sharing.ts'
import {
  evaluation,
  holderToken,
  reportOf,
  startStage,
  withoutPlain,
} from '../../support/sharing.ts'

// Limits of use, with more decisions at once than uses are left, over two processes (I17).

const parallel = 20

let stage: Stage
let load: Load
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage(limited)
  load = await openLoad(stage)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
}, 180_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

/** Four uses in all, or fewer a year where a service asks for fewer. */
function limited(object: RegisterObject): RegisterObject {
  if (object.kind !== 'purpose') return withoutPlain(object)
  return { ...object, content: { ...object.content, max_uses: 4 } }
}

describe.each([
  {
    limit: 'three uses a year',
    change: { frequency: { count: 3, per: 'P1Y' } },
    before: 0,
    because: 'FREQUENCY_EXCEEDED',
  },
  { limit: 'three of four uses in all', change: {}, before: 1, because: 'USES_EXHAUSTED' },
])('with $limit left', ({ change, before, because }) => {
  test('exactly three of many decisions at once are permits', async () => {
    const sharer = await sharerWhoUsed(before, change)

    const decisions = await decide(sharer, parallel)

    expect(permitsIn(decisions)).toHaveLength(3)
    expect(reasonsIn(decisions)).toEqual(['CONSENT_ACTIVE', because])
    const left = permitsIn(decisions).map(({ context }) => context['uses_left'])
    expect(new Set(left)).toEqual(new Set([2, 1, 0]))
    await expectUses(sharer, before + 3)
  })

  test('each report that nothing was sent gives exactly one use back', async () => {
    const sharer = await sharerWhoUsed(before, change)
    const [permit] = permitsIn(await decide(sharer, parallel))
    if (permit === undefined) throw new Error('nothing was permitted')

    await reportNothing(permit)
    await expectUses(sharer, before + 2)
    await reportNothing(permit)
    await expectUses(sharer, before + 2)

    const decisions = await decide(sharer, parallel)
    expect(permitsIn(decisions)).toHaveLength(1)
    expect(reasonsIn(decisions)).toEqual(['CONSENT_ACTIVE', because])
    await expectUses(sharer, before + 3)
  })

  test('at most as many uses as the limit are given back, even with many reports at once; the rest are anomalies', async () => {
    const sharer = await sharerWhoUsed(before, change)
    const inAll = 3 + before
    const first = permitsIn(await decide(sharer, parallel))
    await Promise.all(first.map((permit) => reportNothing(permit)))
    const second = permitsIn(await decide(sharer, parallel))
    expect(second).toHaveLength(3)

    await Promise.all(second.map((permit) => reportNothing(permit)))

    // Three came back before: of these three only what is left of the limit does.
    await expectUses(sharer, 3)
    expect(permitsIn(await decide(sharer, parallel))).toHaveLength(before)
    expect(await openAnomalies(second)).toHaveLength(3 - before)
    expect(await currentRow(load, sharer.consentId)).toMatchObject({ usesReturned: inAll })
    const nil = await eventsOf(load, sharer.personId, 'disclosure.nil')
    expect(nil.filter((payload) => payload['use_returned'] === false)).toHaveLength(3 - before)
  })

  test('uses given back and taken at once never exceed the limit', async () => {
    const sharer = await sharerWhoUsed(before, change)
    const permits = permitsIn(await decide(sharer, parallel))

    const [more] = await Promise.all([
      decide(sharer, parallel),
      ...permits.map((permit) => reportNothing(permit)),
    ])

    const again = permitsIn(await decide(sharer, parallel))
    expect(permitsIn(more).length + again.length).toBe(3)
    await expectUses(sharer, before + 3)
  })
})

test('a use given back under a stopped consent permits nothing', async () => {
  const sharer = await sharerWhoUsed(0, {})
  const [permit] = permitsIn(await decide(sharer, parallel))
  if (permit === undefined) throw new Error('nothing was permitted')
  await stopAt(sharer, sharer.consentId, portOf(stage, 0))

  await reportNothing(permit)

  expect(reasonsIn(await decide(sharer, 2))).toEqual(['CONSENT_REVOKED'])
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ state: 'revoked', uses: 3 })
})

test('a use given back to a replaced consent does not make a second live consent', async () => {
  const sharer = await sharerWhoUsed(0, {})
  const [permit] = permitsIn(await decide(sharer, parallel))
  if (permit === undefined) throw new Error('nothing was permitted')
  const followingId = await allowAgain(load, sharer.personId)

  await reportNothing(permit)
  await stopAt(sharer, followingId, portOf(stage, 0))

  expect(permitsIn(await decide(sharer, parallel))).toEqual([])
  const rows = await currentRows(load, sharer.personId)
  expect(rows.filter(({ state }) => state === 'active')).toEqual([])
})

test('a row that was changed since it was read is not written over, and one that somebody else wrote gets no use back', async () => {
  const sharer = await sharerWhoUsed(0, {})
  const [permit] = permitsIn(await decide(sharer, 1))
  if (permit === undefined) throw new Error('nothing was permitted')
  const { personId } = sharer
  const consentId = readId('con', sharer.consentId) ?? ''
  const written = async (write: (tx: Transaction, book: Book, old: ConsentLife) => Promise<void>) =>
    transact(load.db, async (tx) => {
      const book = await openBook(tx, load.vault, personId)
      const row = present(await consentState(tx, book, { personId, consentId }), 'a consent')
      await write(tx, book, { ...row, stateSeq: row.stateSeq - 1 })
    })
  const uses = { uses: 0, usesReturned: 1, windowUses: 0, windowReturned: 1 }
  for (const write of [
    written((tx, book, consent) => endConsent(tx, book, consent, 'revoked')),
    written((tx, book, consent) => writeReturned(tx, book, [{ consent, uses }])),
  ])
    await expect(write).rejects.toThrow('a consent changed under its lock')
  await expectUses(sharer, 1)
  await load.db('consentCurrent').where({ consentId }).update({ maxUses: 100 })

  await reportNothing(permit)

  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 1, usesReturned: 0 })
  const nil = await eventsOf(load, personId, 'disclosure.nil')
  expect(nil).toMatchObject([{ use_returned: false }])
})

test('of two uses computed from one row one is written, as it was computed, and of the other nothing', async () => {
  const sharer = await sharerWhoUsed(1, {})
  const { personId } = sharer
  const consentId = readId('con', sharer.consentId) ?? ''
  const before = await transact(load.db, async (tx) => {
    const book = await openBook(tx, load.vault, personId)
    return present(await consentState(tx, book, { personId, consentId }), 'a consent')
  })
  const window = before.windowStartedAt && {
    startedAt: before.windowStartedAt,
    uses: before.windowUses,
  }
  const use = rowAfterUse(load.vault.seals, before, window ?? undefined, new Date())
  const used = JSON.stringify(snakeKeys({ ...use, seal: use.seal && bytea(use.seal) }))
  // Two connections, as two processes.
  const writes = [0, 1].map(() => load.db.raw('select use_consents(array[?::json])', [used]))
  const written = await Promise.allSettled(writes)
  const [refused, ...others] = written.filter((one) => one.status === 'rejected')
  expect(others).toEqual([])
  expect(String(refused?.reason)).toContain('a consent changed under its head')
  const { uses, windowUses, lastUseAt, stateSeq, seal } = use
  const row = await load.db('consentCurrent').where({ consentId }).first()
  expect(row).toMatchObject({ uses, windowUses, lastUseAt, stateSeq, seal })
})

test('no process logged an error during these tests', () => {
  expect(stage.output()).not.toContain('a request failed')
})

async function sharerWhoUsed(uses: number, change: Json): Promise<Sharer> {
  const sharer = await newSharer(load, change)
  for (let i = 0; i < uses; i++) expect(permitsIn(await decide(sharer, 1))).toHaveLength(1)
  return sharer
}

/** So many requests at once, each with a request_id of its own. */
function decide({ sub }: Sharer, times: number): Promise<Decision[]> {
  const bodies = repeated(times, 0).map(() => evaluation(sub))
  return decideAtOnce(stage, tokens.decide, bodies)
}

/** Reports it to both processes at once. */
async function reportNothing(permit: Decision): Promise<void> {
  const nothing = { status: 'nil', categories: [], record_count: 0, result: 'not_found' }
  const occurredAt = permit.context['evaluated_at']
  const body = reportOf(permit, { ...nothing, occurred_at: occurredAt })
  const answers = await callAtOnce(stage, '/disclosures', tokens.report, [body, body])
  for (const { status } of answers) expect([200, 201]).toContain(status)
}

function openAnomalies(permits: readonly Decision[]): Promise<unknown[]> {
  const about = permits.map(({ context }) => readId('dec', String(context['decision_id'])) ?? '')
  return load
    .db('disclosureAnomaly')
    .whereIn('about', about)
    .where({ kind: 'nil_too_often', settledAt: null })
}

function permitsIn(decisions: readonly Decision[]): Decision[] {
  return decisions.filter(({ decision }) => decision)
}

function reasonsIn(decisions: readonly Decision[]): unknown[] {
  return [...new Set(decisions.map(reasonOf))].toSorted((a, b) => (String(a) < String(b) ? -1 : 1))
}

/** As the row counts them, and as the ledger tells them. */
async function expectUses({ personId, consentId }: Sharer, uses: number): Promise<void> {
  expect(await currentRow(load, consentId)).toMatchObject({ uses, windowUses: uses })
  const authorised = await eventsOf(load, personId, 'disclosure.authorised')
  const nil = await eventsOf(load, personId, 'disclosure.nil')
  const returned = nil.filter((payload) => payload['use_returned'] === true)
  expect(authorised.length - returned.length).toBe(uses)
}
