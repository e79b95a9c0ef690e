import type { Bilingual } from '../../../base/values/languages.ts'
import type { Lookback } from '../coverage.ts'

/**
 * What the recipient could still get of the data of a sharing at the moment of its stop. No other body is named, because receipts are handed
 * on; and what the law shows its person only later is in no receipt, whoever she is.
 */
export type StillClaims = {
  readonly data: readonly StillDatum[]
  readonly not_counted: 'shown_later'
}

/** A datum without a way could no longer be received. */
export type StillDatum = {
  readonly pii_type: string
  readonly pii_label: Bilingual
  readonly ways: readonly {
    readonly purpose_id: string
    readonly purpose_label: Bilingual
    readonly right: 'choice' | 'law'
    /** The days that the information may be of; without it any. */
    readonly lookback?: Lookback
  }[]
  /** What would be a way but for this; `from` is the day from which a limit opens again. */
  readonly waits: readonly {
    readonly right: 'choice' | 'law'
    readonly because: 'paused' | 'held' | 'limit'
    readonly from?: string
  }[]
}
