import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../../src/base/database/database.ts'
import { requireServerVersion } from '../../../src/base/database/server-version.ts'
import { migrate, requireMigrated } from '../../../src/base/migrating/migrate.ts'
import { exitStatuses } from '../../../src/base/values/operator-error.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { emptyDatabase, patience, undemanding } from '../../support/database.ts'

let empty: FreshDatabase
let wire: Server
let url: string

// The same server, which says over this wire that it is of PostgreSQL 15.
beforeAll(async () => {
  empty = await emptyDatabase()
  const { hostname, port } = new URL(empty.url)
  wire = createServer((client) => {
    const database = connect({ host: hostname, port: Number(port) })
    for (const side of [client, database])
      side
        .on('error', () => undefined)
        .on('close', () => [client, database].map((one) => one.end()))
    client.pipe(database)
    database.on('data', (chunk) => client.write(asOlder(chunk)))
  }).listen(0, '127.0.0.1')
  await once(wire, 'listening')
  const older = new URL(empty.url)
  older.hostname = '127.0.0.1'
  older.port = String((wire.address() as AddressInfo).port) // always so for a TCP listener
  url = older.href
})
afterAll(async () => {
  wire.close()
  await empty.drop()
})

/** Each number of a version, and the version itself, behind its length. */
function asOlder(chunk: Buffer): Buffer {
  const older = Buffer.from(chunk)
  for (const [shown, told] of versions)
    for (let at = older.indexOf(shown); at >= 0; at = older.indexOf(shown, at + 1))
      told.copy(older, at)
  return older
}

const lengthOf = (bytes: number) => Buffer.from([0, 0, 0, bytes])
const versions = ['17', '18'].flatMap((major) => [
  [
    Buffer.concat([lengthOf(6), Buffer.from(`${major}00`)]),
    Buffer.concat([lengthOf(6), Buffer.from('1500')]),
  ] as const,
  ...[4, 5].map(
    (length) =>
      [
        Buffer.concat([lengthOf(length), Buffer.from(`${major}.`)]),
        Buffer.concat([lengthOf(length), Buffer.from('15.')]),
      ] as const,
  ),
])

test('an older PostgreSQL is refused before anything else, with the version that is needed', async () => {
  const refused = {
    message: expect.stringMatching(
      /^The database of DATABASE_URL is on PostgreSQL 15\.\d+: this version needs PostgreSQL 17 or newer\. Nothing was changed\.$/,
    ),
    status: exitStatuses.settings,
  }
  // The database is empty, which a start would say next.
  await expect(requireMigrated(url, undemanding)).rejects.toMatchObject(refused)
  await expect(migrate(url)).rejects.toMatchObject(refused)
  const db = openDatabase(empty.url, patience)
  const { rows } = await db.raw<{ rows: object[] }>(
    `select relname from pg_class where relnamespace = 'public'::regnamespace`,
  )
  expect(rows).toEqual([])
  await db.destroy()
})

test.each([
  [169_999, false],
  [170_000, true],
])('a server of number %i is new enough: %s', async (number, isEnough) => {
  const raw = () => Promise.resolve({ rows: [{ number, version: 'of a test' }] })
  const looked = requireServerVersion({ raw } as unknown as Parameters<
    typeof requireServerVersion
  >[0]).then(
    () => true,
    () => false,
  )
  expect(await looked).toBe(isEnough)
})
