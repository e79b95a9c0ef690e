import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secondsAfter } from '../../src/base/values/clock.ts'
import { transact } from '../../src/base/database/database.ts'
import { sealFirst } from '../../src/base/sealing/first-seals.ts'
import { newUuid } from '../../src/base/values/ids.ts'
import type { WalkState } from '../../src/base/sealing/key-renewal.ts'
import { walkBegins, walkOn } from '../../src/base/sealing/key-renewal.ts'
import { checkValue } from '../../src/base/keys/key-check.ts'
import { keysJobs } from '../../src/base/jobs/key-renewal-jobs.ts'
import { insertKeys, knownKeys } from '../../src/base/keys/key-store.ts'
import type { Keys } from '../../src/base/keys/keys.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { openLog } from '../../src/base/logging/log.ts'
import type { Renewal } from '../../src/base/sealing/row-renewal.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import { signalMapping } from '../../src/consent/signals/index.ts'
import { makeVault } from '../../src/ledger/chain/index.ts'
import { contactSeals, digestOf } from '../../src/people/accounts/index.ts'
import { identitySeals } from '../../src/people/identity/index.ts'
import { checkCode, insertNotification, noteTry } from '../../src/people/notifications/store.ts'
import { makeCodes } from '../../src/people/notifications/index.ts'
import { openRegister } from '../../src/registry/index.ts'
import { renewalsOf } from '../../src/house/renewals.ts'
import { firstSeals } from '../../src/house/sealed-tables.ts'
import {
  dropSetAside,
  findByPassword,
  keepPepper,
  makePasswords,
  openPeppers,
  opensAccess,
  pepperSeals,
  putPassword,
} from '../../src/signin/factors/index.ts'
import type { Passwords } from '../../src/signin/factors/index.ts'
import { seededBytes } from '../support/property.ts'
import type { Stage } from '../support/sharing.ts'
import { decide, evaluation, holderToken, startStage } from '../support/sharing.ts'
import type { Load, Sharer } from '../support/sharing-load.ts'
import { allowAgain, newSharers, openLoad, wholeTimeline } from '../support/sharing-load.ts'
import { enterPassword, shutAccess } from '../support/tamper-access.ts'
import { equip, shutDoors } from '../support/tamper-doors.ts'
import { counted } from '../support/tries.ts'

// Keys of purposes `data` and `seal` are changed: every row comes under the newest, and then opens without the older one.

type Pair = Pick<Keys, 'data' | 'seal'>

let stage: Stage
let load: Load
let sharers: Sharer[]
let before: Pair
let both: Pair
let after: Pair

const origin = { requestId: 'renewal', network: undefined }
const now = new Date()
const given = { address: 'marie@exemple.test', password: 'trois huards dorment debout' }

beforeAll(async () => {
  stage = await startStage()
  load = await openLoad(stage)
  before = await openKeys(stage.keysDir)
  after = { data: [seededBytes('new data')], seal: [seededBytes('new seal')] }
  both = { data: [...after.data, ...before.data], seal: [...after.seal, ...before.seal] }
  const { db, vault } = load
  await sealFirst(db, vault.seals, firstSeals, { operator: 'test', reason: 'marks' }, now)
  sharers = await newSharers(load, 2)
  const token = await holderToken(stage, 'decide')
  for (const { sub, personId } of sharers) {
    await decide(stage, token, evaluation(sub))
    await enterPassword({ db, seals: vault.seals }, personId)
  }
  const [first] = sharers
  if (first === undefined) throw new Error('nobody')
  await allowAgain(load, first.personId)
  await equip({ db, vault, keys: await openKeys(stage.keysDir) }, first.personId)
}, 180_000)
afterAll(async () => {
  await load.close()
  await stage.stop()
})

const walk = (renewals: readonly Renewal[], from: WalkState = walkBegins) =>
  walkOn(load.db, renewals, from, { isTime: () => true, isGentle: false })

