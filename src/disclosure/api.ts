import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { isDay } from '../foundation/calendar.ts'
import type { Callers, OwnApi } from '../foundation/caller.ts'
import { readJson } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { Problem } from '../foundation/refusal.ts'
import { routes } from '../foundation/router.ts'
import { answerOf } from './answer.ts'
import type { Decided, Desk, Evaluation } from './evaluate.ts'
import { evaluate } from './evaluate.ts'

const accessApi: OwnApi = { path: '/access', scope: 'decide' }

// Half a surrogate pair has no canonical form, and so no place in the ledger.
const isWhole = (value: string) => value.isWellFormed()
const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const day = z.string().refine(isDay, 'expects a day, YYYY-MM-DD')
const period = z
  .object({ from: day, to: day })
  .refine(({ from, to }) => from <= to, 'from is after to')

// AuthZEN 1.0 5: what every evaluation has; unknown members are ignored.
const entity = z.object({ type: text(64), id: text(128) })
const standard = z.object({
  subject: entity,
  action: z.object({ name: text(64) }),
  resource: entity,
})
// What ours needs beyond (DOMAIN 3.2).
const disclose = z.object({
  subject: z.object({ type: z.literal('organization'), id: text(128) }),
  action: z.object({
    name: z.literal('disclose'),
    properties: z.object({ purpose: text(128) }),
  }),
  resource: z.object({
    type: z.literal('dataset'),
    id: text(128),
    properties: z.object({
      categories: z.array(text(64)).min(1).max(50),
      data_subject: z.object({ format: z.literal('iss_sub'), iss: text(512), sub: text(64) }),
      period: period.optional(),
    }),
  }),
  context: z.object({
    request_id: text(128),
    query_id: text(128).optional(),
    agreement: text(128).optional(),
  }),
})

/** AuthZEN evaluation for holders. Before any cookie is read. */
export function disclosureRoutes(foundation: Foundation, callers: Callers, desk: Desk): Middleware {
  return routes()
    .get('/.well-known/authzen-configuration', (ctx) => showConfiguration(ctx, foundation))
    .post('/access/v1/evaluation', (ctx) => decideOne(ctx, foundation, callers, desk))
    .middleware()
}

function showConfiguration(ctx: Context, { config: { issuer } }: Foundation): void {
  ctx.set('Cache-Control', 'public, max-age=3600')
  ctx.body = {
    policy_decision_point: issuer,
    access_evaluation_endpoint: `${issuer}/access/v1/evaluation`,
    supported_obligations: ['custom'],
  }
}

async function decideOne(
  ctx: Context,
  { config: { issuer }, keys }: Foundation,
  callers: Callers,
  desk: Desk,
): Promise<void> {
  echoRequestId(ctx)
  const caller = await callers.require(ctx, accessApi)
  const body = await readJson(ctx, z.unknown(), 400)
  const evaluation = evaluationOf(body, issuer)
  const decided: Decided =
    evaluation === undefined
      ? { permit: false, because: 'MALFORMED', decisionId: undefined, permitted: [] }
      : await evaluate(desk, caller, evaluation)
  const register = desk.live.current()
  ctx.body = await answerOf(decided, {
    issuer,
    keys,
    register,
    evaluation: evaluation ?? noEvaluation,
  })
}

const noEvaluation: Evaluation = {
  recipient: '',
  dataset: '',
  purpose: '',
  categories: [],
  sub: '',
  period: undefined,
  agreement: undefined,
  requestId: '',
  queryId: undefined,
}

/** @returns undefined for an evaluation that is well formed and about something else. @throws Problem for one that is not */
function evaluationOf(body: unknown, issuer: string): Evaluation | undefined {
  const general = parse(standard, body)
  const { subject, action, resource } = general
  const isOurs =
    subject.type === 'organization' && action.name === 'disclose' && resource.type === 'dataset'
  if (!isOurs) return undefined
  const { context, ...asked } = parse(disclose, body)
  const { categories, data_subject: about, period: days } = asked.resource.properties
  return {
    recipient: asked.subject.id,
    dataset: asked.resource.id,
    purpose: asked.action.properties.purpose,
    categories,
    // Another issuer's person is nobody here.
    sub: about.iss === issuer ? about.sub : '',
    period: days,
    agreement: context.agreement,
    requestId: context.request_id,
    queryId: context.query_id,
  }
}

function parse<T>(shape: z.ZodType<T>, body: unknown): T {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new Problem('request.malformed', 400, `${where === '' ? 'body' : where}: ${issue?.message}`)
}

// AuthZEN 1.0 10.1.3: the caller's own number of the request comes back.
function echoRequestId(ctx: Context): void {
  const given = ctx.get('X-Request-ID')
  if (/^[\w.:-]{1,128}$/.test(given)) ctx.set('X-Request-ID', given)
}
