import type { Evaluation } from '../../../src/consent/decisions/question.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pauseConsent, revokeConsent } from '../../../src/consent/record/index.ts'
import type { DecisionContext } from '../../../src/consent/decisions/evaluate.ts'
import { evaluate } from '../../../src/consent/decisions/evaluate.ts'
import type { NewPermit, WriteOutcome } from '../../../src/consent/decisions/rows.ts'
import { transact } from '../../../src/base/platform/database.ts'
import { openBook } from '../../../src/ledger/chain/index.ts'
import type { MovingStage } from '../../support/moving-stage.ts'
import { startMovingStage } from '../../support/moving-stage.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import {
  currentRow,
  decisionRows,
  eventsOf,
  newSharer,
  openLoad,
  uuidOf,
} from '../../support/sharing-load.ts'

// A permit is written by what was read, if nothing has moved since (docs/design/permit.md#head): here something moves.

let stage: MovingStage
let load: Load
beforeAll(async () => {
  stage = await startMovingStage()
  load = await openLoad(stage)
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const caller = { clientId: 'agence-revenu', orgId: 'org_agence-revenu' }

function question({ sub }: Sharer, change: Partial<Evaluation> = {}): Evaluation {
  return {
    recipient: 'org_aide-etudes',
    dataset: 'dst_avis-cotisation',
    purpose: 'pur_calcul-aide',
    categories: ['cat_revenu-net'],
    sub,
    period: undefined,
    agreement: undefined,
    lawCase: undefined,
    requestId: crypto.randomUUID(),
    queryId: undefined,
    ...change,
  }
}

/** A context on which something happens between a permit's first read and its write. */
function deskWith(happens: (permit: NewPermit) => Promise<unknown>) {
  const outcomes: WriteOutcome[] = []
  const permit = async (asked: NewPermit): Promise<WriteOutcome> => {
    if (outcomes.length === 0) await happens(asked)
    const outcome = await load.store.permit(asked)
    outcomes.push(outcome)
    return outcome
  }
  const context: DecisionContext = { ...load, store: { ...load.store, permit } }
  return { context, outcomes }
}

async function permitsOf({ personId }: Sharer): Promise<number> {
  const events = await eventsOf(load, personId, 'disclosure.authorised')
  const rows = (await decisionRows(load, personId)).filter(({ outcome }) => outcome === 'permit')
  expect(rows).toHaveLength(events.length)
  return events.length
}

const stops = { stopped: revokeConsent, paused: pauseConsent } as const
test.each([
  ['stopped', 'CONSENT_REVOKED'],
  ['paused', 'CONSENT_SUSPENDED'],
] as const)(
  'a sharing %s between read and write is denied, and no use is counted',
  async (how, because) => {
    const sharer = await newSharer(load)
    const { personId } = sharer
    const deed = { personId, consentId: uuidOf(sharer.consentId), acr: 'urn:accord:aal:2' }
    const { context, outcomes } = deskWith(() =>
      transact(load.db, (tx) => stops[how](tx, load.notary, deed)),
    )
    expect(await evaluate(context, caller, question(sharer))).toMatchObject({
      permit: false,
      because,
    })
    expect(outcomes).toEqual(['lost'])
    expect(await permitsOf(sharer)).toBe(0)
    expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 0 })
  },
)

test('an agreement suspended between read and write denies, and one in force again permits', async () => {
  const sharer = await newSharer(load)
  const { context, outcomes } = deskWith(() =>
    stage.apply({ of: 'agr_2026-001', set: { status: 'suspended' } }),
  )
  expect(await evaluate(context, caller, question(sharer))).toMatchObject({
    permit: false,
    because: 'AGREEMENT_NOT_IN_FORCE',
  })
  expect(outcomes).toEqual(['lost'])
  await stage.apply({ of: 'agr_2026-001', set: { status: 'in_force' } })
  expect(await permitsOf(sharer)).toBe(0)
  expect(await evaluate(load, caller, question(sharer))).toMatchObject({ permit: true })
})

