import { actorOfOwnAccess } from '../../../src/people/accounts/index.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { narrowConsent, newNarrowing, presentNarrowing } from '../../../src/consent/asking/index.ts'
import {
  confirmConsent,
  IllegalTransition,
  pauseConsent,
  requireNarrower,
  resumeConsent,
  revokeConsent,
  stateAt,
} from '../../../src/consent/record/index.ts'
import type { State } from '../../../src/consent/record/index.ts'
import type { Move } from '../../../src/consent/record/transitions.ts'
import { stateAfter } from '../../../src/consent/record/transitions.ts'
import type { Transaction } from '../../../src/base/database/database.ts'
import { transact } from '../../../src/base/database/database.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import { reseal } from '../../support/resealed.ts'
import type { Load, Sharer } from '../../support/sharing-load.ts'
import { newSharer, openLoad } from '../../support/sharing-load.ts'
import type { Stage } from '../../support/sharing.ts'
import { startStage } from '../../support/sharing.ts'
import { acr, allow, amr, dependants, propose, registerOf } from './living.ts'
import { inDays } from '../../support/time.ts'

// Every pair of state and move: what the table has not is refused, and leaves no trace (I2).

const states: readonly State[] = [
  'active',
  'suspended',
  'refused',
  'revoked',
  'expired',
  'superseded',
  'void',
]
const moves: readonly Move[] = [
  'revoked',
  'expired',
  'suspended',
  'resumed',
  'superseded',
  'voided',
  'confirmed',
]
const table: readonly (readonly [State, Move, State])[] = [
  ['active', 'revoked', 'revoked'],
  ['active', 'expired', 'expired'],
  ['active', 'suspended', 'suspended'],
  ['suspended', 'resumed', 'active'],
  ['suspended', 'revoked', 'revoked'],
  ['suspended', 'expired', 'expired'],
  ['active', 'superseded', 'superseded'],
  ['suspended', 'superseded', 'superseded'],
  ['active', 'voided', 'void'],
  ['suspended', 'voided', 'void'],
  ['active', 'confirmed', 'active'],
]

test.each(states.flatMap((state) => moves.map((move) => [state, move] as const)))(
  '%s, %s',
  (state, move) => {
    const pair = table.find(([from, by]) => from === state && by === move)
    expect(stateAfter(state, move)).toBe(pair?.[2])
  },
)

function day(n: number): Date {
  return new Date(Date.UTC(2027, 0, n))
}

test.each<[State, State]>([
  ['active', 'expired'],
  ['suspended', 'expired'],
  ['revoked', 'revoked'],
  ['refused', 'refused'],
  ['superseded', 'superseded'],
])('time turns a consent that is %s into %s, at its last moment and not before', (state, then) => {
  const validUntil = new Date('2027-08-25T04:00:00.000Z')
  const consent = { consentId: '', state, validUntil }
  expect(stateAt(consent, new Date(validUntil.getTime() - 1))).toBe(state)
  expect(stateAt(consent, validUntil)).toBe(then)
})

describe('the comparison of limits', () => {
  const terms = { categories: 0b111n, validUntil: day(20), frequencyCount: 4 }
  const before = { ...terms, consentId: '' }
  const after = (required: bigint, optional: bigint, until: number, times: number | null = 4) => ({
    frequencyCount: times,
    categoriesRequired: required,
    categoriesOptional: optional,
    validUntil: day(until),
  })

  test.each([
    ['a later day', after(0b011n, 0b000n, 21), 'narrowing.day'],
    ['a category more', after(0b011n, 0b1000n, 20), 'form.invalid'],
    ['a category for another', after(0b1011n, 0b000n, 10), 'form.invalid'],
    ['more often', after(0b011n, 0b000n, 10, 5), 'narrowing.times'],
    ['without a limit', after(0b011n, 0b000n, 10, null), 'narrowing.times'],
    ['the same', after(0b011n, 0b100n, 20), 'narrowing.same'],
    ['less often', after(0b011n, 0b100n, 20, 3), undefined],
    ['a category less', after(0b011n, 0b000n, 20), undefined],
    ['a day less', after(0b011n, 0b100n, 19), undefined],
  ])('%s', (_, row, code) => {
    const refused = new Refusal(code ?? '')
    const narrowed = () => requireNarrower(before, row)
    if (code === undefined) expect(narrowed).not.toThrow()
    else expect(narrowed).toThrow(refused)
  })

  test('a limit where there was none is narrower, and none again is the same', () => {
    const unlimited = { ...before, frequencyCount: null }
    expect(() => requireNarrower(unlimited, after(0b011n, 0b100n, 20))).not.toThrow()
    const same = () => requireNarrower(unlimited, after(0b011n, 0b100n, 20, null))
    expect(same).toThrow(new Refusal('narrowing.same'))
  })
})

