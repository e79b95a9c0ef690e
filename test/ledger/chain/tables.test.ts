import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventKinds } from '../../../src/ledger/chain/event.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'
import { bytea } from '../../../src/base/database/column-names.ts'

// What the database holds to, whoever writes.

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

test('the columns of a destroyed key change together or not at all', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 1)
  const key = db('dek').where({ personId })
  const half = [
    { wrappedKey: null },
    { destroyedAt: new Date(), destroyEventId: randomUUID() },
    { wrappedKey: null, destroyedAt: new Date() },
  ]

  for (const change of half)
    await expect(key.clone().update(change)).rejects.toThrow('violates check constraint')
})

test.each([
  'update ledger_event set kind = kind',
  'delete from ledger_event',
  'truncate ledger_event',
])('the database refuses: %s', async (statement) => {
  await expect(stage.db.raw(statement)).rejects.toThrow('the ledger never changes')
})

test('the kinds are those of the database, and no other', async () => {
  const { rows } = await stage.db.raw(`
    select pg_get_constraintdef(oid) as says from pg_constraint
    where conrelid = 'ledger_event'::regclass and conname = 'ledger_event_kind_check'`)
  const listed = [...String(rows[0].says).matchAll(/'([a-z.-]+)'/g)].map((match) => match[1])

  expect(listed).toHaveLength(eventKinds.length)
  expect(new Set(listed)).toEqual(new Set(eventKinds))
})

test('the database refuses an event that is not its person’s next, or is older than the last', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  const [entry] = await stage.write(personId, 1)
  const at = entry?.recordedAt.getTime() ?? 0
  const append = (seq: number, moment: Date) =>
    db.raw(`select append_to_ledger(?::json)`, [
      JSON.stringify({
        chain: personId,
        seq,
        event: randomUUID(),
        kind: 'consent.revoked',
        moment,
        commitment: bytea(randomBytes(32)),
        body: bytea(randomBytes(60)),
      }),
    ])

  for (const seq of [1, 3]) await expect(append(seq, new Date(at))).rejects.toThrow('not the next')
  await expect(append(2, new Date(at - 1))).rejects.toThrow('not the next')
  expect(await db('ledgerEvent').where({ personId })).toHaveLength(1)
  await append(2, new Date(at))
})

test('times are whole milliseconds, as in payloads', async () => {
  const { db } = stage
  const personId = await stage.newPerson()
  await stage.write(personId, 5)

  const { rows } = await db.raw(
    `select extract(microseconds from recorded_at)::integer % 1000 as rest from ledger_event where person_id = ?`,
    [personId],
  )

  expect(rows).toEqual(Array.from({ length: 5 }, () => ({ rest: 0 })))
})
