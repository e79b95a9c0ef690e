import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openDatabase, ping } from '../../../src/base/database/database.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { acceptedLoss, requireDurable } from '../../../src/base/database/durability.ts'
import { readingSession } from '../../../src/base/database/db-session.ts'
import { archiveFailingSince, archiveFailure } from '../../../src/base/observing/archive-state.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { patience } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import type { OwnServer } from '../../support/own-server.ts'
import { startOwnServer } from '../../support/own-server.ts'

let server: OwnServer
let db: Database

beforeAll(async () => {
  server = await startOwnServer('durable', { archive_mode: 'on' }, inject('cluster'))
  db = openDatabase(server.url(), patience)
})
afterAll(async () => {
  await db.destroy()
  await server.stop()
})

const modes = ['production', 'staging', 'demonstration'] as const

test('a deployment without a synchronous standby says why, or does not start', async () => {
  for (const mode of ['production', 'staging'] as const)
    expect(await refusalOf({ mode, durability: undefined })).toMatch(
      /^[^\n]*synchronous_standby_names[^\n]*DURABILITY=single[^\n]*DURABILITY=platform[^\n]*\.$/,
    )
  for (const durability of ['single', 'platform'] as const)
    for (const mode of modes) await requireDurable(db, { mode, durability })
  await requireDurable(db, { mode: 'demonstration', durability: undefined })
})

test('what such a deployment accepts is said at each start', () => {
  expect(acceptedLoss({ mode: 'production', durability: 'single' })).toContain('is lost')
  expect(acceptedLoss({ mode: 'production', durability: 'platform' })).toContain('has to keep')
  expect(acceptedLoss({ mode: 'production', durability: undefined })).toBeUndefined()
})

test('with a synchronous standby it starts; with a setting that forgets it does not, whatever it says', async () => {
  // No statement of this test writes: a commit would wait for the standby, which is not there.
  await set('synchronous_standby_names', 'one')
  for (const mode of modes) await requireDurable(db, { mode, durability: undefined })
  for (const forgetful of ['off', 'local', 'remote_write']) {
    await set('synchronous_commit', forgetful)
    for (const mode of modes)
      expect(await refusalOf({ mode, durability: 'platform' })).toContain(
        `synchronous_commit=${forgetful}`,
      )
  }
  await set('synchronous_commit', 'remote_apply')
  await requireDurable(db, { mode: 'production', durability: undefined })
})

test('while no synchronous standby confirms, the database is away', async () => {
  const own = openDatabase(server.url())
  try {
    await set('synchronous_standby_names', '')
    await db.raw('create table rate_limits ()')
    await ping(own)
    await set('synchronous_standby_names', 'one', own)
    // Each connection reads the setting at a moment of its own.
    const pinged = () => ping(own).catch((error: unknown) => error)
    await until('no write is confirmed', async () => (await pinged()) instanceof Unavailable)
    await set('synchronous_standby_names', '', own)
    await until('writes are confirmed', async () => (await pinged()) === undefined)
  } finally {
    await own.destroy()
  }
})

test('an archive that takes nothing is told with its beginning, until it takes again', async () => {
  const session = readingSession(db)
  const failing = () => archiveFailingSince(session)
  expect(await failing()).toBeNull()
  const before = new Date(Date.now() - 60_000)
  // The beginning is when it last took something.
  await set('archive_command', 'true')
  await db.raw('create table archived as select pg_switch_wal()')
  await until('the archive takes', async () => {
    const { rows } = await db.raw<{ rows: { took: boolean }[] }>(
      'select last_archived_time is not null as took from pg_stat_archiver',
    )
    return rows[0]?.took === true
  })
  await set('archive_command', 'false')
  await db.raw('create table archived_not as select pg_switch_wal()')
  await until('the archive fails', async () => (await failing()) instanceof Date)
  expect((await failing())?.getTime()).toBeGreaterThan(before.getTime())
  await set('archive_command', 'true')
  await until('the archive takes', async () => (await failing()) === null)
})

test.each([
  ['off', null, 5, 1, undefined],
  ['on', null, null, 1, null],
  ['on', 9, 5, 1, null],
  ['on', 5, 9, 1, 5],
  ['always', null, 9, 1, 1],
  ['on', null, 9, null, 9],
] as const)(
  'an archive that is %s, took at %s and failed at %s since %s',
  (mode, took, failed, reset, since) => {
    const row = { mode, archivedAt: at(took), failedAt: at(failed), resetAt: at(reset) }
    expect(archiveFailure(row)).toEqual(since === undefined ? undefined : at(since))
  },
)

function at(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

/** @param where whose connection must have the setting: each reads it at a moment of its own */
async function set(name: string, value: string, where = db): Promise<void> {
  await db.raw(`alter system set ${name} = '${value}'`)
  await db.raw('select pg_reload_conf()')
  await until('the setting holds', async () => {
    const { rows } = await where.raw<{ rows: { value: string }[] }>(
      `select current_setting('${name}') as value`,
    )
    return rows[0]?.value === value
  })
}

async function refusalOf(demanded: Parameters<typeof requireDurable>[1]): Promise<string> {
  const error: unknown = await requireDurable(db, demanded).then(
    () => undefined,
    (refused: unknown) => refused,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error instanceof OperatorError ? error.message : ''
}
