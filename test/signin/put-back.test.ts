import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secondsAfter } from '../../src/base/values/clock.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import {
  beginHold,
  confirmByCode,
  contactAt,
  contactSeals,
  deleteHold,
  holdOf,
  isKnownDevice,
  noteSignIn,
  isRecovered,
  isWrittenTo,
  noteAdded,
  openAccount,
  proposeContact,
} from '../../src/people/accounts/index.ts'
import {
  beginTotp,
  confirmTotp,
  deleteFactor,
  dropSetAside,
  findFactor,
  makePasswords,
  makeWayFor,
  provenByCode,
  restoreFactors,
  putCounterCode,
  putPassword,
  putRecoveryCodes,
  readRecoveryCode,
  spendCode,
  suspendFactor,
  takeTotp,
} from '../../src/signin/factors/index.ts'
import { personByProof } from '../../src/signin/factors/password-store.ts'
import type { FreshDatabase } from '../support/database.ts'
import { quickCodes } from '../support/codes.ts'
import { freshDatabase } from '../support/database.ts'
import { housePatience } from '../support/patience.ts'
import { seals } from '../support/seals.ts'
import { codeAt } from '../support/totp.ts'
import { counted } from '../support/tries.ts'

// An attacker writes to the database, and has no key of ours. He kept rows of before, each with its own seal, and puts them back.

const key = [Buffer.alloc(32, 1)]
const vault = makeVault({ data: key, seal: key }, signalMapping)
const hashes = new Map<string, Buffer>()
const hash = (password: Buffer) => Promise.resolve(hashOf(String(password)))
const passwords = makePasswords(key, vault, { hash, openKept: () => Promise.resolve([]) })
const codes = quickCodes(key)
const origin = { requestId: 'test', network: undefined }
const log = openLog('silent')
const now = new Date()
const until = secondsAfter(now, 72 * 3600)

let database: FreshDatabase
let db: Database
let personId: string

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const opening = { language: 'fr', origin, now } as const

test('a password that was changed, removed or suspended opens nothing', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const first = await choose('trois huards dorment')
  expect(await opens(first)).toBe(true)
  const old = await copyOf('passwords')

  const second = await choose('quatre huards dorment')
  await putRows('passwords', old)
  expect([await opens(first), await isTrusted('password')]).toEqual([false, false])

  await choose('cinq huards dorment')
  const before = await copyOf('passwords')
  await transact(db, (tx) => deleteFactor(tx, seals, 'password', personId))
  await putRows('passwords', before)
  expect([await opens(second), await isTrusted('password')]).toEqual([false, false])

  const last = await choose('six huards dorment')
  const standing = await copyOf('passwords')
  const { factorId = '' } = (await findFactor(db, seals, 'password', personId)) ?? {}
  await transact(db, (tx) => suspendFactor(tx, seals, 'password', { personId, factorId }, now))
  expect(await isTrusted('password')).toBe(true)
  await putRows('passwords', standing)
  expect(await opens(last)).toBe(false)
})

test('an application that was replaced takes no code', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const seed = await enrol('first')
  const old = await copyOf('totp_factors')
  expect(await takes(codeAt(seed, 1))).toBe(true)

  await enrol('second')
  await putRows('totp_factors', old)

  expect(await takes(codeAt(seed, 1))).toBe(false)
})

test('a recovery code of an earlier set, or of a counter, opens nothing', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const [mine = ''] = await newCodes(now)
  const counter = await codes.newOne(db)
  const { code: given } = await transact(db, (tx) =>
    putCounterCode(tx, seals, counter, { personId, origin, now }),
  )
  expect([await isCode(mine), await isCode(given)]).toEqual([true, true])
  const old = await copyOf('recovery_codes')

  const [after = ''] = await newCodes(secondsAfter(now, 1))
  await putRows('recovery_codes', old)

  expect([await isCode(mine), await isCode(given), await isCode(after)]).toEqual([
    false,
    false,
    false,
  ])
  const codeIndex = mine.replaceAll('-', '').slice(0, 6)
  expect(await transact(db, (tx) => spendCode(tx, seals, { codeIndex, personId }, now))).toBe(false)
})

