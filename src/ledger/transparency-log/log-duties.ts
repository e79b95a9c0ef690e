import { mkdir } from 'node:fs/promises'
import type { Config } from '../../base/settings/config.ts'
import { startDuty } from '../../base/jobs/duty.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { sequenceDuty } from './sequence.ts'
import { signDuty } from './sign.ts'
import { makeAskWitnesses } from './witnesses.ts'

const shard = 0

type Working = Pick<Foundation, 'clock' | 'log' | 'restored'> & {
  readonly config: Pick<Config, 'issuer' | 'ledgerDir' | 'outboundAllow'>
  readonly keys: Pick<Keys, 'log'>
}

/**
 * Starts sequencing where background work is done, and signing where the log's key and folder are present too. Of several
 * processes one does each duty; another takes it over when that one ends.
 */
export async function startLog(
  { config, keys, clock, log, restored }: Working,
  databaseUrl: string,
  seals: RowSeals,
): Promise<{ stop(): Promise<void> }> {
  const { issuer, ledgerDir, outboundAllow } = config
  const sequencer = startDuty(databaseUrl, sequenceDuty(shard, clock), log)
  if (ledgerDir === '' || keys.log.length === 0) {
    log.info({ job: 'log.sign' }, 'this process does not sign the log: no LEDGER_DIR, or no key')
    return sequencer
  }
  await mkdir(ledgerDir, { recursive: true })
  const askWitnesses = makeAskWitnesses(outboundAllow, log)
  const context = {
    issuer,
    ledgerDir,
    shard,
    secrets: keys.log,
    clock,
    log,
    askWitnesses,
    seals,
    refused: restored.compareSoon,
  }
  const signer = startDuty(databaseUrl, signDuty(context), log)
  return {
    async stop() {
      await Promise.all([sequencer.stop(), signer.stop()])
    },
  }
}
