import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { revokeConsent } from '../../src/consent/index.ts'
import { transact } from '../../src/foundation/database.ts'
import { readId, writeId } from '../../src/foundation/ids.ts'
import { Refusal } from '../../src/foundation/refusal.ts'
import type { Payload } from '../../src/ledger/index.ts'
import { readTimeline, verifyTimeline } from '../../src/ledger/index.ts'
import { schemaProblems } from '../support/ledger-schema.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import { at, newSharers, openLoad } from '../support/sharing-load.ts'
import type { Stage } from '../support/sharing.ts'
import { holderToken, startStage } from '../support/sharing.ts'
import type { Model, Real } from './life-model.ts'
import { commands } from './life-model.ts'
import { acr } from './living.ts'

// A consent lives any life that a person, a holder and time can give it, beside a small model that says what must come of it:
// state, uses, permit or deny, and the same told again by the ledger alone (I1, I2, I4, I12, I17, I18).

const runs = 200
const limitMs = 50_000
const people = 4
const seed = Date.now() % 2 ** 31

let stage: Stage
let load: Load
let sharers: Sharer[]
let tokens: { readonly decide: string; readonly report: string }

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  sharers = await newSharers(load, people)
  tokens = {
    decide: await holderToken(stage, 'decide'),
    report: await holderToken(stage, 'report'),
  }
}, 120_000)

afterAll(async () => {
  await load.close()
  await stage.stop()
})

test(
  `${runs} lives of a consent are as the model says, and as the ledger tells (seed ${seed})`,
  { timeout: 300_000 },
  async () => {
    let turn = 0
    const lived = fc.asyncProperty(commands, async (list) => {
      const sharer = at(sharers, turn++ % people)
      await forget(sharer)
      const { length: after } = await eventsAfter(sharer, 0)
      const model: Model = { records: [], permits: [], arrangements: 0 }
      const real: Real = { stage, load, tokens, sharer, ids: [], permits: [], after }
      await fc.asyncModelRun(() => ({ model, real }), list)
      await expectTold(model, real)
    })

    await fc.assert(lived, { numRuns: runs, seed, interruptAfterTimeLimit: limitMs })

    expect(turn).toBeGreaterThanOrEqual(runs / 4)
    for (const { personId } of sharers)
      expect(await verifyTimeline(load.db, load.vault, personId)).toMatchObject({ holds: true })
    const { rows } = await load.db.raw<{ rows: { kind: string }[] }>(
      'select distinct kind from ledger_event',
    )
    expect(rows.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining([
        'consent.suspended',
        'consent.resumed',
        'consent.confirmed',
        'disclosure.nil',
      ]),
    )
    expect(stage.output()).not.toContain('a request failed')
  },
)

// The next life begins with nothing that lives.
async function forget({ personId }: Sharer): Promise<void> {
  const rows: { consentId: string }[] = await load
    .db('consentCurrent')
    .where({ personId })
    .whereIn('state', ['active', 'suspended'])
  for (const { consentId } of rows)
    await transact(load.db, (tx) =>
      revokeConsent(tx, load.notary, { personId, consentId, acr }),
    ).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    })
}

type Told = { state: string; uses: number; reasons: readonly string[]; confirmed: boolean }

/** What her ledger alone tells of these consents. */
async function expectTold({ records }: Model, real: Real): Promise<void> {
  const told = new Map<string, Told>()
  const narrowedTo = new Map<string, string>()
  const counting = (id: string, by: number) => {
    for (let next: string | undefined = id; next !== undefined; next = narrowedTo.get(next))
      told.set(next, { ...toldOf(told, next), uses: toldOf(told, next).uses + by })
  }
  for (const { kind, payload = {} } of await eventsAfter(real.sharer, real.after)) {
    expect(schemaProblems(payload)).toEqual([])
    const id = textIn(payload, 'consent_id')
    if (kind === 'consent.presented') continue
    if (kind === 'consent.granted') {
      const from = payload['narrowed_from']
      const uses = typeof from === 'string' ? toldOf(told, from).uses : 0
      if (typeof from === 'string') narrowedTo.set(from, id)
      told.set(id, { state: 'active', uses, reasons: [], confirmed: false })
    } else if (kind === 'disclosure.authorised') counting(id, 1)
    else if (kind === 'disclosure.nil') counting(id, -1)
    else told.set(id, after(toldOf(told, id), kind, payload))
  }
  expect(real.ids.map((id) => toldOf(told, writeId('con', id)))).toEqual(
    records.map(({ state, uses, confirmed }) => ({
      state,
      uses,
      reasons: state === 'suspended' ? ['person'] : [],
      confirmed,
    })),
  )
}

function after(before: Told, kind: string, payload: Payload): Told {
  const reasons = (payload['suspended_reasons'] ?? []) as readonly string[]
  switch (kind) {
    case 'consent.suspended':
      return { ...before, state: 'suspended', reasons }
    case 'consent.resumed':
      return { ...before, state: reasons.length === 0 ? 'active' : 'suspended', reasons }
    case 'consent.confirmed':
      return { ...before, confirmed: true }
    case 'consent.revoked':
      return { ...before, state: 'revoked', reasons }
    case 'consent.superseded':
      return { ...before, state: 'superseded', reasons }
    default:
      throw new Error(`nobody did ${kind}`)
  }
}

function toldOf(told: ReadonlyMap<string, Told>, id: string): Told {
  const one = told.get(id)
  if (one === undefined) throw new Error(`an event of ${readId('con', id)}, which was not granted`)
  return one
}

async function eventsAfter({ personId }: Sharer, from: number) {
  const events = []
  for (let last = from; ;) {
    const page = await readTimeline(load.db, load.vault, personId, { after: last, limit: 200 })
    events.push(...page)
    last = page.at(-1)?.personSeq ?? last
    if (page.length < 200) return events
  }
}

function textIn(payload: Payload, name: string): string {
  const text = payload[name]
  if (typeof text !== 'string') throw new Error(`no ${name}`)
  return text
}
