import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { send } from '../support/fault-client.ts'
import { newFolder, until } from '../support/fault-process.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { openFaultProxy } from '../support/fault-proxy.ts'
import type { House } from '../support/house.ts'
import { freePorts, openWorker, refusalOf } from '../support/house.ts'

// A process that only works has no web. Who watches it asks on METRICS_PORT.

let database: FreshDatabase
let proxy: FaultProxy
let dataDir: string
let port: number
let workers: House[] = []

beforeAll(async () => {
  database = await freshDatabase()
  proxy = await openFaultProxy(database.url)
  ;[dataDir, port] = [newFolder(), await freePorts(1)]
  await createMissingKeys(join(dataDir, 'keys'))
})
afterEach(async () => {
  await Promise.all(workers.map((one) => one.stop()))
  workers = []
})
afterAll(async () => {
  await proxy.close()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

async function work(env: Readonly<Record<string, string>>): Promise<House> {
  const worker = await openWorker(proxy.url, dataDir, { STOP_GRACE: '0', ...env })
  workers.push(worker)
  return worker
}

const statusOf = async (path: string) => (await send(port, path)).status
const readyIs = (status: number) =>
  until(`/readyz is ${status}`, async () => (await statusOf('/readyz').catch(() => 0)) === status)

test('a worker says that it lives and works, and not while it has no database', async () => {
  const worker = await work({ METRICS_PORT: String(port) })
  await readyIs(200)
  expect(await send(port, '/healthz')).toMatchObject({ status: 200, text: '{"status":"alive"}' })
  expect(await statusOf('/')).toBe(404)
  const { text: told } = await send(port, '/metrics')
  expect(told).toContain('accord_job_runs_total{task="house.sweep",result="given-up"} 0\n')
  expect((await send(port, '/readyz', { method: 'POST' })).status).toBe(404)
  await proxy.refuse()
  await readyIs(503)
  expect(await statusOf('/healthz')).toBe(200)
  await proxy.pass()
  await readyIs(200)
  await worker.stop()
  await expect(send(port, '/healthz')).rejects.toThrow()
})

test('without METRICS_PORT a worker listens nowhere', async () => {
  const worker = await work({ LOG_LEVEL: 'info' })
  expect(worker.output()).toContain('"working"')
  await expect(send(port, '/healthz')).rejects.toThrow()
})

test('a busy port is named in one sentence', async () => {
  await work({ METRICS_PORT: String(port) })
  const env = { DATABASE_URL: proxy.url, DATA_DIR: dataDir, METRICS_PORT: String(port) }
  expect(await refusalOf('work', env)).toMatch(
    new RegExp(`^Port ${port} cannot .*EADDRINUSE[^\\n]*$`),
  )
})
