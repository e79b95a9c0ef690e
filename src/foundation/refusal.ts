type More = {
  readonly values?: Refusal['values']
  readonly nextHref?: string
  readonly nextName?: string | undefined
  readonly beginsAgain?: boolean
  readonly retryAfterSeconds?: number
}

/** The expected "no" to a person: logged as information; its code is the key of its words (STYLE 4). */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly values: Readonly<Record<string, string | number>>
  /** Where to go on from the page that says no. */
  readonly nextHref: string | undefined
  /** The service that it leads to; undefined: a page of our own. */
  readonly nextName: string | undefined
  /** What was begun does not go on: there it begins again. */
  readonly beginsAgain: boolean
  /** When it may be tried again: the header Retry-After. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, status = 400, more: More = {}) {
    super(code)
    this.code = code
    this.status = status
    this.values = more.values ?? {}
    this.nextHref = more.nextHref
    this.nextName = more.nextName
    this.beginsAgain = more.beginsAgain ?? false
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** The "no" of a JSON API to a program, answered as RFC 9457: its code is stable, its detail says what was wrong in English. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string

  constructor(code: string, status: number, detail: string) {
    super(code)
    this.code = code
    this.status = status
    this.detail = detail
  }
}

/** The database (or another part that we cannot do without) does not answer: 503, nothing allowed, try again. */
export class Unavailable extends Error {
  constructor(cause: unknown) {
    super('unavailable', { cause })
  }
}
