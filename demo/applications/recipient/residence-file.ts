import type { Bilingual } from '../words.ts'

/** What the agency says of the end of one year, and the permit under which it said so. */
export type ResidentIn = {
  readonly year: number
  readonly isResident: boolean
  readonly decisionId: string
}

/** What came of asking whether a person lives in Québec. */
export type Residence =
  | { readonly kind: 'received'; readonly years: readonly ResidentIn[]; readonly at: Date }
  | { readonly kind: 'denied'; readonly reason: Bilingual | undefined }
  | { readonly kind: 'unavailable' }
