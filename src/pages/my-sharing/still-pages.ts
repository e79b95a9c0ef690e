/** « Elle pourra encore recevoir votre revenu net »: every way by which the body may get the same data all the same. */
export type StillBox = { readonly heading: string; readonly ways: readonly StillWay[] }

export type StillWay = {
  readonly by: 'choice' | 'law'
  /** The data, where the way is about fewer of them than the box, or of fewer days. */
  readonly what: string | undefined
  readonly why: string
  readonly until: Date | undefined
  /** Why nothing may be sent by it for now. */
  readonly wait:
    | { readonly because: 'paused' | 'held' | 'limit'; readonly from: Date | undefined }
    | undefined
  /** What stops with it, too. */
  readonly alsoSends: string | undefined
  /** `con_…` of a sharing that the box offers to stop; undefined of a law, and of more sharings than a form takes. */
  readonly id: string | undefined
  readonly href: string
}

/** What a deed left of the data that it was about. */
export type DeedLeft = {
  /** Empty: it is not said. */
  readonly sentences: readonly string[]
  readonly still: StillBox | undefined
  /** How many sharings were stopped at that moment, with this one. */
  readonly stopped: number
}
