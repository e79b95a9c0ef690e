import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/base/database/database.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import { openKeys } from '../../src/base/keys/keys.ts'
import { makeRowSeals } from '../../src/base/sealing/row-seal.ts'
import { issuer } from './broker.ts'
import { sequenceNow, signNow } from './leases.ts'

const quiet = () => undefined
const idle = {
  issuer,
  shard: 0,
  clock: () => new Date(),
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  askWitnesses: () => Promise.resolve(''),
}

/** Does at once what a process that works the log does within a second. Only once for each database: the signer's record is not kept. */
export async function signLog(db: Database, keysDir: string): Promise<void> {
  const session = readingSession(db)
  const ledgerDir = mkdtempSync(join(tmpdir(), 'accord-signed-'))
  const { log: secrets, seal } = await openKeys(keysDir)
  await sequenceNow(session)
  await signNow(session, { ...idle, ledgerDir, secrets, seals: makeRowSeals(seal) })
  rmSync(ledgerDir, { recursive: true })
}
