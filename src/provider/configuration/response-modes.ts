import instance from 'oidc-provider/lib/helpers/weak_cache.js'
import type { Client, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import { unregisteredObject } from '../faults/request-object-errors.ts'
import { takesObjects } from '../tokens/request-objects.ts'
import { errorUriParams } from '../faults/error-uri.ts'

// How the answer to an authorization request gets to the service.

export type AnswerParams = Readonly<Record<string, unknown>>

/** Sends the browser to the service with these parameters. */
export type ResponseMode = (
  ctx: KoaContextWithOIDC,
  redirectUri: string,
  params: AnswerParams,
) => void | Promise<void>

/**
 * Lets each answer leave by a mode that its service registered, an error too. The library would send an error by any mode that the
 * request names: a page of its own, or a fragment, that the service never asked for.
 */
export function holdToModes(provider: Provider, formPost: ResponseMode): void {
  const { responseModes } = instance(provider)
  const query = present(responseModes.get('query'), 'the response mode query')
  const signed = signedBy(provider)
  const modes = new Map<string, ResponseMode>([
    ['query', query],
    ['form_post', formPost],
    ['jwt', signed(query)],
    ['query.jwt', signed(query)],
    ['form_post.jwt', signed(formPost)],
  ])
  for (const name of responseModes.keys())
    responseModes.set(name, async (ctx, redirectUri, params) => {
      const mode = present(modes.get(nameFor(ctx.oidc.client, name)), 'a response mode')
      await mode(ctx, redirectUri, errorUriParams(provider.issuer, correctedParams(ctx, params)))
    })
}

// A service that takes signed answers alone gets no other, whatever its request says.
function nameFor(client: Client | undefined, asked: string): string {
  const [first = 'query', ...others] = present(client?.responseModes, 'the modes of a service')
  return others.includes(asked) ? asked : first
}

/** JARM: one parameter, `response`, which holds the others, for this service alone and for two minutes. */
function signedBy({ IdToken }: Provider): (mode: ResponseMode) => ResponseMode {
  return (mode) => async (ctx, redirectUri, params) => {
    const token = new IdToken({}, { ctx })
    for (const [name, value] of Object.entries(params)) token.set(name, value)
    await mode(ctx, redirectUri, { response: await token.issue({ use: 'authorization' }) })
  }
}

/** An object that is malformed besides is refused for the first reason all the same: its service has registered none. */
export function correctedParams({ oidc }: KoaContextWithOIDC, params: AnswerParams): AnswerParams {
  const { client } = oidc
  if (params['error'] !== 'invalid_request_object' || client === undefined) return params
  if (takesObjects(client)) return params
  return { ...params, error: 'request_not_supported', error_description: unregisteredObject }
}
