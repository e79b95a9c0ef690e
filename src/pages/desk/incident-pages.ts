import type { IncidentKind, IncidentReason } from '../../people/offices/index.ts'
import type { DeskFrame } from './pages.ts'

/** Something that the desk of a body may stop. */
export type IncidentThing = {
  readonly kind: IncidentKind
  readonly id: string
  readonly name: string
}

/** Something of the body that is stopped now. */
export type DeskBrake = IncidentThing & {
  readonly until: Date
  readonly isConfirmed: boolean
  readonly reason: string
  /** Whether this desk began it: then its officers decide about it. */
  readonly isOurs: boolean
}

/** A proposal about a stop, which another officer decides. */
export type BrakeProposalRow = {
  /** `pro_…` */
  readonly id: string
  readonly deed: 'incident.hold' | 'incident.lift'
  readonly of: Pick<IncidentThing, 'kind' | 'id'>
  readonly name: string
  readonly reason: string
  readonly until: Date
  readonly isOwn: boolean
  /** The hash of what is shown, in hex. */
  readonly seen: string
}

/** A reason, as it is chosen. */
export type IncidentChoice = { readonly value: IncidentReason; readonly label: string }

export type IncidentsPage = {
  readonly desk: DeskFrame
  readonly things: readonly IncidentThing[]
  readonly brakes: readonly DeskBrake[]
  readonly proposals: readonly BrakeProposalRow[]
  readonly stopReasons: readonly IncidentChoice[]
  readonly liftReasons: readonly IncidentChoice[]
}

/** What stops if one presses, and until when. */
export type IncidentStopPage = IncidentThing & {
  readonly desk: DeskFrame
  readonly reason: IncidentChoice
  readonly until: Date
}