test('a permit of another process in between costs this one another try, and no extra use', async () => {
  const sharer = await newSharer(load)
  const { context, outcomes } = deskWith(() => evaluate({ ...load }, caller, question(sharer)))
  // Another process has turns of its own.
  const apart: DecisionContext = { ...context, turns: { take: (_, work) => work(false) } }
  expect(await evaluate(apart, caller, question(sharer))).toMatchObject({
    permit: true,
    usesLeft: 2,
  })
  expect(outcomes).toEqual(['lost', 'written'])
  expect(await permitsOf(sharer)).toBe(2)
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 2, windowUses: 2 })
})

test('a permit does not wait for a person’s lock: it is tried again, or becomes a deny', async () => {
  const sharer = await newSharer(load)
  const free = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = transact(load.db, async (tx) => {
    await openBook(tx, load.vault, sharer.personId)
    held.resolve()
    await free.promise
  })
  await held.promise
  expect(await evaluate(load, caller, question(sharer))).toMatchObject({ because: 'INTERNAL' })
  expect(await permitsOf(sharer)).toBe(0)
  const late = deskWith(() => Promise.resolve())
  const coming = evaluate(late.context, caller, question(sharer))
  await expect.poll(() => late.outcomes.length).toBeGreaterThan(1)
  free.resolve()
  await holding
  expect(await coming).toMatchObject({ permit: true })
  expect(await permitsOf(sharer)).toBe(1)
})

test('in a batch about several people, only the person whose head changed is tried again', async () => {
  const people = [await newSharer(load), await newSharer(load), await newSharer(load)]
  const [first, , third] = people
  if (first === undefined || third === undefined) throw new Error('three people')
  const drafts: NewPermit[] = []
  for (const sharer of people) {
    const catching = deskWith((asked) => Promise.reject(new Caught(asked)))
    await evaluate(catching.context, caller, question(sharer)).catch((error: unknown) => {
      if (!(error instanceof Caught)) throw error
      drafts.push(error.permit)
    })
  }
  const deed = {
    personId: third.personId,
    consentId: uuidOf(third.consentId),
    acr: 'urn:accord:aal:2',
  }
  await transact(load.db, (tx) => revokeConsent(tx, load.notary, deed))
  // The first one's request has the name of the second's: one of them gets it.
  const [one, two] = drafts
  if (one === undefined || two === undefined) throw new Error('two drafts')
  const same = drafts.with(0, { ...one, requestKey: two.requestKey })
  const outcomes = await Promise.all(same.map((draft) => load.store.permit(draft)))
  expect(outcomes.slice(0, 2).toSorted()).toEqual(['reused', 'written'])
  expect(outcomes[2]).toBe('lost')
  expect(await Promise.all(people.map(permitsOf)).then((n) => n.toSorted((a, b) => a - b))).toEqual(
    [0, 0, 1],
  )
})

test('of two permits written for the same head one is written', async () => {
  const sharer = await newSharer(load)
  const catching = deskWith((asked) => Promise.reject(new Caught(asked)))
  const drafts: NewPermit[] = []
  for (let n = 0; n < 2; n++)
    await evaluate(catching.context, caller, question(sharer)).catch((error: unknown) => {
      if (!(error instanceof Caught)) throw error
      drafts.push(error.permit)
    })
  const outcomes = await Promise.all(drafts.map((draft) => load.store.permit(draft)))
  expect(outcomes.toSorted()).toEqual(['lost', 'written'])
  expect(await permitsOf(sharer)).toBe(1)
  expect(await currentRow(load, sharer.consentId)).toMatchObject({ uses: 1 })
})

class Caught extends Error {
  readonly permit: NewPermit
  constructor(permit: NewPermit) {
    super('caught before it was written')
    this.permit = permit
  }
}
