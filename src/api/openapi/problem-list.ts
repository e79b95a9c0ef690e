import type { ListedProblem } from './listed-problem.ts'
import { bodyProblems } from './problems-of-bodies.ts'
import { personProblems } from './problems-of-people.ts'
import { requestProblems } from './problems-of-requests.ts'
import { streamProblems } from './problems-of-streams.ts'

// The codes of our JSON APIs. `npm run errors` writes docs/errors.md from this list and that of the protocol, and /api/errors shows both.

/** By code, in the order in which a developer meets them. A code never gets another meaning: it is a part of `type`. */
const problemList = { ...requestProblems, ...bodyProblems, ...streamProblems, ...personProblems }

export type ProblemCode = keyof typeof problemList

/** `problemList` in order. */
export const listedProblems = Object.entries<ListedProblem>(problemList) as [
  ProblemCode,
  ListedProblem,
][] // it has no other members

/** Where the page about all errors is. */
export const errorsPath = '/api/errors'

/** The `type` of a problem (RFC 9457, section 3.1.1): the address of its page; of a code that is not listed, no type of its own. */
export function problemType(issuer: string, code: string): string {
  return Object.hasOwn(problemList, code)
    ? `${issuer}${errorsPath}#${anchorOf(code)}`
    : 'about:blank'
}

/** The anchor of a code on the page, as a document in Markdown has it, too. */
export function anchorOf(code: string): string {
  return code.replaceAll('.', '')
}
