/** Where to go on from a page that says no: paths of ours are in French, and lead to the page in the language of whoever reads. */
export type Way = {
  readonly nextHref?: string | undefined
  /** The service that it leads to; undefined: a page of our own. */
  readonly nextName?: string | undefined
  /** What was begun does not go on: there it begins again. */
  readonly beginsAgain?: boolean
  /** A page of our own that keeps what was answered before. */
  readonly keptHref?: string
}

type More = Way & {
  readonly values?: Refusal['values']
  readonly retryAfterSeconds?: number
}

/** The expected "no" to a person: logged as information; its code is the key of its words. */
export class Refusal extends Error {
  readonly code: string
  readonly status: number
  readonly values: Readonly<Record<string, string | number>>
  readonly way: Way
  /** When it may be tried again: the header Retry-After. */
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

/** Not this page but another one, where things stand: answered with a 303 to a path of ours, in the language of the page. */
export class Onward extends Error {
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
