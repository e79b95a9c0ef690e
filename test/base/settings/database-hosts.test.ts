import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer } from 'node:net'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { pgTarget, serversOf, shownDatabase } from '../../../src/base/settings/database-hosts.ts'
import { openDatabase, openPool } from '../../../src/base/database/database.ts'
import { openSession } from '../../../src/base/database/db-session.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { patience } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'
import { freePorts } from '../../support/house.ts'
import type { OwnServer } from '../../support/own-server.ts'
import { startOwnServer } from '../../support/own-server.ts'

test.each([
  ['postgres://accord@db/accord', [['db', 5432]]],
  ['postgresql://accord:p%40ss@db:6432/accord?sslmode=require', [['db', 6432]]],
  ['postgres://db', [['db', 5432]]],
  [
    'postgres://accord:word@one,two:5433,[::1]:5434/accord?target_session_attrs=read-write',
    [
      ['one', 5432],
      ['two', 5433],
      ['::1', 5434],
    ],
  ],
  ['postgres://accord@one/accord?target_session_attrs=primary', [['one', 5432]]],
])('%s names its servers', (url, servers) => {
  const found = serversOf(url) ?? []
  expect(found.map(({ host, port }) => [host, port])).toEqual(servers)
  for (const one of found) expect(one.url).not.toContain('target_session_attrs')
})

test.each([
  [
    'postgres://accord:s3cret@one,two:5433,[::1]:5434/accord?target_session_attrs=primary&sslpassword=s3cret',
    'postgres://accord:[secret]@one:5432,two:5433,[::1]:5434/accord',
  ],
  ['postgres://accord@db/accord?password=s3cret', 'postgres://accord@db:5432/accord'],
  ['postgres://db', 'postgres://db:5432'],
  ['mysql://accord:s3cret@db/accord', undefined],
])('%s is shown without its secrets', (url, shown) => {
  expect(shownDatabase(url)).toBe(shown)
})

test.each([
  'mysql://accord@db/accord',
  'postgres://accord@one,two:x/accord',
  'postgres://accord@one,,two/accord',
  'postgres://accord@one,two/accord?target_session_attrs=standby',
  'postgres://accord@one/accord?target_session_attrs=any',
  `postgres://${Array.from({ length: 9 }, (_, i) => `h${i}`).join(',')}/accord`,
  'one,two',
  '',
])('%s is no DATABASE_URL', (url) => {
  expect(serversOf(url)).toBeUndefined()
})

const slowMs = 300

let one: OwnServer
let two: OwnServer
let hanging: Server
/** The first server, the second, one that hangs, and one that is not there. */
let url: string

beforeAll(async () => {
  const [first, second] = ['host-one', 'host-two'].map((name) =>
    startOwnServer(name, {}, inject('cluster')),
  ) as [Promise<OwnServer>, Promise<OwnServer>]
  ;[one, two] = await Promise.all([first, second])
  // Both were copied from one: the password is the same.
  const { password } = new URL(one.url())
  hanging = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(hanging, 'listening')
  const { port } = hanging.address() as AddressInfo
  const ports = [port, await freePorts(1), new URL(one.url()).port, portOfTwo()]
  const hosts = ports.map((each) => `127.0.0.1:${each}`).join(',')
  url = `postgres://accord:${password}@${hosts}/accord?target_session_attrs=read-write`
})
afterAll(async () => {
  hanging.close()
  await Promise.all([one.stop(), two.stop()])
})

const portOfTwo = () => new URL(two.url()).port
/** The second server, with the password of both. */
function urlOfTwo(): string {
  const address = new URL(one.url())
  address.port = portOfTwo()
  return address.href
}

test('every kind of connection goes to the server that takes writes, and to the other one when they change parts', async () => {
  const [db, pool] = [openDatabase(url, patience), openPool(url, 2)]
  try {
    for (const [writer, reader] of [
      [one.url(), urlOfTwo()],
      [urlOfTwo(), one.url()],
    ] as const) {
      await takeWrites(reader, false)
      await takeWrites(writer, true)
      const port = Number(new URL(writer).port)
      // A connection that was open stays where it is until a write of its has failed.
      await until('the pool writes', () =>
        db.raw('create temp table written (n int) on commit drop').then(
          () => true,
          () => false,
        ),
      )
      const { rows } = await db.raw<{ rows: { port: number }[] }>(
        'select inet_server_port() as port',
      )
      expect(rows).toEqual([{ port }])
      const { session, close } = await openSession(url)
      expect(await session.rows('select inet_server_port() as port')).toEqual([{ port }])
      await close()
      const client = await pool.connect()
      expect((await client.query('select inet_server_port() as port')).rows).toEqual([{ port }])
      client.release(true)
    }
  } finally {
    await db.destroy()
    await pool.end()
  }
})

