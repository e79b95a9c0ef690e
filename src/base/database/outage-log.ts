import type { Log } from '../logging/log.ts'
import { isOutage } from './database-outages.ts'

// While the database is away everything that works says so, each for itself. Whoever is woken needs one line of it.

const everyMs = 60_000

/**
 * A log in which outages of the database are one line of level 50 a minute at most. Those between are of level 40, and the next one of
 * level 50 says how many they were (`count`).
 * @param now in milliseconds, from any beginning
 */
export function countOutages(log: Log, now: () => number = () => performance.now()): Log {
  let saidAt: number | undefined
  let held = 0
  return {
    ...log,
    error(fields, message) {
      if (!isOutage(fields.error)) return log.error(fields, message)
      if (saidAt !== undefined && now() - saidAt < everyMs) {
        held += 1
        return log.warn(fields, message)
      }
      log.error(held === 0 ? fields : { ...fields, count: held }, message)
      ;[saidAt, held] = [now(), 0]
    },
  }
}
