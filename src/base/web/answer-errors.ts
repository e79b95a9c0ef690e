import { STATUS_CODES } from 'node:http'
import type { Context, Middleware } from 'koa'
import { UnauthorisedCall } from './caller.ts'
import { sqlState } from '../database/database.ts'
import { isOutage } from '../database/database-outages.ts'
import { highest } from '../values/assurance-levels.ts'
import type { Log } from '../logging/log.ts'
import type { ErrorForm } from './endpoints.ts'
import type { Pages } from './page.ts'
import { seeOther } from './page.ts'
import type { ErrorPage } from './pages.ts'
import { errorNumber } from './request-log.ts'
import type { WayOn } from '../values/refusal.ts'
import { Redirect, Problem, Refusal } from '../values/refusal.ts'

type Answer = {
  readonly status: number
  readonly code: string
  readonly way: WayOn
  readonly values: Refusal['values']
  readonly detail?: string
  readonly retryAfterSeconds?: number | undefined
  /** RFC 9449 7.1: which token and which proof were wanted, and what was wrong with those that came. */
  readonly challenge?: string
}

const retrySeconds = 5

/**
 * Turns an error into the error form of its endpoint. No internal detail of the error is sent.
 * @param typeOf the `type` of a problem by its code (RFC 9457)
 */
export function answerErrors(
  log: Log,
  pages: Pages,
  formAt: (path: string) => ErrorForm,
  typeOf: (code: string) => string,
): Middleware {
  return async (ctx, next) => {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) throw new Refusal('not-found', 404)
      if (ctx.status === 405 && ctx.body === undefined) throw new Refusal('method-not-allowed', 405)
    } catch (error) {
      if (error instanceof Redirect) {
        clear(ctx)
        return seeOther(ctx, error.path)
      }
      const answer = answerTo(error)
      const { requestId } = ctx.state as { requestId: string } // set by request-log.ts
      if (answer.status === 500) log.error({ requestId, error }, 'a request failed')
      else if (answer.status === 503 && !(error instanceof Problem))
        log.warn({ requestId, error }, 'unavailable')
      else log.info({ requestId, code: answer.code }, 'refused')
      Object.assign(ctx.state, { refusedAs: answer.code })
      clear(ctx)
      answerWith(ctx, pages, answer, { requestId, form: formAt(ctx.path), typeOf })
    }
  }
}

/** What an error is answered with, in whichever form. */
export function answerTo(error: unknown): Answer {
  if (error instanceof Refusal) {
    const { status, code, way, values, retryAfterSeconds } = error
    return { status, code, way, values, retryAfterSeconds }
  }
  const toNobody = { way: {}, values: {} }
  if (error instanceof Problem) {
    const { status, code, detail, retryAfterSeconds } = error
    return { status, code, detail, retryAfterSeconds, ...toNobody }
  }
  if (error instanceof UnauthorisedCall) {
    const status = error.error === 'insufficient_scope' ? 403 : 401
    const code = error.error ?? 'unauthorised'
    return { status, code, challenge: challengeOf(error), ...toNobody }
  }
  const [status, code] = isOutage(error)
    ? [503, 'unavailable']
    : isUnstorable(error)
      ? [400, 'request.invalid']
      : [500, 'server-error']
  return { status, code, ...toNobody }
}

function challengeOf({ error, maxAgeSeconds }: UnauthorisedCall): string {
  // RFC 9470 3: the level that the caller must ask for.
  const level = error === 'insufficient_user_authentication' ? `acr_values="${highest}", ` : ''
  const age = maxAgeSeconds === undefined ? '' : `max_age="${maxAgeSeconds}", `
  return `DPoP ${error === undefined ? '' : `error="${error}", `}${level}${age}algs="ES256"`
}

/** PostgreSQL stores no NUL and no lone surrogate: a request with one gets a 400. */
export function isUnstorable(error: unknown): boolean {
  return /^(22021|22P05|22P02)$/.test(sqlState(error) ?? '')
}

// No part of the answer that was being prepared may be sent.
function clear(ctx: Context): void {
  for (const name of [
    'Location',
    'Set-Cookie',
    'Content-Type',
    'Content-Length',
    'ETag',
    'WWW-Authenticate',
  ])
    ctx.remove(name)
  ctx.set('Cache-Control', 'no-store')
}

type Saying = {
  readonly requestId: string
  readonly form: ErrorForm
  readonly typeOf: (code: string) => string
}

function answerWith(
  ctx: Context,
  pages: Pages,
  answer: Answer,
  { requestId, form, typeOf }: Saying,
): void {
  const retryAfter = answer.status === 503 ? retrySeconds : answer.retryAfterSeconds
  if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter))
  if (form === 'page' && ctx.accepts('html', 'json') === 'html') {
    const { code, way, values } = answer
    const page: ErrorPage = { code, number: errorNumber(requestId), values, ...way }
    pages.show(ctx, 'base/error', page, answer.status)
    return
  }
  if (answer.challenge !== undefined) ctx.set('WWW-Authenticate', answer.challenge)
  ctx.status = answer.status
  ctx.type = 'application/json'
  if (form === 'oauth') {
    ctx.body = { error: oauthError(answer.status) }
  } else if (form === 'authzen') {
    // AuthZEN 1.0 10.1: the body of an error is a message, as a JSON string.
    ctx.body = JSON.stringify(answer.detail ?? answer.code)
  } else {
    ctx.body = problemOf(answer, typeOf(answer.code), requestId)
    ctx.type = 'application/problem+json'
  }
}

/** RFC 9457. */
export function problemOf(
  { status, code, detail }: Pick<Answer, 'status' | 'code' | 'detail'>,
  type: string,
  requestId: string,
): object {
  return {
    type,
    title: STATUS_CODES[status],
    status,
    code,
    ...(detail === undefined ? {} : { detail }),
    request_id: requestId,
  }
}

export function oauthError(status: number): string {
  // RFC 9126 2.3 has the status 429, and no word of its own for it.
  if (status === 503 || status === 429) return 'temporarily_unavailable'
  return status === 500 ? 'server_error' : 'invalid_request'
}
