import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secondsAfter } from '../../../src/base/values/clock.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { openLog } from '../../../src/base/logging/log.ts'
import { tellUntrusted } from '../../../src/people/accounts/index.ts'
import type { UntrustedKind } from '../../../src/people/accounts/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { housePatience } from '../../support/patience.ts'

const now = new Date('2026-03-01T12:00:00Z')
const origin = { requestId: randomUUID(), network: '192.0.2.0/24' }
const daySeconds = 24 * 3600

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

test('a person is told of a changed row once a day for each kind; the log is told each time', async () => {
  const personId = randomUUID()
  await db('persons').insert({ personId, createdAt: now })
  const { tell, lines } = teller()
  await tell('session', personId, now)
  await tell('session', personId, secondsAfter(now, 60))
  await tell('token', personId, secondsAfter(now, 120))
  await tell('session', personId, secondsAfter(now, daySeconds + 1))
  const told: { kind: string; reason: string }[] = await db('activity')
    .select('kind', 'reason')
    .where({ personId })
    .orderBy('at')
  expect(told.map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
    'record.untrusted session',
    'record.untrusted token',
    'record.untrusted session',
  ])
  expect(lines()).toHaveLength(4)
  expect(lines()[0]).toMatchObject({
    level: 50,
    code: 'RECORD_UNTRUSTED',
    why: 'session 0a1b',
    requestId: origin.requestId,
  })
})

test('a row of no person, or of an unknown one, leaves only a line in the log', async () => {
  const { tell, lines } = teller()
  const before = await db('activity').select('activityId')
  await tell('visit', undefined, now)
  await tell('visit', randomUUID(), now)
  expect(await db('activity').select('activityId')).toHaveLength(before.length)
  expect(lines()).toHaveLength(2)
})

function teller() {
  let written = ''
  const log = openLog('error', { write: (line) => void (written += line) })
  return {
    tell: (what: UntrustedKind, personId: string | undefined, at: Date) =>
      tellUntrusted({ db, log }, { what, ref: '0a1b', personId }, { ...origin, now: at }),
    lines: () =>
      written
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}