test('every row that names a key comes under the newest, once', async () => {
  const { db } = load
  const personId = sharers[1]?.personId ?? ''
  const code = await messageTo(personId)
  const old = passwordsOf(before)
  await choose(old, personId)
  const changed = await changedRow()

  const renewals = renewalsOf(both)
  const { renewed, left } = await walk(renewals)
  expect(renewed).toBeGreaterThan(30)
  // Two rows within rows, for each of the two keys.
  expect(left).toEqual({ factors_set_aside: 4 })
  const { seals } = makeVault(both, signalMapping)
  for (const { personId: id } of sharers) await transact(db, (tx) => dropSetAside(tx, seals, id))
  expect(await walk(renewals)).toMatchObject({ renewed: 0, left: {} })
  expect(await rowsUnder(before)).toEqual([`passkeys ${changed}`])
  await db('passkeys').where({ passkeyId: changed }).delete()

  // The old keys are gone.
  const vault = makeVault(after, signalMapping)
  const look = { seals: vault.seals, now: new Date() }
  expect(await db.transaction((tx) => shutDoors({ ...look, tx }))).toEqual([])
  expect(await db.transaction((tx) => shutAccess({ ...look, tx }))).toEqual([])
  for (const { personId: id } of sharers)
    expect((await wholeTimeline({ ...load, vault }, id)).every(({ payload }) => payload)).toBe(true)
  await openRegister(db, vault.seals)
  const contacts = contactSeals(after)
  for (const { sealed, contactId, digest } of await db('contactPoint').select('*'))
    expect(digestOf(contacts, contacts.open(sealed, contactId))).toEqual(digest)
  const codes = makeCodes(after.data)
  expect(await checkCode(counted, db, codes.digests(code))).toMatchObject({
    kind: 'messages.changed',
  })
})

test('a password is checked by what was kept of a retired key, and its address found by the newest', async () => {
  const { db } = load
  const personId = sharers[1]?.personId ?? ''
  const only = passwordsOf(after)
  expect(await opensAccess(db, only.addressMarks, given.address)).toBe(true)
  expect(await personBy(only)).toBeUndefined()
  await transact(db, (tx) => keepPepper(tx, after.data, before.data[0] ?? Buffer.alloc(0)))
  expect(await personBy(only)).toBe(personId)

  // What was kept is under the newest key itself, also after the next change.
  const next = { data: [seededBytes('newest data')], seal: after.seal }
  const renewals = renewalsOf({ ...next, data: [...next.data, ...after.data] })
  await walk(renewals.filter(({ table }) => table === 'kept_pepper'))
  await walk(renewals.filter(({ table }) => table === 'passwords'))
  await transact(db, (tx) => keepPepper(tx, next.data, after.data[0] ?? Buffer.alloc(0)))
  expect(await personBy(passwordsOf(next))).toBe(personId)
})

test('each column that names a key has its table among those that are walked', async () => {
  const walked = new Set(renewalsOf(both).map(({ purpose, table }) => `${purpose} ${table}`))
  const { rows } = await load.db.raw<{ rows: { name: string }[] }>(
    `select case when column_name = 'seal' then 'seal ' else 'data ' end || table_name as name
     from information_schema.columns c join pg_class t on t.relname = c.table_name and t.relkind = 'r'
     where table_schema = 'public' and column_name in ('seal', 'kek_id', 'sealed_address', 'code_digest', 'vouched')`,
  )
  // Its seals are renewed with that of the whole register.
  const others = rows.filter(({ name }) => name !== 'seal register_seal')
  expect(others.length).toBeGreaterThan(20)
  expect(others.filter(({ name }) => !walked.has(name))).toEqual([])
})

test('the job notes that no row names the older key, where the newest is in front', async () => {
  const { db } = load
  for (const [keys, state] of [
    [before, 'used'],
    [after, 'used'],
  ] as const)
    await transact(db, (tx) =>
      insertKeys(tx, 'seal', [checkValue('seal', keys.seal[0] ?? Buffer.alloc(0))], state),
    )
  const noted = async () =>
    (await knownKeys(db)).filter(({ purpose, renewedAt }) => purpose === 'seal' && renewedAt)
  const run = async (seal: readonly Buffer[]) => {
    const keys = { ...(await openKeys(stage.keysDir)), ...both, seal }
    const job = keysJobs({ db, keys, log: openLog('silent') }, renewalsOf(keys))['keys.renew']
    await job?.({ walk: { purpose: 'seal', state: walkBegins } }, { attempt: 1, maxAttempts: 1 })
  }
  await run(both.seal.toReversed())
  await run(both.seal)
  expect(await noted()).toHaveLength(0)
  await run(both.seal)
  expect(await noted()).toMatchObject([
    { checkValue: checkValue('seal', before.seal[0] ?? Buffer.alloc(0)) },
  ])
})

