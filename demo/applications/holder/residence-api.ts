import { createHash } from 'node:crypto'
import type { Router } from '@koa/router'
import type { State, Visit } from '../application.ts'
import { answerProblem } from '../problem.ts'
import { decideEach, type Decision, type Period } from './decide.ts'
import type { Token } from './introspect.ts'
import { type Counter, presentedToken, queryIn, refuseMethod } from './presented-token.ts'

const path = '/residence'
const dataset = 'dst_residence-fiscale'
const category = 'cat_residence-quebec'
/** The years that we know of, and so the most that one call asks for. */
const years: readonly string[] = ['2024', '2025']

/**
 * GET /api/residence?annees=2024,2025: whether a person lived in Québec at the end of these years. Nobody asks her: the
 * law allows it. A permit each year all the same, of which all are asked for in one call.
 */
export function addResidenceApi(router: Router<State>, office: Counter): void {
  router.get(`/api${path}`, async (ctx) => {
    // The router takes HEAD for GET: it would use permits up, and send nothing.
    if (ctx.method !== 'GET') return refuseMethod(ctx)
    const asked = yearsIn(ctx.query['annees'])
    if (asked === undefined) return answerProblem(ctx, 404, 'path.unknown')
    // The query is no part of what the proof names (RFC 9449, section 4.2).
    const token = await presentedToken(ctx, office, { path, dataset })
    if (token !== undefined) await answerYears(ctx, office, token, asked)
  })
}

/** Each of our years once, or nothing. */
function yearsIn(given: unknown): readonly string[] | undefined {
  const asked = typeof given === 'string' ? given.split(',', years.length + 1) : []
  const isGood = asked.length > 0 && asked.every((year) => years.includes(year))
  return isGood && new Set(asked).size === asked.length ? asked : undefined
}

async function answerYears(
  ctx: Visit,
  { holder, outbox }: Counter,
  token: Token,
  asked: readonly string[],
): Promise<void> {
  const { communication, sub } = token
  if (communication === undefined) return answerProblem(ctx, 403, 'disclosure.not-covered')
  const queryId = queryIn(ctx)
  const periods = asked.map(periodOf)
  const inVain = () => outbox.excuse(token.inquiries, 'no_answer')
  const decisions = await decideEach(holder, token, communication, { periods, queryId, inVain })
  const permits = asked.flatMap((year, i) => {
    const one = decisions[i]
    if (!one?.isPermitted) return []
    return [{ permit: one, year, sent: one.categories.filter((given) => given === category) }]
  })
  const annees = permits
    .filter(({ sent }) => sent.length > 0)
    .map(({ permit, year }) => ({
      annee: Number(year),
      residence_quebec: inventResidence(sub, year),
      // By it the recipient says what it received: where nobody consented there is no consent to name.
      decision_id: permit.decisionId,
    }))
  if (annees.length > 0) ctx.body = { annees }
  else answerProblem(ctx, 403, 'disclosure.denied', { reason_user: reasonOf(decisions) })
  // At the end of the answer, also of one that was cut off: what was sent may have arrived.
  ctx.res.once('close', () => {
    for (const { permit, sent } of permits)
      outbox.put({ permit, sent, occurredAt: new Date(), queryId })
  })
}

function periodOf(year: string): Period {
  return { from: `${year}-01-01`, to: `${year}-12-31` }
}

function reasonOf(decisions: readonly Decision[]) {
  for (const one of decisions) if (!one.isPermitted) return one.toldToPerson
  return undefined
}

// Invented, and always the same for the same person and year.
function inventResidence(sub: string, year: string): boolean {
  return createHash('sha256').update(`${sub} ${year}`).digest().readUInt8(0) % 8 > 0
}
