import type { Router } from '@koa/router'
import type { State, Visit } from '../application.ts'
import { answerProblem } from '../problem.ts'
import { decide, type Permit } from './decide.ts'
import { isProofFor, rememberUsedProofs, type UsedProofs } from './dpop.ts'
import type { Holder } from './holder.ts'
import { introspect, type Token } from './introspect.ts'
import { type FindNotice, memberOf, type Notice, noticeYear } from './notices.ts'
import type { Outbox } from './report.ts'

const problemsOfTokens = {
  'token.missing': undefined,
  'token.refused': 'invalid_token',
  'proof.refused': 'invalid_dpop_proof',
} as const

/** All that the answer to one call needs. */
export type Office = {
  readonly holder: Holder
  readonly findNotice: FindNotice
  readonly outbox: Outbox
}

/** GET /api/avis/2025: a person's notice of assessment, or the part of it that she allows. */
export function addNoticesApi(router: Router<State>, office: Office): void {
  const used = rememberUsedProofs()
  router.get('/api/avis/:year', async (ctx) => {
    // The router takes HEAD for GET: it would use a permit up, and send nothing.
    if (ctx.method !== 'GET') return refuseMethod(ctx)
    if (ctx.params['year'] !== String(noticeYear)) return answerProblem(ctx, 404, 'path.unknown')
    const token = await presentedToken(ctx, office.holder, used)
    if (token !== undefined) await answerNotice(ctx, office, token)
  })
}

function refuseMethod(ctx: Visit): void {
  ctx.set('Allow', 'GET')
  answerProblem(ctx, 405, 'method.unknown')
}

async function presentedToken(
  ctx: Visit,
  holder: Holder,
  used: UsedProofs,
): Promise<Token | undefined> {
  const [, accessToken] = /^DPoP ([\w.~+/-]+=*)$/i.exec(ctx.get('authorization')) ?? []
  if (accessToken === undefined) return refuseToken(ctx, 'token.missing')
  const token = await introspect(holder, accessToken)
  if (token === undefined) return refuseToken(ctx, 'token.refused')
  const { thumbprint } = token
  const address = `${holder.resource}/avis/${noticeYear}`
  const expected = { method: ctx.method, address, accessToken, thumbprint }
  // Two proofs in a request are joined by a comma, and so are none.
  const isProven = await isProofFor(expected, ctx.get('dpop'), used, new Date())
  return isProven ? token : refuseToken(ctx, 'proof.refused')
}

// RFC 9449, section 7.1, and RFC 6750, section 3: the error is named only if a token came with the request.
function refuseToken(ctx: Visit, code: keyof typeof problemsOfTokens): undefined {
  const error = problemsOfTokens[code]
  const named = error === undefined ? '' : `error="${error}", `
  ctx.set('WWW-Authenticate', `DPoP ${named}algs="ES256"`)
  answerProblem(ctx, 401, code)
}

async function answerNotice(ctx: Visit, office: Office, token: Token): Promise<void> {
  const { holder, findNotice, outbox } = office
  const asked = token.communication
  if (asked === undefined) return answerProblem(ctx, 403, 'disclosure.not-covered')
  const queryId = queryIn(ctx)
  const decision = await decide(holder, token, asked, queryId)
  if (!decision.isPermitted) {
    const { toldToPerson: reason_user } = decision
    return answerProblem(ctx, 403, 'disclosure.denied', { reason_user })
  }
  const permitted = permittedPart(findNotice(token.sub), decision)
  if (permitted.size === 0) answerProblem(ctx, 404, 'notice.not-found')
  else ctx.body = { year: noticeYear, ...namedAsMembers(permitted) }
  const sent = [...permitted.keys()]
  // At the end of the answer, also of one that was cut off: what was sent may have arrived.
  ctx.res.once('close', () =>
    outbox.put({ permit: decision, sent, occurredAt: new Date(), queryId }),
  )
}

// The recipient's own number of its request: by it the broker puts both reports side by side.
function queryIn(ctx: Visit): string | undefined {
  return /^[\w.-]{1,128}$/.exec(ctx.get('x-query-id'))?.[0]
}

// Taken category by category from what is permitted: what nobody thought of stays here.
function permittedPart(notice: Notice = new Map(), { categories }: Permit): Notice {
  return new Map([...notice].filter(([category]) => categories.includes(category)))
}

function namedAsMembers(notice: Notice): object {
  return Object.fromEntries(Array.from(notice, ([category, value]) => [memberOf[category], value]))
}
