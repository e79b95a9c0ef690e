import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase, startPatience } from '../../src/base/database/database.ts'
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
let clock: string

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
  clock = pathToFileURL(join(folder, 'clock.mjs')).href
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

test('the tool of a machine whose clock is three hours slow says so, and does and notes nothing', async () => {
  const accord = (aheadMs: number, ...words: string[]) => {
    setAhead(aheadMs)
    return launch(['--import', clock, '--import', './src/guard.js', 'src/accord.ts', ...words], {
      env: { DATABASE_URL: database.url, DATA_DIR: folder },
    })
  }
  for (const words of [
    ['account', 'show', 'con_00000000000000000000000001'],
    ['ledger', 'verify'],
  ]) {
    const slow = accord(-3 * 3_600_000, ...words)
    expect([await slow.gone(), slow.complaint()]).toEqual([
      1,
      'The clock of this machine is 10800 s behind the clock of its database. Set it right first: nothing was done.\n',
    ])
  }
  const { url } = database
  const db = openDatabase(url, startPatience)
  try {
    expect(await db('operatorDeed').select('deedNo')).toEqual([])
    // Within ten seconds it is noted, and refused because there is no such sharing.
    const right = accord(-8000, 'account', 'show', 'con_00000000000000000000000001')
    expect(await right.gone(), right.output()).toBe(1)
    expect(await db('operatorDeed').orderBy('deedNo').pluck('phase')).toEqual(['begun', 'refused'])
  } finally {
    await db.destroy()
  }
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
