import instance from 'oidc-provider/lib/helpers/weak_cache.js'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { unregisteredObject } from './faults-of-objects.ts'
import { takesObjects } from './request-objects.ts'

// How the answer to an authorization request gets to the service.

export type AnswerParams = Readonly<Record<string, unknown>>

/** A response mode of the library: sends the browser to the service with these parameters. */
export type ResponseMode = (
  ctx: KoaContextWithOIDC,
  redirectUri: string,
  params: AnswerParams,
) => void | Promise<void>

/**
 * Lets each answer leave by a mode that its service registered. The library would send an error by any mode that the request names: a
 * page of its own, or a fragment, that the service never asked for.
 */
export function holdToModes(provider: Provider): void {
  const { responseModes } = instance(provider)
  const query = responseModes.get('query')
  if (query === undefined) throw new Error('the library names its response modes otherwise')
  for (const [name, mode] of responseModes)
    responseModes.set(name, (ctx, redirectUri, params) => {
      const isRegistered = ctx.oidc.client?.responseModes?.includes(name) === true
      return (isRegistered ? mode : query)(ctx, redirectUri, corrected(ctx, params))
    })
}

/** An object that is malformed besides is refused for the first reason all the same: its service has registered none. */
export function corrected({ oidc }: KoaContextWithOIDC, params: AnswerParams): AnswerParams {
  const { client } = oidc
  if (params['error'] !== 'invalid_request_object' || client === undefined) return params
  if (takesObjects(client)) return params
  return { ...params, error: 'request_not_supported', error_description: unregisteredObject }
}
