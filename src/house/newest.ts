import { systemClock } from '../base/values/clock.ts'
import { makeFeedKeys } from '../base/sealing/feed-keys.ts'
import type { RestoreWatch } from '../base/values/restore-watch.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { Vault } from '../ledger/chain/index.ts'
import type { FollowedHeads } from '../ledger/heads/index.ts'
import { feedHere, followHeads } from '../ledger/heads/index.ts'
import { watchRestore } from '../ledger/transparency-log/index.ts'
import type { StopProcess } from './shutdown.ts'

export type Newest = { readonly followed: FollowedHeads; readonly restored: RestoreWatch }

/**
 * What this process knows of what is newest. It reads the feed of heads, where it has one, and follows it; then it compares the database
 * with that and with what others know, before it answers anything.
 * @param opened where how to stop both is noted
 */
export async function knowNewest(
  { config, db, keys, log }: Pick<Foundation, 'config' | 'db' | 'keys' | 'log'>,
  { seals, heads }: Vault,
  opened: StopProcess[],
): Promise<Newest> {
  const { logBehindMs: mostLateMs } = config
  const source = feedHere(config)
  const feedKeys = makeFeedKeys(keys.seal)
  const followed = await followHeads({ source, keys: feedKeys, heads, log, mostLateMs })
  opened.push(followed.stop)
  const { feed } = followed
  const restored = await watchRestore({ db, config, keys, seals, log, clock: systemClock, feed })
  opened.push(restored.stop)
  return { followed, restored }
}