test('a factor that a recovery set aside opens while it waits, by its older row too, and no longer', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const first = await choose('trois huards dorment')
  const inUse = await copyOf('passwords')
  await aside()
  const kept = await copyOf('factors_set_aside')
  expect(await opens(first)).toBe(true)
  await db('factorsSetAside').where({ personId }).delete()
  await putRows('passwords', inUse)
  expect(await opens(first)).toBe(true)

  await putRows('passwords', [])
  await putRows('factors_set_aside', kept)
  await transact(db, (tx) => restoreFactors(tx, seals, personId, now))
  expect([await opens(first), await isTrusted('password')]).toEqual([true, true])

  await aside()
  const dropped = await copyOf('factors_set_aside')
  await transact(db, (tx) => dropSetAside(tx, seals, personId))
  await putRows('factors_set_aside', dropped)
  expect(await opens(first)).toBe(false)
  await putRows('passwords', inUse)
  expect(await opens(first)).toBe(false)
})

test('a hold lasts though its row is deleted, changed or older, and no longer than it was written', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  expect(await holdOf(db, seals, personId, now)).toBeUndefined()
  const [code, another] = [newUuid(now), newUuid(now)]
  await transact(db, (tx) => beginHold(tx, seals, personId, { added: [code], until }, now))
  const young = await copyOf('recovery_holds')
  const who = { personId, factorIds: [code] }
  await transact(db, (tx) => noteAdded(tx, seals, who, another, now))
  const whole = await copyOf('recovery_holds')

  for (const rows of [young, []]) {
    await putRows('recovery_holds', rows)
    const hold = await holdOf(db, seals, personId, now)
    expect(hold).toMatchObject({ until, isUntrusted: true })
    expect(hold && isRecovered(hold, [another])).toBe(true)
  }
  await putRows('recovery_holds', whole)
  expect(await holdOf(db, seals, personId, now)).toMatchObject({ isUntrusted: false })
  await db('recoveryHolds')
    .where({ personId })
    .update({ until: secondsAfter(until, 9_999_999) })
  expect(await holdOf(db, seals, personId, until)).toBeUndefined()

  await transact(db, (tx) => deleteHold(tx, seals, personId))
  await putRows('recovery_holds', whole)
  expect(await holdOf(db, seals, personId, now)).toBeUndefined()
})

test('no message goes to an address that was replaced', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const old = await confirm('avant@exemple.test')
  const rows = await copyOf('contact_point')
  await confirm('apres@exemple.test')
  await putRows('contact_point', rows)

  const contact = await contactAt(db, old)

  expect(contact && isWrittenTo(seals, contact)).toBe(false)
})

test('a list that was changed opens nothing; it begins anew with the next way, and is held', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const first = await choose('trois huards dorment')
  const seed = await enrol('kept')
  const gone = await copyOf('totp_factors')
  await transact(db, (tx) => deleteFactor(tx, seals, 'totp', personId))
  await putRows('totp_factors', gone)
  const { factorId } = (await findFactor(db, seals, 'totp', personId)) ?? {}
  await db.raw('update ways_in set ways = array_append(ways, ?) where person_id = ?', [
    `totp ${factorId ?? ''}`,
    personId,
  ])
  expect([await opens(first), await takes(codeAt(seed, 1))]).toEqual([false, false])
  expect(await holdOf(db, seals, personId, now)).toMatchObject({ isUntrusted: true })

  const second = await choose('quatre huards dorment')

  expect([await opens(second), await takes(codeAt(seed, 1))]).toEqual([true, false])
  expect(await holdOf(db, seals, personId, now)).toMatchObject({ until, isUntrusted: true })
  expect(await holdOf(db, seals, personId, secondsAfter(until, 1))).toBeUndefined()
})

test('the list of somebody else is nobody’s', async () => {
  const his = await transact(db, (tx) => openAccount(tx, seals, opening))
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const first = await choose('trois huards dorment')
  await db.raw('delete from ways_in where person_id = ?', [his])
  await db.raw('update ways_in set person_id = ? where person_id = ?', [his, personId])
  expect(await opens(first)).toBe(false)
})

