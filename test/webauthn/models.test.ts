import { describe, expect, test } from 'vitest'
import { judgeModel, readMetadata } from '../../src/webauthn/models.ts'

// What a metadata file says of a model, and whether it suffices for level 3.

const aaguid = '0a0b0c0d-0000-4000-8000-000000000001'
const other = '0a0b0c0d-0000-4000-8000-000000000002'
const today = '2026-11-28'

const statement = {
  aaguid,
  description: 'Clé bleue 3',
  keyProtection: ['hardware', 'secure_element'],
  attestationTypes: ['basic_full'],
  userVerificationDetails: [
    [{ userVerificationMethod: 'passcode_external' }],
    [{ userVerificationMethod: 'none' }],
  ],
  attestationRootCertificates: ['AAAA'],
}

type Said = readonly (readonly [status?: string, effectiveDate?: string])[]

function fileOf(change: object = {}, said: Said = [['FIDO_CERTIFIED_L1']]): object {
  const statusReports = said.map(([status, effectiveDate]) => ({ status, effectiveDate }))
  const entry = { aaguid, metadataStatement: { ...statement, ...change }, statusReports }
  return { no: 3, nextUpdate: '2026-12-31', entries: [entry] }
}

function verdictOf(file: object, allowed?: ReadonlySet<string>) {
  const model = readMetadata(file)?.models.get(aaguid)
  return model && judgeModel(model, allowed, today)
}

test.each<[string, Said, string]>([
  ['certified', [['FIDO_CERTIFIED_L1', '2024-01-01']], 'stands'],
  ['certified by the word of before', [['FIDO_CERTIFIED']], 'stands'],
  ['certified higher', [['FIDO_CERTIFIED_L3plus']], 'stands'],
  ['not certified', [['NOT_FIDO_CERTIFIED']], 'not-allowed'],
  ['said by its maker alone', [['SELF_ASSERTION_SUBMITTED']], 'not-allowed'],
  ['of whom nothing is reported', [], 'not-allowed'],
  ['certified from tomorrow on', [['FIDO_CERTIFIED_L1', '2026-11-29']], 'not-allowed'],
  [
    'revoked',
    [
      ['FIDO_CERTIFIED_L2', '2024-01-01'],
      ['REVOKED', '2025-01-01'],
    ],
    'withdrawn',
  ],
  [
    'revoked, in a list that is out of order',
    [
      ['REVOKED', '2025-01-01'],
      ['FIDO_CERTIFIED_L2', '2024-01-01'],
    ],
    'withdrawn',
  ],
  [
    'revoked from tomorrow on',
    [
      ['FIDO_CERTIFIED_L1', '2024-01-01'],
      ['REVOKED', '2026-11-29'],
    ],
    'withdrawn',
  ],
  ['revoked without a date', [['REVOKED'], ['FIDO_CERTIFIED_L1', '2026-01-01']], 'withdrawn'],
  [
    'revoked and certified on one day',
    [
      ['REVOKED', '2025-01-01'],
      ['FIDO_CERTIFIED_L1', '2025-01-01'],
    ],
    'withdrawn',
  ],
  ['retired', [['RETIRED']], 'withdrawn'],
  ['whose PIN can be gone round', [['USER_VERIFICATION_BYPASS']], 'withdrawn'],
  ['whose attestation key is out', [['ATTESTATION_KEY_COMPROMISE']], 'withdrawn'],
  ['whose keys can be taken from afar', [['USER_KEY_REMOTE_COMPROMISE']], 'withdrawn'],
  ['whose keys can be taken in the hand', [['USER_KEY_PHYSICAL_COMPROMISE']], 'withdrawn'],
  [
    'with a fault that an update mends, which no key shows',
    [
      ['FIDO_CERTIFIED_L1', '2024-01-01'],
      ['USER_VERIFICATION_BYPASS', '2025-01-01'],
      ['UPDATE_AVAILABLE', '2025-02-01'],
    ],
    'withdrawn',
  ],
  [
    'with an update beside',
    [
      ['FIDO_CERTIFIED_L1', '2024-01-01'],
      ['UPDATE_AVAILABLE', '2025-02-01'],
    ],
    'stands',
  ],
  [
    'certified by others beside',
    [
      ['FIDO_CERTIFIED_L1', '2024-01-01'],
      ['FIPS140_CERTIFIED_L2', '2025-02-01'],
    ],
    'stands',
  ],
  [
    'certified anew after a fault',
    [
      ['USER_KEY_PHYSICAL_COMPROMISE', '2024-01-01'],
      ['FIDO_CERTIFIED_L2', '2025-01-01'],
    ],
    'stands',
  ],
  [
    'of whom something unknown is reported',
    [
      ['FIDO_CERTIFIED_L1', '2024-01-01'],
      ['GOLDEN', '2025-01-01'],
    ],
    'withdrawn',
  ],
  ['of whom something is reported without a word', [[]], 'withdrawn'],
  ['of whom a word of every object is reported', [['constructor']], 'withdrawn'],
  [
    'with more reports than anybody reads',
    Array.from({ length: 201 }, () => ['FIDO_CERTIFIED_L1'] as const),
    'withdrawn',
  ],
])('a model that is %s', (_, said, verdict) => {
  expect(verdictOf(fileOf({}, said))).toBe(verdict)
})

