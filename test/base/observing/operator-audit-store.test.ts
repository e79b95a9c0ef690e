import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, startPatience, transact } from '../../../src/base/database/database.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import type { OperatorDeed } from '../../../src/base/observing/operator-audit-store.ts'
import {
  deedFaults,
  forgetOldReferences,
  forgetReferences,
  auditBegin,
  auditEnd,
} from '../../../src/base/observing/operator-audit-store.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'

const keys = [randomBytes(32)]
const seals = makeRowSeals(keys)
const deed: OperatorDeed = {
  action: 'service-secret',
  object: 'bibliotheque',
  personId: null,
  operator: 'Anna',
  account: 'accord',
  signers: [],
  instance: 'web-1',
  reasonSha256: randomBytes(32),
}

let fresh: FreshDatabase
let db: Database
beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, startPatience)
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

const faults = () => deedFaults(readingSession(db), seals)

/** What is found after a statement, which is undone. */
async function foundAfter(statement: string): Promise<readonly string[]> {
  const tx = await db.transaction()
  try {
    await tx.raw('set local session_replication_role = replica')
    await tx.raw(statement)
    const found = await deedFaults(readingSession(tx), seals)
    return found.map(({ called, because }) => `${called}: ${because}`)
  } finally {
    await tx.rollback()
  }
}

test('deeds stand one behind the other, also those of two operators at once', async () => {
  await expect(faults()).resolves.toEqual([])
  const begun = await Promise.all(Array.from({ length: 4 }, () => auditBegin(db, seals, deed)))
  expect(begun.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4])
  for (const begunNo of begun) await auditEnd(db, seals, deed, { begunNo, phase: 'done' })
  await expect(faults()).resolves.toEqual([])
  await expect(auditEnd(db, seals, deed, { begunNo: 1, phase: 'refused' })).rejects.toThrow(
    /operator_deed_ends_once/,
  )
})

test('the database dates a deed, and never before the last one', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 3 * 3_600_000 })
  const begunNo = await auditBegin(db, seals, deed).finally(() => vi.useRealTimers())
  const offsetBy = (hours: number) =>
    db.raw(
      `create or replace function clock_offset() returns interval language sql stable as $$ select interval '${hours} hours' $$`,
    )
  const [first] = await instants(begunNo)
  try {
    await offsetBy(-3)
    await auditEnd(db, seals, deed, { begunNo, phase: 'done' })
  } finally {
    await offsetBy(0)
  }
  expect(await instants(begunNo + 1)).toEqual([first])
  const { rows } = await db.raw<{ rows: object[] }>(
    'select from operator_deed where deed_no = ? and at between now() - interval $$1 minute$$ and clock_timestamp()',
    [begunNo],
  )
  expect(rows).toHaveLength(1)
  await expect(faults()).resolves.toEqual([])
})

const instants = (deedNo: number): Promise<Date[]> =>
  db('operatorDeed').where({ deedNo }).pluck('at')

test.each([
  [
    `insert into operator_deed select (jsonb_populate_record(d, '{"deed_no": 11}')).* from operator_deed d where deed_no = 1`,
    'deed 11: it is not as this broker noted it',
  ],
  ['delete from operator_deed where deed_no = 3', 'deed 4: the deed before it is gone'],
  ['delete from operator_deed where deed_no = 10', 'deed 9: it is not the last one that was noted'],
  ['delete from operator_deed', 'deed 0: it is not the last one that was noted'],
  ['delete from operator_deed_head', 'deed 10: it is not the last one that was noted'],
  [
    "update operator_deed set operator = 'Berthe' where deed_no = 2",
    'deed 2: it is not as this broker noted it',
  ],
  [
    'update operator_deed set object = null, person_id = null, about_salt = null where deed_no = 2',
    'deed 2: it is not as this broker noted it',
  ],
  [
    'update operator_deed set person_id = gen_random_uuid() where deed_no = 5',
    'deed 5: it is not as this broker noted it',
  ],
  [
    'delete from operator_deed where deed_no = 10; update operator_deed_head h set deed_no = 9, sha256 = d.sha256 from operator_deed d where d.deed_no = 9',
    'deed 9: it is not the last one that was noted',
  ],
])('it is found: %s', async (statement, words) => {
  await expect(foundAfter(statement)).resolves.toContain(words)
})

test('a chain that somebody computed anew without the key is found', async () => {
  const others = makeRowSeals([randomBytes(32)])
  const found = await deedFaults(readingSession(db), others)
  expect(found).toHaveLength(11)
})

test('what a deed was about goes with what was erased, and after its time; the chain holds', async () => {
  const personId = randomUUID()
  const [gone, kept] = ['con_01M889SN2FE3DBH5MHBPT9XZS8', 'dec_01M889SN2FE3DBH5MHBPT9XZS8']
  const [first, second] = [
    await auditBegin(db, seals, { ...deed, object: gone, personId }),
    await auditBegin(db, seals, { ...deed, object: kept, personId }),
  ]
  await transact(db, (tx) =>
    forgetReferences(tx, seals, personId, (object) => Promise.resolve(object === gone)),
  )
  // Its end comes after that, and the deed was told what it is about before.
  await auditEnd(db, seals, { ...deed, object: gone, personId }, { begunNo: first, phase: 'done' })
  await auditEnd(db, seals, { ...deed, object: kept, personId }, { begunNo: second, phase: 'done' })
  const about = () =>
    db('operatorDeed').where('deedNo', '>=', first).orderBy('deedNo').select('object', 'personId')
  const none = { object: null, personId: null }
  const still = { object: kept, personId }
  expect(await about()).toEqual([none, still, none, still])
  await expect(faults()).resolves.toEqual([])
  expect(await forgetOldReferences(db, seals, new Date(Date.now() - 60_000))).toBe(0)
  expect(await forgetOldReferences(db, seals, new Date(Date.now() + 60_000))).toBeGreaterThan(2)
  expect(await about()).toEqual([none, none, none, none])
  await expect(faults()).resolves.toEqual([])
})
