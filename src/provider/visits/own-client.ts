import { randomBytes } from 'node:crypto'
import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Endpoint, ServedRoutes } from '../../base/web/endpoints.ts'
import { isAmong } from '../../base/web/endpoints.ts'
import { baseOf, languageOf } from '../../base/web/page.ts'
import { choicePattern } from '../../base/web/person.ts'
import { routes } from '../../base/web/router.ts'
import type { Errand } from '../../base/web/visit.ts'
import { ownService } from '../../registry/index.ts'
import { unsecuredJwt } from '../tokens/request-objects.ts'
import { currentUnit, nowSeconds } from '../unit/unit.ts'

// A visit of our own service: it begins at a page that needs a person, and leads back there.

export const returnPath = '/retour'
const pushedSeconds = 60

/** Pushes an authorization request of our own service, without a call over the network. @returns where to send the browser */
export async function pushOwnRequest(
  ctx: Context,
  provider: Provider,
  errand: Errand,
): Promise<string> {
  const now = nowSeconds(currentUnit())
  const claims = {
    client_id: ownService,
    response_type: 'code',
    redirect_uri: `${provider.issuer}${returnPath}`,
    scope: 'openid',
    // The code is never redeemed: nobody knows the verifier of this challenge.
    code_challenge: randomBytes(32).toString('base64url'),
    code_challenge_method: 'S256',
    state: `${baseOf(ctx)}${errand.returnTo}`,
    ...(errand.level === undefined ? {} : { acr_values: errand.level }),
    ...(errand.maxAgeSeconds === undefined ? {} : { max_age: errand.maxAgeSeconds }),
    ...(languageOf(ctx) === 'en' ? { ui_locales: 'en' } : {}),
    iss: ownService,
    aud: provider.issuer,
    iat: now,
    nbf: now,
    exp: now + pushedSeconds,
  }
  const pushed = new provider.PushedAuthorizationRequest({ request: unsecuredJwt(claims) })
  const id = await pushed.save(pushedSeconds)
  const query = new URLSearchParams({
    client_id: ownService,
    request_uri: `urn:ietf:params:oauth:request_uri:${id}`,
  })
  return `${provider.issuer}/auth?${query.toString()}`
}

/** Where visits of our own service may lead back to. */
export type WaysBack = {
  /** The pages of a person. */
  readonly pages: readonly Endpoint[]
  /** Those among them that begin no visit: the page of a question is only shown, and can be refused without a new sign-in. */
  readonly kept: readonly Endpoint[]
  /** Where everything else leads. */
  readonly home: string
}

/** `/retour`: where a visit of our own service ends. The code is never redeemed; only `state` is read, the page to go on at. */
export function returnRoutes({ pages, kept, home }: WaysBack): ServedRoutes {
  const [isPage, isKept] = [isAmong(pages), isAmong(kept)]
  const wayBack = (state: string, isGivenUp: boolean): string => {
    const base = state.startsWith('/en/') ? '/en' : ''
    const [, path = '', choice = ''] = /^([\w/-]+)(\?.*)?$/s.exec(state.slice(base.length)) ?? []
    const isOurs = isPage(path) && (choice === '' || choicePattern.test(choice))
    // A person who gave the visit up must not go to a page that would begin it again.
    return isOurs && (!isGivenUp || isKept(path)) ? state : base + home
  }
  return routes('people')
    .get(returnPath, (ctx) => {
      const { state = '', error } = ctx.query
      ctx.redirect(typeof state === 'string' ? wayBack(state, error !== undefined) : home)
      ctx.status = 303
    })
    .served('sign-in')
}
