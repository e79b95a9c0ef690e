import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { RewritingLimits } from '../../../src/base/database/file-rewriting.ts'
import { rewriteFiles } from '../../../src/base/database/file-rewriting.ts'
import { webPatience } from '../../../src/base/database/database.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { runAt, startMigratedServer } from '../../support/database.ts'
import type { Trace } from '../../support/database-files.ts'
import { tracesIn } from '../../support/database-files.ts'
import { secret } from '../../support/secrets.ts'
import type { OwnServer } from '../../support/own-server.ts'

// I28: what was deleted is in no file of PostgreSQL once its files were written anew (docs/decisions/0184-erased-from-files.md). The server is
// this test's own: it is killed.

// Those that this test fills; each other one would be written anew each time, too.
const kept = ['dek', 'first_seals', 'held_tries', 'rate_limits', 'rendered_page']

let server: OwnServer
let ownFolder: string
beforeAll(async () => {
  server = await startMigratedServer('files')
  await run(`drop schema graphile_worker cascade; do $$ declare t regclass; begin
    for t in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
      and relname <> all ('{${kept.join(',')}}') loop
      execute format('drop table %s cascade', t);
    end loop; end $$`)
  const { session, close } = await openSession(server.url())
  const [own] = await session.rows<{ path: string }>(`select pg_relation_filepath('dek') as path`)
  await close()
  ownFolder = dirname(own?.path ?? '')
})
afterAll(() => server.stop())

const patient: RewritingLimits = { waitMs: 30_000, mostBytes: 2 ** 40 }
const impatient: RewritingLimits = { ...patient, waitMs: 0 }

async function rewritten(limits = patient, url = server.url(), said: string[] = []) {
  const { session, close } = await openSession(url)
  try {
    const done = await rewriteFiles(session, limits, (line) => said.push(line))
    const [own] = await session.rows<{ ms: number }>(
      `select setting::integer as ms from pg_settings where name = 'lock_timeout'`,
    )
    return { done, lockMs: own?.ms }
  } finally {
    await close()
  }
}

const people = 40

/** Writes rows and deletes most of them, as people come and go: keys, addresses in an index, pages outside of their rows. */
async function liveAndDelete(): Promise<readonly Trace[]> {
  const ids = Array.from({ length: people }, () => randomBytes(16))
  const traces = ids.flatMap((id, n) => [
    { name: 'key', bytes: randomBytes(60) },
    { name: 'address', bytes: Buffer.from(`adresse-${n}-${id.toString('hex')}@exemple.test`) },
    // Its beginning: what is kept outside of a row is kept in parts.
    { name: 'page', bytes: Buffer.from(randomBytes(200).toString('hex')) },
  ])
  const hex = traces.map(({ bytes }) => bytes.toString('hex'))
  const statement = (n: number) => `
    insert into dek (person_id, year, wrapped_key, kek_id, created_at)
      values ('${ids[n]?.toString('hex')}', 2026, '\\x${hex[3 * n]}', '\\x0011223344556677', now());
    insert into rate_limits values (convert_from('\\x${hex[3 * n + 1]}', 'UTF8'), 1, 1);
    insert into rendered_page (sha256, html, first_shown_at)
      select sha256(convert_to(h, 'UTF8')), h, now()
      from (select convert_from('\\x${hex[3 * n + 2]}', 'UTF8') || '${randomBytes(2000).toString('hex')}') p(h);`
  await run(ids.map((_, n) => statement(n)).join(''))
  await run('analyze')
  const gone = ids.map((id) => `'${id.toString('hex')}'`).slice(0, -4)
  await run(`
    update dek set wrapped_key = null, destroyed_at = now(), destroy_event_id = gen_random_uuid() where person_id in (${gone.join(',')});
    delete from rate_limits where key in (select key from rate_limits order by key limit ${gone.length});
    delete from rendered_page where sha256 in (select sha256 from rendered_page order by sha256 limit ${gone.length})`)
  const left = await values()
  return traces.filter(({ bytes }) => !left.includes(bytes.toString('hex')))
}

async function values(): Promise<string> {
  const { session, close } = await openSession(server.url())
  const rows = await session.rows<{ text: string }>(
    `select coalesce(encode(wrapped_key, 'hex'), '') as text from dek
     union all select encode(convert_to(key, 'UTF8'), 'hex') from rate_limits
     union all select encode(convert_to(html, 'UTF8'), 'hex') from rendered_page`,
  )
  await close()
  return rows.map(({ text }) => text).join(' ')
}

const run = (statement: string) => runAt(server.url(), statement)
const folder = (name: string) => join(server.dataDir, 'pg', name)

/** What the files have, once PostgreSQL has written its memory to them: all of the data folder but other databases and the log of writes. */
async function left(traces: readonly Trace[]): Promise<string[]> {
  await run('checkpoint')
  const shared = readdirSync(folder(''), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['base', 'pg_wal'].includes(entry.name))
    .map(({ name }) => folder(name))
  const found = tracesIn([folder(ownFolder), ...shared], traces)
  return [...new Set(found.map((each) => each.split(' ')[0] ?? ''))]
}

/** The name of the file of the write-ahead log in which a place is. */
async function logFileOf(lsn: string): Promise<string> {
  const { session, close } = await openSession(server.url())
  const [row] = await session.rows<{ name: string }>('select pg_walfile_name($1::pg_lsn) as name', [
    lsn,
  ])
  await close()
  return row?.name ?? ''
}

