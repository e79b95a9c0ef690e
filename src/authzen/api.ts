import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Desk } from '../disclosure/index.ts'
import type { Caller, Callers, OwnApi } from '../foundation/caller.ts'
import { isOutage } from '../foundation/database.ts'
import { readJson } from '../foundation/forms.ts'
import type { Foundation } from '../foundation/foundation.ts'
import type { Keys } from '../foundation/keys.ts'
import type { Log } from '../foundation/log.ts'
import { Problem } from '../foundation/refusal.ts'
import { originOf } from '../foundation/request-log.ts'
import { routes } from '../foundation/router.ts'
import type { Item } from './batch.ts'
import { decideAll, itemsOf } from './batch.ts'
import type { Asked } from './disclosures.ts'
import { disclosures } from './disclosures.ts'
import type { Answer, DecisionPoint, Fault } from './point.ts'
import type { Found, PageAsked } from './page.ts'
import { pageOf } from './page.ts'
import type { SearchKind } from './requests.ts'
import { evaluationsRequest, searchRequests } from './requests.ts'

const deciding: OwnApi = { path: '/access', scope: 'decide' }
const searching: OwnApi = { path: '/access', scope: 'search' }
// What of a batch has not begun by then is denied: its caller does not wait for ever.
const batchMs = 10_000

/** AuthZEN Authorization API 1.0, for holders. Before any cookie is read. */
export function authzenRoutes(foundation: Foundation, callers: Callers, desk: Desk): Middleware {
  const { log, config, keys } = foundation
  const office: Office<Caller, Asked> = {
    log,
    point: disclosures(foundation, desk),
    keys,
    identify: (ctx, api) => callers.require(ctx, api),
    nameOf: ({ clientId }) => clientId,
  }
  const { search } = office.point
  return routes()
    .get('/.well-known/authzen-configuration', (ctx) => showConfiguration(ctx, config.issuer))
    .post('/access/v1/evaluation', (ctx) => answerOne(ctx, office))
    .post('/access/v1/evaluations', (ctx) => answerSeveral(ctx, office))
    .post('/access/v1/search/subject', (ctx) =>
      answerSearch(ctx, office, {
        kind: 'subject',
        shape: searchRequests.subject,
        find: search.subject,
      }),
    )
    .post('/access/v1/search/resource', (ctx) =>
      answerSearch(ctx, office, {
        kind: 'resource',
        shape: searchRequests.resource,
        find: search.resource,
      }),
    )
    .post('/access/v1/search/action', (ctx) =>
      answerSearch(ctx, office, {
        kind: 'action',
        shape: searchRequests.action,
        find: search.action,
      }),
    )
    .middleware()
}

type Office<Asker, Question> = {
  readonly log: Log
  readonly point: DecisionPoint<Asker, Question>
  readonly keys: Keys
  /** @throws Unauthorised */
  identify(ctx: Context, api: OwnApi): Promise<Asker>
  /** Who turns pages: another's token of a page is none. */
  nameOf(asker: Asker): string
}

function showConfiguration(ctx: Context, url: string): void {
  ctx.set('Cache-Control', 'public, max-age=3600')
  ctx.body = {
    policy_decision_point: url,
    access_evaluation_endpoint: `${url}/access/v1/evaluation`,
    access_evaluations_endpoint: `${url}/access/v1/evaluations`,
    search_subject_endpoint: `${url}/access/v1/search/subject`,
    search_resource_endpoint: `${url}/access/v1/search/resource`,
    search_action_endpoint: `${url}/access/v1/search/action`,
    supported_obligations: ['custom'],
  }
}

async function answerOne<Asker, Question>(
  ctx: Context,
  { point, identify }: Office<Asker, Question>,
): Promise<void> {
  echoRequestId(ctx)
  const asker = await identify(ctx, deciding)
  const question = point.read(await readJson(ctx, z.unknown(), 400))
  ctx.body = await point.decide(asker, question)
}

async function answerSeveral<Asker, Question>(
  ctx: Context,
  { log, point, identify }: Office<Asker, Question>,
): Promise<void> {
  echoRequestId(ctx)
  const asker = await identify(ctx, deciding)
  const request = await readJson(ctx, evaluationsRequest, 400)
  const bodies = itemsOf(request)
  if (bodies === undefined) {
    // As for a single question (AuthZEN 1.0 7.1).
    ctx.body = await point.decide(asker, point.read(request))
    return
  }
  const until = performance.now() + batchMs
  const items = bodies.map((body) => itemOf(body))
  ctx.body = { evaluations: await decideAll(items, request.options.evaluations_semantic) }

  function itemOf(body: unknown): Item {
    const question = readOrFault(() => point.read(body))
    if ('fault' in question) return { touches: [], decide: () => point.failed(question.fault) }
    const { value } = question
    return { touches: point.touches(value), decide: () => decideAlone(value) }
  }

  async function decideAlone(question: Question): Promise<Answer> {
    if (performance.now() > until) return point.failed(busy)
    try {
      return await point.decide(asker, question)
    } catch (error) {
      return point.failed(faultOf(error, log, originOf(ctx).requestId))
    }
  }
}

type SearchFor<Asker, Request> = {
  readonly kind: SearchKind
  readonly shape: z.ZodType<Request>
  find(asker: Asker, request: Request): Promise<readonly Found[]>
}

async function answerSearch<
  Asker,
  Question,
  Request extends { readonly page?: PageAsked | undefined },
>(
  ctx: Context,
  { point, keys, identify, nameOf }: Office<Asker, Question>,
  { kind, shape, find }: SearchFor<Asker, Request>,
): Promise<void> {
  echoRequestId(ctx)
  const asker = await identify(ctx, searching)
  const request = await readJson(ctx, shape, 400)
  const { page, ...sought } = request
  const binding = JSON.stringify([point.url, nameOf(asker), kind, sought])
  ctx.body = pageOf(keys, binding, await find(asker, request), page)
}

const busy: Fault = { status: 503, message: 'unavailable' }

function readOrFault<T>(read: () => T): { readonly value: T } | { readonly fault: Fault } {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof Problem) return { fault: { status: 400, message: error.detail } }
    throw error
  }
}

// In a batch an error is its item's (AuthZEN 1.0 7.2.1), and is noted as that of a request would be.
function faultOf(error: unknown, log: Log, requestId: string): Fault {
  if (error instanceof Problem) return { status: 400, message: error.detail }
  if (isOutage(error)) {
    log.warn({ requestId, error }, 'unavailable')
    return busy
  }
  log.error({ requestId, error }, 'an item of a batch failed')
  return { status: 500, message: 'server-error' }
}

// AuthZEN 1.0 10.1.3: the caller's own number of the request comes back.
function echoRequestId(ctx: Context): void {
  const given = ctx.get('X-Request-ID')
  if (/^[\w.:-]{1,128}$/.test(given)) ctx.set('X-Request-ID', given)
}