describe('the deeds', () => {
  let stage: Stage
  let load: Load
  let sharer: Sharer
  let consentId: string
  let presentationId: string

  beforeAll(async () => {
    stage = await startStage()
    load = await openLoad(stage)
    sharer = await newSharer(load)
    consentId = await allow(load, sharer.personId, true)
    const choice = { lastDay: inDays(60), keep: [dependants] }
    presentationId = await propose(load, sharer.personId, consentId, choice)
  }, 180_000)
  afterAll(async () => {
    await load.close()
    await stage.stop()
  })

  type Deed = 'revoke' | 'pause' | 'resume' | 'confirm' | 'narrow'
  type Reached = State | 'nothing' | 'illegal'
  const over: Readonly<Record<Deed, Reached>> = {
    revoke: 'illegal',
    pause: 'illegal',
    resume: 'illegal',
    confirm: 'illegal',
    narrow: 'illegal',
  }
  const reached: Readonly<Record<State, Readonly<Record<Deed, Reached>>>> = {
    active: {
      revoke: 'revoked',
      pause: 'suspended',
      resume: 'nothing',
      confirm: 'active',
      narrow: 'superseded',
    },
    suspended: {
      revoke: 'revoked',
      pause: 'nothing',
      resume: 'active',
      confirm: 'illegal',
      narrow: 'superseded',
    },
    refused: over,
    revoked: { ...over, revoke: 'nothing' },
    expired: over,
    superseded: over,
    void: over,
  }
  const pairs = states.flatMap((state) =>
    (Object.keys(over) as Deed[]).map((deed) => [state, deed, reached[state][deed]] as const),
  )

  // In a transaction that is undone, each beginning from the same consent.
  test.each(pairs)('%s: %s is %s', async (state, deed, expected) => {
    const seen = await undone(async (tx) => {
      const suspendedReasons = state === 'suspended' ? ['person'] : []
      await tx('consentCurrent').where({ consentId }).update({ state, suspendedReasons })
      await reseal(tx, load.vault, consentId)
      return tryDeed(tx, deed)
    })
    expect(seen).toBe(expected)
  })

  test.each(['active', 'suspended'] as const)(
    'no move changes an ended consent that is %s',
    async (state) => {
      for (const deed of Object.keys(over) as Deed[]) {
        const seen = await undone(async (tx) => {
          const suspendedReasons = state === 'suspended' ? ['person'] : []
          const validUntil = new Date(Date.now() - 1)
          await tx('consentCurrent')
            .where({ consentId })
            .update({ state, suspendedReasons, validUntil })
          await reseal(tx, load.vault, consentId)
          return tryDeed(tx, deed)
        })
        expect([deed, seen]).toEqual([deed, 'illegal'])
      }
    },
  )

  test('an illegal move is refused with words for people, and the error names state and move', async () => {
    const error = await undone(async (tx) => {
      await tx('consentCurrent').where({ consentId }).update({ state: 'revoked' })
      await reseal(tx, load.vault, consentId)
      return act(tx, 'pause').catch((cause: unknown) => cause)
    })
    expect(error).toBeInstanceOf(IllegalTransition)
    expect(error).toMatchObject({
      code: 'sharing.not-live',
      status: 409,
      state: 'revoked',
      move: 'suspended',
    })
  })

  test('a narrowing is not asked where a meaning moved, not confirmed after its last day, nor shown again once it is confirmed', async () => {
    const { personId } = sharer
    const { db, vault } = load
    const register = await registerOf(load)
    const expired = { code: 'consent.expired', status: 410 }
    await undone(async (tx) => {
      const validUntil = new Date(Date.now() - 1)
      await tx('consentRequestItem').where({ narrows: consentId }).update({ validUntil })
      await expect(act(tx, 'narrow')).rejects.toMatchObject(expired)
    })
    const choice = { personId, consentId, lastDay: inDays(60), keep: [dependants] }
    const moved = { ...register, meansTheSame: () => false }
    await expect(newNarrowing(db, vault.seals, moved, choice, new Date())).rejects.toMatchObject({
      code: 'sharing.not-now',
      status: 409,
    })
    const narrowing = await newNarrowing(db, vault.seals, register, choice, new Date())
    const labels = { grant: 'Oui', refuse: 'Non' }
    const shown = { sessionUid: consentId, language: 'fr', region: '<p>…</p>', labels } as const
    await undone(async (tx) => {
      const show = () => presentNarrowing(tx, vault, register, narrowing, shown)
      expect((await show()).presentationId).toBe(presentationId)
      await act(tx, 'narrow')
      await expect(show()).rejects.toMatchObject(expired)
    })
  })

  test('another person’s consent is not found', async () => {
    const { personId } = await newSharer(load)
    const deed = actorOfOwnAccess({ personId, consentId, acr, provedAt: new Date(), factorIds: [] })
    for (const move of [pauseConsent, resumeConsent, confirmConsent, revokeConsent])
      await expect(transact(load.db, (tx) => move(tx, load.notary, deed))).rejects.toMatchObject({
        code: 'sharing.not-found',
        status: 404,
      })
  })

  async function tryDeed(tx: Transaction, deed: Deed): Promise<Reached> {
    const before = await traces(tx)
    try {
      await act(tx, deed)
    } catch (error) {
      if (!(error instanceof IllegalTransition)) throw error
      expect(await traces(tx)).toEqual(before)
      return 'illegal'
    }
    const after = await traces(tx)
    if (after.events === before.events) {
      expect(after).toEqual(before)
      return 'nothing'
    }
    return after.row.state
  }

  async function traces(tx: Transaction) {
    const [row]: { state: State }[] = await tx('consentCurrent').where({ consentId })
    const events = await tx('ledgerEvent').where({ personId: sharer.personId }).select('personSeq')
    if (row === undefined) throw new Error('no consent')
    return { row, events: events.length }
  }

  async function act(tx: Transaction, deed: Deed): Promise<unknown> {
    const { personId } = sharer
    const { notary } = load
    switch (deed) {
      case 'revoke':
        return revokeConsent(tx, notary, { personId, consentId, acr })
      case 'pause':
        return pauseConsent(tx, notary, { personId, consentId, acr })
      case 'resume':
        return resumeConsent(
          tx,
          notary,
          actorOfOwnAccess({ personId, consentId, acr, ...proved() }),
        )
      case 'confirm':
        return confirmConsent(
          tx,
          notary,
          actorOfOwnAccess({ personId, consentId, acr, ...proved() }),
        )
      case 'narrow': {
        const given = { personId, consentId, presentationId, acr, amr }
        return narrowConsent(tx, notary, await registerOf(load), given)
      }
    }
  }

  async function undone<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const nothing = new Error('undone on purpose')
    let result: { readonly value: T } | undefined
    await transact(load.db, async (tx) => {
      result = { value: await work(tx) }
      throw nothing
    }).catch((error: unknown) => {
      if (error !== nothing) throw error
    })
    if (result === undefined) throw new Error('nothing was tried')
    return result.value
  }
})

function proved() {
  return { provedAt: new Date(), factorIds: [] }
}
