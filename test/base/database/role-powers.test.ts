import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { openDatabase, openPool, runPrepared } from '../../../src/base/database/database.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { powersOf } from '../../../src/base/database/role-powers.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { migrate } from '../../../src/base/migrating/migrate.ts'
import { auditHorizon } from '../../../src/ledger/audit-export/store.ts'
import { textOf } from '../../deploy/recipe.ts'
import { byReading, byServing } from '../../support/database-roles.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience, runAt } from '../../support/database.ts'
import { refusalOf } from '../../support/house.ts'
import { operatorEnv } from '../../support/operator.ts'
import { callTool } from '../../support/tool.ts'

// Which role may do what in the database (docs/decisions/0196-the-serving-role-writes-rows-alone.md).

let fresh: FreshDatabase
let dataDir: string
beforeAll(async () => {
  fresh = await freshDatabase()
  dataDir = mkdtempSync(join(tmpdir(), 'accord-roles-'))
  await createMissingKeys(join(dataDir, 'keys'))
})
afterAll(async () => {
  await fresh.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

function production(url: string): Readonly<Record<string, string>> {
  return {
    ...operatorEnv,
    NODE_ENV: 'production',
    ISSUER: 'https://accord.example.test',
    TRUSTED_PROXIES: '1',
    DURABILITY: 'single',
    KEYS_DIR: join(dataDir, 'keys'),
    LEDGER_DIR: join(dataDir, 'ledger'),
    DATABASE_URL: url,
    STOP_GRACE: '0',
  }
}

/** The same database, by a role of this test. */
function as(url: string, role: string): string {
  const parsed = new URL(url)
  ;[parsed.username, parsed.password] = [role, 'of-a-test']
  return parsed.href
}

/** What PostgreSQL answers to a statement of this role: its code, or that it did it. It is undone. */
async function answerTo(url: string, statement: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('begin')
    await client.query(statement)
    await client.query('rollback')
    return 'done'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  } finally {
    await client.end()
  }
}

test('the role that serves makes, replaces, drops and empties nothing, and changes no row that never changes', async () => {
  const url = byServing(fresh.url)
  const refused = [
    'create table mine ()',
    'create temporary table accounts ()',
    'create schema mine',
    'create view mine as select 1',
    "create or replace function clock_offset() returns interval language sql stable as $$ select interval '1 day' $$",
    'create or replace view register_epoch as select 1 as epoch',
    'alter function clock_offset() set search_path = public',
    'alter table ledger_event disable trigger all',
    'alter table accounts add column more integer',
    'alter table accounts enable row level security',
    'create policy mine on accounts using (false)',
    'create rule mine as on insert to decision do instead nothing',
    'create trigger mine before insert on decision for each row execute function suppress_redundant_updates_trigger()',
    'drop function clock_offset()',
    'drop table decision',
    'drop view consent_states',
    'truncate activity',
    'update ledger_event set kind = kind',
    'delete from ledger_event',
    'update register_objects set id = id',
    'update consent_record set consent_id = consent_id',
    'update receipt set body = body',
    "insert into knex_migrations (name, batch) values ('0999_more.sql', 1)",
    'insert into graphile_worker.migrations (id) values (999)',
    'create index on accounts (person_id)',
    'set session_replication_role = replica',
    `set role ${new URL(fresh.url).username}`,
  ]
  for (const statement of refused)
    expect([statement, await answerTo(url, statement)]).toEqual([statement, '42501'])
  expect(await answerTo(url, 'update accounts set person_id = person_id')).toBe('done')
  expect(await answerTo(url, 'delete from activity')).toBe('done')
})

test('the role that reads reads all of it, and writes nothing', async () => {
  const url = byReading(fresh.url)
  for (const table of ['decision', 'ledger_event', 'graphile_worker.jobs', 'consent_states'])
    expect([table, await answerTo(url, `select from ${table}`)]).toEqual([table, 'done'])
  for (const statement of ['delete from decision', 'create table mine ()', 'truncate activity'])
    expect([statement, await answerTo(url, statement)]).toEqual([statement, '42501'])
})

test('an export of the audit waits for a transaction that it may not see, such as that of a migration', async () => {
  const { session, close } = await openSession(byServing(fresh.url))
  const other = new Client({ connectionString: fresh.url })
  await other.connect()
  const settledFor = async () => Date.now() - (await auditHorizon(session)).getTime()
  const day = 24 * 3600 * 1000
  expect(await settledFor()).toBeLessThan(day)
  await other.query('begin')
  await other.query('select pg_current_xact_id()')
  expect(await settledFor()).toBeGreaterThan(day)
  await other.query('commit')
  expect(await settledFor()).toBeLessThan(day)
  await Promise.all([other.end(), close()])
})

describe('production', () => {
  test('starts with the role that serves, to serve and to work', async () => {
    const env = production(byServing(fresh.url))
    expect(await refusalOf('serve', env)).toBeUndefined()
    expect(await refusalOf('work', env)).toBeUndefined()
  })

  test('does not start as a superuser, and says what is to be done', async () => {
    for (const mode of ['serve', 'work'] as const)
      expect(await refusalOf(mode, production(fresh.url))).toMatch(
        /^The role of DATABASE_URL \(\w+\) can do more than read and write rows: is a superuser\. Name the role that serves there, .* docs\/operate\.en\.md#roles /,
      )
  })

  const name = 'accord_test_powers'
  const given: readonly (readonly [what: string, sql: string, takenBack: string, says: RegExp])[] =
    [
      ['owns a table', `alter table activity owner to ${name}`, '', /^owns \(.*table activity/],
      [
        'owns the database',
        `alter database DATABASE owner to ${name}`,
        '',
        /^owns \(.*database accord_test/,
      ],
      [
        'owns a function',
        `alter function clock_offset() owner to ${name}`,
        '',
        /^owns \(function clock_offset\(\)\)/,
      ],
      [
        'creates in public',
        `grant create on schema public to ${name}`,
        '',
        /^may create in \(schema public\)$/,
      ],
      [
        'creates schemas',
        `grant create on database DATABASE to ${name}`,
        '',
        /^may create in \(database/,
      ],
      [
        'creates by everybody’s right',
        'grant create on schema public to public',
        'revoke create on schema public from public',
        /^may create in \(schema public\)$/,
      ],
      [
        'makes temporary tables',
        'grant temporary on database DATABASE to public',
        'revoke temporary on database DATABASE from public',
        /^may create temporary tables/,
      ],
      [
        'empties a table',
        `grant truncate on decision to ${name}`,
        '',
        /^may truncate \(decision\)$/,
      ],
      [
        'hangs up a trigger',
        `grant trigger on decision to ${name}`,
        '',
        /^may trigger \(decision\)$/,
      ],
      [
        'hangs up a foreign key',
        `grant references on decision to ${name}`,
        '',
        /^may references \(decision\)$/,
      ],
      [
        'turns triggers off',
        `grant set on parameter session_replication_role to ${name}`,
        `revoke set on parameter session_replication_role from ${name}`,
        /^may set \(session_replication_role \(set\)\)$/,
      ],
      ['is a superuser', `alter role ${name} superuser`, '', /^is a superuser$/],
      ['makes roles', `alter role ${name} createrole`, '', /^makes roles$/],
      ['makes databases', `alter role ${name} createdb`, '', /^makes databases$/],
      [
        'passes by the security of rows',
        `alter role ${name} bypassrls`,
        '',
        /^passes by the security of rows$/,
      ],
      ['copies the server', `alter role ${name} replication`, '', /^copies the server$/],
      [
        'runs programs',
        `grant pg_execute_server_program to ${name}`,
        '',
        /^is a member of \(pg_execute_server_program\)$/,
      ],
      [
        'is a member of who owns',
        `create role ${name}_of; alter table activity owner to ${name}_of; grant ${name}_of to ${name}`,
        '',
        new RegExp(`^owns \\(.*table activity as ${name}_of`),
      ],
      [
        'is one who inherits nothing',
        `create role ${name}_of; alter table activity owner to ${name}_of; grant ${name}_of to ${name}; alter role ${name} noinherit`,
        '',
        new RegExp(`^owns \\(.*table activity as ${name}_of`),
      ],
    ]

  test('finds each power of a role, its own, everybody’s, or of one that it may become', async () => {
    const own = await freshDatabase()
    const database = new URL(own.url).pathname.slice(1)
    const sql = (text: string) => runAt(own.url, text.replaceAll('DATABASE', database))
    try {
      for (const [what, grant, takeBack, says] of given) {
        await sql(`create role ${name} login password 'of-a-test'`)
        const db = openDatabase(as(own.url, name), { ...patience, connections: 1 })
        const before = await powersOf(db)
        await sql(grant)
        const found = await powersOf(db)
        await db.destroy()
        if (takeBack !== '') await sql(takeBack)
        const admin = new URL(own.url).username
        for (const role of grant.includes(`${name}_of`) ? [name, `${name}_of`] : [name])
          await sql(
            `reassign owned by ${role} to ${admin}; drop owned by ${role}; drop role ${role}`,
          )
        expect([what, before, found]).toEqual([what, [], [expect.stringMatching(says)]])
      }
    } finally {
      await own.drop()
    }
  })
})

describe('settings of the role and of the database', () => {
  const reads = `select current_setting('search_path') as path, current_setting('row_security') as rows,
    current_setting('timezone') as zone, current_setting('transform_null_equals') as nulls,
    current_setting('default_transaction_isolation') as isolation`
  const ours = {
    path: 'public,pg_temp',
    rows: 'on',
    zone: 'UTC',
    nulls: 'off',
    isolation: 'read committed',
  }
  let own: FreshDatabase
  let url: string
  beforeAll(async () => {
    own = await freshDatabase()
    url = byServing(own.url)
    const database = new URL(own.url).pathname.slice(1)
    await runAt(
      own.url,
      `create schema evil; create function evil.quebec_day(timestamptz) returns date language sql as $$ select date '2000-01-01' $$;
      grant usage on schema evil to public`,
    )
    for (const setting of [
      'search_path = evil, public',
      'row_security = off',
      "timezone = 'Asia/Tokyo'",
      'transform_null_equals = on',
      "default_transaction_isolation = 'serializable'",
    ]) {
      await runAt(own.url, `alter database ${database} set ${setting}`)
      await runAt(own.url, `alter role accord_serve in database ${database} set ${setting}`)
    }
  })
  afterAll(() => own.drop())

  test('change nothing for any connection of ours', async () => {
    const db = openDatabase(url)
    const pool = openPool(url, 1)
    const { session, close } = await openSession(url)
    const raw = await db.raw<{ rows: object[] }>(reads)
    expect(raw.rows).toEqual([ours])
    expect(await runPrepared(db, { name: '', text: reads, values: [] })).toEqual([ours])
    expect((await pool.query(reads)).rows).toEqual([ours])
    expect(await session.rows(reads)).toEqual([ours])
    const day = await session.rows(`select quebec_day('2026-12-01T12:00:00Z')::text as day`)
    expect(day).toEqual([{ day: '2026-12-01' }])
    await Promise.all([db.destroy(), pool.end(), close()])
  })

  test('what a connection cannot ask for is looked at: where triggers are off, it is refused', async () => {
    const database = new URL(own.url).pathname.slice(1)
    await runAt(
      own.url,
      `alter role accord_serve in database ${database} set session_replication_role = replica`,
    )
    const sentence =
      /session_replication_role is replica for this role: a superuser takes that back/
    await expect(openSession(url)).rejects.toThrow(sentence)
    await expect(openPool(url, 1).query('select')).rejects.toThrow(sentence)
    const db = openDatabase(url)
    await expect(db.raw('select')).rejects.toMatchObject({
      cause: { message: expect.stringMatching(sentence) },
    })
    await db.destroy()
    expect(await refusalOf('serve', production(url))).toMatch(sentence)
    const said = await callTool(['ledger', 'verify'], production(url))
    expect(said).toMatchObject({ code: 1, err: expect.stringMatching(sentence) })
    await runAt(
      own.url,
      `alter role accord_serve in database ${database} reset session_replication_role`,
    )
    const { close } = await openSession(url)
    await close()
  })
})

describe('as docs/operate says', () => {
  const prefix = 'accord_doc'
  const page = textOf('docs/operate.en.md')
  const section = page.slice(page.indexOf('\n## Roles\n'), page.indexOf('\n## Keys\n'))
  const [once = '', inside = '', later = ''] = [...section.matchAll(/^```sql\n([^]*?)^```$/gm)].map(
    ([, text = '']) => text,
  )
  // Of this test alone, for roles are the whole server's.
  const named = (sql: string) =>
    sql.replaceAll(/\baccord(?=_|\b)/g, prefix).replaceAll(/'(ONE|TWO|THREE)'/g, `'of-a-test'`)
  const roles = { serving: `${prefix}_serve`, reading: `${prefix}_read` }
  const theirNames = { SERVING_ROLE: roles.serving, READING_ROLE: roles.reading }
  const byRole = (role: string) => ({ ...production(as(inIt(), role)), ...theirNames })
  const drop = async () => {
    const admin = inject('adminUrl')
    await runAt(admin, `drop database if exists ${prefix} with (force)`)
    for (const role of [prefix, `${prefix}_owner`, ...Object.values(roles)])
      await runAt(admin, `drop role if exists ${role}`)
  }
  const inIt = () => Object.assign(new URL(inject('adminUrl')), { pathname: `/${prefix}` }).href
  afterAll(drop)

  test('three roles begin: the owner migrates, one serves in production, one only reads', async () => {
    await drop()
    for (const statement of named(once).split(';\n').filter(Boolean))
      await runAt(inject('adminUrl'), statement)
    await runAt(inIt(), named(inside))
    const told: string[] = []
    await migrate(as(inIt(), `${prefix}_owner`), { tell: (line) => told.push(line), roles })
    expect(told.filter((line) => line.startsWith('no role'))).toEqual([])
    expect(await refusalOf('serve', byRole(roles.serving))).toBeUndefined()
    expect(await refusalOf('serve', byRole(`${prefix}_owner`))).toMatch(/owns \(/)
    // A second migrate finds nothing to change.
    await migrate(as(inIt(), `${prefix}_owner`), { roles })
    expect(await answerTo(as(inIt(), roles.reading), 'select from decision')).toBe('done')
  })

  test('one role becomes three while it serves', async () => {
    await drop()
    await runAt(inject('adminUrl'), `create role ${prefix} login password 'of-a-test'`)
    await runAt(inject('adminUrl'), `create database ${prefix} owner ${prefix}`)
    const before = as(inIt(), prefix)
    await migrate(before, { roles })
    expect(await refusalOf('serve', byRole(prefix))).toMatch(/owns \(/)
    await runAt(inject('adminUrl'), named(later))
    await runAt(inIt(), named(inside).replaceAll(`${prefix}_owner`, prefix))
    expect(await refusalOf('serve', byRole(roles.serving))).toMatch(
      /may not read what this version reads \(42501\): « migrate »/,
    )
    await migrate(before, { roles })
    const env = byRole(roles.serving)
    expect(await refusalOf('serve', env)).toBeUndefined()
    expect(await refusalOf('work', env)).toBeUndefined()
    // By the commands of the operator, too: the files are written anew by the role that serves.
    const finished = await callTool(['person', 'finish'], env)
    expect(finished).toMatchObject({ code: 0 })
  })
})
