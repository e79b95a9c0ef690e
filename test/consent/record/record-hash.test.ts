import { expect, test } from 'vitest'
import { recordHash } from '../../../src/consent/record/index.ts'
import type { ConsentRecord } from '../../../src/consent/record/index.ts'

const record: ConsentRecord = {
  consentId: '019ae3a1-0000-7000-8000-000000000001',
  arrangementId: '019ae3a1-0000-7000-8000-000000000002',
  versionInArrangement: 1,
  supersedesConsentId: null,
  personId: '019ae3a1-0000-7000-8000-000000000003',
  requestId: '019ae3a1-0000-7000-8000-000000000004',
  agreement: 11,
  purpose: 12,
  dataset: 13,
  legalBasisId: 'consent_53',
  holder: 14,
  recipient: 15,
  categoriesGranted: 3n,
  categoriesDeclined: 4n,
  express: false,
  oneTime: false,
  maxUses: null,
  frequencyCount: 4,
  frequencyPer: 'P1Y',
  lookbackFrom: '2025-01-01',
  lookbackTo: '2025-12-31',
  validFrom: new Date('2026-11-24T15:04:00.000Z'),
  validUntil: new Date('2027-09-01T04:00:00.000Z'),
  validUntilLocal: '2027-08-31',
  tz: 'America/Toronto',
  presentationId: '019ae3a1-0000-7000-8000-000000000005',
  textPairSha256: Buffer.alloc(32, 7),
  channel: 'web',
  acr: 'urn:accord:aal:2',
  amr: ['pop', 'user', 'mfa'],
  officeOrg: null,
  officeRole: null,
  createdAt: new Date('2026-11-24T15:04:00.000Z'),
}
const helped = { ...record, officeOrg: 'org_aide-etudes', officeRole: 'counter' }

// What events of the first list hold is there for good.
test('a record of before there were desks hashes as it did', () => {
  const before = 'ba754029d890c7ae89dc7a331c10d2888087c005ac2b2e27dd6d1f8d242b4282'
  expect([recordHash(record, 1), recordHash(helped, 1)]).toEqual([before, before])
})

test('the hash of now is another one for another body, and for another role', () => {
  const others = [
    record,
    helped,
    { ...helped, officeOrg: 'org_agence-revenu' },
    { ...helped, officeRole: 'telephone' },
  ]
  expect(new Set(others.map((one) => recordHash(one))).size).toBe(others.length)
})
