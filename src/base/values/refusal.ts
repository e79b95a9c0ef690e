/** The way on from a refusal page. Our own paths are written in French; the link leads to the page in the reader's language. */
export type WayOn = {
  readonly nextHref?: string | undefined
  /** The service that the link leads to; undefined: the link leads to a page of our own. */
  readonly nextName?: string | undefined
  /** The visit cannot go on: the link begins a new one. */
  readonly beginsAgain?: boolean
  /** A page of our own that still shows what was answered before. */
  readonly keptHref?: string
}

type More = WayOn & {
  readonly values?: Refusal['values']
  readonly retryAfterSeconds?: number | undefined
}

/** The expected "no" to a person: logged as information; its code is the key of its words. */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly values: Readonly<Record<string, string | number>>
  readonly way: WayOn
  /** After how long to try again: the header Retry-After. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, status = 400, more: More = {}) {
    const { values = {}, retryAfterSeconds, ...way } = more
    super(code)
    this.code = code
    this.status = status
    this.values = values
    this.way = way
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Sends the browser to another page, which shows the present state: a 303 to a path of ours, in the language of the page. */
export class Redirect extends Error {
  readonly path: string

  constructor(path: string) {
    super('onward')
    this.path = path
  }
}

/** The "no" of a JSON API to a program, answered as RFC 9457: its code is stable, its detail says what was wrong in English. */
export class Problem extends Error {
  readonly code: string
  readonly status: number
  readonly detail: string
  /** After how long to try again: the header Retry-After. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: string, status: number, detail: string, retryAfterSeconds?: number) {
    super(code)
    this.code = code
    this.status = status
    this.detail = detail
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The database (or another part that we cannot do without) does not answer: 503, nothing allowed, try again. */
export class Unavailable extends Error {
  constructor(cause: unknown) {
    super('unavailable', { cause })
  }
}
