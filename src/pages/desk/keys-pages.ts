type Problem = {
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, string | number>> | undefined
}

/** Where both halves of a code are typed. */
export type DeskCodePage = Problem & { readonly csrf: string; readonly action: string }

/** Where a key is made. */
export type DeskKeyPage = Problem & {
  readonly csrf: string
  readonly action: string
  readonly isSecond: boolean
  /** Whether the operator’s files say today which models of keys suffice. */
  readonly isReady: boolean
  readonly options: string
}

export type DeskKeysDonePage = { readonly signInHref: string }