/** As a power cut does: none of its processes ends its work. */
async function killServer(): Promise<void> {
  const pidFile = readFileSync(join(server.dataDir, 'pg', 'postmaster.pid'), 'utf8')
  const pid = Number(pidFile.split('\n')[0])
  // Stopped first: it begins no other, and one that ends meanwhile keeps its number.
  process.kill(pid, 'SIGSTOP')
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  for (const one of [...children.map(Number), pid]) process.kill(one, 'SIGKILL')
  await server.startAgain()
}

test('a vacuum leaves what was deleted; after a rewriting no file has it, also after a crash', async () => {
  const code = `code-${randomBytes(12).toString('hex')}`
  // A table that has no rows any more keeps samples of those that it had.
  await run(`insert into held_tries select sha256('${code}'), '${code}', 1, 1, 1`)
  const traces = [...(await liveAndDelete()), { name: 'code', bytes: Buffer.from(code) }]
  await run('delete from held_tries')
  expect(traces).toHaveLength(3 * people - 11)
  await run('vacuum (index_cleanup on)')
  expect(await left(traces)).toEqual(['address', 'code', 'key', 'page'])
  // Killed before it was written anew: it is all there, and goes by the next try.
  await killServer()
  expect(await left(traces)).toEqual(['address', 'code', 'key', 'page'])
  const { done } = await rewritten()
  expect(done).toEqual({ at: expect.any(Date), lsn: expect.stringMatching(/^[\dA-F]+\/[\dA-F]+$/) })
  const until = await logFileOf('lsn' in done ? done.lsn : '')
  // Killed behind it, before any checkpoint: what the log of writes says again brings nothing back.
  await killServer()
  expect(await left(traces)).toEqual([])
  expect(tracesIn([folder('pg_wal')], traces)).not.toEqual([])
  // Nor does the log lose it where it has gone on: a file of it gets the name of one to come, and is written over later.
  await run(
    `select pg_logical_emit_message(true, 'later', 'x'); select pg_switch_wal(); checkpoint; checkpoint`,
  )
  const files = tracesIn([folder('pg_wal')], traces).map((found) => basename(found))
  expect(files).not.toEqual([])
  expect(files.filter((name) => name <= until)).toEqual([])
})

test('it waits for a snapshot and a lock elsewhere, says for whom, and goes on when they end', async () => {
  const seeing = await console('seeing')
  await seeing.session.rows('begin isolation level repeatable read')
  await seeing.session.rows('select 1')
  const traces = await liveAndDelete()
  const reading = await console('reading')
  await reading.session.rows('begin')
  await reading.session.rows('select from rate_limits')
  const snapshot = 'transaction of seeing'
  expect(await rewritten(impatient)).toMatchObject({
    done: { waitsFor: expect.stringContaining(snapshot) },
  })
  const said: string[] = []
  const going = rewritten(patient, server.url(), said)
  await vi.waitUntil(() => said.length > 0, { timeout: 20_000, interval: 10 })
  await seeing.session.rows('commit')
  const lock = 'lock on rate_limits of reading'
  await vi.waitUntil(() => said.some((line) => line.includes(lock)), {
    timeout: 20_000,
    interval: 10,
  })
  expect(await left(traces)).toContain('key')
  await reading.session.rows('commit')
  const { done, lockMs } = await going
  expect(done).toHaveProperty('lsn')
  // A request that stands behind it for a lock goes on before it gives up (decision 0101).
  expect(lockMs).toBeLessThan(webPatience.statementMs)
  expect(said[0]).toContain(`Waits for a ${snapshot}`)
  expect(await left(traces)).toEqual([])
  await Promise.all([seeing.close(), reading.close()])
})

async function console(name: string) {
  const opened = await openSession(server.url())
  await opened.session.rows(`set application_name = '${name}'`)
  return opened
}

test('without the rights, and beside a file that a killed server left, nothing is said to be gone', async () => {
  const traces = await liveAndDelete()
  const holder = await console('holder')
  await holder.session.rows('begin')
  await holder.session.rows('create table half_done as select n from generate_series(1, 100) n')
  const [made] = await holder.session.rows<{ path: string }>(
    `select pg_relation_filepath('half_done') as path`,
  )
  await run('checkpoint')
  await killServer()
  await holder.close().catch(() => undefined)
  const word = secret('password', randomBytes(16).toString('hex'))
  const url = new URL(server.url())
  const as = (role: string) => Object.assign(new URL(url), { username: role, password: word }).href
  const waitsFor = async (role: string) => {
    const { done } = await rewritten(impatient, as(role))
    return 'waitsFor' in done ? done.waitsFor : ''
  }
  await run(`create role visitor login password '${word}'; create role house login password '${word}';
    grant pg_read_all_data, pg_write_all_data to visitor`)
  expect(await waitsFor('visitor')).toMatch(
    /^the right to write dek, first_seals, held_tries anew\. .*grant maintain on pg_statistic/,
  )
  // The role of a deployment owns the database and its tables.
  await run(
    `alter database migrated owner to house; ${kept.map((name) => `alter table ${name} owner to house`).join('; ')}`,
  )
  const list = 'grant execute on function pg_ls_dir(text), pg_stat_file(text, boolean) to'
  expect(await waitsFor('house')).toContain(list)
  await run(`${list} house`)
  // With what it keeps outside of its rows.
  const named = (await waitsFor('house')).split(': ').at(-1)?.split(', ')
  expect(named).toContain(made?.path)
  for (const each of named ?? []) rmSync(folder(each))
  expect(await left(traces)).toContain('key')
  expect((await rewritten(patient, as('house'))).done).toHaveProperty('lsn')
  expect(await left(traces)).toEqual([])
})

test('a table that is too large for a job is named, and nothing is locked', async () => {
  const { done } = await rewritten({ ...patient, mostBytes: 30_000 })
  expect(done).toEqual({ waitsFor: expect.stringContaining('may be locked') })
})
