import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import {
  openDatabase,
  ping,
  runPrepared,
  preparedRows,
  sqlState,
  transact,
  webPatience,
} from '../../../src/base/database/database.ts'
import { isOutage } from '../../../src/base/database/database-outages.ts'
import { Refusal, Unavailable } from '../../../src/base/values/refusal.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, untyped } from '../../support/database.ts'

let fresh: FreshDatabase
let db: Database

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, { ...webPatience, statementMs: 300, connections: 4 })
  await db.raw('create table kept_words (some_word text primary key check (some_word <> $$no$$))')
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

const promisedMs = 2000

test('the sum of a request’s waits stays under the published limit', () => {
  const { acquireMs, statementMs } = webPatience
  expect(acquireMs + statementMs).toBeLessThan(promisedMs)
  // A statement that hangs inside a transaction is followed by a rollback on the same dead connection.
  expect(2 * statementMs).toBeLessThan(promisedMs)
})

test('a transaction that throws writes nothing, and its own error is passed on', async () => {
  const deed = transact(db, async (tx) => {
    await untyped(tx)('keptWords').insert({ someWord: 'undone' })
    throw new Refusal('name.invalid')
  })
  await expect(deed).rejects.toMatchObject({ code: 'name.invalid' })
  expect(await untyped(db)('keptWords').where({ someWord: 'undone' })).toEqual([])
})

test('columns are camel case here and snake case there, in rows of every kind', async () => {
  await transact(db, (tx) => untyped(tx)('keptWords').insert({ someWord: 'kept' }))
  expect(await untyped(db)('keptWords').where({ someWord: 'kept' }).first()).toEqual({
    someWord: 'kept',
  })
  const { rows } = await db.raw('select some_word from kept_words')
  expect(rows).toEqual([{ someWord: 'kept' }])
  const statement = { name: 'kept', text: 'select some_word from kept_words', values: [] }
  expect(await runPrepared(db, statement)).toEqual([{ some_word: 'kept' }])
})

test('a statement that takes too long is an outage, whichever way it was sent, and frees its connection', async () => {
  const slow = 'select pg_sleep(5)'
  const ways = [
    () => transact(db, (tx) => tx.raw(slow)),
    () => runPrepared(db, { name: 'slow', text: slow, values: [] }),
  ]
  for (const way of ways) await expect(way()).rejects.toBeInstanceOf(Unavailable)
  const plain: unknown = await db.raw(slow).catch((error: unknown) => error)
  expect(isOutage(plain)).toBe(true)
  const many = Array.from({ length: 12 }, () => db.raw('select 1 as one'))
  for (const one of await Promise.all(many)) expect(one).toMatchObject({ rows: [{ one: 1 }] })
})

