import type { RefusalsByReason } from '../../consent/decisions/index.ts'
import type { DeskFrame } from './pages.ts'

export type Arrears = { readonly count: number; readonly oldestAt: Date | undefined }

export type ArrearsPage = {
  readonly desk: DeskFrame
  /** `why`: as a holder may say it. */
  readonly refusals: readonly (RefusalsByReason & { readonly why: string })[]
  /** Events of streams that the body has not taken. */
  readonly signals: Arrears
  /** Stops of which the body has not said the effect. */
  readonly stops: Arrears
}
