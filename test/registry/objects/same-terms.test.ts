import { afterAll, beforeAll, expect, test } from 'vitest'
import { decide } from '../../../src/consent/decisions/index.ts'
import { maskOf } from '../../../src/consent/record/index.ts'
import { present } from '../../../src/base/values/present.ts'
import type { Register } from '../../../src/registry/index.ts'
import type { World } from '../../support/world.ts'
import { consentOf, openWorld } from '../../support/world.ts'

// What only tells more about a purpose or a body asks nobody again: neither the bodies nor the people.

// The demonstration’s purpose, whose reason another version tells otherwise.
const now = new Date('2026-12-01T15:00:00.000Z')
const why = { fr: 'calculer autrement votre bourse', en: 'calculate your bursary another way' }

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** What a body is answered that names the purpose, and by which name the record would keep it. */
function verdictOn(given: Register, named: string) {
  const consent = consentOf(world.register)
  const dataset = present(given.datasetByNo(consent.dataset), 'a dataset')
  const purpose = present(given.purpose(named), 'a purpose')
  const asked = maskOf(dataset, ['cat_revenu-net'])
  const { holder, recipient } = consent
  const about = {
    holder,
    recipient,
    dataset,
    purpose,
    asked,
    period: undefined,
    agreement: undefined,
  }
  const known = { consents: [consent], isWhole: true, isUntrusted: false, usesByLaw: [] }
  const verdict = decide({ ...about, isCaseNamed: false, lawful: [] }, known, given, now)
  return [verdict.permit, purpose.ref]
}

test('a version of a purpose that only tells why is the same purpose, with the new words', async () => {
  const given = await world.after({ of: 'pur_calcul-aide', set: { why } })
  for (const named of ['pur_calcul-aide', 'pur_calcul-aide@1', 'pur_calcul-aide@2'])
    expect(verdictOn(given, named)).toEqual([true, 'pur_calcul-aide@1'])
  const purpose = given.purpose('pur_calcul-aide')
  expect(purpose?.why).toEqual(why)
  expect(given.purposeByNo(purpose?.no ?? 0)?.why).toEqual(why)
  // Every version as it was applied is still there to be read.
  expect(given.versions.filter(({ id }) => id === 'pur_calcul-aide')).toHaveLength(2)
})

test('an agreement that names such a version has the terms of the first', async () => {
  const given = await world.after(
    { of: 'pur_calcul-aide', set: { why } },
    { of: 'agr_2026-001', set: { purposes: ['pur_calcul-aide@2'] } },
  )
  expect(given.agreement('agr_2026-001')?.purposes).toEqual(['pur_calcul-aide@1'])
  expect(verdictOn(given, 'pur_calcul-aide')).toEqual([true, 'pur_calcul-aide@1'])
})

test('a version with other terms is another purpose, though it tells why as well', async () => {
  const label = { fr: 'Calcul d’un autre montant', en: 'Calculation of another amount' }
  const given = await world.after({ of: 'pur_calcul-aide', set: { why, label } })
  expect(verdictOn(given, 'pur_calcul-aide')).toEqual([false, 'pur_calcul-aide@2'])
  expect(verdictOn(given, 'pur_calcul-aide@1')).toEqual([true, 'pur_calcul-aide@1'])
  expect(given.purpose('pur_calcul-aide@1')?.why).not.toEqual(why)
})

test('a version that changes nothing is a new purpose, because somebody wants people to be asked again', async () => {
  const given = await world.after({ of: 'pur_calcul-aide', set: {} })
  expect(verdictOn(given, 'pur_calcul-aide')).toEqual([false, 'pur_calcul-aide@2'])
})

test('a pronoun of a body asks nobody again', async () => {
  const pronoun = { fr: 'elles', en: 'they' }
  const given = await world.after({ of: 'org_aide-etudes', set: { pronoun } })
  expect(verdictOn(given, 'pur_calcul-aide')).toEqual([true, 'pur_calcul-aide@1'])
  expect(given.organisation('org_aide-etudes')?.pronoun).toEqual(pronoun)
})
