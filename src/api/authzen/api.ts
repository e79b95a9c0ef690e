import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { DecisionContext } from '../../consent/decisions/index.ts'
import { isUnstorable } from '../../base/web/answer-errors.ts'
import type { Caller, Callers, OwnApi } from '../../base/web/caller.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { isOutage } from '../../base/database/database-outages.ts'
import { readJson } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { signStatement } from '../../base/keys/jws.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { SigningPort } from '../../base/keys/signer.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Meter } from '../../base/logging/meter.ts'
import type { Operation } from '../../base/web/operation.ts'
import { Problem } from '../../base/values/refusal.ts'
import { echoedRequestId, originOf } from '../../base/web/request-log.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Item } from './batch.ts'
import { decideAll, itemsOf } from './batch.ts'
import type { AskedEvaluation } from './disclosures.ts'
import { disclosures } from './disclosures.ts'
import type { PageAsked } from './page.ts'
import { pageOf } from './page.ts'
import type { PointAnswer, DecisionPoint, ItemFault, Search } from './point.ts'
import type { JudgeCall } from './presented-call.ts'
import type { EvaluationRequest } from './requests.ts'
import { evaluationsRequest, searchRequests } from './requests.ts'
import { scenario } from './scenario.ts'
import { operations } from './shapes.ts'

const deciding: OwnApi = { path: '/access', scope: 'decide' }
const searching: OwnApi = { path: '/access', scope: 'search' }

/** AuthZEN Authorization API 1.0, for holders and recipients. These routes read no cookie. */
export function authzenRoutes(
  foundation: Foundation,
  callers: Callers,
  context: DecisionContext,
): ServedRoutes[] {
  const { log, keys, signer, config, meter } = foundation
  const house = { log, keys, signer, meter, issuer: config.issuer }
  const own = pointRoutes<Caller, AskedEvaluation>({
    ...house,
    point: disclosures(foundation, context),
    judging: (ctx, caller) => (call) => callers.judge(ctx, caller, call),
    identify: (ctx, api) => callers.require(ctx, api),
    nameOf: ({ clientId }) => clientId,
  })
  if (!config.authzenConformance) return own
  // The data of this decision point is published, and is about nobody.
  const published = pointRoutes<undefined, EvaluationRequest>({
    ...house,
    point: scenario(`${config.issuer}/conformance`),
    identify: () => Promise.resolve(undefined),
    nameOf: () => '',
  })
  return [...own, ...published]
}

function pointRoutes<Asker, Question>(context: PointContext<Asker, Question>): ServedRoutes[] {
  const { url, search } = context.point
  const { subject, resource, action } = searchRequests
  const path = url.slice(context.issuer.length)
  const below = ({ method, path: own }: Operation) => ({ method, path: path + own })
  const { configuration } = operations
  const metadata = routes('programs')
    // The well-known segment stands before the path of the identifier (AuthZEN 1.0, section 9.2).
    .on({ ...configuration, path: configuration.path + path }, (ctx) =>
      showConfiguration(ctx, context),
    )
    .served('page')
  const { endpoints, serve } = routes('programs', '', 'authzen')
    .on(below(operations.evaluation), (ctx) => answerOne(ctx, context), 'decision')
    .on(below(operations.evaluations), (ctx) => answerSeveral(ctx, context), 'decision')
    .on(below(operations.searchSubject), (ctx) =>
      answerSearch(ctx, context, subject, search.subject),
    )
    .on(below(operations.searchResource), (ctx) =>
      answerSearch(ctx, context, resource, search.resource),
    )
    .on(below(operations.searchAction), (ctx) => answerSearch(ctx, context, action, search.action))
    .served('page')
  const api = `${path}/access/v1/`
  const echoing: Middleware = (ctx, next) => {
    if (ctx.path.startsWith(api)) echoRequestId(ctx)
    return serve(ctx, next)
  }
  return [metadata, { endpoints, serve: echoing }]
}

type PointContext<Asker, Question> = {
  readonly log: Log
  readonly meter: Meter
  readonly keys: Keys
  readonly signer: SigningPort
  readonly issuer: string
  readonly point: DecisionPoint<Asker, Question>
  /** @throws Unauthorised */
  identify(ctx: Context, api: OwnApi): Promise<Asker>
  /** Judges calls that came to the API of this asker; undefined: none come here. */
  judging?(ctx: Context, asker: Asker): JudgeCall
  /** The name to which page tokens are bound: another asker's token is invalid. */
  nameOf(asker: Asker): string
}

