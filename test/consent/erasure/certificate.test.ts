import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { check } from '../../../public/js/verifier.js'
import { checkProof, checkReceipt } from '../../../src/consent/record/receipts/receipt-check.ts'
import type { ErasureTold } from '../../../src/consent/erasure/certificate.ts'
import { certificateClaims, rangeOf } from '../../../src/consent/erasure/certificate.ts'
import type { PublishedKeys } from '../../../src/base/keys/jws.ts'
import { publicKeys, signStatement } from '../../../src/base/keys/jws.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { NoteError } from '../../../src/base/tlog/note-error.ts'
import { canonical } from '../../../src/ledger/chain/index.ts'
import { newFolder } from '../../support/fault-process.ts'
import { anyCharacter, seeded } from '../../support/property.ts'
import { statementsBy } from '../../support/statements.ts'

// A certificate is checked as a receipt is; and whatever is given instead of either is refused, in words.

const eventId = '01a212e6-544f-70da-b896-9145b34ef728'
const plan = {
  rule: 'retention',
  before: new Date('2030-01-02T00:00:00Z'),
  consentIds: [],
  sharings: 0,
  years: [{ year: 2026, fromSeq: 1, throughSeq: 9 }],
} as const

let keys: Keys
let published: PublishedKeys
let claims: Readonly<Record<string, unknown>>
let certificate: string
let policy: string
let proof: string

beforeAll(async () => {
  const dir = newFolder()
  await createMissingKeys(dir)
  // Fixed, so that a seed draws the same texts again: Ed25519 signs the same each time (RFC 8032, test 1 of 7.1).
  const receipt = {
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'Ed25519',
    kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  }
  keys = { ...(await openKeys(dir)), receipt: [receipt] }
  published = publicKeys(keys)
  const recordedAt = new Date('2033-01-02T05:37:00.000Z')
  const text = canonical({
    v: 1,
    kind: 'content.erased',
    event_id: 'evt_01M889SN2FE3DBH5MHBPT9XZS8',
    person_seq: 10,
    recorded_at: recordedAt.toISOString(),
    ...rangeOf(plan),
  })
  const salt = createHash('sha256').update('salt').digest()
  const payload = JSON.parse(text) as ErasureTold['payload']
  const made = certificateClaims({
    issuer: 'https://id.test',
    subject: 'x',
    told: { eventId, recordedAt, payload, salt },
    rewritten: { at: new Date('2033-01-02T08:47:04.000Z'), lsn: '1/A2B3C4' },
  })
  claims = { ...made, event_id: 'evt_01M889SN2FE3DBH5MHBPT9XZS8' }
  certificate = await signed(claims)
  policy =
    'log journal.quebec.example/2026/p0+d3ac454e+AdBKsjJ0K7SrOhNovUYV5ObQIkq3GgFrr4UgozLJd4c3\nquorum none\n'
  proof = `c2sp.org/tlog-proof@v1\nindex 1\n${'A'.repeat(43)}=\n\njournal.quebec.example/2026/p0\n3\n${'A'.repeat(43)}=\n\n— journal.quebec.example/2026/p0 06xFTtAX272nDlrzyS18TvPp5QTwoTNZJ6+ygfG9ezIbVZ5JxLIOybqXi0kcp77afNzoZCI8dnb49rrHUPJr1t4v+AY=\n`
})

const signed = (
  given: object,
  typ: Parameters<typeof signStatement>[1] = 'erasure-certificate+jwt',
) => signStatement(statementsBy(keys), typ, { ...given })

async function verdicts(jwt: string): Promise<readonly [boolean, boolean]> {
  const steps = await check(jwt, '', { keys: [...published.keys], policy })
  return [(await checkReceipt(jwt, published)).holds, steps.every(({ holds }) => holds)]
}

test('a certificate is verified with the published keys alone, by the command and on the page', async () => {
  expect(await verdicts(certificate)).toEqual([true, true])
  const checked = await checkReceipt(certificate, published)
  expect(checked.holds && checked.says[1]).toBe(
    'It says: content was erased, at 2033-01-02T05:37:00.000Z. No file of the database had it by 2033-01-02T08:47:04.000Z; its log of writes has it up to 1/A2B3C4, and backups lose it by 2033-02-06T08:47:04.000Z.',
  )
})

test.each<[string, object]>([
  ['another rule', { rule: 'order' }],
  ['another day', { before: '2031-01-02T00:00:00.000Z' }],
  ['other years', { years: { from: 2026, through: 2027 } }],
  ['other entries', { entries: { from: 1, through: 8 } }],
  ['no entries', { entries: null }],
  ['another event', { event_id: 'evt_0' }],
  ['another instant', { erased_at: '2033-01-02T05:37:00.001Z' }],
  ['files before the event', { files_rewritten_at: '2033-01-02T05:36:59.999Z' }],
  ['no files', { files_rewritten_at: undefined }],
  ['no place in the log of writes', { write_ahead_log_until: undefined }],
  ['no event', { ledger: {} }],
  ['none at all', { ledger: null }],
])('a certificate agrees with its event, signed or not: %s', async (_, change) => {
  expect(await verdicts(await signed({ ...claims, ...change }))).toEqual([false, false])
})

test('a certificate is not accepted as a receipt, nor the reverse, and a key of decisions signs none', async () => {
  expect(await verdicts(await signed(claims, 'consent-receipt+jwt'))).toEqual([false, false])
  expect(await verdicts(await signed(claims, 'decision+jwt'))).toEqual([false, false])
})

const bytesOf = (jwt: string) => Buffer.from(jwt.split('.')[2] ?? '', 'base64url')

test('another base64url spelling is refused by the command and on the page', async () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const [start, last] = [certificate.slice(0, -1), certificate.slice(-1)]
  // 86 letters for 64 bytes: of the last one four bits say nothing.
  const group = letters.indexOf(last) & 48
  const others = letters
    .slice(group, group + 16)
    .split('')
    .filter((letter) => letter !== last)
  expect(others).toHaveLength(15)
  for (const letter of others) {
    expect(bytesOf(start + letter)).toEqual(bytesOf(certificate))
    expect(await verdicts(start + letter)).toEqual([false, false])
  }
  for (const jwt of [
    `${certificate}==`,
    `${start}\n${last}`,
    certificate.replace('.', '=.'),
    certificate.replace('.', ' .'),
  ])
    expect(await verdicts(jwt)).toEqual([false, false])
})

test('a certificate, proof or policy that is malformed at any place is refused without a crash', async () => {
  const bit = fc.nat(7)
  const bent = (text: string) =>
    fc
      .tuple(fc.nat(text.length - 1), fc.string({ maxLength: 4, unit: anyCharacter }), bit)
      .map(([at, more, cut]) => text.slice(0, at) + more + text.slice(at + cut))
  const trust = { keys: [...published.keys], policy }
  const any = fc.oneof(
    fc.string({ unit: anyCharacter }),
    bent(certificate),
    bent(proof),
    bent(policy),
  )
  await fc.assert(
    fc.asyncProperty(any, any, async (one, other) => {
      const isSame = one.trim() === certificate
      const steps = await check(one, other, trust)
      expect(steps.every(({ holds }) => holds)).toBe(isSame && other.trim() === '')
      expect((await checkReceipt(one.trim(), published)).holds).toBe(isSame)
      expect(checkProof(certificate, other, readPolicy(policy)).holds).toBe(false)
      try {
        readPolicy(other)
      } catch (error) {
        expect(error).toBeInstanceOf(NoteError)
      }
    }),
    seeded({ numRuns: 400 }),
  )
})