test('a browser that somebody else noted as hers is new to her, and so is each once hers are deleted', async () => {
  personId = await transact(db, (tx) => openAccount(tx, seals, opening))
  const then = secondsAfter(now, 60)
  const signsIn = async (deviceId: string | undefined, at = then) => {
    const signIn = {
      personId,
      deviceId,
      device: 'Firefox',
      acr: 'urn:accord:aal:2',
      amr: [],
      factorIds: [],
      at,
    }
    const noted = await transact(db, (tx) => noteSignIn(tx, seals, signIn, opening.origin, false))
    return noted.isNewDevice
  }
  // Where she opens her access there is nobody to tell.
  expect(await signsIn('her browser', now)).toBe(false)
  expect([await signsIn('her browser'), await signsIn(undefined)]).toEqual([false, true])
  const [hers] = await copyOf('known_devices')
  const his = { ...hers, device_sha256: `\\x${hashOf('x').toString('hex')}` }
  await putRows('known_devices', [hers ?? {}, his])
  await db.raw(
    `update known_devices set device_sha256 = sha256('device:his browser') where device_sha256 = ?`,
    [hashOf('x')],
  )
  expect(await isKnownDevice(db, seals, personId, 'her browser')).toBe(true)
  expect(await isKnownDevice(db, seals, personId, 'his browser')).toBe(false)
  expect([await signsIn('his browser'), await signsIn('his browser')]).toEqual([true, false])

  await putRows('known_devices', [])
  expect(await signsIn('another browser of his')).toBe(true)
})

function hashOf(password: string): Buffer {
  const known = hashes.get(password) ?? randomBytes(32)
  hashes.set(password, known)
  return known
}

/** @returns the proofs of the new password */
async function choose(password: string): Promise<readonly Buffer[]> {
  const given = { address: `${personId}@exemple.test`, password }
  const made = await passwords.make(counted, given)
  const row = { ...(await passwords.rowOf(personId, given, made, now)), addressProvedAt: now }
  await transact(db, (tx) => putPassword(tx, passwords, row, origin, now))
  return made.proofs
}

async function opens(proofs: readonly Buffer[]): Promise<boolean> {
  const found = await personByProof(counted, db, seals, proofs, now)
  return found?.isUntrusted === false
}

async function isTrusted(kind: 'password' | 'totp'): Promise<boolean> {
  return (await findFactor(db, seals, kind, personId))?.isUntrusted === false
}

/** @returns the seed of the new application */
async function enrol(name: string): Promise<string> {
  const errand = `${personId}:${name}`
  const { seed } = await beginTotp(db, vault, { errand, personId, brand: 'Accord', now })
  const confirming = { errand, personId, code: codeAt(seed), origin, log }
  await transact(db, (tx) => confirmTotp(counted, tx, vault, confirming, now))
  return seed
}

async function takes(code: string): Promise<boolean> {
  // A code is of half a minute: it is made and taken by one clock.
  const reading = { db, seals, log, origin, now: new Date() }
  const factorId = await transact(db, (tx) =>
    takeTotp(counted, tx, vault, { personId, code }, { ...reading, db: tx }),
  )
  return factorId !== undefined
}

async function newCodes(at: Date): Promise<string[]> {
  const set = await codes.newSet(db)
  return transact(db, (tx) => putRecoveryCodes(tx, seals, set, { personId, origin, now: at }))
}

async function isCode(shown: string): Promise<boolean> {
  const reading = { seals, log, origin, now }
  const typed = await codes.prove(counted, readRecoveryCode(shown))
  return transact(db, (tx) =>
    provenByCode(counted, tx, typed, { ...reading, db: tx }).then(
      () => true,
      () => false,
    ),
  )
}

async function aside(): Promise<void> {
  const whose = { personId, added: [], because: 'recovered', by: [] } as const
  await transact(db, (tx) => makeWayFor(tx, seals, 'password', whose, now))
}

/** @returns the id of the confirmed address */
async function confirm(address: string): Promise<string> {
  const contacts = contactSeals({ data: key, seal: key })
  const adding = { personId, channel: 'email', address, messageId: newUuid(now) } as const
  return transact(db, async (tx) => {
    const contactId = await proposeContact(tx, contacts, adding, now)
    await confirmByCode(
      counted,
      tx,
      { personId, contactId, seals, by: [], isCode: () => true },
      now,
    )
    return contactId
  })
}

type Copy = readonly object[]

async function copyOf(table: string): Promise<Copy> {
  const { rows } = await db.raw<{ rows: { row: object }[] }>(
    'select to_jsonb(t) as row from ?? t where person_id = ?',
    [table, personId],
  )
  return rows.map(({ row }) => row)
}

/** Puts rows of hers back in the place of those that are there. */
async function putRows(table: string, rows: Copy): Promise<void> {
  await db.raw('delete from ?? where person_id = ?', [table, personId])
  for (const row of rows)
    await db.raw('insert into ?? select * from jsonb_populate_record(null::??, ?::jsonb)', [
      table,
      table,
      JSON.stringify(row),
    ])
}
