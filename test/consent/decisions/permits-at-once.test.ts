import type { StampedPermit } from '../../../src/consent/decisions/store.ts'
import type { Evaluation } from '../../../src/consent/decisions/question.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bodyNo } from '../../../src/registry/index.ts'
import { maskOf, pauseConsent, revokeConsent } from '../../../src/consent/record/index.ts'
import {
  previewDecisions,
  mayReturnLawfulUse,
  permitForUpdate,
} from '../../../src/consent/decisions/index.ts'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import { present } from '../../../src/base/values/present.ts'
import type { DecisionContext } from '../../../src/consent/decisions/evaluate.ts'
import { evaluate } from '../../../src/consent/decisions/evaluate.ts'
import type { WriteOutcome } from '../../../src/consent/decisions/rows.ts'
import { transact } from '../../../src/base/database/database.ts'
import { openBook } from '../../../src/ledger/chain/index.ts'
import { newKnown } from '../../support/law.ts'
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
/** Of what is tried without one who is changed. */
let known: Sharer
beforeAll(async () => {
  stage = await startMovingStage()
  load = await openLoad(stage)
  known = await newSharer(load)
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const caller = { clientId: 'agence-revenu', orgId: 'org_agence-revenu' }

function question({ sub }: Pick<Sharer, 'sub'>, change: Partial<Evaluation> = {}): Evaluation {
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
function deskWith(happens: (permit: StampedPermit) => Promise<unknown>) {
  const outcomes: WriteOutcome[] = []
  const permit = async (asked: StampedPermit): Promise<WriteOutcome> => {
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

test('a permit by law is not repeated once its purpose is retired, even between the two reads', async () => {
  const [one, other] = [await newKnown(stage), await newKnown(stage)]
  const recipient = 'org_logement-abordable'
  const asked = question(one, { recipient, purpose: 'pur_verification-loyer@1' })
  const unversioned = question(other, { recipient, purpose: 'pur_verification-loyer' })
  expect(await evaluate(load, caller, unversioned)).toMatchObject({ permit: true })
  const first = await evaluate(load, caller, asked)
  if (!first.permit) throw new Error(first.because)
  const { decisionId, evaluatedAt } = first.decision
  await transact(load.db, async (tx) => {
    const register = load.live.current()
    expect(await permitForUpdate(tx, load.vault, register, crypto.randomUUID())).toBeUndefined()
    const permit = await permitForUpdate(tx, load.vault, register, decisionId)
    const { decision } = present(permit, 'the permit of above')
    const frequencyLimit = { count: 1, per: 'P1D' }
    const mayReturn = (limits: Parameters<typeof mayReturnLawfulUse>[2], days: number) =>
      mayReturnLawfulUse(tx, decision, limits, secondsAfter(evaluatedAt, days * 24 * 3600))
    expect(await mayReturn({ frequencyLimit: undefined, maxUses: undefined }, 0)).toBe(true)
    expect(await mayReturn({ frequencyLimit, maxUses: undefined }, 9)).toBe(true)
  })
  let isRetired = false
  const facts: typeof load.store.facts = async (query) => {
    const read = await load.store.facts(query)
    if (!isRetired) await stage.apply({ of: 'pur_verification-loyer', set: { status: 'retired' } })
    isRetired = true
    return read
  }
  const late = { ...load, store: { ...load.store, facts } }
  expect(await evaluate(late, caller, asked)).toMatchObject({ because: 'PURPOSE_RETIRED' })
  // Its name means another version now: that is another question, and nothing was forged.
  expect(await evaluate(late, caller, unversioned)).toMatchObject({ because: 'REQUEST_ID_REUSED' })
})

test('of a register that keeps moving, or that cannot be read, nothing is permitted', async () => {
  const register = load.live.current()
  const moving = { ...load.live, current: () => ({ ...register, epoch: register.epoch - 1 }) }
  expect(await evaluate({ ...load, live: moving }, caller, question(known))).toMatchObject({
    because: 'INTERNAL',
  })
  const unread = { ...moving, at: () => Promise.reject(new Error('no register')) }
  await expect(evaluate({ ...load, live: unread }, caller, question(known))).rejects.toThrow(
    'no register',
  )
  expect(await permitsOf(known)).toBe(0)
})

test('a forecast says what a decision would, and nothing once the register has moved', async () => {
  const { personId } = known
  const register = load.live.current()
  const [dataset, purpose] = [
    present(register.dataset('dst_avis-cotisation'), 'its dataset'),
    present(register.purpose('pur_calcul-aide'), 'its purpose'),
  ]
  const sharing = {
    holder: bodyNo(register, 'org_agence-revenu'),
    recipient: bodyNo(register, 'org_aide-etudes'),
    dataset,
    purpose,
    asked: maskOf(dataset, ['cat_revenu-net']),
    period: undefined,
    agreement: undefined,
    isCaseNamed: true,
    lawful: [],
  }
  const foresee = (of: string, epoch: number, isRestored = false) =>
    previewDecisions({ ...load, isRestored: () => isRestored }, of, [sharing], epoch)
  expect(await foresee(personId, register.epoch)).toMatchObject([{ permit: true }])
  expect(await foresee(personId, register.epoch, true)).toMatchObject([
    { because: 'LEDGER_RESTORED' },
  ])
  expect(await foresee(crypto.randomUUID(), register.epoch)).toMatchObject([
    { because: 'PERSON_UNKNOWN' },
  ])
  expect(await foresee(personId, register.epoch - 1)).toBeUndefined()
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
  const drafts: StampedPermit[] = []
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
  const drafts: StampedPermit[] = []
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

test('a permit is not repeated once the database is found older than what was signed', async () => {
  const asked = question(known)
  expect(await evaluate(load, caller, asked)).toMatchObject({ permit: true })
  const [restoreId, now] = [crypto.randomUUID(), new Date()]
  const facts: typeof load.store.facts = async (query) => {
    const read = await load.store.facts(query)
    const found = { restoreId, origin: 'a log', year: 2026, shard: 0, foundAt: now, knownTo: '' }
    await load.db('logRestore').insert({ ...found, held: 0, taken: 1 })
    return read
  }
  const late = { ...load, store: { ...load.store, facts } }
  expect(await evaluate(late, caller, asked)).toMatchObject({ because: 'LEDGER_RESTORED' })
  await load.db('logRestore').where({ restoreId }).delete()
  expect(await evaluate(load, caller, asked)).toMatchObject({ permit: true })
})

class Caught extends Error {
  readonly permit: StampedPermit
  constructor(permit: StampedPermit) {
    super('caught before it was written')
    this.permit = permit
  }
}
