import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { createMissingKeys, readHeldKeys } from '../../../src/base/keys/keys.ts'
import { openKnownKeys } from '../../../src/base/keys/known-keys.ts'
import type { Catalogue } from '../../../src/base/migrating/catalogue.ts'
import { catalogueDigest, readCatalogue } from '../../../src/base/migrating/catalogue.ts'
import { reportCode } from '../../../src/base/migrating/code-report.ts'
import { codeDifferences } from '../../../src/base/migrating/code-watch.ts'
import { sealsForMigration } from '../../../src/base/migrating/migration-seals.ts'
import { migrate } from '../../../src/base/migrating/migrate.ts'
import {
  believedRelease,
  laterReleases,
  ownVersion,
  releaseTable,
} from '../../../src/base/migrating/release-catalogue.ts'
import type { RowSeals } from '../../../src/base/sealing/row-seal.ts'
import { makeRowSeals } from '../../../src/base/sealing/row-seal.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, undemanding as place } from '../../support/database.ts'
import { refusalOf } from '../../support/house.ts'
import { housePatience } from '../../support/patience.ts'
import { noteKeys } from '../../support/secrets.ts'

// Processes of two versions on one database: what the later one's `migrate` sealed is believed by the earlier one, and nothing else is.

const later = '9999_base.sql'

let database: FreshDatabase
let db: Database
let dataDir: string
let keysDir: string
let seals: RowSeals

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  dataDir = mkdtempSync(join(tmpdir(), 'accord-release-'))
  keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir)
  noteKeys(keysDir)
  seals = makeRowSeals((await readHeldKeys(keysDir)).seal)
  await openKnownKeys(db, { mode: 'demonstration', keysDir })
})

afterEach(async () => {
  await db('releaseCatalogue').delete()
  await db('knexMigrations').where({ name: later }).delete()
  await db('migrationBears').delete()
  await db.raw('drop trigger if exists of_later on accounts')
  await migrate(database.url)
})

afterAll(async () => {
  await db.destroy()
  await database.drop()
  rmSync(dataDir, { recursive: true })
})

const otherFunction =
  "create or replace function queue_revocation() returns trigger language plpgsql as 'begin return null; end'"
const newTrigger =
  'create trigger of_later after update on accounts for each row execute function queue_revocation()'

async function differences(by = seals): Promise<string[]> {
  return codeDifferences({ db, place, seals: by })
}

/** What the later version would release. */
async function laterCatalogue(): Promise<Catalogue> {
  await db.raw(otherFunction)
  await db.raw(newTrigger)
  return readCatalogue(db, place)
}

async function note(
  catalogue: Catalogue,
  { version = later, by = seals }: { version?: string; by?: RowSeals } = {},
): Promise<void> {
  const row = {
    version,
    sha256: catalogueDigest(catalogue),
    begunAt: new Date('2026-11-30T10:00:00Z'),
    endedAt: null,
  }
  const objects = JSON.stringify(Object.fromEntries(catalogue))
  await db('releaseCatalogue').insert({ ...row, objects, seal: by.seal(releaseTable, row) })
}

const bothDiffer = [
  'function public.queue_revocation() is another one',
  'trigger public.accounts.of_later is not of this version',
]

test('what a later version sealed is believed, whole and half done, and no third thing is', async () => {
  expect(await differences()).toEqual([])
  const catalogue = await laterCatalogue()
  expect(await differences()).toEqual(bothDiffer)
  await note(catalogue)

  expect(await differences()).toEqual([])
  await migrate(database.url) // the function of this version, beside the trigger of the later one
  expect(await differences()).toEqual([])
  await db.raw('create view third as select 1 as one')
  expect(await differences()).toEqual(['relation public.third is not of this version'])
  await db.raw('drop view third')
  await db.raw('drop trigger decision_no_past_deny on decision')
  expect(await differences()).toEqual(['trigger public.decision.decision_no_past_deny is gone'])
})

test('a row of another key, of an earlier version, of this one, or with other objects is not believed', async () => {
  const catalogue = await laterCatalogue()
  await note(catalogue, { by: makeRowSeals([randomBytes(32)]) })
  expect(await differences()).toEqual(bothDiffer)
  await db('releaseCatalogue').delete()

  for (const version of ['0001_base.sql', ownVersion()]) await note(catalogue, { version })
  expect(await differences()).toEqual(bothDiffer)
  // A sealed row of an earlier version, called later.
  await db('releaseCatalogue').where({ version: '0001_base.sql' }).update({ version: later })
  expect(await differences()).toEqual(bothDiffer)
  await db('releaseCatalogue').delete()

  await note(new Map([...catalogue].slice(1)))
  const objects = JSON.stringify(Object.fromEntries(catalogue))
  await db('releaseCatalogue').update({ objects })
  expect(await differences()).toEqual(bothDiffer)
})

test('without the key of seals nobody is believed who says that a later version runs, and that is said', async () => {
  const catalogue = await laterCatalogue()
  expect(await reportCode({ db, place, seals: undefined })).toEqual({
    differences: bothDiffer,
    says: [],
  })
  await note(catalogue)
  expect(await reportCode({ db, place, seals: undefined })).toEqual({
    differences: bothDiffer,
    says: ['What a later version runs here is said under a seal: KEYS_DIR is not given.'],
  })
  expect(await reportCode({ db, place, seals })).toMatchObject({ differences: [] })
})

test('a process starts beside the later version, and not beside the same without its seal', async () => {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, WORK: 'no', PORT: '20001' }
  const refusal = () => refusalOf('serve', env)
  const catalogue = await laterCatalogue()
  expect(await refusal()).toMatch(
    /other code than this version: function public\.queue_revocation\(\) is another one; trigger/,
  )
  await db('knexMigrations').insert({ name: later, batch: 1, migrationTime: new Date() })
  await db('migrationBears').insert({ name: later, bears: ownVersion() })
  expect(await refusal()).toMatch(/other code than this version: function public\.queue_revoc/)
  await note(catalogue)
  expect(await refusal()).toBeUndefined()
})

test('migrate seals what this version runs, before and after, and says nothing without a key', async () => {
  expect(await db('releaseCatalogue').pluck('version')).toEqual([])
  await migrate(database.url)
  expect(await db('releaseCatalogue').pluck('version')).toEqual([])
  await migrate(database.url, { openSeals: sealsForMigration({ ...place, keysDir }) })

  const [row, ...more] = await db('releaseCatalogue').select()
  expect(more).toEqual([])
  expect(row).toMatchObject({ version: ownVersion(), endedAt: expect.any(Date) })
  expect(row && seals.holds(releaseTable, row, row.seal)).toBe(true)
  // It is later for processes of an earlier version alone.
  expect(await laterReleases(db)).toEqual([])
  expect(believedRelease(seals, row === undefined ? [] : [row])).toBeUndefined()
})

test('migrate does nothing under another key than the database’s own, and none of a later version without one', async () => {
  const strange = join(dataDir, 'strange')
  await createMissingKeys(strange)
  noteKeys(strange)
  await expect(
    migrate(database.url, { openSeals: sealsForMigration({ ...place, keysDir: strange }) }),
  ).rejects.toThrow(/are not those of this database/)

  const last = ownVersion()
  await db('knexMigrations').where({ name: last }).delete()
  await expect(migrate(database.url)).rejects.toThrow(/^KEYS_DIR is required.*Nothing was done\.$/)
  await db('knexMigrations').insert({ name: last, batch: 1, migrationTime: new Date() })
})
