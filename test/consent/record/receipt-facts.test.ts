import { beforeAll, describe, expect, test } from 'vitest'
import { newUuid } from '../../../src/base/values/ids.ts'
import {
  grantedDetail,
  isMeaningChanged,
  isSensitive,
  maskOf,
  obstacle,
  periodObstacle,
  rewordingLines,
  rewordingsOf,
} from '../../../src/consent/record/index.ts'
import { receiptClaims } from '../../../src/consent/record/receipts/receipt.ts'
import type { Names, Register } from '../../../src/registry/index.ts'
import { appliedDemo } from '../../support/demo-register.ts'
import { receiptProblems } from '../../support/receipts.ts'
import { consentOf } from '../../support/world.ts'

// What a receipt, a token and a page say of a consent, by the register alone.

const issuer = 'https://accord.test'
const now = new Date('2026-12-01T15:00:00.000Z')
const unknown = 999_999

let register: Register
beforeAll(async () => {
  register = await appliedDemo()
})

/** What the consent names in the register of the demonstration. */
function objects() {
  const consent = consentOf(register)
  const [dataset, purpose] = [
    register.datasetByNo(consent.dataset),
    register.purposeByNo(consent.purpose),
  ]
  const [agreement, text] = [
    register.agreementByNo(consent.agreement),
    register.text('txt_calcul-aide'),
  ]
  if (!dataset || !purpose || !agreement || !text)
    throw new Error('the register is not the demonstration')
  return { consent, dataset, purpose, agreement, text }
}

/** The receipt of a stop, by the register with these objects in the place of its own. */
function receiptBy(changed: Partial<Register> & Partial<Names>) {
  const { consent, dataset, agreement, text } = objects()
  const facts = {
    ...consent,
    legalBasisId: agreement.legalBasis,
    categoriesGranted: maskOf(dataset, dataset.categories.slice(0, 1)),
    categoriesDeclined: maskOf(dataset, dataset.categories.slice(1)),
    validUntilLocal: '2027-08-24',
    supersedesConsentId: null,
    text: text.no,
    lang: 'fr-CA' as const,
    renderedSha256: Buffer.alloc(32),
  }
  const written = {
    kind: 'consent.revoked' as const,
    eventId: newUuid(now),
    personSeq: 4,
    recordedAt: now,
    commitment: Buffer.alloc(32),
    salt: Buffer.alloc(32),
    text: '{}',
  }
  const issuing = {
    issuer,
    receiptId: newUuid(now),
    principal: `iss_sub:${issuer}#${'x'.repeat(22)}`,
    facts,
    written,
  }
  return receiptClaims({ ...issuing, register: { ...register, ...changed } })
}

describe('a receipt', () => {
  test('names what the register says of the purpose, its categories and its bodies', () => {
    const { purpose, agreement, dataset } = objects()
    const claims = receiptBy({
      purposeByNo: () => ({
        ...purpose,
        isAutomated: true,
        isOutsideQuebec: true,
        dpvIri: 'https://w3id.org/dpv#ServiceProvision',
      }),
      agreementByNo: () => ({ ...agreement, assessment: 'https://exemple.test/efvp' }),
      category: (id) => {
        const found = register.category(id)
        return found && { ...found, dpvIri: 'https://w3id.org/dpv/pd#Income' }
      },
      organisationByRoot: (root) => {
        const found = register.organisationByRoot(root)
        return (
          found && {
            ...found,
            officerContact: 'tel:+14185550100',
            policyUrl: 'https://exemple.test',
          }
        )
      },
    })
    expect(receiptProblems(claims)).toEqual([])
    expect(claims.purposes[0]).toMatchObject({
      purpose_type: 'https://w3id.org/dpv#ServiceProvision',
      lawful_basis: 'LAI 53, 53.1',
      processing_method: 'automated_decision',
      storage_locations: ['outside CA-QC'],
      impact_assessment: 'https://exemple.test/efvp',
    })
    expect(claims.purposes[0].pii_information).toMatchObject(
      dataset.categories.map((pii_type, n) => ({
        pii_type,
        pii_consented: n === 0,
        pii_iri: 'https://w3id.org/dpv/pd#Income',
      })),
    )
    expect(claims.parties).toMatchObject(
      [1, 2].map(() => ({ party_contact: 'tel:+14185550100', party_url: 'https://exemple.test' })),
    )
  })

  test('leaves out what the register does not say', () => {
    const { purpose, agreement } = objects()
    const claims = receiptBy({
      purposeByNo: () => ({
        ...purpose,
        isAutomated: false,
        isOutsideQuebec: false,
        dpvIri: undefined,
      }),
      agreementByNo: () => ({ ...agreement, assessment: undefined }),
      category: (id) => {
        const found = register.category(id)
        return found && { ...found, dpvIri: undefined }
      },
      organisationByRoot: (root) => {
        const found = register.organisationByRoot(root)
        return found && { ...found, officerContact: undefined, policyUrl: undefined }
      },
    })
    expect(receiptProblems(claims)).toEqual([])
    const [said] = claims.purposes
    expect(said).toMatchObject({
      purpose_type: 'https://w3id.org/dpv#Purpose',
      processing_method: 'no_automated_decision',
      storage_locations: ['CA-QC'],
    })
    expect(said).not.toHaveProperty('impact_assessment')
    for (const one of said.pii_information) expect(one).not.toHaveProperty('pii_iri')
    for (const one of claims.parties)
      expect(Object.keys(one)).toEqual(['party_id', 'party_name', 'party_role'])
  })

  test('is not written with a name that nobody has', () => {
    expect(() => receiptBy({ organisationByRoot: () => undefined })).toThrow('a body of a consent')
    expect(() => receiptBy({ category: () => undefined })).toThrow('a category of a dataset')
    expect(() => receiptBy({ textByNo: () => undefined })).toThrow('the text of a sharing')
  })
})

