import { createHash } from 'node:crypto'
import type { RateLimiterRes } from 'rate-limiter-flexible'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import { Refusal } from './refusal.ts'
import { deleteBatch } from './sweep.ts'

export type Limit = { readonly name: string; readonly points: number; readonly seconds: number }

/** Tries counted in PostgreSQL: shared by all processes, kept over restarts. */
export type Limiter = {
  /**
   * Counts first and looks then, so that many at once get no more than the limit.
   * @returns whether it used up the last try: of many at once, one. @throws Refusal too-many-attempts (429)
   */
  take(key: string): Promise<boolean>
  /** What was taken was no failure. */
  giveBack(key: string): Promise<void>
}

export function makeLimiter(db: Database, limit: Limit): Limiter {
  const limiter = countersOf(db, limit)
  return {
    async take(key) {
      const used = await consume(limiter, key, 1)
      if (used.consumedPoints > limit.points) throw tooMany('too-many-attempts', used.msBeforeNext)
      return used.consumedPoints === limit.points
    },
    async giveBack(key) {
      await limiter.reward(key, 1)
    },
  }
}

/** Requests that may be many: counted here, and told to the database in parts. */
export type Quota = {
  /** Counts one more, without waiting. @throws Refusal too-many-requests (429) when there were too many of this key */
  spend(key: string): void
}

// A sixteenth of the limit is told at once: whoever stays below it costs no statement.
const parts = 16
// An attacker from everywhere fills no memory: then all is counted anew, and whoever is over learns it with the next part.
const mostKeys = 50_000

type Count = {
  endsAt: number
  /** What all processes together told so far, as of the last answer. */
  told: number
  own: number
  /** Of `own`: told, and not answered yet. */
  telling: number
}

/**
 * A limit that costs no statement of its own on the way of a request. One process alone keeps it exactly; of several, each may let
 * through a part more than the limit in a period, and what comes while a part is told; a restart forgets what was not told yet.
 */
export function makeQuota(db: Database, clock: Clock, limit: Limit): Quota {
  const limiter = countersOf(db, limit)
  const part = Math.max(1, Math.floor(limit.points / parts))
  const counts = new Map<string, Count>()

  function countOf(key: string, now: number): Count {
    const known = counts.get(key)
    if (known !== undefined && known.endsAt > now) return known
    if (counts.size >= mostKeys) counts.clear()
    const fresh = { endsAt: now + limit.seconds * 1000, told: 0, own: 0, telling: 0 }
    counts.set(key, fresh)
    return fresh
  }

  async function tell(key: string, count: Count): Promise<void> {
    const telling = count.own - count.telling
    count.telling += telling
    try {
      const used = await consume(limiter, hashOf(key), telling)
      count.own -= telling
      count.told = used.consumedPoints
      count.endsAt = clock().getTime() + used.msBeforeNext
    } catch {
      // An outage: what depends on it says so; this is told with the next part.
    } finally {
      count.telling -= telling
    }
  }

  return {
    spend(key) {
      const now = clock().getTime()
      const count = countOf(key, now)
      if (count.told + count.own >= limit.points)
        throw tooMany('too-many-requests', count.endsAt - now)
      count.own += 1
      if (count.own - count.telling >= part) void tell(key, count)
    },
  }
}

function countersOf(db: Database, limit: Limit): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: db,
    storeType: 'knex',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: limit.name,
    points: limit.points,
    duration: limit.seconds,
    clearExpiredByTimeout: false,
  })
}

// The library rejects with the same figures when there were too many.
async function consume(
  limiter: RateLimiterPostgres,
  key: string,
  points: number,
): Promise<RateLimiterRes> {
  return limiter.consume(key, points).catch((refused: unknown) => {
    if (refused instanceof Error) throw refused
    return refused as RateLimiterRes
  })
}

// What is counted may be an address of a person's machine: it does not lie in the table.
function hashOf(key: string): string {
  return createHash('sha256').update(`quota:${key}`).digest('base64url')
}

/** Deletes one batch of counts that ended. @returns how many rows went */
export function sweepRateLimits(db: Database, clock: Clock): Promise<number> {
  return deleteBatch(db, 'rate_limits', 'expire', clock().getTime())
}

function tooMany(code: string, ms: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil(ms / 1000))
  return new Refusal(code, 429, { values: { minutes: Math.ceil(ms / 60_000) }, retryAfterSeconds })
}