test('a walk that is broken off goes on where it was', async () => {
  const seal = [seededBytes('third seal'), ...after.seal]
  const renewals = renewalsOf({ data: after.data, seal }).filter((one) => one.purpose === 'seal')
  let [state, slices, total]: [WalkState, number, number] = [walkBegins, 0, 0]
  for (let isDone = false; !isDone && slices < 1000; slices++) {
    let turns = 0
    const slice = { isTime: () => turns++ === 0, isGentle: true }
    ;({ isDone, ...state } = await walkOn(load.db, renewals, state, slice))
    total = state.renewed
  }
  expect(slices).toBeGreaterThan(renewals.length)
  expect(total).toBeGreaterThan(20)
  expect(await walk(renewals)).toMatchObject({ renewed: 0, left: {} })
})

/** A row that is not as the broker wrote it: it is not renewed, and holds nothing up. */
async function changedRow(): Promise<string> {
  const key = await load.db('passkeys').select('*').first()
  const passkeyId = newUuid(now)
  await load.db('passkeys').insert({ ...key, passkeyId, credentialId: randomBytes(32) } as never) // as it was read
  return passkeyId
}

/** @returns its code */
async function messageTo(personId: string): Promise<string> {
  const notificationId = newUuid(now)
  const kind = 'messages.changed'
  const codes = makeCodes(before.data)
  const code = codes.codeOf(notificationId, kind)
  const [codeDigest] = codes.digests(code)
  await transact(load.db, (tx) =>
    insertNotification(tx, {
      notificationId,
      personId,
      kind,
      channel: 'email',
      contactId: newUuid(now),
      language: 'fr',
      templateVersion: 1,
      queuedAt: now,
    }),
  )
  await noteTry(load.db, notificationId, { kind, codeDigest }, now)
  return code
}

function passwordsOf(keys: Pair): Passwords {
  return makePasswords(keys.data, makeVault(keys, signalMapping), {
    hash: (message) => Promise.resolve(createHash('sha256').update(message).digest()),
    openKept: () => openPeppers(load.db, pepperSeals(keys.data)),
  })
}

async function choose(passwords: Passwords, personId: string): Promise<void> {
  const made = await passwords.make(counted, given)
  const row = { ...(await passwords.rowOf(personId, given, made, now)), addressProvedAt: now }
  await transact(load.db, (tx) => putPassword(tx, passwords, row, origin, now))
}

async function personBy(passwords: Passwords): Promise<string | undefined> {
  const made = await passwords.make(counted, given)
  const at = {
    db: load.db,
    seals: passwords.seals,
    log: openLog('silent'),
    origin,
    now: secondsAfter(now, 1),
  }
  return (await findByPassword(counted, made, at))?.personId
}

/** Each row with a column that names one of these keys, in whatever table. */
async function rowsUnder({ data, seal }: Pair): Promise<string[]> {
  const ids = [
    ['seal', makeRowSeals(seal).newestId],
    ['kek_id', makeVault({ data, seal }, signalMapping).newestId],
    ['sealed', contactSeals({ data, seal }).newestId],
    ['sealed_address', contactSeals({ data, seal }).newestId],
    ['sealed', identitySeals({ data, seal }).newestId],
    ['vouched', identitySeals({ data, seal }).newestId],
  ] as const
  const found: string[] = []
  for (const [column, id] of ids) {
    const { rows: tables } = await load.db.raw<{ rows: { name: string; key: string }[] }>(
      `select t.table_name as name, (select k.column_name from information_schema.columns k
         where k.table_name = t.table_name and k.ordinal_position = 1) as key
       from information_schema.columns t join pg_class c on c.relname = t.table_name and c.relkind = 'r'
       where t.table_schema = 'public' and t.column_name = ?`,
      [column],
    )
    for (const { name, key } of tables) {
      const { rows } = await load.db.raw<{ rows: { key: string }[] }>(
        'select ??::text as key from ?? where substring(?? from 1 for ?) = ?',
        [key, name, column, id.length, id],
      )
      found.push(...rows.map((row) => `${name} ${row.key}`))
    }
  }
  return found
}
