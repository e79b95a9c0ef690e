// The codes of our JSON APIs, each with its status (RFC 9457). What is wrong, what that looks like and what to change is said in
// views/locales/errors.fr.json and errors.en.json. `npm run errors` writes docs/errors.md from this list and that of the protocol, and
// /api/errors shows both.

/** By code, in the order in which a developer meets them. A code never gets another meaning: it is a part of `type`. */
const problemList = {
  // Any of them may answer with these.
  'request.malformed': 400,
  'request.content-type': 415,
  'request.too-large': 413,
  'request.invalid': 400,
  'not-found': 404,
  'method-not-allowed': 405,
  'wrong-host': 421,
  unauthorised: 401,
  invalid_token: 401,
  invalid_dpop_proof: 401,
  insufficient_scope: 403,
  insufficient_user_authentication: 401,
  'idempotency-key.reused': 422,
  unavailable: 503,
  'server-error': 500,
  leaving: 503,
  clock: 503,
  signer: 503,
  // Bodies meet these, in what follows a decision or a stop.
  'decision-token.invalid': 422,
  'decision.not-found': 404,
  'report.key': 422,
  'report.not-holder': 403,
  'report.categories': 422,
  'report.time': 422,
  'report.differs': 422,
  'report.none': 409,
  'report.nil': 422,
  'report.too-many': 422,
  'decision.untrusted': 409,
  'received.not-found': 404,
  'received.ambiguous': 422,
  'inquiry.unknown': 422,
  'inquiry.closed': 409,
  'declared.unknown': 404,
  'declared.dataset': 422,
  'declared.case': 422,
  'effect.not-found': 404,
  'effect.not-stopped': 409,
  'effect.kept-too-long': 422,
  'effect.settled': 409,
  'dispute.answered': 409,
  'matching.stopped': 403,
  'matching.too-many': 429,
  'matching.day-over': 429,
  // These are of /ssf, where bodies are told of what happens (Shared Signals Framework).
  'signals.none': 404,
  'signals.not-found': 404,
  'signals.too-many-streams': 409,
  'signals.endpoint': 400,
  'signals.no-subject': 404,
  'signals.too-often': 429,
  'signals.disabled': 409,
  'signals.not-polled': 409,
  // These are of /me, for a service that acts for a person.
  'consent.not-found': 404,
  illegal_transition: 409,
  'sharing.untrusted': 409,
  'access.held': 409,
  'contact.none': 409,
  'dispute.not-found': 404,
  'dispute.already': 409,
  'dispute.text': 400,
  'dispute.too-many': 429,
  'data.too-often': 429,
  'receipt.not-found': 404,
  'receipt.erased': 410,
  'proof.not-found': 404,
  'proof.waiting': 409,
} as const

export type ProblemCode = keyof typeof problemList

/** `problemList` in order. */
export const listedProblems = Object.entries(problemList) as [ProblemCode, number][] // it has no other members

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
