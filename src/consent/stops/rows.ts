/** Effects of a stop that a body may report, weakest first: a later report is never weaker. */
export const effects = ['pending', 'stopped', 'kept_by_law', 'deleted'] as const
export type Effect = (typeof effects)[number]

export type PartyRole = 'holder' | 'recipient'

/** A stop at one of its two bodies: organisations by the number of their first version. */
export type DeliveryRow = {
  readonly consentId: string
  readonly party: number
  readonly role: PartyRole
  readonly personId: string
  readonly queuedAt: Date
  /** When its program took the notice that was sent to its stream. */
  readonly deliveredAt: Date | null
  /** The time of the body's first report. */
  readonly acknowledgedAt: Date | null
  readonly effect: Effect | null
  /** Of `kept_by_law`: the law. */
  readonly law: string | null
  /** Of `kept_by_law`: the last day, if the body says one. */
  readonly keptUntil: string | null
  readonly effectAt: Date | null
  readonly personSeq: number | null
}

/** A stop whose effect the body has reported: the table demands these columns then. */
export type ReportedDelivery = DeliveryRow & {
  readonly effect: Effect
  readonly effectAt: Date
  readonly personSeq: number
}

/** The same with the columns that the body needs to carry the stop out. */
export type WaitingRow = DeliveryRow & {
  /** `queuedAt`, to the microsecond. */
  readonly at: string
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly categories: bigint
}
