import type { BrakeRow } from './told-brakes.ts'
import type { Part, ServiceStanding } from './service-standing.ts'

/** What the template in views/status receives. */
export type StatusPage = {
  readonly state: ServiceStanding['state']
  readonly at: Date
  readonly parts: readonly Part[]
  readonly lastDay: ServiceStanding['lastDay']
  readonly log: ServiceStanding['log']
  /** The next first. */
  readonly planned: readonly {
    readonly from: Date
    readonly until: Date
    readonly what: string
    readonly parts: readonly Part['name'][]
    readonly isNow: boolean
  }[]
  readonly brakes: readonly BrakeRow[]
}
