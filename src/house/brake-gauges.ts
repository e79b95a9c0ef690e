import type { Clock } from '../base/values/clock.ts'
import type { Meter } from '../base/logging/meter.ts'
import { brakedKinds } from '../base/logging/metric-labels.ts'
import type { Brake, LiveRegister } from '../registry/index.ts'
import { standingBrakes } from '../registry/index.ts'

// No signer has an address here: these figures, by which alarms ring, are how a second one hears that somebody suspended something alone.

type Telling = {
  readonly meter: Meter
  readonly clock: Clock
  readonly live: Pick<LiveRegister, 'current'>
}

/** What is suspended at once, and how soon it ends by itself. */
export function tellBrakes({ meter, clock, live }: Telling): void {
  if (!meter.isOn) return
  meter.atScrape((gauges) => {
    const now = clock()
    const standing = standingBrakes(live.current().brakes, now)
    for (const kind of brakedKinds)
      gauges.set('brakes', { kind }, standing.filter((one) => one.kind === kind).length)
    const [confirmed = [], alone = []] = [true, false].map((isConfirmed) =>
      standing.filter((one) => one.isConfirmed === isConfirmed),
    )
    if (alone.length > 0) gauges.set('brakeAloneLeft', {}, left(alone, now))
    if (confirmed.length > 0) gauges.set('brakeConfirmedLeft', {}, left(confirmed, now))
  })
}

function left(brakes: readonly Brake[], now: Date): number {
  return Math.min(...brakes.map(({ until }) => (until.getTime() - now.getTime()) / 1000))
}
