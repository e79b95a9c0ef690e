import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeys } from '../../src/base/keys/keys.ts'
import { transact } from '../../src/base/database/database.ts'
import { firstSealsOf } from '../../src/base/sealing/first-seals.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { firstSeals } from '../../src/house/sealed-tables.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import type { House } from '../../src/tool/house.ts'
import { sealsFirst, sealsList } from '../../src/tool/seals.ts'
import { passkeyTable } from '../../src/webauthn/seal.ts'
import { formOf, makeBrowser } from '../support/browser.ts'
import type { Broker, Person } from '../support/broker.ts'
import { signUpByPages, startBroker } from '../support/broker.ts'
import { differencesOf } from '../support/fold.ts'
import { sealsOf } from '../support/seals.ts'
import { readOf } from '../support/commands.ts'

// Rows that are older than the seals: they open nothing until an operator has them sealed, which is done once.

let broker: Broker
let person: Person

beforeAll(async () => {
  broker = await startBroker()
  person = await signUpByPages(broker, broker.services.library)
})
afterAll(() => broker.stop())

const by = ['--operator', 'Ana', '--reason', 'the seals came']

test('rows without a seal open nothing; sealed as they stand, they open again', async () => {
  expect(await signsIn(person)).toBe(true)
  // Whose access was suspended before there were events of that.
  await signUpByPages(broker, broker.services.library)
  const { personId } = await broker
    .db('accounts')
    .orderBy('openedAt', 'desc')
    .first<{ personId: string }>()
  await broker.db('accounts').where({ personId }).update({ suspendedAt: new Date() })
  for (const { table } of firstSeals) await broker.db.raw('update ?? set seal = null', [table])
  expect(await signsIn(person)).toBe(false)

  const lines = await command('first', ...by)

  expect(lines).toContain(`${'passkeys'.padEnd(20)} sealed 2`)
  expect(lines).toContain(`${'recovery_codes'.padEnd(20)} sealed 20`)
  expect(lines).toContain(`${'access.standing'.padEnd(20)} sealed 1`)
  expect(await signsIn(person)).toBe(true)
  const told = { personId, kind: 'access.standing' }
  const vault = makeVault(await openKeys(broker.keysDir), signalMapping)
  expect(await broker.db('ledgerEvent').where(told)).toHaveLength(1)
  expect(await differencesOf({ db: broker.db, vault }, personId)).toEqual([])
  // A mark that is gone has nothing told twice.
  await broker.db('firstSeals').where({ tableName: 'access.standing' }).delete()
  expect(await command('first', ...by)).toContain(`${'access.standing'.padEnd(20)} sealed 0`)
  expect(await broker.db('ledgerEvent').where(told)).toHaveLength(1)
})

test('it is done once: a row that somebody wrote meanwhile gets no seal', async () => {
  const other = await signUpByPages(broker, broker.services.library)
  await broker
    .db('passkeys')
    .where({ credentialId: other.authenticator.credentialId })
    .update({ name: 'changed', suspendedAt: null, seal: null, createdAt: new Date() })

  await expect(command('first', ...by)).rejects.toThrow(/^Nothing was sealed\./)
  await broker.db('firstSeals').delete()
  const again = command('first', ...by).catch((error: unknown) => error)
  // The mark is gone, but other rows bear seals.
  expect(String(await again)).toContain(`${'passkeys'.padEnd(20)} has rows with a seal`)
  expect(await signsIn(other)).toBe(false)
})

test('the marks say who did it and why, and whether they are as they were written', async () => {
  await broker.db.raw('delete from first_seals')
  expect(await command('list')).toEqual(['no table was sealed as it stood'])
  await broker.db.raw('update recovery_codes set seal = null')
  await command('first', ...by)
  const [told, line] = (await command('list')) ?? []
  expect(told).toMatch(/^access\.standing .*by Ana: the seals came$/)
  expect(line).toMatch(/^contact_point .*by Ana: the seals came$/)

  await broker.db('firstSeals').where({ tableName: 'recovery_codes' }).update({ operator: 'Eve' })

  const changed = ((await command('list')) ?? []).find((one) => one.startsWith('recovery_codes'))
  expect(changed).toMatch(/by Eve: .* \(this mark is not as it was written\)$/)
  // A mark that somebody changed is a mark.
  await broker.db.raw('update recovery_codes set seal = null')
  await expect(command('first', ...by)).rejects.toThrow(OperatorError)
})

test('a row that somebody writes at this moment is sealed, too', async () => {
  const seals = await sealsOf(broker.keysDir)
  await broker.db('passkeys').update({ seal: null })
  const rows: object[] = await broker.db('passkeys').select('passkeyId')
  const use = await broker.db.transaction()
  await use('passkeys').update({ lastUsedAt: new Date() })
  const sealing = transact(broker.db, (tx) => firstSealsOf(passkeyTable).sealAll(tx, seals))
  await expect.poll(isWaiting).toBe(true)
  await use.commit()
  expect(await sealing).toBe(rows.length)
  expect(await broker.db('passkeys').whereNull('seal')).toEqual([])
})

test.each([
  [],
  ['first'],
  ['first', '--operator', 'Ana'],
  ['list', 'x'],
  ['first', ...by, '--force'],
])('wrong usage: %j', async (...args) => {
  expect(await command(...args)).toBeUndefined()
})

async function command(
  deed = '',
  ...args: readonly string[]
): Promise<readonly string[] | undefined> {
  // What these two ask of the house.
  const house = {
    withDatabase: (work) => work(broker.db, new Date()),
    openSeals: () => sealsOf(broker.keysDir),
    openSigningKeys: async () => ({ keys: await openKeys(broker.keysDir), signer: noSigner }),
  } satisfies Partial<House> as Partial<House> as House
  return readOf(deed === 'list' ? sealsList : sealsFirst, args)?.run(house)
}

const noSigner = { sign: () => Promise.reject(new Error('nothing is signed')) } as never

async function isWaiting(): Promise<boolean> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  const { rows } = await broker.db.raw<{ rows: object[] }>(waiting)
  return rows.length > 0
}

async function signsIn({ authenticator }: Person): Promise<boolean> {
  const browser = makeBrowser(broker)
  const { url } = await broker.services.library.begin()
  const { action, fields, options } = formOf(await browser.follow(url))
  const answer = await browser.post(action, { ...fields, credential: authenticator.get(options) })
  return answer.status === 303
}
