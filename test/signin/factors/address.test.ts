import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAccount } from '../../../src/people/accounts/index.ts'
import type { Passwords, ProvedPassword } from '../../../src/signin/factors/index.ts'
import { makePasswords, opensAccess, putPassword } from '../../../src/signin/factors/index.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import type { CountedTry } from '../../../src/base/web/limits/tries.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import { makeVault } from '../../../src/ledger/chain/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'
import { seals } from '../../support/seals.ts'

// While the keys of `data` are rotated some processes write with the new one already: one address still opens one access.

const [older, newer] = [randomBytes(32), randomBytes(32)]
const [before, after] = [house([older, newer]), house([newer, older])]
const origin = { requestId: 'test', network: undefined }
const counted = {} as CountedTry
let people = 0
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

test('an address in use under an older key is in use under the newer key too', async () => {
  const address = newAddress()
  await take(before, address)

  expect(await opensAccess(db, after.addressMarks, address)).toBe(true)
  await expect(take(after, address)).rejects.toMatchObject({ code: 'address.taken', status: 409 })
})

test('of many requests for one address at once, under either key, one gets it', async () => {
  for (let round = 0; round < 4; round++) {
    const address = newAddress()
    const taking = [before, after, before, after].map((passwords) => take(passwords, address))
    const outcomes = await Promise.allSettled(taking)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  }
})

test('its person keeps the address with another password, in one row', async () => {
  const address = newAddress()
  const personId = await take(before, address)
  await take(after, address, personId)
  expect(await db('passwords').where({ personId })).toHaveLength(1)
})

function house(keys: readonly Buffer[]): Passwords {
  return makePasswords(keys, makeVault({ data: keys, seal: keys }, signalMapping), {
    hash,
    openKept: () => Promise.resolve([]),
  })
}

// As fast as may be: it is not what is tried here.
function hash(message: Buffer): Promise<Buffer> {
  return Promise.resolve(createHash('sha256').update(message).digest())
}

function newAddress(): string {
  people += 1
  return `adresse${people}@exemple.test`
}

async function take(passwords: Passwords, address: string, known?: string): Promise<string> {
  const now = new Date()
  const given = { address, password: randomBytes(12).toString('hex') }
  const made = await passwords.make(counted, given)
  return transact(db, async (tx) => {
    const personId = known ?? (await openAccount(tx, seals, { language: 'fr', origin, now }))
    const row: ProvedPassword = {
      ...(await passwords.rowOf(personId, given, made, now)),
      addressProvedAt: now,
    }
    await putPassword(tx, passwords, row, origin, now)
    return personId
  })
}
