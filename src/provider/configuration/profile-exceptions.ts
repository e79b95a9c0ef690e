import { dayOf } from '../../base/values/calendar.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Register } from '../../registry/index.ts'
import { daysLeft } from '../../registry/index.ts'

type Live = { readonly current: () => Pick<Register, 'services'> }

/** Tells the operator, once a day from sixty days before, which exceptions end: after its last day such a service signs nobody in. */
export function exceptionsJobs({ clock, log }: Pick<Foundation, 'clock' | 'log'>, live: Live) {
  return {
    'services.exceptions': async () => {
      await Promise.resolve()
      tellExceptions(live.current(), clock(), log)
    },
  } satisfies Jobs
}

function tellExceptions({ services }: Pick<Register, 'services'>, now: Date, log: Log): void {
  for (const { serviceId, exception } of services.values()) {
    const days = exception && daysLeft(exception, dayOf(now))
    if (exception === undefined || days === undefined) continue
    const why =
      days < 0 ? `over since ${exception.until}` : `${days} days left, to ${exception.until}`
    log.warn({ serviceId, why }, 'the exception of a service ends')
  }
}
