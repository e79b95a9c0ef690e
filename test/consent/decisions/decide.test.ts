import type { Question } from '../../../src/consent/decisions/question.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConsentState } from '../../../src/consent/record/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { decide as decideBy } from '../../../src/consent/decisions/decide.ts'
import { newUuid } from '../../../src/base/values/ids.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

const now = new Date('2026-12-01T15:00:00.000Z')

let world: World
let register: Register
beforeAll(async () => {
  world = await openWorld()
  register = world.register
})
afterAll(() => world.close())

function question(change: Partial<Question> & { readonly categories?: string[] } = {}): Question {
  const { categories = ['cat_revenu-net'], ...rest } = change
  const dataset = register.dataset('dst_avis-cotisation')
  if (dataset === undefined) throw new Error('the register is not the demonstration')
  return {
    holder: register.organisation('org_agence-revenu')?.root ?? 0,
    recipient: register.organisation('org_aide-etudes')?.root,
    dataset,
    purpose: register.purpose('pur_calcul-aide'),
    asked: maskOf(dataset, categories),
    period: undefined,
    agreement: undefined,
    isCaseNamed: false,
    lawful: [],
    ...rest,
  }
}

function decide(asked: Question, consents: readonly ConsentState[], by: Register, at: Date) {
  return decideBy(asked, { consents, usesByLaw: [], isUntrusted: false, isWhole: true }, by, at)
}

/** Later ones have later ids, as their records have. */
function consent(change: Partial<ConsentState> = {}, madeAt = now): ConsentState {
  return consentOf(register, { consentId: newUuid(madeAt), ...change })
}

test('a live consent that covers the question permits, with the uses left', () => {
  const live = consent()
  expect(decide(question(), [live], register, now)).toEqual({
    permit: true,
    consent: live,
    usesLeft: 4,
    window: { startedAt: live.validFrom, limit: 4, uses: 0 },
  })
})

const year = { from: '2025-01-01', to: '2025-12-31' }
const lookback = { lookbackFrom: year.from, lookbackTo: year.to }

type Denied = {
  readonly asked?: () => Question
  readonly allowed: () => readonly ConsentState[]
  readonly because: string
  /** What the holder may ask again. */
  readonly permitted?: bigint
}

test.each<[string, Denied]>([
  ['nothing was allowed', { allowed: () => [], because: 'NO_CONSENT' }],
  ['it was refused', { allowed: () => [consent({ state: 'refused' })], because: 'NO_CONSENT' }],
  [
    'it begins in a millisecond',
    { allowed: () => [consent({ validFrom: new Date(now.getTime() + 1) })], because: 'NO_CONSENT' },
  ],
  [
    'it was stopped',
    { allowed: () => [consent({ state: 'revoked' })], because: 'CONSENT_REVOKED' },
  ],
  [
    'it was used up, and a no came later',
    {
      allowed: () => [consent({ state: 'expired' }), consent({ state: 'refused' })],
      because: 'USES_EXHAUSTED',
    },
  ],
  [
    'it is paused, and a change of it was refused later',
    {
      allowed: () => [consent({ state: 'suspended' }), consent({ state: 'refused' })],
      because: 'CONSENT_SUSPENDED',
    },
  ],
  [
    'it ended while it was paused',
    {
      allowed: () => [consent({ state: 'suspended', validUntil: now })],
      because: 'CONSENT_EXPIRED',
    },
  ],
  ['it ends now', { allowed: () => [consent({ validUntil: now })], because: 'CONSENT_EXPIRED' }],
  [
    'it is paused',
    { allowed: () => [consent({ state: 'suspended' })], because: 'CONSENT_SUSPENDED' },
  ],
  [
    'the purpose is unknown',
    {
      asked: () => question({ purpose: undefined }),
      allowed: () => [consent()],
      because: 'PURPOSE_UNKNOWN',
    },
  ],
  [
    'another agreement is named',
    {
      asked: () => question({ agreement: 'agr_2026-002' }),
      allowed: () => [consent()],
      because: 'AGREEMENT_MISMATCH',
    },
  ],
  [
    'one of two categories was not allowed',
    {
      asked: () => question({ categories: ['cat_revenu-net', 'cat_personnes-a-charge'] }),
      allowed: () => [consent()],
      because: 'CATEGORY_NOT_COVERED',
      permitted: 0b001n,
    },
  ],
  [
    'the category was not allowed',
    {
      asked: () => question({ categories: ['cat_personnes-a-charge'] }),
      allowed: () => [consent()],
      because: 'CATEGORY_NOT_COVERED',
    },
  ],
  [
    'no period is named where one was allowed',
    { allowed: () => [consent(lookback)], because: 'PERIOD_MISSING' },
  ],
  [
    'the period begins a day early',
    {
      asked: () => question({ period: { ...year, from: '2024-12-31' } }),
      allowed: () => [consent(lookback)],
      because: 'PERIOD_NOT_COVERED',
    },
  ],
  [
    'the period ends a day late',
    {
      asked: () => question({ period: { ...year, to: '2026-01-01' } }),
      allowed: () => [consent(lookback)],
      because: 'PERIOD_NOT_COVERED',
    },
  ],
  [
    'it was used as often as allowed for now',
    { allowed: () => [consent(usedFourTimes())], because: 'FREQUENCY_EXCEEDED' },
  ],
  [
    'it was used as often as allowed at all',
    { allowed: () => [consent({ maxUses: 1, uses: 1 })], because: 'USES_EXHAUSTED' },
  ],
])('%s: denied', (_, { asked = question, allowed, because, permitted = 0n }) => {
  expect(decide(asked(), allowed(), register, now)).toMatchObject({
    permit: false,
    because,
    permitted,
  })
})

