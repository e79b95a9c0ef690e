import type { ActivityReading } from './activity-reading.ts'
import { daysOf } from './days.ts'
import { linesWanted, noFilter } from './filter.ts'
import { linesForPage } from './lines.ts'
import type { Day } from './pages.ts'
import { sources } from './rows.ts'
import { linesOf } from './store.ts'

/** So many of the last lines. */
const mostLines = 30

/**
 * The last lines of her activity, for whoever she lets see with her: what was asked, answered and sent until the help began. How she signs in,
 * from where and with what stays hers.
 */
export async function linesInHelp(reading: ActivityReading, since: Date): Promise<Day[]> {
  const { db, personId } = reading
  const wanted = {
    ...linesWanted(noFilter, [], reading),
    sources: sources.filter((source) => source !== 'access'),
    until: since,
  }
  const rows = await linesOf(db, personId, wanted, { limit: mostLines })
  return daysOf(await linesForPage(reading, rows), reading, 'all')
}
