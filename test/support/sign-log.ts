import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../../src/base/platform/database.ts'
import { readingSession } from '../../src/base/platform/duty.ts'
import { openKeys } from '../../src/base/platform/keys.ts'
import { sequenceOnce } from '../../src/ledger/transparency-log/sequence.ts'
import { signOnce } from '../../src/ledger/transparency-log/sign.ts'
import { issuer } from './broker.ts'

const quiet = () => undefined
const idle = {
  issuer,
  clock: () => new Date(),
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  askWitnesses: () => Promise.resolve(''),
}

/** Does at once what a process that works the log does within a second. Only once for each database: the signer's record is not kept. */
export async function signLog(db: Database, keysDir: string): Promise<void> {
  const session = readingSession(db)
  const ledgerDir = mkdtempSync(join(tmpdir(), 'accord-signed-'))
  const { log: secrets } = await openKeys(keysDir)
  await sequenceOnce(session, 0, new Date())
  await signOnce(session, { ...idle, ledgerDir, secrets }, 0)
  rmSync(ledgerDir, { recursive: true })
}
