import { rmSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase, transact } from '../../src/base/database/database.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import { applyRegister, followRegister, openRegister } from '../../src/registry/index.ts'
import type { RegisterObject } from '../../src/registry/changes/store.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { housePatience } from '../support/patience.ts'
import { given, seals } from '../support/seals.ts'
import { unservable } from '../support/unservable.ts'
import { another, everything, resultsIn, writeFiles } from './whole-register.ts'
import { registerCommand } from '../support/commands.ts'

// An attacker writes to the database without a key: no process loads what he wrote.

let fresh: FreshDatabase
let db: Database

beforeEach(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
  await apply(everything)
})

afterEach(async () => {
  await db.destroy()
  await fresh.drop()
})

function apply(objects: readonly RegisterObject[], own = seals): Promise<RegisterObject[]> {
  return transact(db, (tx) => applyRegister(tx, own, { objects, problems: [] }, new Date()))
}

async function applyFiles(
  objects: readonly RegisterObject[],
  requireTrueLog = given.requireTrueLog,
): Promise<string[] | undefined> {
  const dir = newFolder()
  try {
    writeFiles(dir, objects)
    const asked = { ...given, requireTrueLog }
    return resultsIn(await registerCommand(db, ['apply', dir], new Date(), unservable, asked))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function suspended(): RegisterObject {
  return another('agreement', { version: 2, status: 'suspended' })
}

/** SQL of a superuser: triggers do not hinder him. */
async function forge(...statements: readonly string[]): Promise<void> {
  await transact(db, async (tx) => {
    await tx.raw('set local session_replication_role = replica')
    for (const sql of statements) await tx.raw(sql)
    await tx.raw('set local session_replication_role = origin')
  })
}

const bump = 'update register_state set epoch = epoch + 1'
const copied = `insert into register_objects (kind, id, version, content, applied_at)
  select kind, 'agr_forged', 1, jsonb_set(content, '{agreement_id}', '"agr_forged"'), applied_at
  from register_objects where id = 'agr_one' and version = 1`

const attacks: readonly (readonly [what: string, named: string, ...sql: string[]])[] = [
  ['an agreement is inserted', 'agr_forged@1', copied, bump],
  [
    'an agreement is inserted with the seal of another one',
    'agr_forged@1',
    copied,
    `insert into register_seal select o.object_no, s.seal from register_objects o, register_seal s
     where o.id = 'agr_forged' and s.object_no = (select object_no from register_objects where id = 'agr_one')`,
    bump,
  ],
  [
    'a category is relabelled',
    'cat_income@1',
    `update register_objects set content = jsonb_set(content, '{label,fr}', '"Tous vos comptes"') where id = 'cat_income'`,
    bump,
  ],
  [
    'a version is dated back',
    'agr_one@1',
    `update register_objects set applied_at = applied_at - interval '1 year' where id = 'agr_one'`,
    bump,
  ],
  [
    'a version gets another number',
    'agr_one@1',
    `update register_objects set object_no = default where id = 'agr_one'`,
    `update register_seal set object_no = (select object_no from register_objects where id = 'agr_one')
     where object_no not in (select object_no from register_objects)`,
    bump,
  ],
  ['the epoch moves alone', 'The register as a whole', bump],
  [
    'a seal is taken away',
    'cat_income@1',
    `delete from register_seal where object_no = (select object_no from register_objects where id = 'cat_income')`,
    bump,
  ],
]

test.each(attacks)('%s: no process loads it', async (_what, named, ...sql) => {
  const live = await openRegister(db, seals)
  const held = live.current()
  await forge(...sql)
  await expect(openRegister(db, seals)).rejects.toThrow(/does not bear the seal/)
  await expect(live.at(held.epoch + 1)).rejects.toMatchObject(unavailableFor(named))
  expect(live.current()).toBe(held)
})

// Whoever asks meanwhile is told to come again: it is no fault of the request.
function unavailableFor(named: string) {
  return { message: 'unavailable', cause: { message: expect.stringContaining(named) as string } }
}

test('a deleted version is noticed, so that a suspended agreement stays suspended', async () => {
  await apply([suspended()])
  const live = await openRegister(db, seals)
  await forge(`delete from register_objects where id = 'agr_one' and version = 2`, bump)
  await expect(live.at(live.current().epoch + 1)).rejects.toMatchObject(
    unavailableFor('The register as a whole'),
  )
  // An apply does not make it right: its files must say what the agreement is now.
  const other = another('organisation', { org_id: 'org_other' })
  await expect(apply([other])).rejects.toThrow('does not bear the seal')
  await apply([...everything.filter(({ kind }) => kind !== 'agreement'), suspended()])
  expect((await openRegister(db, seals)).current().agreement('agr_one')?.status).toBe('suspended')
})

test('a register sealed by other keys is refused; one sealed by a key before the newest is not', async () => {
  const [old, next] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  await expect(openRegister(db, makeRowSeals([next]))).rejects.toThrow('does not bear the seal')
  await openRegister(db, makeRowSeals([next, old]))
  // Each apply seals by the newest key, so that the old one can go.
  await apply([], makeRowSeals([next, old]))
  await openRegister(db, makeRowSeals([next]))
})

test('a running process says so once, at level 50, and names the version', async () => {
  const lines: Record<string, unknown>[] = []
  const log = openLog('info', {
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  })
  const live = await openRegister(db, seals)
  await forge(copied, bump)
  const unfollow = followRegister(db, live, log)
  await expect.poll(() => lines.length).toBe(1)
  await unfollow()
  expect(lines).toEqual([
    expect.objectContaining({ level: 50, code: 'RECORD_UNTRUSTED', why: 'agr_forged@1' }),
  ])
})

test('an apply seals nothing that was forged', async () => {
  await forge(copied, bump)
  // Neither with files that do not name it, nor with the files of the whole register.
  await expect(apply([another('organisation', { org_id: 'org_other' })])).rejects.toThrow('seal')
  await expect(applyFiles(everything)).rejects.toThrow('agr_forged@1 in the register')
  await expect(openRegister(db, seals)).rejects.toThrow('agr_forged@1')
})

test('an earlier version that was changed is never sealed again', async () => {
  await apply([suspended()])
  await forge(
    `update register_objects set content = jsonb_set(content, '{status}', '"ended"') where id = 'agr_one' and version = 1`,
  )
  const now = [...everything.filter(({ kind }) => kind !== 'agreement'), suspended()]
  await expect(applyFiles(now)).rejects.toThrow('agr_one@1 in the register')
})

const unsealed = ['delete from register_seal', 'update register_state set seal = null'] as const

test('a register from before the seals is sealed by an apply of all its files', async () => {
  await apply([suspended()])
  const now = [...everything.filter(({ kind }) => kind !== 'agreement'), suspended()]
  await forge(...unsealed)
  await expect(openRegister(db, seals)).rejects.toThrow('accord register apply DIR')
  await expect(applyFiles(now.slice(1))).rejects.toThrow(/does not bear the seal/)
  expect(await applyFiles(now)).toEqual(['nothing to apply'])
  const register = (await openRegister(db, seals)).current()
  expect(register.agreement('agr_one@1')?.status).toBe('in_force')
  expect(register.agreement('agr_one')?.status).toBe('suspended')
})

test('with all seals deleted, a forged version is still refused: no file has it, or its entry in the log differs', async () => {
  await apply([suspended()])
  const now = [...everything.filter(({ kind }) => kind !== 'agreement'), suspended()]
  await forge(copied, ...unsealed)
  await expect(applyFiles(now)).rejects.toThrow('agr_forged@1')
  await forge(
    `delete from register_objects where id = 'agr_forged'`,
    `update register_objects set content = jsonb_set(content, '{status}', '"ended"') where id = 'agr_one' and version = 1`,
  )
  await expect(applyFiles(now)).rejects.toThrow('agr_one@1')
})

test.each([
  ['every seal', unsealed],
  [
    'the whole register',
    [...unsealed, 'delete from register_objects', 'delete from register_leaf'],
  ],
])(
  'an apply after %s was deleted asks the public log first, and no other apply does',
  async (_what, statements) => {
    let asked = 0
    const refuse = () => {
      asked++
      return Promise.reject(new OperatorError('the log says something else'))
    }
    const other = another('organisation', { org_id: 'org_other' })
    expect(await applyFiles([...everything, other], refuse)).toEqual(['applied org_other'])
    expect(asked).toBe(0)
    await forge(...statements)
    await expect(applyFiles(everything, refuse)).rejects.toThrow('the log says something else')
    expect(asked).toBe(1)
    const { rows } = await db.raw<{ rows: unknown[] }>('select from register_seal')
    expect(rows).toEqual([])
  },
)
