import type { Router } from '@koa/router'
import type { State, Visit } from '../application.ts'
import { answerProblem } from '../problem.ts'
import { decide, type Permit } from './decide.ts'
import type { Token } from './introspect.ts'
import { type FindNotice, memberOf, type Notice, noticeYear } from './notices.ts'
import { type Counter, presentedToken, queryIn, refuseMethod } from './presented-token.ts'

const dataset = 'dst_avis-cotisation'

/** All that the answer to one call needs. */
export type Office = Counter & {
  readonly findNotice: FindNotice
}

/** GET /api/avis/2025: a person's notice of assessment, or the part of it that she allows. */
export function addNoticesApi(router: Router<State>, office: Office): void {
  router.get('/api/avis/:year', async (ctx) => {
    // The router takes HEAD for GET: it would use a permit up, and send nothing.
    if (ctx.method !== 'GET') return refuseMethod(ctx)
    if (ctx.params['year'] !== String(noticeYear)) return answerProblem(ctx, 404, 'path.unknown')
    const token = await presentedToken(ctx, office, { path: `/avis/${noticeYear}`, dataset })
    if (token !== undefined) await answerNotice(ctx, office, token)
  })
}

async function answerNotice(ctx: Visit, office: Office, token: Token): Promise<void> {
  const { holder, findNotice, outbox } = office
  const asked = token.communication
  if (asked === undefined) return answerProblem(ctx, 403, 'disclosure.not-covered')
  const queryId = queryIn(ctx)
  const period = { from: `${noticeYear}-01-01`, to: `${noticeYear}-12-31` }
  const inVain = () => outbox.excuse(token.inquiries, 'no_answer')
  const decision = await decide(holder, token, asked, { period, queryId, inVain })
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

// Taken category by category from what is permitted: what nobody thought of stays here.
function permittedPart(notice: Notice = new Map(), { categories }: Permit): Notice {
  return new Map([...notice].filter(([category]) => categories.includes(category)))
}

function namedAsMembers(notice: Notice): object {
  return Object.fromEntries(Array.from(notice, ([category, value]) => [memberOf[category], value]))
}