const strange = () => consentOf(register, { dataset: unknown })

describe('a consent that names what this process has not loaded yet', () => {
  test('permits nothing, and no token tells of it', () => {
    expect(obstacle(strange(), register, now)).toBe('AGREEMENT_NOT_IN_FORCE')
    expect(grantedDetail({ ...strange(), declined: 0n }, register, issuer)).toBeUndefined()
  })
  test('is as one to something sensitive, and of its bodies alone it is said that they changed', () => {
    const { consent } = objects()
    const life = { ...consent, declined: 0n, grantedAt: now }
    expect(isSensitive({ ...life, dataset: unknown }, register)).toBe(true)
    expect(isSensitive(life, register)).toBe(false)
    expect(isMeaningChanged(strange(), register)).toBe(false)
    expect(rewordingsOf(strange(), register, now)).toEqual([])
  })
})

test('a token tells of a limit only where there is one', () => {
  const { consent } = objects()
  const told = (change: object) =>
    grantedDetail({ ...consent, declined: 0n, ...change }, register, issuer)
  expect(told({})).toMatchObject({ frequency: { count: 4, per: 'P1Y' } })
  expect(told({ frequencyCount: null, frequencyPer: null })).not.toHaveProperty('frequency')
  expect(told({})).not.toHaveProperty('lookback')
  const days = { lookbackFrom: '2025-01-01', lookbackTo: '2025-12-31' }
  expect(told(days)).toMatchObject({ lookback: { from: '2025-01-01', to: '2025-12-31' } })
})

test('a consent that is older than the limit of its purpose covers no days', () => {
  const { consent, purpose } = objects()
  const days = { from: '2026-01-01', to: '2026-01-31' }
  expect(periodObstacle(consent, { ...purpose, lookback: 'P1Y' }, days)).toBe('PERIOD_NOT_COVERED')
  expect(periodObstacle(consent, { ...purpose, lookback: undefined }, days)).toBeUndefined()
})

test('a set of categories has no bit for one that is not in its dataset', () => {
  const { dataset } = objects()
  expect(() => maskOf(dataset, ['cat_adresse'])).toThrow(
    new TypeError('cat_adresse is not a category of dst_avis-cotisation@1'),
  )
})

test('a page tells what a body or a category is called otherwise, and what it did not say before', () => {
  const change = { at: now, isMaterial: false, reason: undefined }
  const [before, after] = [
    { fr: 'Revenu', en: 'Income' },
    { fr: 'Revenu net', en: 'Net income' },
  ]
  const lines = rewordingLines(
    [
      { ...change, kind: 'category', id: 'cat_revenu-net', member: 'label', before, now: after },
      {
        ...change,
        kind: 'organisation',
        id: 'org_aide-etudes',
        member: 'policy_url',
        before: undefined,
        now: 'https://exemple.test/politique',
      },
    ],
    register,
    'en',
  )
  const [category, body] = [
    register.category('cat_revenu-net'),
    register.organisation('org_aide-etudes'),
  ]
  expect(lines).toMatchObject([
    { subject: category?.label.en, before: 'Income', now: 'Net income' },
    { subject: body?.name.en, before: '', now: 'https://exemple.test/politique' },
  ])
})
