import type { InBoth } from '../../base/values/languages.ts'

/** A problem (RFC 9457) of our JSON APIs, for the developers of a service: what is wrong, what that looks like, and what to change. */
export type ListedProblem = {
  readonly status: number
  readonly cause: InBoth
  readonly example: string
  readonly mend: InBoth
}
