// A decision is dated by the database. Whoever may replace its clock could make a limit, an end or a stop of yesterday count for nothing: so the time
// that it tells has to be this moment also by what the database does not hold.

/** How far the database's time may be from this process's, and how far it may go back. */
const mostApartMs = 10_000
/** A witness's own clock may be ahead. */
const witnessSlackMs = 60_000

/** Begins a reading. @returns whether the time that the database told in it is this moment */
export type TimeCheck = () => (at: Date) => boolean

type Clocks = {
  /** The time of the newest cosignature that this process heard of, in milliseconds; undefined: of none. */
  readonly cosignedMs: () => number | undefined
  readonly ownMs?: () => number
  /** Milliseconds that only go on, whoever sets the machine's clock. */
  readonly steadyMs?: () => number
}

export function makeTimeCheck({
  cosignedMs,
  ownMs = () => Date.now(),
  steadyMs = () => performance.now(),
}: Clocks): TimeCheck {
  // How far the database was ahead of the steady clock, at most: it goes on from there, and not back.
  let aheadMs = -Infinity
  return () => {
    const [began, steadily] = [ownMs(), steadyMs()]
    return (at) => {
      const told = at.getTime()
      const isOurs = told >= began - mostApartMs && told <= ownMs() + mostApartMs
      const isOn = told >= aheadMs + steadily - mostApartMs
      const isAfterWitnesses = told >= (cosignedMs() ?? -Infinity) - witnessSlackMs
      const isNow = isOurs && isOn && isAfterWitnesses
      if (isNow) aheadMs = Math.max(aheadMs, told - steadyMs())
      return isNow
    }
  }
}
