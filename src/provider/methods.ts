import type { Context, Middleware } from 'koa'
import { readParameters } from '../base/web/forms.ts'
import { refuseMethod } from '../base/web/methods.ts'
import { Refusal } from '../base/platform/refusal.ts'
import { endpointAt, isWithParameters } from './endpoints.ts'

const largestForm = 8 * 1024

/** Refuses a method that an endpoint does not take, before anything is read or looked up for it. */
export function withMethods(serve: Middleware): Middleware {
  return (ctx, next) => {
    const taken = endpointAt(ctx.path)?.methods
    if (taken?.includes(ctx.method) === false) refuseMethod(ctx, taken)
    return serve(ctx, next)
  }
}

/**
 * Answers a POST at /auth and /session/end (OpenID Connect Core 3.1.2.1, RP-Initiated Logout 2) by a GET of the same parameters:
 * a browser sends our cookies, which are SameSite=Lax, with that.
 * @returns whether it was answered
 * @throws Refusal form.invalid (400, 415), form.too-large (413)
 */
export async function answerPost(ctx: Context): Promise<boolean> {
  if (ctx.method !== 'POST' || !isWithParameters(ctx.path)) return false
  const parameters = await readParameters(ctx, largestForm)
  for (const [name, value] of new URLSearchParams(ctx.querystring)) parameters.append(name, value)
  if (new Set(parameters.keys()).size < parameters.size) throw new Refusal('form.invalid')
  ctx.redirect(`${ctx.path}?${parameters.toString()}`)
  ctx.status = 303
  return true
}
