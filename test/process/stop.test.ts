import { rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client as Postgres } from 'pg'
import type { TestContext } from 'vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { openVisitor, send } from '../support/fault-client.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import { addService, openService } from '../support/fault-service.ts'
import type { Started } from '../support/house.ts'
import { freePorts, startServe } from '../support/house.ts'
import { openRollingProxy } from '../support/rolling-proxy.ts'

const issuer = 'http://localhost:7412'
const { host } = new URL(issuer)
const main = ['--import', './src/guard.js', 'src/main.ts']
// Long before what hangs is given up: a statement of the queue and of the duties after ten seconds, a migration after ten minutes.
const promptMs = 9000
const stopMs = 28_000
const togetherMs = 180_000
// Enough to ask a process that leaves, on a machine that does other things.
const graceS = '8'

let database: FreshDatabase
let dataDir: string

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = newFolder()
  await createMissingKeys(join(dataDir, 'keys'))
})

afterAll(async () => {
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

// These tests wait more than they work, so they run at once.

test.concurrent(
  'a stop is heard in the middle of a start that hangs',
  async () => {
    const proxy = await openFaultProxy(database.url)
    const hangs = proxy.freezeAt('graphile_worker')
    const [port, env] = [await freePorts(1), { DATABASE_URL: proxy.url, DATA_DIR: dataDir }]
    const serve = launch([...main, 'serve'], { env: { ...env, PORT: String(port) } })
    await hangs
    const told = performance.now()
    expect(await serve.end('SIGTERM')).toBe(0)
    expect(performance.now() - told).toBeLessThan(promptMs)
    await proxy.close()
  },
  togetherMs,
)

test.concurrent(
  'a stop is heard by a migration that waits',
  async () => {
    // A database of its own: it looks for who waits there.
    const own = await freshDatabase()
    const blocker = new Postgres({ connectionString: own.url })
    await blocker.connect()
    await blocker.query(`select pg_advisory_lock(hashtext('accord.migrate'))`)
    const env = { DATABASE_URL: own.url, DATA_DIR: dataDir }
    const migrate = launch([...main, 'migrate'], { env })
    await until('it waits', async () => {
      const { rows } = await blocker.query(`select 1 from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction' and query like '%pg_try_advisory%'`)
      return rows.length > 0
    })
    const told = performance.now()
    expect(await migrate.end('SIGTERM')).toBe(143)
    expect(performance.now() - told).toBeLessThan(promptMs)
    await blocker.end()
    await own.drop()
  },
  togetherMs,
)

test.concurrent(
  'npm hands a stop on, and waits for a process that says at once that it is not ready, serves on, and then lets connections go',
  async () => {
    const [port, env] = [await freePorts(1), { DATABASE_URL: database.url, DATA_DIR: dataDir }]
    const npm = launch(['run', '-s', 'serve'], {
      env: { ...env, ISSUER: issuer, PORT: String(port), STOP_GRACE: graceS, WORK: 'no' },
      command: ['npm'],
    })
    const ready = () => send(port, '/readyz', { headers: { Host: host } })
    const status = () =>
      ready().then(
        (answer) => answer.status,
        () => 0,
      )
    await until('it is ready', async () => (await status()) === 200, togetherMs)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    expect(await headersOf(port, agent)).toMatchObject({ connection: 'keep-alive' })
    const gone = npm.end('SIGTERM')
    await until('it says that it leaves', async () => (await status()) === 503)
    expect((await send(port, '/', { headers: { Host: host } })).status).toBe(200)
    // Over the connection that was kept, and for the last time.
    expect(await headersOf(port, agent)).toMatchObject({ connection: 'close' })
    expect({ code: await gone, said: npm.output() }).toEqual({ code: 0, said: '' })
    expect(await status()).toBe(0)
    agent.destroy()
  },
  togetherMs,
)

const callers = 6
const pauseMs = 40
// Nothing hangs while somebody asks: who answers late is on a busy machine.
const patientMs = 10_000

// The processes that are left lose their database, each in its way, and are stopped then.
test.concurrent(
  'restarting one process after the other loses no request, and a stop ends in time while the database is refused or frozen',
  async (task) => {
    const own = await freshDatabase()
    const folder = newFolder()
    const jwk = await addService(own.url, join(folder, 'keys'), 'bourses')
    const proxy = await openRollingProxy(host, patientMs)
    const env = { STOP_GRACE: '2', WORK: 'yes', LOG_LEVEL: 'info' }
    const open = async (url: string): Promise<Started> => {
      const house = await serving(task, url, folder, issuer, env)
      proxy.take(house.port)
      await until('it gets requests', () => proxy.ready().includes(house.port))
      return house
    }
    const wires = [await openFaultProxy(own.url), await openFaultProxy(own.url)] as const
    const houses = await Promise.all([open(own.url), open(own.url)])
    const service = await openService(proxy.port, issuer, jwk)
    const statuses = new Map<string, number>()
    const over = new AbortController()
    const ask = async () => {
      const visitor = openVisitor(proxy.port, issuer)
      while (!over.signal.aborted) {
        const pushed = await service.pushOnce()
        const page = await visitor.get('/aide')
        // Hundreds of requests a second, and not as many as two cores can do beside a start.
        await pause(pauseMs)
        for (const status of [`pushed ${pushed.status}`, `page ${page.status}`])
          statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    const asking = Promise.all(Array.from({ length: callers }, ask))
    task.onTestFinished(async () => {
      over.abort()
      await asking
    })
    for (const { url } of wires) {
      const old = houses.shift()
      await old?.stop()
      expect(old?.process.exitCode).toBe(0)
      if (old !== undefined) proxy.drop(old.port)
      houses.push(await open(url))
    }
    over.abort()
    await asking
    expect([...statuses.keys()].toSorted()).toEqual(['page 200', 'pushed 201'])
    expect(proxy.lost()).toBe(0)
    expect(statuses.get('pushed 201')).toBeGreaterThan(callers * wires.length)
    await proxy.close()
    for (const house of houses)
      await until('it works', () => house.output().includes('"msg":"serving"'))
    const [refused, frozen] = wires
    // Frozen with a statement of the queue on its way, whose answer never comes.
    await Promise.all([refused.refuse(), frozen.freezeAt('graphile_worker')])
    const told = performance.now()
    await Promise.all(houses.map((house) => house.stop()))
    // The queue's library may have thrown what nobody could catch: that is said by the code, and ends the process too.
    for (const { process } of houses) expect([0, 1]).toContain(process.exitCode)
    expect(performance.now() - told).toBeLessThan(stopMs)
    for (const wire of wires) await wire.close()
    await own.drop()
    rmSync(folder, { recursive: true, force: true })
  },
  togetherMs,
)

/** A house that ends with the test, also where the test fails. */
async function serving(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  ...given: Parameters<typeof startServe>
): Promise<Started> {
  const house = await startServe(...given)
  onTestFinished(() => house.stop())
  return house
}

function headersOf(port: number, agent: Agent): Promise<NodeJS.Dict<string | string[]>> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: 'localhost', port, path: '/aide', headers: { host }, agent })
    sent.on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.headers))
    })
    sent.on('error', reject)
    sent.end()
  })
}
