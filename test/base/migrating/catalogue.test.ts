import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase } from '../../../src/base/database/database.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { migrate } from '../../../src/base/migrating/migrate.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import type { Foundation } from '../../../src/base/web/foundation.ts'
import { foldRoom } from '../../../src/ledger/fold/room.ts'
import type { CodePlace } from '../../../src/base/migrating/catalogue.ts'
import {
  catalogueDifferences,
  readCatalogue,
  releasedCatalogue,
} from '../../../src/base/migrating/catalogue.ts'
import { textOf } from '../../deploy/recipe.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, runAt, undemanding as place } from '../../support/database.ts'
import { refusalOf } from '../../support/house.ts'
import { housePatience } from '../../support/patience.ts'
import { heir, plantedCode, plantedElsewhere, stranger } from '../../support/planted-code.ts'
import { noteKeys } from '../../support/secrets.ts'
import { callTool } from '../../support/tool.ts'

// Somebody with the database's owner, or a superuser, changes what the database runs. Each kind of object is compared with the release.

let database: FreshDatabase
let db: Database
let keysDir: string
const release = releasedCatalogue()

beforeAll(async () => {
  database = await freshDatabase()
  await runAt(database.url, plantedElsewhere)
  await runAt(database.url, `create role ${stranger}; create role ${heir}`)
  db = openDatabase(database.url, housePatience)
  keysDir = join(mkdtempSync(join(tmpdir(), 'accord-catalogue-')), 'keys')
  await createMissingKeys(keysDir)
  noteKeys(keysDir)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
  await runAt(adminOf(database.url), `drop role ${stranger}, ${heir}`)
  rmSync(join(keysDir, '..'), { recursive: true })
})

function adminOf(url: string): string {
  return Object.assign(new URL(url), { pathname: '/postgres' }).href
}

async function differences(by: Pick<Database, 'raw'>, at: CodePlace = place): Promise<string[]> {
  return catalogueDifferences(release, await readCatalogue(by, at))
}

/** What is named after a change, which is then undone. */
async function namedAfter(sql: string, at: CodePlace = place): Promise<string[]> {
  let found: string[] = []
  const undo = new Error('undone')
  await db
    .transaction(async (tx) => {
      await tx.raw(sql)
      found = await differences(tx, at)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })
  return found
}

test('what other schemas hold, and an index that only finds sooner, differs from nothing', async () => {
  expect(await differences(db)).toEqual([])
})

test('what another application on the server is given differs from nothing, until it may touch a table', async () => {
  const given = `grant set on parameter session_replication_role to ${stranger}`
  expect(await namedAfter(given)).toEqual([])
  expect(await namedAfter(`${given}; grant update on persons to ${stranger}`)).toEqual([
    `grant on relation public.persons to ${stranger} is not of this version`,
  ])
  expect(await namedAfter('grant set on parameter session_replication_role to public')).toEqual([
    'grant on parameter session_replication_role to everybody is not of this version',
  ])
})

/** So many changes at once that no two are of one object. */
const together = 9

test('each kind of object that is changed, added or dropped is named, and nothing else', async () => {
  for (let from = 0; from < plantedCode.length; from += together) {
    const planted = plantedCode.slice(from, from + together)
    const named = await namedAfter(planted.map(({ sql }) => sql).join(';\n'))
    expect(named.toSorted()).toEqual(planted.flatMap((one) => one.named).toSorted())
  }
})

test('a role that has nothing here misses nothing, and what it has must be all of it', async () => {
  const revoked = `revoke all on all tables in schema public, graphile_worker from accord_read; revoke all on schema public, graphile_worker from accord_read`
  expect(await namedAfter(revoked)).toEqual([])
  const some = await namedAfter(`${revoked}; grant select on persons to accord_read`)
  expect(some.length).toBeGreaterThan(200)
  expect(new Set(some.map((one) => one.replace(/ on .* to /, ' on … to ')))).toEqual(
    new Set(['grant on … to the reading role is gone']),
  )
})

