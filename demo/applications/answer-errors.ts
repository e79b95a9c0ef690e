import { randomUUID } from 'node:crypto'
import type { Middleware } from 'koa'
import { HttpError } from 'koa'
import { showNotice, type State, type Visit } from './application.ts'
import { errorMessages } from './log.ts'
import type { Pages } from './pages.ts'
import { answerProblem } from './problem.ts'
import { ProviderTrouble } from './provider.ts'
import type { Locale } from './words.ts'

const retryAfterSeconds = '10'

/** The one place where an error becomes an answer. A page never shows the message of an error. */
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
  // The body of a form is too large or no form. A browser never sends such a body.
  if (error instanceof HttpError && error.expose) {
    ctx.status = error.status
    ctx.body = { error: 'invalid_request', error_description: error.message }
    return
  }
  const reference = randomUUID().slice(0, 8)
  console.error(`${clientId} ${reference}: ${errorMessages(error)}`)
  const isTrouble = error instanceof ProviderTrouble
  if (isForMachines(ctx)) return answerMachine(ctx, isTrouble)
  ctx.status = isTrouble ? error.status : 500
  if (ctx.status === 503) ctx.set('Retry-After', retryAfterSeconds)
  ctx.type = 'html'
  ctx.body = pages.notice(ctx.state.locale, isTrouble ? 'unavailable' : 'broken', reference)
}

// If the broker gave no usable answer, the caller can only try again later.
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
