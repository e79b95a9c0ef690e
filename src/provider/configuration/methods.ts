import type { Context, Middleware } from 'koa'
import { readParameters } from '../../base/web/forms.ts'
import { refuseMethod } from '../../base/web/router.ts'
import { seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/values/refusal.ts'
import { endpointAt, isWithParameters } from '../clients/endpoints.ts'

const largestForm = 8 * 1024

/** Refuses a method that an endpoint does not accept, before the request is read or the database is asked. */
export function withMethods(serve: Middleware): Middleware {
  return (ctx, next) => {
    const taken = endpointAt(ctx.path)?.methods
    if (taken?.includes(ctx.method) === false) refuseMethod(ctx, taken)
    return serve(ctx, next)
  }
}

/**
 * Answers a POST at /auth and /session/end (OpenID Connect Core, section 3.1.2.1; RP-Initiated Logout, section 2) with a redirect
 * to a GET of the same parameters, because a browser does not send our SameSite=Lax cookies with a POST from another site.
 * @returns whether the request was answered
 * @throws Refusal form.invalid (400, 415), form.too-large (413)
 */
export async function answerPost(ctx: Context): Promise<boolean> {
  if (ctx.method !== 'POST' || !isWithParameters(ctx.path)) return false
  const parameters = await readParameters(ctx, largestForm)
  for (const [name, value] of new URLSearchParams(ctx.querystring)) parameters.append(name, value)
  if (new Set(parameters.keys()).size < parameters.size) throw new Refusal('form.invalid')
  seeOther(ctx, `${ctx.path}?${parameters.toString()}`)
  return true
}