test('roles are called what the configuration calls them, and one that it does not know is a stranger', async () => {
  const databaseRoles = { serving: stranger, reading: 'accord_test_nobody' }
  const renamed = await namedAfter((await grantsAs(stranger)).join(';'), {
    ...place,
    databaseRoles,
  })
  expect(renamed.filter((one) => one.includes('the serving role'))).toEqual([])
  expect(renamed).toContain(
    'grant on relation public.persons to accord_serve is not of this version',
  )
})

/** What the serving role has, for another one. */
async function grantsAs(role: string): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { sql: string }[] }>(
    `select format('grant %s on %s to ${role}', string_agg(a.privilege_type, ', '), c.oid::regclass) as sql
     from pg_class c, aclexplode(c.relacl) a where a.grantee = 'accord_serve'::regrole group by c.oid
     union all select 'grant usage on schema public, graphile_worker to ${role}'`,
  )
  return rows.map(({ sql }) => sql)
}

test('a start and `ledger verify` name them, and migrate puts back what it makes', async () => {
  const planted = plantedCode.filter(({ isOfServer }) => isOfServer === undefined)
  for (const { sql } of planted) await runAt(database.url, sql)
  const names = [...new Set(planted.flatMap(({ named }) => named))].toSorted()
  expect((await differences(db)).toSorted()).toEqual(names)

  const env = { DATABASE_URL: database.url, KEYS_DIR: keysDir, WORK: 'no', PORT: '20001' }
  expect(await refusalOf('serve', env)).toMatch(
    new RegExp(`other code than this version: .*; and ${names.length - 5} more`),
  )
  const verified = await callTool(['ledger', 'verify', '--json'], {
    DATABASE_URL: database.url,
    KEYS_DIR: keysDir,
    ISSUER: 'http://accord.localhost',
  })
  expect(verified.code).toBe(1)
  const { findings } = JSON.parse(verified.out) as Findings
  const code = findings.filter(({ where }) => where === 'code of the database')
  expect(code.map(({ because }) => because).toSorted()).toEqual(names)

  const { foundation, errors } = nightly()
  const { 'ledger.fold': job } = (await foldRoom.jobs?.({ foundation })) ?? {}
  await job?.()
  expect(errors).toEqual([
    {
      job: 'ledger.fold',
      code: 'CODE_UNTRUSTED',
      why: expect.stringMatching(/; and [0-9]+ more$/),
    },
  ])

  await migrate(database.url)
  const left = planted.flatMap(({ named, isPutBack = [] }) =>
    isPutBack === true ? [] : named.filter((name) => !isPutBack.includes(name)),
  )
  const found = await differences(db)
  // What was added to ours gets the rights of ours, too.
  const ours = found.filter(
    (name) => !/^grant on relation public\.(kept|mine|third) to the /.test(name),
  )
  expect(ours.toSorted()).toEqual([...new Set(left)].toSorted())

  // As the page for operators says.
  await runAt(database.url, pageStatements().replaceAll('accord_owner', 'current_user'))
  const mended = await differences(db)
  const byHand =
    /passkeys\.|receipt\.one_more|\.nothing|notices|activity owned|persons to everybody/
  expect(left.filter((name) => !mended.includes(name)).toSorted()).toEqual(
    left.filter((name) => byHand.test(name)).toSorted(),
  )
})

test('a page for operators has the same statements in both languages', () => {
  expect(pageStatements('.md')).toBe(pageStatements())
})

const quiet = () => undefined

/** A worker's foundation, as far as the job of the night needs it. */
function nightly() {
  const errors: LogFields[] = []
  const log = {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (said: LogFields) => errors.push(said),
  }
  const keys = { seal: [randomBytes(32)] }
  const parts = { db, clock: () => new Date(), config: place, keys, log }
  return { foundation: parts as unknown as Foundation, errors }
}

/** What the page of the incident has an operator take away. */
function pageStatements(language = '.en.md'): string {
  const page = textOf(`docs/operate/incidents/code-untrusted${language}`)
  return /```sql\n(.*?)```/s.exec(page)?.[1] ?? ''
}

type Findings = { readonly findings: readonly { where: string; because: string }[] }
