import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../src/base/keys/keys.ts'
import type { Config } from '../../src/base/settings/config.ts'
import { readConfig } from '../../src/base/settings/config.ts'
import type { Database } from '../../src/base/database/database.ts'
import { openDatabase } from '../../src/base/database/database.ts'
import { dayAfter, dayOf } from '../../src/base/values/calendar.ts'
import { openDemoDesk } from '../../src/demonstration/desk.ts'
import { applyDemoRegister } from '../../src/demonstration/rooms.ts'
import { signerFiles } from '../../src/demonstration/signers.ts'
import { makeVault, orderMapping } from '../../src/ledger/chain/index.ts'
import { mandateSeals } from '../../src/people/mandates/index.ts'
import { officesOfBody } from '../../src/people/offices/index.ts'
import { openKeysAnywhere } from '../../src/base/keys/known-keys.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import type { Fido } from '../support/fido.ts'
import { makeFido } from '../support/fido.ts'
import { housePatience } from '../support/patience.ts'
import { callTool } from '../support/tool.ts'
import { hashIn } from '../support/two-signers.ts'

// The two officers of the demonstration, named at a start whose keys have makers that are known.

const dataDir = mkdtempSync(join(tmpdir(), 'accord-desk-'))
let fido: Fido
let config: Config
let database: FreshDatabase
let db: Database

beforeAll(async () => {
  fido = await makeFido()
  database = await freshDatabase()
  db = openDatabase(database.url, housePatience)
  config = readConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent', PORT: '3000' })
  await createMissingKeys(config.keysDir)
  await applyDemoRegister(database.url, config, (text) => text)
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
  fido.stop()
  rmSync(dataDir, { recursive: true })
})

async function namers() {
  const keys = await openKeysAnywhere(config)
  const vault = { vault: makeVault(keys, orderMapping), seals: mandateSeals(keys) }
  const offices = await officesOfBody(db, vault, 'org_aide-etudes', new Date())
  return offices.map(({ role, number }) => `${role} ${number}`).toSorted()
}

async function run(words: readonly string[]): Promise<string> {
  const { code, out, err } = await callTool(words, {
    ...fido.env,
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
  })
  expect([code, err]).toEqual([0, ''])
  return out
}

test('an order of both invented signers names two, whose codes lie in a file; without the file they get new ones', async () => {
  const file = await openDemoDesk(database.url, config)
  const text = readFileSync(file, 'utf8')
  expect(text.match(/code: \S+ \S+$/gm)).toHaveLength(2)
  expect(text).toContain(`${config.issuer}/cles-du-comptoir`)
  expect(statSync(file).mode & 0o077).toBe(0)
  expect(await namers()).toEqual(['namer DEMO-1', 'namer DEMO-2'])

  expect(await openDemoDesk(database.url, config)).toBe(file)
  expect(readFileSync(file, 'utf8')).toBe(text)

  rmSync(file)
  await openDemoDesk(database.url, config)
  expect(readFileSync(file, 'utf8').match(/code: \S+ \S+$/gm)).not.toEqual(
    text.match(/code: \S+ \S+$/gm),
  )
  expect(await namers()).toEqual(['namer DEMO-1', 'namer DEMO-2'])
})

test('the command names them again by an order of both signers', async () => {
  const order = join(dataDir, 'order.json')
  const until = dayAfter(dayOf(new Date()), 'P90D')
  const deed = ['office', 'first', 'org_aide-etudes', 'DEMO-1', 'DEMO-2', '--until', until]
  const why = ['--reason', 'Un comptoir ouvre', '--reason-en', 'A desk opens']
  await run([...deed, '--out', order, ...why])
  for (const key of signerFiles(dataDir))
    await run(['order', 'sign', order, '--key', key, '--yes', hashIn(order)])
  expect(await run([...deed, '--order', order])).toMatch(/^DEMO-1 names .*; code: \S+ \S+$/m)
})
