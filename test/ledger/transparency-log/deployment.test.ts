import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import type { Database } from '../../../src/base/database/database.ts'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { readConfig } from '../../../src/base/settings/config.ts'
import { signerFrom } from '../../../src/base/tlog/note.ts'
import { exitStatuses } from '../../../src/base/values/operator-error.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import { requireOwnIssuer } from '../../../src/house/migration.ts'
import { publishObject } from '../../../src/ledger/transparency-log/index.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase, patience } from '../../support/database.ts'
import { byServing } from '../../support/database-roles.ts'
import { newFolder } from '../../support/fault-process.ts'
import { openWorker, refusalOf } from '../../support/house.ts'
import { operatorEnv } from '../../support/operator.ts'

let [fresh, folder, db]: [FreshDatabase, string, Database] = [] as never
beforeAll(async () => {
  fresh = await freshDatabase()
  folder = newFolder()
  db = openDatabase(fresh.url, patience)
  await createMissingKeys(join(folder, 'keys'))
})
afterAll(async () => {
  await db.destroy()
  await fresh.drop()
  rmSync(folder, { recursive: true, force: true })
})

const [ours, others] = ['https://accord.example.test', 'https://other.example.test']

function deployed(issuer: string): Record<string, string> {
  return {
    ...operatorEnv,
    NODE_ENV: 'production',
    ISSUER: issuer,
    TRUSTED_PROXIES: '1',
    DURABILITY: 'single',
    KEYS_DIR: join(folder, 'keys'),
    LEDGER_DIR: join(folder, 'ledger'),
    DATABASE_URL: byServing(fresh.url),
    STOP_GRACE: '0',
  }
}

test('the issuer whose log a database signed first is the only one that starts over it', async () => {
  const worker = await openWorker(byServing(fresh.url), folder, deployed(ours))
  await transact(db, (tx) => publishObject(tx, { kind: 'of-a-test' }, systemClock()))
  await vi.waitUntil(async () => (await db('logKey').select('vkey')).length > 0, 30_000)
  await worker.stop()

  const sentence = `This database is that of ${ours}, and ISSUER here is ${others}: set ISSUER=${ours}, or name in DATABASE_URL a database of ${others}, or an empty one. Nothing was changed.`
  for (const mode of ['serve', 'work', 'migrate'] as const)
    expect([mode, await refusalOf(mode, deployed(others))]).toEqual([mode, sentence])
  await expect(
    requireOwnIssuer(fresh.url, readConfig(deployed(others), true)),
  ).rejects.toMatchObject({ status: exitStatuses.settings })

  // Another one that was let in before it was refused changes nothing of it.
  const [log] = await db('log').select('logId')
  const { vkey } = signerFrom(
    'other.example.test/log/2026/p0',
    'ed25519',
    createHash('sha256').digest(),
  ).verifier
  await db('logKey').insert({ logId: log?.logId ?? 0, vkey, firstAt: systemClock() })
  expect(await refusalOf('work', deployed(others))).toBe(sentence)
  expect(await refusalOf('work', deployed(ours))).toBeUndefined()
})

test('a process that says it is a demonstration does not start over the database of a deployment', async () => {
  const env = { ...deployed('http://localhost:3000'), NODE_ENV: '', DURABILITY: '' }
  const { vkey } = signerFrom(
    'id.accord.example.org/log/2026/p0',
    'ed25519',
    createHash('sha256').digest(),
  ).verifier
  const [log] = await db('log').select('logId')
  await db('logKey').insert({ logId: log?.logId ?? 0, vkey, firstAt: systemClock() })
  expect(await refusalOf('work', env)).toBe(
    'This database is that of id.accord.example.org/log/2026/p0, and no demonstration: NODE_ENV must be production, or staging.',
  )
})
