import { readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/base/database/database.ts'
import type { Database } from '../../src/base/database/database.ts'
import { markRetired, markUsed } from '../../src/base/keys/key-changes.ts'
import type { HeldKeys } from '../../src/base/keys/key-check.ts'
import { heldKeys } from '../../src/base/keys/key-check.ts'
import { createMissingKeys, readHeldKeys } from '../../src/base/keys/keys.ts'
import { addWaitingSecret } from '../../src/base/keys/secret-files.ts'
import type { FreshDatabase } from '../support/database.ts'
import { freshDatabase } from '../support/database.ts'
import { newFolder } from '../support/fault-process.ts'
import { noteKeys } from '../support/secrets.ts'
import { callTool } from '../support/tool.ts'

// `accord keys rotate-all`, called until it is done, over a folder and a database as commands leave them that were cut off.

const mostCalls = 8

let database: FreshDatabase
let db: Database
let dataDir: string
let keysDir: string

beforeAll(async () => {
  database = await freshDatabase()
  db = openDatabase(database.url)
  dataDir = newFolder()
  keysDir = join(dataDir, 'keys')
  await createMissingKeys(keysDir, {
    log: true,
    logPq: true,
    rsa: true,
    upstream: true,
    signals: true,
  })
  noteKeys(keysDir)
  await keys('announce')
})
afterAll(async () => {
  await db.destroy()
  await database.drop()
  rmSync(dataDir, { recursive: true, force: true })
})

test('every purpose gets a new key, a step a call, also where a command was cut off between folder and database', async () => {
  const first = await held()
  const since = new Date().toISOString()
  const hasty = ['rotate-all', '--since', since, '--at-once']

  // Cut off before the database knew the new key: no second one is made.
  await addWaitingSecret(keysDir, 'cookie')
  const takenUp = await keys(...hasty)
  expect(takenUp).toEqual([expect.stringMatching(/^cookie: announced /), 'changed'])
  expect((await keys(...hasty)).join('\n')).toMatch(/^cookie: uses (?:.*\n)+changed$/m)
  const added = await held()
  for (const [purpose, values] of added)
    expect(values, purpose).toHaveLength(purpose === 'pairwise' ? 1 : 2)

  // What others keep a copy of is used a day later, and holds nothing else up.
  const early = await keys('rotate-all', '--since', since)
  expect(early.join('\n')).toMatch(/^id-token: .*of 24 hours/m)
  expect(early.join('\n')).toMatch(/^dpop-nonce: uses /m)
  expect(early.at(-1)).toBe('changed')

  // Cut off before the folder began with it; and, of another, before the old one had left the folder.
  const [, signals = ''] = (await held()).get('signals') ?? []
  await markUsed(db, 'signals', signals)
  const [, retired = ''] = (await held()).get('dpop-nonce') ?? []
  await markRetired(db, 'dpop-nonce', retired)

  const ends: (string | undefined)[] = []
  do ends.push((await keys(...hasty)).at(-1))
  while (ends.at(-1) === 'changed' && ends.length < mostCalls)
  expect(ends.at(-1)).toBe('done')
  await requireNew(first)
  const last = await held()
  // Done is done, however often it is asked.
  expect((await keys(...hasty)).at(-1)).toBe('done')
  expect(await held()).toEqual(last)
})

test('an instant that is none, or is to come, changes nothing', async () => {
  const before = await held()
  for (const [words, code] of [
    ['yesterday', 2],
    ['2026-13-01T00:00:00Z', 2],
    ['2999-01-01T00:00:00Z', 1],
  ] as const)
    expect((await tool('rotate-all', '--since', words)).code, words).toBe(code)
  expect((await tool('rotate-all')).code).toBe(2)
  expect(await held()).toEqual(before)
})

/** Each purpose has a key of its own that `first` has not; of an old one the half stays that checks. */
async function requireNew(first: HeldKeys): Promise<void> {
  const last = await held()
  for (const [purpose, [old = '']] of first) {
    const [now, ...others] = last.get(purpose) ?? []
    if (purpose === 'pairwise') expect(now).toBe(old)
    else expect(now, purpose).not.toBe(old)
    expect(others, purpose).toEqual(purpose === 'decision' || purpose === 'receipt' ? [old] : [])
  }
  for (const purpose of ['decision', 'receipt']) {
    const files = readdirSync(join(keysDir, purpose)).map((name) =>
      readFileSync(join(keysDir, purpose, name), 'utf8'),
    )
    expect(files.filter((text) => text.includes('"d":'))).toHaveLength(1)
  }
}

async function held() {
  return heldKeys(await readHeldKeys(keysDir))
}

function tool(...words: string[]) {
  const env = { DATABASE_URL: database.url, DATA_DIR: dataDir, NODE_ENV: '' }
  return callTool(['keys', ...words], env)
}

async function keys(...words: string[]): Promise<string[]> {
  const { code, out, err } = await tool(...words)
  expect({ words, code, err }).toEqual({ words, code: 0, err: '' })
  return out.trim().split('\n')
}