test('once another server takes writes, nothing more is asked of the old one', async () => {
  const db = openDatabase(url, patience)
  const [before, after] = [Number(new URL(one.url()).port), Number(portOfTwo())]
  // Held together, so that each has a connection of its own.
  const portsOf = async (count: number) => {
    const held = await Promise.all(Array.from({ length: count }, () => db.transaction()))
    const select = 'select inet_server_port() as port'
    const asked = held.map((tx) => tx.raw<{ rows: { port: number }[] }>(select))
    const ports = (await Promise.all(asked)).map(({ rows }) => rows[0]?.port)
    await Promise.all(held.map((tx) => tx.rollback()))
    return ports
  }
  try {
    await takeWrites(urlOfTwo(), false)
    await takeWrites(one.url(), true)
    expect(await portsOf(2)).toEqual([before, before])
    await takeWrites(one.url(), false)
    await takeWrites(urlOfTwo(), true)
    // Two connections to the old one are idle, and a third is opened.
    const ports = await portsOf(3)
    expect(ports.filter((port) => port === before)).toHaveLength(2)
    expect(ports).toContain(after)
    expect(await portsOf(3)).toEqual([after, after, after])
  } finally {
    await db.destroy()
  }
})

test('while no server takes writes, nothing is done, and that is an outage', async () => {
  await Promise.all([takeWrites(one.url(), false), takeWrites(urlOfTwo(), false)])
  const db = openDatabase(url)
  await expect(db.raw('select 1')).rejects.toBeInstanceOf(Unavailable)
  await takeWrites(urlOfTwo(), true)
  await until('it works again', () =>
    db.raw('select 1').then(
      () => true,
      () => false,
    ),
  )
  await db.destroy()
})

test('a password that every server refuses is told as such', async () => {
  await takeWrites(one.url(), true)
  const wrong = url.replace(/:[^:@]+@/, ':guessed-word@')
  const { connectionString, Client: choosing } = pgTarget(wrong, 5000)
  await expect(new choosing({ connectionString }).connect()).rejects.toMatchObject({
    code: '28P01',
  })
})

test('a server that takes its time is found where there is time', async () => {
  await takeWrites(one.url(), true)
  const slow = createServer((client) => {
    const server = connect(Number(new URL(one.url()).port), '127.0.0.1')
    // What the client says first arrives late.
    setTimeout(() => client.pipe(server).pipe(client), slowMs)
    for (const side of [client, server]) side.on('error', () => side.destroy())
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  const away = await freePorts(1)
  const several = new URL(one.url())
  several.port = String((slow.address() as AddressInfo).port)
  const both = several.href.replace(several.host, `${several.host},127.0.0.1:${away}`)
  const open = async (connectMs: number) => {
    const { connectionString, Client: choosing } = pgTarget(both, connectMs)
    const client = new choosing({ connectionString })
    await client.connect()
    await client.end()
  }
  await expect(open(slowMs)).rejects.toMatchObject({ code: '57P03' })
  await open(20 * slowMs)
  slow.close()
})

test('one server is used as it is, without a further connection', () => {
  expect(pgTarget('postgres://accord@db/accord', 5000)).not.toHaveProperty('isCurrent')
})

async function takeWrites(server: string, isWriter: boolean): Promise<void> {
  await ask(server, `alter system set default_transaction_read_only = ${isWriter ? 'off' : 'on'}`)
  await ask(server, 'select pg_reload_conf()')
  await until('the setting holds', async () => {
    const [row] = await ask(server, 'show default_transaction_read_only')
    return Object.values(row ?? {})[0] === (isWriter ? 'off' : 'on')
  })
}

async function ask(server: string, sql: string): Promise<object[]> {
  const client = new Client({ connectionString: server })
  await client.connect()
  try {
    return (await client.query<object>(sql)).rows
  } finally {
    await client.end()
  }
}

test('a connection that breaks while its settings are looked at fails its caller, and nothing else', async () => {
  const proxy = await openFaultProxy(inject('adminUrl'))
  const pool = openPool(proxy.url, 1)
  try {
    const cut = proxy.cutAnswerTo('session_replication_role')
    await expect(pool.query('select 1')).rejects.toThrow()
    await cut
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  } finally {
    await pool.end()
    await proxy.close()
  }
})
