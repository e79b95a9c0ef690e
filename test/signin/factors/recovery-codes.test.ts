import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccount } from '../../../src/people/accounts/index.ts'
import {
  indexOf,
  makeCodeProofs,
  provenByCode,
  putRecoveryCodes,
  readRecoveryCode,
  spendCode,
  unusedCodes,
} from '../../../src/signin/factors/index.ts'
import type { TypedCode } from '../../../src/signin/factors/code-proofs.ts'
import type { Hash } from '../../../src/signin/factors/password-hash.ts'
import { pepperOf } from '../../../src/base/sealing/data-keys.ts'
import type { Database, Transaction } from '../../../src/base/database/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { Refusal } from '../../../src/base/values/refusal.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { quickCodes, quickHash } from '../../support/codes.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'
import { counted } from '../../support/tries.ts'
import { seals } from '../../support/seals.ts'

const now = new Date('2026-03-01T12:00:00Z')
const origin = { requestId: 'test', network: undefined }
const log = openLog('silent')
const keys = [Buffer.alloc(32, 7)]
const proofs = quickCodes(keys)
const at = () => ({ db, seals, log, origin, now })
const refused = expect.objectContaining({ code: 'recovery.code-refused', status: 400 })

let database: FreshDatabase
let db: Database

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
})

test('ten codes are made, each of four groups of four, and all different', async () => {
  const { codes, personId } = await personWithCodes()

  expect(codes).toHaveLength(10)
  for (const code of codes)
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(new Set(codes.map(indexOf)).size).toBe(10)
  expect(await unusedCodes(db, seals, personId)).toBe(10)
})

test('a code gives its person once', async () => {
  const { codes, personId } = await personWithCodes()
  const [code = ''] = codes

  expect(await take(code)).toBe(personId)
  await expect(take(code)).rejects.toThrow(refused)
  expect(await unusedCodes(db, seals, personId)).toBe(9)
})

test('a code used by two requests at once is accepted in one of them', async () => {
  const { codes, personId } = await personWithCodes()
  const [code = ''] = codes

  const tries = await Promise.allSettled(Array.from({ length: 10 }, () => take(code)))

  expect(tries.filter(({ status }) => status === 'fulfilled')).toEqual([
    { status: 'fulfilled', value: personId },
  ])
})

test('a code that is only entered is not used up; of twenty that entered it, in two processes, one uses it up', async () => {
  const { codes, personId } = await personWithCodes()
  const [first = ''] = codes
  const code = await proofs.prove(counted, readRecoveryCode(first))
  const other = openDatabase(database.url, housePatience) // of another process
  const twenty = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? db : other))
  const shown = await Promise.all(
    twenty.map((one) => transact(one, (tx) => provenByCode(counted, tx, code, at()))),
  )
  expect(await unusedCodes(db, seals, personId)).toBe(10)

  const used = await Promise.all(
    twenty.map((one, n) =>
      transact(one, (tx) =>
        spendCode(tx, seals, { personId, codeIndex: shown[n]?.codeIndex ?? '' }, now),
      ),
    ),
  )
  await other.destroy()

  expect(used.filter(Boolean)).toHaveLength(1)
  await expect(take(first)).rejects.toThrow(refused)
})

test('a use in a rolled-back transaction leaves the code unused', async () => {
  const { codes, personId } = await personWithCodes()
  const [code = ''] = codes
  const typed = await proofs.prove(counted, readRecoveryCode(code))
  const failing = transact(db, async (tx) => {
    await spendIn(tx, typed)
    throw new Error('something else failed')
  })

  await expect(failing).rejects.toThrow('something else failed')
  expect(await take(code)).toBe(personId)
})

test.each<[string, (code: string) => string]>([
  ['in small letters', (code) => code.toLowerCase()],
  ['without hyphens', (code) => code.replaceAll('-', '')],
  ['with spaces', (code) => ` ${code.replaceAll('-', ' \t')}\n`],
  [
    'with O for 0, and I or L for 1',
    (code) => code.replaceAll('0', 'o').replace('1', 'i').replaceAll('1', 'L'),
  ],
])('a code is read %s', async (_name, typed) => {
  const { codes, personId } = await personWithCodes()

  expect(await take(typed(codes[0] ?? ''))).toBe(personId)
})

test.each<[string, (code: string, other: string) => string]>([
  ['with one character changed', (code) => code.slice(0, -1) + (code.endsWith('0') ? '1' : '0')],
  ['with the secret of another', (code, other) => code.slice(0, 7) + other.slice(7)],
  ['too short', (code) => code.slice(0, -1)],
  ['too long', (code) => `${code}0`],
  ['the index alone', (code) => code.slice(0, 7)],
  ['nothing', () => ''],
  ['only hyphens', () => '-----'],
  ['a NUL', (code) => `${code.slice(0, -1)}\u0000`],
  ['other letters', () => 'é'.repeat(16)],
  ['SQL', () => `' or '1'='1' --${'0'.repeat(10)}`],
])('a code %s is refused like every other', async (_name, change) => {
  const { codes, personId } = await personWithCodes()
  const [code = '', other = ''] = codes

  await expect(take(change(code, other))).rejects.toThrow(refused)
  expect(await unusedCodes(db, seals, personId)).toBe(10)
})

