import type { Visit } from './application.ts'

const titles = {
  'token.missing': 'An access token bound to a key (DPoP) is needed.',
  'token.refused': 'This access token is not valid here, or not any more.',
  'proof.refused': 'The proof of the key (DPoP) does not belong to this request.',
  'disclosure.not-covered': 'This access token does not cover this data.',
  'disclosure.denied': 'This may not be disclosed.',
  'notice.not-found': 'There is no such notice of assessment.',
  'method.unknown': 'Only GET is answered here.',
  'path.unknown': 'There is nothing at this address.',
  'broker.silent': 'Nobody could be asked whether this may be disclosed. Try again later.',
  broken: 'Something went wrong here.',
}

export type ProblemCode = keyof typeof titles

/** An error for machines (RFC 9457): `code` is what programs may rely on. */
export function answerProblem(
  ctx: Visit,
  status: number,
  code: ProblemCode,
  more: object = {},
): void {
  ctx.status = status
  ctx.body = { type: 'about:blank', title: titles[code], status, code, ...more }
  // After the body: Koa would call it application/json.
  ctx.type = 'application/problem+json'
}