test.each<[string, () => Question, () => ConsentState]>([
  [
    'every category allowed',
    () => question({ categories: ['cat_revenu-net', 'cat_situation-familiale'] }),
    consent,
  ],
  ['the agreement named', () => question({ agreement: 'agr_2026-001' }), consent],
  ['the whole period', () => question({ period: year }), () => consent(lookback)],
  [
    'a day of the period',
    () => question({ period: { from: year.to, to: year.to } }),
    () => consent(lookback),
  ],
  [
    'any period where none was named',
    () => question({ period: { from: '1999-01-01', to: '2026-11-30' } }),
    consent,
  ],
  [
    'the last use',
    question,
    () => consent({ uses: 3, windowUses: 3, windowStartedAt: consent().validFrom }),
  ],
  ['the last millisecond', question, () => consent({ validUntil: new Date(now.getTime() + 1) })],
])('%s is permitted', (_, asked, allowed) => {
  expect(decide(asked(), [allowed()], register, now).permit).toBe(true)
})

test('a retired purpose is denied, whatever the consent', async () => {
  const after = await world.after({ of: 'pur_calcul-aide', set: { status: 'retired' } })
  expect(decide(question(), [consent()], after, now)).toMatchObject({ because: 'PURPOSE_RETIRED' })
  expect(decide(question(), [], after, now)).toMatchObject({ because: 'PURPOSE_RETIRED' })
})

const hourAgo = new Date(now.getTime() - 3_600_000)

test('of several consents the one that lives decides, whatever their order', () => {
  const [live, stopped] = [consent({}, hourAgo), consent({ state: 'revoked' })]
  for (const held of [
    [live, stopped],
    [stopped, live],
  ]) {
    expect(decide(question(), held, register, now)).toMatchObject({ permit: true, consent: live })
  }
})

test('if none is live, the newest gives the reason', () => {
  const held = [consent({ state: 'revoked' }), consent({ state: 'superseded' }, hourAgo)]
  expect(decide(question(), held, register, now)).toMatchObject({ because: 'CONSENT_REVOKED' })
  expect(decide(question(), held.toReversed(), register, now)).toMatchObject({
    because: 'CONSENT_REVOKED',
  })
})

test('an ended consent does not hide a later one', () => {
  const [over, live] = [consent({ validUntil: now }, hourAgo), consent()]
  for (const held of [
    [over, live],
    [live, over],
  ]) {
    expect(decide(question(), held, register, now)).toMatchObject({ permit: true, consent: live })
  }
})

test('the uses of two consents are not added', () => {
  const [spent, fresh] = [consent({ ...usedFourTimes(), state: 'superseded' }, hourAgo), consent()]
  expect(decide(question(), [spent, fresh], register, now)).toMatchObject({ usesLeft: 4 })
})

function usedFourTimes(): Partial<ConsentState> {
  return { uses: 4, windowUses: 4, windowStartedAt: consent().validFrom }
}
