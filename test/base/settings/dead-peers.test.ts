import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Statement } from '../../../src/base/database/database.ts'
import { openDatabase, openPool, runPrepared } from '../../../src/base/database/database.ts'
import { withSession, openSession } from '../../../src/base/database/db-session.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { until } from '../../support/fault-process.ts'
import { openFaultProxy } from '../../support/fault-proxy.ts'

// The machine at the other end may lose its cable. Neither end waits two hours for it.

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const answerMs = 1500

const text = `select inet_client_port() as port, current_setting('tcp_keepalives_idle') as idle,
  current_setting('tcp_keepalives_interval') as interval, current_setting('tcp_keepalives_count') as count,
  current_setting('tcp_user_timeout') as unanswered`
type Row = { readonly port: number }
const statement: Statement = { name: '', text, values: [] }

const ways: Readonly<Record<string, () => Promise<{ row: unknown; asksWithinS: number }>>> = {
  async 'a request'() {
    const db = openDatabase(fresh.url)
    return seen((await db.raw<{ rows: Row[] }>(text)).rows[0], () => db.destroy())
  },
  async 'a hot statement'() {
    const db = openDatabase(fresh.url)
    return seen((await runPrepared<Row>(db, statement))[0], () => db.destroy())
  },
  async 'the queue'() {
    const pool = openPool(fresh.url, 1)
    return seen((await pool.query<Row>(text)).rows[0], () => pool.end())
  },
  async 'a duty'() {
    const found: { row: unknown; asksWithinS: number }[] = []
    await withSession(fresh.url, 1000, async (session) => {
      const [row] = await session.rows<Row>(text)
      found.push(await seen(row))
    })
    return found[0] ?? { row: undefined, asksWithinS: Number.NaN }
  },
  async 'a command'() {
    const { session, close } = await openSession(fresh.url)
    return seen((await session.rows<Row>(text))[0], close)
  },
}

async function seen(row: Row | undefined, end: () => Promise<void> = () => Promise.resolve()) {
  let asksWithinS = Number.NaN
  // Until the last answer has been confirmed, the timer is another one.
  await until('the kernel has this timer', () => {
    asksWithinS = keepaliveOf(row?.port ?? 0)
    return !Number.isNaN(asksWithinS)
  })
  await end()
  return { row, asksWithinS }
}

test.each(Object.keys(ways))(
  'both ends of the connection of %s ask for each other',
  async (way) => {
    const { row, asksWithinS } = (await ways[way]?.()) ?? {}
    expect(row).toMatchObject({ idle: '10', interval: '5', count: '3', unanswered: '25000' })
    expect(asksWithinS).toBeGreaterThan(0)
    expect(asksWithinS).toBeLessThanOrEqual(10)
  },
)

test('the queue waits once for a server that is cut off, and then works with the one that took over', async () => {
  const [one, two] = await Promise.all([openFaultProxy(fresh.url), openFaultProxy(fresh.url)])
  await two.refuse()
  const { host } = new URL(one.url)
  const url = one.url.replace(host, `${host},${new URL(two.url).host}`)
  const pool = openPool(url, 3, { answerMs })
  try {
    const ask = async () => {
      const client = await pool.connect()
      try {
        return await client.query('select 1')
      } finally {
        client.release()
      }
    }
    await Promise.all([ask(), ask(), ask()])
    await two.pass()
    one.freeze()
    await expect(ask()).rejects.toThrow('Query read timeout')
    // Two connections that have not been tried are left; who meets one waits, too, unless a new one is made first.
    const from = performance.now()
    await Promise.allSettled([ask(), ask(), ask()])
    await Promise.all([ask(), ask(), ask()])
    expect(performance.now() - from).toBeLessThan(6 * answerMs)
    expect(two.connections).toBeGreaterThan(0)
  } finally {
    await pool.end()
    await Promise.all([one.close(), two.close()])
  }
})

/** In how many seconds this process's end of a connection asks, by the kernel's list (proc_net_tcp): 02 is such a timer, in hundredths. */
function keepaliveOf(port: number): number {
  // Another connection of this machine may have the same port at its end.
  const ends = [port, Number(new URL(fresh.url).port)].map(
    (one) => `:${one.toString(16).toUpperCase().padStart(4, '0')}`,
  )
  const line = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((one) => one.trim().split(/\s+/))
    .find(([, ...of]) => ends.every((end, i) => of[i]?.endsWith(end)))
  const [kind, when = ''] = line?.[5]?.split(':') ?? []
  return kind === '02' ? Number.parseInt(when, 16) / 100 : Number.NaN
}