test('a new set ends the person’s old set only', async () => {
  const [one, other] = [await personWithCodes(), await personWithCodes()]

  const set = await proofs.newSet(db)
  const renewed = await transact(db, (tx) =>
    putRecoveryCodes(tx, seals, set, { personId: one.personId, origin, now }),
  )

  await expect(take(one.codes[0] ?? '')).rejects.toThrow(refused)
  expect(await take(renewed[0] ?? '')).toBe(one.personId)
  expect(await take(other.codes[0] ?? '')).toBe(other.personId)
})

test('the codes of a suspended access are refused, those of a closed one prove who may open it again', async () => {
  const [suspended, closed] = [await personWithCodes(), await personWithCodes()]
  const { personId } = closed
  await db('accounts').where({ personId }).update({ closedAt: now, eraseAt: now })
  await db('accounts').where({ personId: suspended.personId }).update({ suspendedAt: now })

  await expect(take(suspended.codes[0] ?? '')).rejects.toThrow(refused)
  expect(await take(closed.codes[0] ?? '')).toBe(personId)
})

test('the database has the index and a proof, never the code', async () => {
  const { codes } = await personWithCodes()
  const { rows } = await db.raw<{ rows: { row: string }[] }>(
    'select r::text as row from recovery_codes r',
  )
  const dump = rows.map(({ row }) => row).join('\n')

  for (const code of codes) {
    const plain = code.replaceAll('-', '')
    expect(dump).toContain(plain.slice(0, 6))
    expect(dump).not.toContain(plain.slice(6))
  }
})

test('a thief of the rows alone cannot test a guess: without the key the right code proves nothing', async () => {
  const { codes } = await personWithCodes()
  const code = readRecoveryCode(codes[0] ?? '')
  const thief = await quickCodes([randomBytes(32)]).prove(counted, code)

  const tried = transact(db, (tx) => provenByCode(counted, tx, thief, at()))
  await expect(tried).rejects.toThrow(refused)
  expect(await take(codes[0] ?? '')).toBeDefined()
})

test('a code is checked under the key of its set, also when a newer one is in front, or when it is retired', async () => {
  const { codes } = await personWithCodes()
  const newer = randomBytes(32)
  const kept = { hash: quickHash, openKept: () => Promise.resolve(keys.map(pepperOf)) }
  for (const [n, after] of [
    quickCodes([newer, ...keys]),
    makeCodeProofs([newer], kept),
  ].entries()) {
    const typed = await after.prove(counted, readRecoveryCode(codes[n] ?? ''))
    const proven = await transact(db, (tx) => provenByCode(counted, tx, typed, at()))
    expect(proven.codeIndex).toBe(indexOf(codes[n] ?? ''))
  }
})

test('a set costs ten hashes and a try one, whoever has such a code', async () => {
  let hashes = 0
  const hash: Hash = (message, salt) => {
    hashes += 1
    return quickHash(message, salt)
  }
  const counting = makeCodeProofs(keys, { hash, openKept: () => Promise.resolve([]) })
  const [known] = await counting.newSet(db)
  expect(hashes).toBe(10)
  for (const code of [known?.shown ?? '', 'ZZZZ-ZZZZ-ZZZZ-ZZZZ']) {
    hashes = 0
    await counting.prove(counted, readRecoveryCode(code))
    expect(hashes).toBe(1)
  }
})

test('a set takes no index that names an access already, nor one twice', async () => {
  const { codes } = await personWithCodes()
  const fresh = Array.from({ length: 10 }, (_, n) => `${n}`.padStart(16, 'Z'))
  const drawn = [
    ...codes.map(readRecoveryCode),
    ...fresh.map((code) => code.slice(-6) + code.slice(0, 10)),
  ]
  const again = quickCodes(keys, () => drawn.shift() ?? fresh[0] ?? '')

  const set = await again.newSet(db)

  const indexes = set.map(({ codeIndex }) => codeIndex)
  expect(new Set(indexes).size).toBe(10)
  expect(indexes.filter((index) => codes.map(indexOf).includes(index))).toEqual([])
  // It is not drawn for ever either.
  const one = quickCodes(keys, () => fresh[0] ?? '')
  await expect(one.newSet(db)).rejects.toThrow('no index is free')
})

async function take(code: string): Promise<string> {
  const typed = await proofs.prove(counted, readRecoveryCode(code))
  return transact(db, (tx) => spendIn(tx, typed))
}

/** A code is shown, and used up. @returns whose it is */
async function spendIn(tx: Transaction, typed: TypedCode): Promise<string> {
  const { personId, codeIndex } = await provenByCode(counted, tx, typed, at())
  if (!(await spendCode(tx, seals, { personId, codeIndex }, now)))
    throw new Refusal('recovery.code-refused')
  return personId
}

async function personWithCodes(): Promise<{ personId: string; codes: readonly string[] }> {
  const set = await proofs.newSet(db)
  return transact(db, async (tx) => {
    const personId = await openAccount(tx, seals, { language: 'fr', origin, now })
    return { personId, codes: await putRecoveryCodes(tx, seals, set, { personId, origin, now }) }
  })
}
