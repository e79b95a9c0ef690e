import { randomUUID } from 'node:crypto'
import type { Middleware } from 'koa'
import { HttpError } from 'koa'
import { showNotice, type State, type Visit } from './application.ts'
import type { Pages } from './pages.ts'
import { ProviderTrouble } from './provider.ts'
import type { Locale } from './words.ts'

const causesShown = 4

/** The one place where an error becomes an answer. What a person reads never holds what the error says. */
export function answerErrors(clientId: string, pages: Pages): Middleware<State> {
  return async (ctx, next) => {
    ctx.state.locale = localeOf(ctx)
    try {
      await next()
      if (ctx.status === 404) showNotice(ctx, pages, 404, 'notFound')
    } catch (error) {
      answer(ctx, clientId, pages, error)
    }
  }
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
  ctx.status = error instanceof ProviderTrouble ? error.status : 500
  if (ctx.status === 503) ctx.set('Retry-After', '10')
  ctx.type = 'html'
  const kind = error instanceof ProviderTrouble ? 'unavailable' : 'broken'
  ctx.body = pages.notice(ctx.state.locale, kind, reference)
}

// Messages only: the causes of openid-client hold whole answers, and with them codes and tokens.
function told(error: unknown): string {
  const messages: string[] = []
  let cause = error
  while (cause instanceof Error && messages.length < causesShown) {
    messages.push(cause.message)
    cause = cause.cause
  }
  return messages.join(' < ')
}

function localeOf(ctx: Visit): Locale {
  return ctx.path.startsWith('/en/') || ctx.query['lang'] === 'en' ? 'en' : 'fr'
}
