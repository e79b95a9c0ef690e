import { mkdir } from 'node:fs/promises'
import type { Config } from '../../base/settings/config.ts'
import { startDuty } from '../../base/jobs/duty.ts'
import { makeFeedKeys } from '../../base/sealing/feed-keys.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { logSecretsOf } from '../../base/keys/log-keys.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { Vault } from '../chain/index.ts'
import type { Feed } from '../heads/index.ts'
import { sequenceDuty } from './sequence.ts'
import { signDuty } from './sign.ts'
import { makeAskWitnesses } from './witnesses.ts'

const shard = 0
const nowMs = (): number => Date.now()

type Working = Pick<Foundation, 'clock' | 'log' | 'restored'> & {
  readonly config: Pick<Config, 'issuer' | 'ledgerDir' | 'outboundAllow'>
  readonly keys: Pick<Keys, 'log' | 'seal'> & Partial<Pick<Keys, 'logPq'>>
  /** The feed of heads, as this process reads it. */
  readonly feed: Feed
}

/**
 * Starts sequencing where the log's folder is, and signing where its key is, too. Of several processes one does each duty; another takes it
 * over when that one ends.
 */
export async function startLog(
  { config, keys, clock, log, restored, feed }: Working,
  databaseUrl: string,
  vault: Vault,
): Promise<{ stop(): Promise<void> }> {
  const { issuer, ledgerDir, outboundAllow } = config
  // What enters the log enters the feed of heads, which lies beside the log's files.
  if (ledgerDir === '') {
    log.info({ job: 'log.sequence' }, 'this process does no work for the log: no LEDGER_DIR')
    return { stop: () => Promise.resolve() }
  }
  await mkdir(ledgerDir, { recursive: true })
  const feedKeys = makeFeedKeys(keys.seal)
  const refused = restored.compareSoon
  const feeding = { feed, keys: feedKeys, vault, ledgerDir, log, nowMs, refused }
  const sequencer = startDuty(databaseUrl, sequenceDuty(shard, clock, feeding), log)
  if (keys.log.length === 0) {
    log.info({ job: 'log.sign' }, 'this process does not sign the log: no key')
    return sequencer
  }
  const askWitnesses = makeAskWitnesses(outboundAllow, log)
  const context = {
    issuer,
    ledgerDir,
    shard,
    secrets: logSecretsOf(keys),
    clock,
    log,
    askWitnesses,
    seals: vault.seals,
    refused,
    outboundAllow,
  }
  const signer = startDuty(databaseUrl, signDuty(context), log)
  return {
    async stop() {
      await Promise.all([sequencer.stop(), signer.stop()])
    },
  }
}