test.each<[string, object]>([
  ['keeps its keys in software', { keyProtection: ['software'] }],
  ['keeps them in both', { keyProtection: ['hardware', 'software'] }],
  ['says nothing of it', { keyProtection: undefined }],
  ['lets each key vouch for itself', { attestationTypes: ['basic_surrogate'] }],
  ['attests nothing', { attestationTypes: ['none'] }],
  [
    'verifies nobody',
    { userVerificationDetails: [[{ userVerificationMethod: 'presence_internal' }]] },
  ],
  ['says nothing of whom it verifies', { userVerificationDetails: 'passcode_external' }],
  // The library checks no chain where there is no root.
  ['has no root', { attestationRootCertificates: [] }],
])('a certified model that %s never suffices, whoever chose it', (_, change) => {
  expect(verdictOf(fileOf(change))).toBe('unsuitable')
  expect(verdictOf(fileOf(change), new Set([aaguid]))).toBe('unsuitable')
})

test('a list of models stands in the place of a certification, and not of a withdrawal', () => {
  const chosen = new Set([aaguid])
  expect(verdictOf(fileOf({}, [['NOT_FIDO_CERTIFIED']]), chosen)).toBe('stands')
  expect(verdictOf(fileOf({}, [['REVOKED']]), chosen)).toBe('withdrawn')
  expect(verdictOf(fileOf(), new Set([other]))).toBe('not-allowed')
})

describe('of a payload', () => {
  test.each<[string, object]>([
    ['without a number', { no: undefined }],
    ['with a number in words', { no: '3' }],
    ['with a number beyond', { no: 2 ** 31 }],
    ['with half a number', { no: 2.5 }],
    ['without its last day', { nextUpdate: undefined }],
    ['with a last day that is none', { nextUpdate: 'never' }],
    ['without entries', { entries: undefined }],
    ['with too many entries', { entries: Array.from({ length: 5001 }, () => ({})) }],
    [
      'with two entries of one model',
      { entries: [fileOf(), fileOf()].flatMap((file) => (file as { entries: object[] }).entries) },
    ],
  ])('%s nothing is read', (_, change) => {
    expect(readMetadata({ ...fileOf(), ...change })).toBeUndefined()
  })

  test('an entry of another kind, or whose statement is of another model, is no model', () => {
    const entries = [
      { aaid: '1234#5678', statusReports: [] },
      null,
      { aaguid: other, metadataStatement: statement },
    ]
    expect(readMetadata({ ...fileOf(), entries })?.models.size).toBe(0)
    expect(readMetadata(fileOf())?.models.get(aaguid)?.name).toBe('Clé bleue 3')
    expect(readMetadata(fileOf({ description: 3 }))?.models.get(aaguid)?.name).toBe('')
  })
})
