import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prepareJobs } from '../../bench/jobs.ts'
import { operations } from '../../bench/options.ts'
import { typeUp } from '../../bench/passwords.ts'
import { aim, startOf } from '../../bench/stage.ts'
import { makeStops } from '../../bench/stops.ts'
import type { Target } from '../../bench/target.ts'
import { furnish, issuer, makeSigners } from '../../bench/world.ts'
import { seedConsents } from '../../bench/seed.ts'
import { run } from '../../bench/window.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { House } from '../support/house.ts'
import { openHouse } from '../support/house.ts'

// What is measured is answered by this version, from the first sign-up on: nothing else runs the bench before somebody needs a figure.

const callers = 1
const seeded = 20
const stops = makeStops()
const dir = mkdtempSync(join(tmpdir(), 'accord-bench-'))
const keysDir = join(dir, 'keys')
let database: FreshDatabase
let house: House
let target: Target

beforeAll(async () => {
  database = await freshDatabase()
  const signers = makeSigners()
  await furnish(database.url, keysDir, signers)
  const urls = { accord: database.url, naive: '', ceiling: '' }
  const place = { dir, keysDir, ours: { KEYS_DIR: keysDir }, signers, urls, postgres: { pid: 0 } }
  const { env } = startOf('accord', place)
  house = await openHouse(database.url, dir, issuer, { ...env, HOST: '127.0.0.1' })
  const running = { pid: process.pid, port: house.port, output: house.output }
  const aimed = await aim('accord', running, place, { callers, only: [] }, stops)
  const db = openDatabase(database.url)
  const { client, services } = aimed
  const typist = await typeUp(client, { issuer, db, keysDir }, services.app)
  await db.destroy()
  const { anyone } = await seedConsents(database.url, keysDir, seeded)
  target = { ...aimed, typists: [typist], anyone }
})
afterAll(async () => {
  await stops.all()
  await house.stop()
  await database.drop()
  rmSync(dir, { recursive: true })
})

test.each(operations)('the bench measures « %s »', async (operation) => {
  const { latenciesMs, firstError } = await run(
    await prepareJobs(operation, target, 2),
    callers,
    60,
  )
  expect(firstError).toBe(undefined)
  expect(latenciesMs).toHaveLength(2)
})
