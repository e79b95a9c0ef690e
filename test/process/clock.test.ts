import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { send } from '../support/fault-client.ts'
import type { Launched } from '../support/fault-process.ts'
import { launch, newFolder, until } from '../support/fault-process.ts'
import { freePorts } from '../support/house.ts'

// A process whose machine has another time than its database. It reads how far ahead its machine is from a file.

let database: FreshDatabase
let folder: string
let aheadFile: string
let port: number
let serve: Launched

beforeAll(async () => {
  ;[database, folder, port] = [await freshDatabase(), newFolder(), await freePorts(1)]
  aheadFile = join(folder, 'ahead')
  await createMissingKeys(join(folder, 'keys'))
  writeFileSync(
    join(folder, 'clock.mjs'),
    `import { readFileSync } from 'node:fs'
     const machine = Date.now
     Date.now = () => machine() + Number(readFileSync(${JSON.stringify(aheadFile)}, 'utf8'))`,
  )
  setAhead(120_000)
  const clock = pathToFileURL(join(folder, 'clock.mjs')).href
  serve = launch(['--import', clock, '--import', './src/guard.js', 'src/main.ts', 'serve'], {
    env: { DATABASE_URL: database.url, DATA_DIR: folder, PORT: String(port), WORK: 'no' },
  })
})
afterAll(async () => {
  await serve.end('SIGTERM')
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

test('a process with a wrong clock is alive and not ready, says so once, and comes back by itself', async () => {
  await until('it is alive', async () => (await statusOf('/healthz')) === 200)
  const unready = await ask('/readyz')
  expect([unready.status, unready.text]).toEqual([503, expect.stringContaining('120 s ahead of')])
  expect(JSON.parse(unready.text)).toMatchObject({ code: 'clock' })
  expect(said()).toHaveLength(1)

  setAhead(0)
  await until('it is ready', async () => (await statusOf('/readyz')) === 200)
  setAhead(-120_000)
  await until('it is not', async () => (await statusOf('/readyz')) === 503)
  expect((await ask('/readyz')).text).toContain('120 s behind')
  expect(said()).toHaveLength(1)
})

/** Each line about a clock that is ahead. */
function said() {
  return serve.output().match(/"level":50.*CLOCK_SKEW.*120 s ahead of/g)
}

function setAhead(ms: number): void {
  writeFileSync(aheadFile, String(ms))
}

function ask(path: string) {
  return send(port, path, { headers: { Host: `localhost:${port}` } })
}

function statusOf(path: string): Promise<number | undefined> {
  return ask(path).then(
    ({ status }) => status,
    () => undefined,
  )
}
