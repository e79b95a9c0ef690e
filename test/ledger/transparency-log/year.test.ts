import { afterAll, beforeAll, expect, test } from 'vitest'
import { newUuid } from '../../../src/base/values/ids.ts'
import { readPolicy } from '../../../src/base/tlog/log-policy.ts'
import { policyText } from '../../../src/ledger/transparency-log/api.ts'
import { sequenceDuty } from '../../../src/ledger/transparency-log/sequence.ts'
import { findLog, lastCheckpoint } from '../../../src/ledger/transparency-log/store.ts'
import { letTimeMove, passUntil } from '../../support/time.ts'
import type { LogStage } from './stage.ts'
import { issuer, openLogStage, year } from './stage.ts'
import { underLease } from '../../support/leases.ts'

// The night of a New Year, by the clock of the house.

const midnight = Date.UTC(year + 1, 0, 1)
const minute = 60_000

let stage: LogStage
let person: string

beforeAll(async () => {
  letTimeMove()
  stage = await openLogStage()
  person = await stage.grow(3)
})
afterAll(() => stage.close())

async function turn(): Promise<void> {
  const duty = sequenceDuty(0, () => new Date(midnight))
  // A turn that finds something takes it in; one that finds nothing looks whether a year is over.
  const { session } = stage
  await underLease(session, 'log.sequence/0', async (lease) => {
    await duty.turn(session, lease)
    await duty.turn(session, lease)
  })
  await stage.sign()
}

async function sizes(): Promise<(string | number)[][]> {
  const logs = await Promise.all([year, year + 1].map((of) => findLog(stage.session, of, 0)))
  return logs.map((log) => [log?.state ?? 'none', log?.treeSize ?? 0])
}

/** What was begun before midnight and committed after it. */
async function lateEvent(): Promise<void> {
  const eventId = newUuid(new Date(midnight - minute))
  const row = { eventId, shard: 0, commitment: Buffer.alloc(32, 7) }
  await stage.db('ledgerPending').insert(row)
}

test('a new year begins a new log; the old log waits an hour for late events', async () => {
  await passUntil(stage.db, new Date(midnight + 10 * minute))
  await stage.write(person, 2)
  await lateEvent()
  await turn()
  expect(await sizes()).toEqual([
    ['open', 4],
    ['open', 2],
  ])
  expect(await policyText(stage.db, { issuer })).not.toContain('closed')
})

test('then the old log is closed with a final checkpoint, and the policy names its successor', async () => {
  await passUntil(stage.db, new Date(midnight + 61 * minute))
  await turn()
  expect(await sizes()).toEqual([
    ['frozen', 4],
    ['open', 2],
  ])
  const old = await findLog(stage.session, year, 0)
  const final = await lastCheckpoint(stage.session, old?.logId ?? 0)
  expect(final?.treeSize).toBe(4)
  const { size, root } = await stage.published()
  expect([size, root]).toEqual([4, final?.root])
  const text = await policyText(stage.db, { issuer })
  const next = stage.origin.replace(String(year), String(year + 1))
  expect(text).toContain(
    `${stage.origin}\n# closed at 4 entries, root ${root.toString('base64')}: it goes on in http://${next}\n`,
  )
  expect(readPolicy(text).logs.map(({ url }) => url)).toEqual([
    `http://${next}`,
    `http://${stage.origin}`,
  ])
})

test('an even later event goes to the successor, and the final checkpoint stays', async () => {
  const { note } = await stage.published()
  await lateEvent()
  await stage.write(person, 1)
  await turn()
  expect(await sizes()).toEqual([
    ['frozen', 4],
    ['open', 4],
  ])
  expect((await stage.published()).note).toBe(note)
})
