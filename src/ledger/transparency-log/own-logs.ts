import { originOf } from '../chain/index.ts'

// Which logs a signer in a process of its own signs for: those of its own house, of the years that are.

/** Of a year, as they are served: each restored database that two operators let go on begins one. */
const mostOfYear = 16
/** How far ahead a clock may be that begins a year. */
const aheadMs = 60_000

type OwnLog = { readonly year: number; readonly shard: number }

/** The log of a house that has this name; undefined: it has none. */
export function ownLogOf(issuer: string, origin: string): OwnLog | undefined {
  const [, years = '', shards = ''] = /\/log\/(\d{4})\/p(\d{1,2})$/.exec(origin) ?? []
  const [year, shard] = [Number(years), Number(shards)]
  return shard < mostOfYear && originOf(issuer, year, shard) === origin
    ? { year, shard }
    : undefined
}

/**
 * Why no new tree of a log is signed now: its year has not begun, or is long over. What came late in a year is taken into its log in
 * the next one.
 */
export function yearFault({ year }: OwnLog, now: Date): string | undefined {
  if (year > new Date(now.getTime() + aheadMs).getUTCFullYear())
    return 'a log of a year that has not begun'
  return year < now.getUTCFullYear() - 1 ? 'a log of a year that is over' : undefined
}