test('a connection that the database ended is not handed out again', async () => {
  await db.raw('select 1')
  const ender = openDatabase(fresh.url)
  await ender.raw(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`)
  await ender.destroy()
  await expect
    .poll(() => db.raw('select 1 as one').catch(() => undefined))
    .toMatchObject({ rows: [{ one: 1 }] })
})

test('a server that only reads is an outage, and its connections are not handed out again when it writes', async () => {
  const only = await freshDatabase()
  const admin = openDatabase(fresh.url)
  const own = openDatabase(only.url, { ...webPatience, connections: 1, prepared: 1 })
  const setting = `alter database ${new URL(only.url).pathname.slice(1)} set default_transaction_read_only`
  try {
    await admin.raw(`${setting} = on`)
    const writes = () => own.raw('delete from rate_limits')
    for (const way of [
      () => ping(own),
      () => transact(own, (tx) => tx.raw('delete from rate_limits')),
    ])
      await expect(way()).rejects.toBeInstanceOf(Unavailable)
    const plain: unknown = await writes().catch((error: unknown) => error)
    expect(isOutage(plain)).toBe(true)
    await admin.raw(`${setting} = off`)
    await ping(own)
    await writes()
  } finally {
    await Promise.all([own.destroy(), admin.destroy()])
    await only.drop()
  }
})

test('an unknown user, database or host is an outage', async () => {
  const url = new URL(fresh.url)
  const nobody = Object.assign(new URL(url), { username: 'nobody' })
  const nowhere = Object.assign(new URL(url), { pathname: '/nowhere' })
  const elsewhere = Object.assign(new URL(url), { hostname: 'nowhere.invalid' })
  for (const { href } of [nobody, nowhere, elsewhere]) {
    const db = openDatabase(href)
    await expect(ping(db)).rejects.toBeInstanceOf(Unavailable)
    const plain: unknown = await db.raw('select 1').catch((error: unknown) => error)
    expect(isOutage(plain)).toBe(true)
    await db.destroy()
  }
})

test('a request for a connection beyond the pool is an outage after the wait, and not queued for ever', async () => {
  const small = openDatabase(fresh.url, { statementMs: 20_000, acquireMs: 200, connections: 1 })
  const holding = await small.transaction()
  const refused: unknown = await small.raw('select 1').catch((error: unknown) => error)
  expect(isOutage(refused)).toBe(true)
  await holding.rollback()
  await small.destroy()
})

test.each([
  ['a constraint', 'insert into kept_words values ($$no$$)'],
  ['a syntax error', 'selec 1'],
  ['a missing table', 'select 1 from nowhere'],
  ['a wrong text', `select 'x'::integer`],
])('%s is a bug, not an outage', async (_, sql) => {
  const error: unknown = await transact(db, (tx) => tx.raw(sql)).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  expect(isOutage(error)).toBe(false)
})

test.each([
  ['a refusal that speaks of a timeout', new Refusal('timeout expired')],
  ['a text', 'timeout expired'],
  ['nothing', undefined],
])('%s is not an outage', (_, error) => {
  expect(isOutage(error)).toBe(false)
})

test('a prepared statement in a transaction sees what the transaction wrote, and nobody else does', async () => {
  const look = {
    name: 'kept',
    text: 'select some_word from kept_words where some_word = $1',
    values: ['mine'],
  }
  await transact(db, async (tx) => {
    await untyped(tx)('keptWords').insert({ someWord: 'mine' })
    expect(await preparedRows(tx, look)).toEqual([{ someWord: 'mine' }])
    expect(await preparedRows(db, look)).toEqual([])
  })
  expect(await preparedRows(db, look)).toEqual([{ someWord: 'mine' }])
})

test('a hot statement is planned by its index, even over a table that is nearly empty', async () => {
  // So that the planner knows how little there is to read.
  await db.raw('vacuum analyze kept_words')
  const name = 'explained'
  const text = 'explain select 1 from kept_words where some_word = $1'
  const [first] = await runPrepared<{ 'QUERY PLAN': string }>(db, { name, text, values: ['any'] })
  expect(first?.['QUERY PLAN']).toContain('kept_words_pkey')
})

test('prepared statements have connections and a planner of their own; others are planned as PostgreSQL plans', async () => {
  const text = `select current_setting('enable_seqscan') as scans, pg_backend_pid() as pid`
  const asked = async (through: Database) =>
    (
      await runPrepared<{ scans: string; pid: number }>(through, { name: 'look', text, values: [] })
    )[0]
  const plain = await db.raw<{ rows: { scans: string; pid: number }[] }>(text)
  const hot = await asked(db)
  const inDeed = await transact(db, asked)

  expect([plain.rows[0]?.scans, hot?.scans, inDeed?.scans]).toEqual(['on', 'off', 'on'])
  expect(hot?.pid).not.toBe(plain.rows[0]?.pid)
})

describe('the statements of one connection', () => {
  type Kept = { readonly name: string; readonly statement: string; readonly generic: boolean }
  let own: Database
  const words = () => untyped(own)('lasting_words')
  const all = () => words().where({ word: 'w7' })
  const some = () => words().select('no').where({ word: 'w7' })
  const add = (from: number, to: number) =>
    own.raw(`insert into lasting_words select 'w' || n, n from generate_series(${from}, ${to}) n`)

  beforeAll(async () => {
    own = openDatabase(fresh.url, { ...webPatience, connections: 1, prepared: 1 })
    await own.raw('create table lasting_words (word text primary key, no integer)')
  })
  afterAll(() => own.destroy())

  async function kept(): Promise<readonly Kept[]> {
    const { rows } = await own.raw<{ rows: Kept[] }>(
      `select name, statement, generic_plans > 0 as generic from pg_prepared_statements order by name`,
    )
    return rows
  }

  test('are parsed once, under a name, and planned for the table as it is', async () => {
    for (let time = 0; time < 6; time++)
      await words()
        .select('no')
        .where({ word: `w${time}` })
    const [one, ...others] = await kept()
    expect([one, others]).toEqual([
      {
        name: 'knex-1',
        statement: 'select "no" from "lasting_words" where "word" = $1',
        generic: true,
      },
      [],
    ])
    // A plan of the first day, when the table was empty, ends with the statistics.
    const plan = async () => {
      const { rows } = await own.raw<{ rows: { 'QUERY PLAN': string }[] }>(
        `explain execute "knex-1"('any')`,
      )
      return rows.map((row) => row['QUERY PLAN']).join(' ')
    }
    await own.raw('drop table lasting_words; create table lasting_words (word text, no integer)')
    expect(await plan()).toContain('Seq Scan')
    await own.raw('create index on lasting_words (word)')
    await add(1, 5000)
    await own.raw('analyze lasting_words')
    expect(await plan()).toContain('Index Cond')
  })

  test('go on while a migration adds a column, also those that return all columns', async () => {
    expect([await all(), await some()]).toEqual([[{ word: 'w7', no: 7 }], [{ no: 7 }]])
    await db.raw('alter table lasting_words add column later integer')
    expect([await all(), await some()]).toEqual([[{ word: 'w7', no: 7, later: null }], [{ no: 7 }]])
    expect((await kept()).filter(({ statement }) => statement.includes('*'))).toEqual([])
  })

  test('are an outage once where a column has another type, and then parsed anew', async () => {
    await some()
    await db.raw('alter table lasting_words alter column no type bigint')
    const error: unknown = await some().catch((thrown: unknown) => thrown)
    expect([sqlState(error), isOutage(error)]).toEqual(['0A000', true])
    expect(await some()).toEqual([{ no: '7' }])
  })

  test('have names for a number of texts, and the texts after them have none', async () => {
    for (let n = 1; n <= 520; n++) await own.raw(`select ?::int as text_${n}`, [n])
    expect(await kept()).toHaveLength(500)
  })
})

test('a closed pool leaves no connection of either kind', async () => {
  const url = new URL(fresh.url)
  url.searchParams.set('application_name', 'accord-closing')
  const closing = openDatabase(url.href)
  await Promise.all([closing.raw('select 1'), ping(closing)])
  const open = await openOf()
  await closing.destroy()
  expect(open).toBe(2)
  await expect.poll(openOf).toBe(0)
})

async function openOf(): Promise<number> {
  const { rows } = await db.raw<{ rows: { count: string }[] }>(
    `select count(*) from pg_stat_activity where application_name = 'accord-closing'`,
  )
  return Number(rows[0]?.count)
}
