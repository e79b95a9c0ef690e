import { RateLimiterPostgres } from 'rate-limiter-flexible'
import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import { Refusal } from './refusal.ts'
import { deleteBatch } from './sweep.ts'

export type Limit = { readonly name: string; readonly points: number; readonly seconds: number }

/** Failures counted in PostgreSQL: shared by all processes, kept over restarts. */
export type Limiter = {
  /** @throws Refusal too-many-attempts (429) when the key has no tries left */
  check(key: string): Promise<void>
  /** Counts one failure. */
  count(key: string): Promise<void>
  /** Counts first and looks then, so that many at once get no more than the limit. @throws Refusal too-many-attempts (429) */
  take(key: string): Promise<void>
}

export function makeLimiter(db: Database, limit: Limit): Limiter {
  const limiter = new RateLimiterPostgres({
    storeClient: db,
    storeType: 'knex',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: limit.name,
    points: limit.points,
    duration: limit.seconds,
    clearExpiredByTimeout: false,
  })
  return {
    async check(key) {
      const used = await limiter.get(key)
      if (used !== null && used.remainingPoints <= 0 && used.msBeforeNext > 0)
        throw tooMany(used.msBeforeNext)
    },
    async count(key) {
      await limiter.consume(key).catch((refused: unknown) => {
        if (refused instanceof Error) throw refused
      })
    },
    async take(key) {
      await limiter.consume(key).catch((refused: unknown) => {
        if (refused instanceof Error) throw refused
        throw tooMany((refused as { msBeforeNext: number }).msBeforeNext) // a RateLimiterRes
      })
    },
  }
}

/** Deletes one batch of counts that ended. @returns how many rows went */
export function sweepRateLimits(db: Database, clock: Clock): Promise<number> {
  return deleteBatch(db, 'rate_limits', 'expire', clock().getTime())
}

function tooMany(ms: number): Refusal {
  return new Refusal('too-many-attempts', 429, { values: { minutes: Math.ceil(ms / 60_000) } })
}
