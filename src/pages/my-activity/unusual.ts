import { secondsAfter } from '../../base/values/clock.ts'
import type { ActivityReading } from './activity-reading.ts'
import { linesWanted, noFilter } from './filter.ts'
import type { ActivityLine, Unusual } from './pages.ts'
import type { LineRow } from './rows.ts'
import { unusualKinds, unusualSeconds } from './short-line.ts'
import { linesOf } from './store.ts'

// What stands above the days.

/** How many unusual lines stand above the days, and among how many before those of the page they are looked for. */
const mostUnusual = 3
const lookedUnusual = 40

/** Lines before those of the page that may be unusual: a page that reaches far enough back has them all. */
export async function unusualBefore(
  reading: ActivityReading,
  last: LineRow,
): Promise<readonly LineRow[]> {
  const { db, personId, now } = reading
  const from = secondsAfter(now, -unusualSeconds)
  if (last.at < from) return []
  const wanted = { ...linesWanted(noFilter, [], reading), kinds: unusualKinds, from }
  return linesOf(db, personId, wanted, { after: last, limit: lookedUnusual })
}

export function unusualOf(lines: readonly ActivityLine[]): Unusual | undefined {
  const unusual = lines.filter(({ isUnusual }) => isUnusual)
  if (unusual.length === 0) return undefined
  return {
    lines: unusual.slice(0, mostUnusual),
    more: Math.max(0, unusual.length - mostUnusual),
  }
}
