import { join } from 'node:path'
import type { Session } from '../../base/database/db-session.ts'
import type { LogSecret } from '../../base/keys/log-keys.ts'
import type { Log } from '../../base/logging/log.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import type { Clock } from '../../base/values/clock.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { rebuildSigned } from './rebuild-record.ts'
import { recordFile, RefusalToSign } from './record.ts'
import { lastCheckpoint, logRows, notedTree } from './store.ts'
import type { WriteFile } from './temporary-files.ts'
import { askAllowed } from './witnesses.ts'

// The signer's record is gone, and something was signed. Witnesses know what; where enough of them answer, and the database contains what
// they know of, the record comes back by itself (decision 0229). It is what `ledger remember` would do.

const askAgainMs = 60_000

type Recalling = {
  readonly issuer: string
  readonly ledgerDir: string
  readonly secrets: readonly LogSecret[]
  readonly seals: RowSeals
  readonly clock: Clock
  readonly log: Log
}
/** @throws RefusalToSign where nobody proves it */
export type RecallRecord = (session: Session, write: WriteFile) => Promise<void>

export function recallRecord(recalling: Recalling, outboundAllow: readonly string[]): RecallRecord {
  const { ledgerDir, clock, log } = recalling
  const refused = { because: '', at: -Infinity }
  return async (session, write) => {
    if ((await readWhole(join(ledgerDir, recordFile))) !== undefined) return
    if (!(await wasSigned(session))) return
    const now = clock().getTime()
    if (now - refused.at < askAgainMs) throw new RefusalToSign(refused.because)
    const given = { ...recalling, session, checkpoints: [], askNote: askAllowed(outboundAllow) }
    const says = await rebuildSigned(given, write).catch(
      recoverFrom(OperatorError, ({ message }) => {
        const why = message.replace(/\.$/, '')
        const because = `signed.json is gone, and it is not proved what was signed last: ${why} (accord ledger remember)`
        Object.assign(refused, { because, at: now })
        throw new RefusalToSign(because)
      }),
    )
    log.warn(
      { job: 'log.sign', outcome: says.join('; ') },
      'signed.json was gone, and is there again',
    )
  }
}

async function wasSigned(session: Session): Promise<boolean> {
  for (const { logId } of await logRows(session))
    if ((await lastCheckpoint(session, logId)) ?? (await notedTree(session, logId))) return true
  return false
}
