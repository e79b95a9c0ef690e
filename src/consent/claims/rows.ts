/** What a person said to a service that asked for a claim. */
export type ClaimAnswer = {
  readonly personId: string
  readonly serviceId: string
  readonly claim: string
  readonly isGiven: boolean
  /** Of the purpose that she was shown (`question.ts#purposeHash`). */
  readonly purposeSha256: Buffer
  readonly answeredAt: Date
}

export type StoredAnswer = ClaimAnswer & { readonly seal: Buffer }
