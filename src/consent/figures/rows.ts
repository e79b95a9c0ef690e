import type { TableRow } from '../../base/database/tables.ts'

/**
 * What may happen in a month. `permitted-later`: permits that their person sees later; they are not among `permitted`. `inquired`:
 * introspections of a sharing's token by its holder that no decision followed; `inquired-excused`: those of which the holder said why.
 */
export type CountedOutcome =
  | 'permitted'
  | 'permitted-later'
  | 'denied'
  | 'granted'
  | 'refused'
  | 'stopped'
  | 'expired'
  | 'confirmed'
  | 'inquired'
  | 'inquired-excused'
  | 'asked-again'

/** How often one thing happened in a month. Ids are those of the register, without their version; null where there is none. */
export type MonthlyCount = {
  readonly outcome: CountedOutcome
  readonly agreement: string | null
  readonly holder: string | null
  readonly recipient: string | null
  readonly purpose: string | null
  readonly basis: string | null
  /** Of a denial its reason; of a confirmed stop the hours that it took, begun ones among them. */
  readonly detail: string | null
  readonly times: number
  /** How many people are behind it; of `asked-again`, visits. */
  readonly people: number
}

/** A month of Québec's calendar by its first day, `2026-11-01`. */
export type CountedMonth = {
  readonly month: string
  readonly countedAt: Date
  /** In the order of `cellOf`. None where the rows are not those that were counted. */
  readonly counts: readonly MonthlyCount[]
  /** In how many minutes of how many the house could be used; undefined: that was not noted yet. */
  readonly served: ServedMinutes | undefined
  /** Whether the rows are those that this broker counted. What is not may be shown to nobody. */
  readonly isGenuine: boolean
}

export type ServedMinutes = { readonly minutes: number; readonly served: number }

export type StoredMonth = TableRow<'counted_month'> & { readonly seal: Buffer }

/** What a count is of: no two of a month are of the same. */
export function cellOf(count: Omit<MonthlyCount, 'times' | 'people'>): string {
  const { outcome, agreement, holder, recipient, purpose, basis, detail } = count
  return JSON.stringify([outcome, agreement, holder, recipient, purpose, basis, detail])
}
