/** What a body says that a stop led to, weakest first: a later word is never weaker. */
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
  /** The first word of the body. */
  readonly acknowledgedAt: Date | null
  readonly effect: Effect | null
  /** Of `kept_by_law`: which. */
  readonly law: string | null
  readonly effectAt: Date | null
  readonly personSeq: number | null
}

/** The same with what the body needs to carry it out. */
export type WaitingRow = DeliveryRow & {
  /** `queuedAt`, to the microsecond. */
  readonly at: string
  readonly holder: number
  readonly recipient: number
  readonly dataset: number
  readonly categories: bigint
}
