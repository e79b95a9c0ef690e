import type { OverdueDays } from '../../base/jobs/day-closing.ts'
import { daysNotClosed } from '../../base/jobs/day-closing.ts'
import type { LogPolicy } from '../../base/tlog/log-policy.ts'
import type { LogFault } from '../../base/tlog/verify-log.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { closingOfEntry } from '../chain/index.ts'
import { placeOf } from './served-log.ts'

// Through which day a log tells that all is closed (decision 0202). An entry that was taken out is a hole in the log; one that never came
// shows by the newest of the others: then the days since are late, and nothing of them is proved.

/** After so many wrong entries of one log no other one is named. */
const maxFaults = 20

/** The days that the entries of one log tell, as a walk meets them. */
export type ToldDays = {
  take(entries: readonly Buffer[], from: number): void
  /** The last day that is closed; undefined: the entries tell of none. */
  through(): string | undefined
  faults(): readonly LogFault[]
}

/** @param before what a walk before this one came to */
export function readToldDays(now: Date, before?: string): ToldDays {
  const today = dayOf(now)
  const found: LogFault[] = []
  let newest = before
  return {
    take(entries, from) {
      for (const [i, entry] of entries.entries()) {
        const { through } = closingOfEntry(entry) ?? {}
        if (through === undefined) continue
        if (through < today) newest = newest === undefined || newest < through ? through : newest
        else if (found.length < maxFaults)
          found.push({
            index: from + i,
            because: `it says that ${through} is closed, a day that is not over`,
          })
      }
    },
    through: () => newest,
    faults: () => found,
  }
}

/**
 * The days that the logs of each house tell too late. Whoever looks at an older log alone learns nothing of the newest days.
 * @param told by the origins of the logs that were looked at
 */
export function lateDays(
  told: ReadonlyMap<string, string | undefined>,
  { logs }: LogPolicy,
  now: Date,
): OverdueDays[] {
  const origins = new Set([...told.keys(), ...logs.map(({ verifier: { name } }) => name)])
  const placed = [...origins].flatMap((origin) => {
    const place = placeOf(origin)
    return place === undefined ? [] : [{ origin, ...place }]
  })
  return [...Map.groupBy(placed, ({ house }) => house).values()].flatMap((ofHouse) => {
    const newest = ofHouse.toSorted((one, other) => other.order - one.order)[0]
    if (newest === undefined || !told.has(newest.origin)) return []
    const through = ofHouse
      .flatMap(({ origin }) => told.get(origin) ?? [])
      .toSorted()
      .at(-1)
    const days = daysNotClosed({ through: through ?? null, oldest: null }, now)
    return days.length === 0 ? [] : [{ closing: 'log' as const, days }]
  })
}

/** The same as a sentence. */
export function saysLate({ days }: OverdueDays): string {
  const count = days.length === 1 ? '' : ` (${days.length} days)`
  return `Days since ${days[0]} are not closed${count}: the log does not tell of them.`
}
