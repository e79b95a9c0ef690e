import { randomUUID } from 'node:crypto'
import type { Middleware } from 'koa'
import { HttpError } from 'koa'
import { showNotice, type State, type Visit } from './application.ts'
import { told } from './log.ts'
import type { Pages } from './pages.ts'
import { answerProblem } from './problem.ts'
import { ProviderTrouble } from './provider.ts'
import type { Locale } from './words.ts'

const retryAfterSeconds = '10'

/** The one place where an error becomes an answer. What a person reads never holds what the error says. */
export function answerErrors(clientId: string, pages: Pages): Middleware<State> {
  return async (ctx, next) => {
    ctx.state.locale = localeOf(ctx)
    try {
      await next()
      if (ctx.status === 404 && !ctx.body) answerNothing(ctx, pages)
    } catch (error) {
      answer(ctx, clientId, pages, error)
    }
  }
}

function answerNothing(ctx: Visit, pages: Pages): void {
  if (isForMachines(ctx)) answerProblem(ctx, 404, 'path.unknown')
  else showNotice(ctx, pages, 404, 'notFound')
}

function answer(ctx: Visit, clientId: string, pages: Pages, error: unknown): void {
  // From reading a form: too large, or not a form. Only machines meet it.
  if (error instanceof HttpError && error.expose) {
    ctx.status = error.status
    ctx.body = { error: 'invalid_request', error_description: error.message }
    return
  }
  const reference = randomUUID().slice(0, 8)
  console.error(`${clientId} ${reference}: ${told(error)}`)
  const isTrouble = error instanceof ProviderTrouble
  if (isForMachines(ctx)) return answerMachine(ctx, isTrouble)
  ctx.status = isTrouble ? error.status : 500
  if (ctx.status === 503) ctx.set('Retry-After', retryAfterSeconds)
  ctx.type = 'html'
  ctx.body = pages.notice(ctx.state.locale, isTrouble ? 'unavailable' : 'broken', reference)
}

// Whether the broker said nothing or nothing that can be used: its caller can only come again.
function answerMachine(ctx: Visit, isTrouble: boolean): void {
  if (!isTrouble) return answerProblem(ctx, 500, 'broken')
  ctx.set('Retry-After', retryAfterSeconds)
  answerProblem(ctx, 503, 'broker.silent')
}

function isForMachines(ctx: Visit): boolean {
  return ctx.path.startsWith('/api/')
}

function localeOf(ctx: Visit): Locale {
  return ctx.path.startsWith('/en/') || ctx.query['lang'] === 'en' ? 'en' : 'fr'
}
