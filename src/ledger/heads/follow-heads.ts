import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import type { Log } from '../../base/logging/log.ts'
import type { KnownHeads } from '../chain/index.ts'
import { fedAfterMs } from '../chain/index.ts'
import type { Feed } from './feed.ts'
import { openFeed } from './feed.ts'
import type { FeedSource } from './feed-source.ts'

const lookMs = 1000
const sayAgainMs = 60_000

export type FeedFollower = {
  /** Undefined: this process reads no feed. */
  readonly source: FeedSource | undefined
  readonly keys: FeedKeys
  readonly heads: KnownHeads
  readonly log: Log
  /** After how long nothing is permitted; undefined: the feed may stand still. */
  readonly mostLateMs: number | undefined
  readonly everyMs?: number
}

export type FollowedHeads = { readonly feed: Feed; stop(): Promise<void> }

/** Reads the feed of heads, all of it before this returns, and then each second. What a decision knows of what is newest follows it. */
export async function followHeads({
  source = () => Promise.resolve(undefined),
  keys,
  heads,
  log,
  mostLateMs,
  everyMs = lookMs,
}: FeedFollower): Promise<FollowedHeads> {
  const feed = openFeed(source, keys, { heads })
  const said = { at: -Infinity, isLate: false }
  heads.follow(mostLateMs)
  await look()
  let looking: Promise<void> | undefined
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = undefined))
  }, everyMs)
  return {
    feed,
    async stop() {
      clearInterval(timer)
      await looking
    },
  }

  async function look(): Promise<void> {
    const fault = await feed.catchUp().then(
      () => undefined,
      recoverFrom(Error, ({ message }) => message),
    )
    const place = feed.place()
    if (place !== undefined) heads.cameTo(place.timeMs)
    tell(fault)
  }

  function tell(fault: string | undefined): void {
    const late = heads.lateMs()
    const isLate = mostLateMs !== undefined && late > fedAfterMs
    if (!isLate && said.isLate) log.info({}, 'the feed of heads goes on')
    said.isLate = isLate
    if ((!isLate && fault === undefined) || performance.now() - said.at < sayAgainMs) return
    said.at = performance.now()
    if (!isLate && mostLateMs === undefined) return
    const why = fault ?? `nothing new for ${Math.round(late / 1000)} s`
    log.error(
      { code: 'LOG_BEHIND', why },
      'nobody here knows what is newest: soon nothing is permitted',
    )
  }
}
