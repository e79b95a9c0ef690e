import type { Visit } from '../application.ts'
import { answerProblem } from '../problem.ts'
import { isProofFor, type UsedProofs } from './dpop.ts'
import type { Holder } from './holder.ts'
import { introspect, type Token } from './introspect.ts'
import type { Outbox } from './report.ts'

const problemsOfTokens = {
  'token.missing': undefined,
  'token.refused': 'invalid_token',
  'proof.refused': 'invalid_dpop_proof',
} as const

/** What every call of the agency's API needs. */
export type Counter = {
  readonly holder: Holder
  /** Of all its addresses: a proof works once. */
  readonly used: UsedProofs
  /** Takes what we tell the broker: also why an introspection led to no question. */
  readonly outbox: Outbox
}

/** The token of this call, if it is good for this dataset and the caller has its key; else the call is answered here. */
export async function presentedToken(
  ctx: Visit,
  { holder, used, outbox }: Counter,
  { path, dataset }: { readonly path: string; readonly dataset: string },
): Promise<Token | undefined> {
  const [, accessToken] = /^DPoP ([\w.~+/-]+=*)$/i.exec(ctx.get('authorization')) ?? []
  if (accessToken === undefined) return refuseToken(ctx, 'token.missing')
  const { token, others, all } = await introspect(holder, accessToken, dataset)
  if (token === undefined) {
    outbox.excuse(all, 'proof_refused')
    return refuseToken(ctx, 'token.refused')
  }
  const { thumbprint } = token
  const address = holder.resource + path
  const expected = { method: ctx.method, address, accessToken, thumbprint }
  // Two proofs in a request are joined by a comma, and so are none.
  const isProven = await isProofFor(expected, ctx.get('dpop'), used, new Date())
  if (!isProven) {
    outbox.excuse(all, 'proof_refused')
    return refuseToken(ctx, 'proof.refused')
  }
  outbox.excuse(others, 'other_route')
  return token
}

// RFC 9449, section 7.1, and RFC 6750, section 3: the error is named only if a token came with the request.
function refuseToken(ctx: Visit, code: keyof typeof problemsOfTokens): undefined {
  const error = problemsOfTokens[code]
  const named = error === undefined ? '' : `error="${error}", `
  ctx.set('WWW-Authenticate', `DPoP ${named}algs="ES256"`)
  answerProblem(ctx, 401, code)
}

export function refuseMethod(ctx: Visit): void {
  ctx.set('Allow', 'GET')
  answerProblem(ctx, 405, 'method.unknown')
}

// The recipient's own number of its request: by it the broker puts both reports side by side.
export function queryIn(ctx: Visit): string | undefined {
  return /^[\w.-]{1,128}$/.exec(ctx.get('x-query-id'))?.[0]
}