async function showConfiguration<Asker, Question>(
  ctx: Context,
  { keys, signer, point }: PointContext<Asker, Question>,
): Promise<void> {
  const { url, obligations } = point
  const metadata = {
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${url}/access/v1/evaluations`,
    search_subject_endpoint: `${url}/access/v1/search/subject`,
    search_resource_endpoint: `${url}/access/v1/search/resource`,
    search_action_endpoint: `${url}/access/v1/search/action`,
    ...(obligations.length === 0 ? {} : { supported_obligations: obligations }),
    ...(point.takesCalls === true ? { presented_call: true } : {}),
  }
  ctx.set('Cache-Control', 'public, max-age=3600')
  // Signed by a key of /keys, so that a reader who got the metadata elsewhere can check its origin.
  const claims = { iss: url, ...metadata }
  const signed = await signStatement({ keys, signer }, 'authzen-configuration+jwt', claims)
  ctx.body = { ...metadata, signed_metadata: signed }
}

async function answerOne<Asker, Question>(
  ctx: Context,
  { point, identify, judging }: PointContext<Asker, Question>,
): Promise<void> {
  const asker = await identify(ctx, deciding)
  const question = point.read(await readJson(ctx, z.unknown(), 400))
  ctx.body = await point.decide(asker, question, judging?.(ctx, asker))
}

async function answerSeveral<Asker, Question>(
  ctx: Context,
  { log, meter, point, identify, judging }: PointContext<Asker, Question>,
): Promise<void> {
  const asker = await identify(ctx, deciding)
  const request = await readJson(ctx, evaluationsRequest, 400)
  const bodies = itemsOf(request)
  if (bodies === undefined) {
    // A batch without items is a single question (AuthZEN 1.0, section 7.1).
    ctx.body = await point.decide(asker, point.read(request), judging?.(ctx, asker))
    return
  }
  meter.observe('evaluations', {}, bodies.length)
  const items = bodies.map((body) => itemOf(body))
  ctx.body = { evaluations: await decideAll(items, request.options.evaluations_semantic) }

  function itemOf(body: unknown): Item {
    const question = readOrFault(() => point.read(body))
    const late = () => point.failed(busy)
    if ('fault' in question)
      return { touches: [], decide: () => point.failed(question.fault), late }
    const { value } = question
    return { touches: point.touches(value), decide: () => decideAlone(value), late }
  }

  async function decideAlone(question: Question): Promise<PointAnswer> {
    try {
      return await point.decide(asker, question)
    } catch (error) {
      return point.failed(faultOf(error, log, originOf(ctx).requestId))
    }
  }
}

async function answerSearch<
  Asker,
  Question,
  Request extends { readonly page?: PageAsked | undefined },
>(
  ctx: Context,
  { keys, identify, nameOf }: PointContext<Asker, Question>,
  shape: z.ZodType<Request>,
  find: Search<Asker, Request>,
): Promise<void> {
  const asker = await identify(ctx, searching)
  const request = await readJson(ctx, shape, 400)
  const { page, ...sought } = request
  const binding = JSON.stringify([ctx.path, nameOf(asker), sought])
  ctx.body = pageOf(keys, binding, await find(asker, request), page)
}

const busy: ItemFault = { status: 503, message: 'unavailable' }

function readOrFault<T>(read: () => T): { readonly value: T } | { readonly fault: ItemFault } {
  return attempt(
    () => ({ value: read() }),
    recoverFrom(Problem, ({ detail }) => ({ fault: { status: 400, message: detail } })),
  )
}

// An error in a batch belongs to its item (AuthZEN 1.0, section 7.2.1), and is logged like the error of a request.
function faultOf(error: unknown, log: Log, requestId: string): ItemFault {
  if (error instanceof Problem) return { status: 400, message: error.detail }
  if (isUnstorable(error)) return { status: 400, message: 'request.invalid' }
  if (isOutage(error)) {
    log.warn({ requestId, error }, 'unavailable')
    return busy
  }
  log.error({ requestId, error }, 'an item of a batch failed')
  return { status: 500, message: 'server-error' }
}

// Returns the caller's request id, with errors too.
function echoRequestId(ctx: Context): void {
  const given = echoedRequestId(ctx.get('X-Request-ID'))
  if (given !== undefined) ctx.set('X-Request-ID', given)
}
