import { afterAll, beforeAll, expect, test } from 'vitest'
import { present } from '../../../src/base/values/present.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import type { FlowRight } from '../../../src/consent/standing/flows.ts'
import { leadOf, sayNow, whatStillFlows } from '../../../src/consent/standing/index.ts'
import { brakeOnLaw, brakeOnSharing, holdsOn } from '../../../src/pages/my-sharing/sharing-holds.ts'
import { agreementState } from '../../../src/pages/register/agreement-words.ts'
import type { BrakedKind } from '../../../src/registry/objects/brakes.ts'
import { brakeOver, brakesOf } from '../../../src/registry/objects/brakes.ts'
import { shelvesOf } from '../../../src/registry/objects/object-index.ts'
import type { Register } from '../../../src/registry/objects/register.ts'
import { registerOf } from '../../../src/registry/objects/register.ts'
import type { World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// What her pages say while a brake holds: the dates are those of the brake, and what flows is what a decision permits.

const since = new Date('2026-12-01T15:00:00.000Z')
const now = new Date('2026-12-01T18:00:00.000Z')
const until = new Date('2026-12-02T15:00:00.000Z')
const words = makeWords()

let world: World
beforeAll(async () => void (world = await openWorld()))
afterAll(() => world.close())

function braked(of: readonly (readonly [BrakedKind, string])[]): Register {
  const { epoch, versions } = world.register
  const brakes = of.flatMap(([kind, id]) => brakeAt(id, since, kind))
  return registerOf(epoch, versions, shelvesOf(versions), { brakes, now })
}

function brakeAt(id: string, at: Date, kind: BrakedKind = 'service') {
  const by = { reason: { fr: 'a', en: 'a' }, by: ['sig_one'], orderSha256: `${kind} ${id}` }
  return brakesOf([{ deed: 'brake', kind, id, at, ...by }])
}

function flowsBy(register: Register, at: Date, isHalted = false) {
  const answers = { consents: [consentOf(register)], isWhole: true }
  return whatStillFlows(
    { answers, isUntrusted: false, isHalted, usesByLaw: () => [] },
    register,
    at,
  )
}

const hers = ({ way }: { readonly way: FlowRight }) => way.by === 'choice'

const own = ['agreement', 'agr_2026-001'] as const
const laws = [
  ['agreement', 'agr_2026-014'],
  ['agreement', 'agr_2026-017'],
] as const

test.each([
  [own],
  [['organisation', 'org_aide-etudes'] as const],
  [['organisation', 'org_agence-revenu'] as const],
  // The only service with which the holder asks whether it may send.
  [['service', 'agence-revenu'] as const],
])('a sharing under a brake on %j says since when and until when, and nothing flows', (brake) => {
  const register = braked([brake])
  const consent = consentOf(register)
  const reading = { register, language: 'fr' as const, now }
  expect(holdsOn(consent, reading)).toEqual(['SUSPENDED_AT_ONCE'])
  expect(brakeOnSharing(consent, reading)).toEqual({ since, until })
  const agreed = present(register.agreement('agr_2026-001'), 'the agreement')
  expect(agreementState(agreed, register, now)).toBe('suspended')
  const { flows } = flowsBy(register, now)
  expect(flows.flatMap(({ ways }) => ways).filter((way) => hers({ way }))).toEqual([])
  const waits = flows.flatMap((flow) => flow.waits.filter(hers))
  expect(new Set(waits.map(({ because }) => because))).toEqual(new Set(['held']))
  // A page that tells of a moment after the brake tells of it by that moment, whatever the register in memory says now.
  const after = flowsBy(register, until).flows.flatMap(({ ways }) => ways)
  expect(after.filter((way) => hers({ way }))).not.toEqual([])
})

function hour(n: number): Date {
  return new Date(since.getTime() + n * 3_600_000)
}

test('a holder that has two services waits for the first of the two brakes that ends', () => {
  const [first, second] = ['one', 'two'].map((id) => ({ id, status: 'suspended', isBraked: true }))
  const brakes = [...brakeAt('one', hour(0)), ...brakeAt('two', hour(2))]
  const over = (askers: readonly unknown[], at: Date) =>
    brakeOver(
      { id: 'agr_one', holder: 'org_one', recipient: 'org_two' },
      { brakes, askersOf: () => askers as never },
      at,
    )
  expect(over([first, second], hour(3))).toEqual({ since: hour(2), until: hour(24) })
  expect(over([first, second], hour(24))).toBeUndefined()
  expect(over([first, second, { id: 'three', status: 'active' }], hour(3))).toBeUndefined()
  expect(over([first, { id: 'three', status: 'suspended' }], hour(3))).toEqual({
    since: hour(0),
    until: hour(24),
  })
})

test('without a brake nothing is said; a brake on something else does not hold', () => {
  const register = braked([['service', 'aide-etudes-portail'], laws[0]])
  const reading = { register, language: 'fr' as const, now }
  expect(holdsOn(consentOf(register), reading)).toEqual([])
  expect(brakeOnSharing(consentOf(register), reading)).toBeUndefined()
})

test('what the law allows waits for the end of a brake, and her first sentence says « for now »', () => {
  const register = braked([own, ...laws])
  const still = flowsBy(register, now)
  expect(still.flows.flatMap(({ ways }) => ways)).toEqual([])
  const law = present(register.agreement('agr_2026-014'), 'an agreement by law')
  const purpose = present(register.purpose(law.purposes[0] ?? ''), 'its purpose')
  expect(brakeOnLaw(law, purpose, { register, language: 'fr', now })).toEqual({ since, until })
  const none = { isAllowing: false, isWhole: true, isUntrusted: false, isHalted: false }
  const byLaw = still.flows.map((flow) => ({
    ...flow,
    waits: flow.waits.filter(({ way }) => way.by === 'law'),
  }))
  const said = sayNow({ ...none, flows: byLaw }, { waiting: 0, wasUsed: () => false }, now)
  expect(leadOf(said, { words, register, language: 'en' }).sentences).toEqual([
    'No organisation can receive information about you from another for now.',
  ])
})

test('while nothing is permitted to anybody, her first sentence names no sharing as suspended', () => {
  const { register } = world
  const lead = (isHalted: boolean, language: 'fr' | 'en') => {
    const said = sayNow(flowsBy(register, now, isHalted), { waiting: 0, wasUsed: () => true }, now)
    return leadOf(said, { words, register, language }).sentences
  }
  expect(lead(true, 'fr')).toEqual([
    'Aucun organisme ne peut recevoir d’un autre des renseignements sur vous pour le moment.',
  ])
  expect(lead(true, 'en')).toEqual([
    'No organisation can receive information about you from another for now.',
  ])
  expect(lead(false, 'en')).not.toEqual(lead(true, 'en'))
})
