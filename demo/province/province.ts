import Koa from 'koa'
import { Provider } from 'oidc-provider'
import { answerErrors } from '../applications/answer-errors.ts'
import { addressOf, type Settings, type State } from '../applications/application.ts'
import { openSigningJwk } from '../applications/client-key.ts'
import { type Profile, pagesOf } from '../applications/pages.ts'
import { securityHeaders } from '../applications/security-headers.ts'
import { listen, type Running } from '../applications/serve.ts'
import { configurationOf, provinceId, provinceNames } from './configuration.ts'
import { routesOf } from './sign-in.ts'

/** What the library answers by itself; all else is a page of ours. */
const protocolPaths =
  /^\/(?:\.well-known\/openid-configuration|auth(?:\/[\w-]+)?|request|token|me|jwks)$/

export type Province = Running & { readonly address: string }

/** « Une autre province (démo) »: an identity provider of an invented body, whose people sign in at the broker by it. */
export async function startProvince(
  settings: Settings & {
    /** Where a sign-in here ends: the addresses of the services behind the broker. */
    readonly services: readonly string[]
  },
): Promise<Province> {
  const { issuer: broker, port, dataDir, services } = settings
  const address = addressOf(port)
  const pages = pagesOf(profile(services))
  const provider = new Provider(
    address,
    configurationOf({
      broker,
      signingKey: await openSigningJwk(dataDir, provinceId),
      showError(ctx) {
        ctx.type = 'html'
        ctx.body = pages.notice('fr', 'startAgain')
      },
    }),
  )
  const web = new Koa<State>()
  // Chromium applies `form-action` to each redirect after a POST: from here to the broker, and from there to a service.
  web.use(securityHeaders(address, broker, services))
  web.use(answerErrors(provinceId, pages))
  web.use((await routesOf({ provider, pages, address, services })).routes())
  web.use(protocol(provider))
  return { address, ...(await listen(web, port, () => undefined)) }
}

function protocol(provider: Provider): Koa.Middleware<State> {
  const answer = provider.callback()
  return async (ctx, next) => {
    if (!protocolPaths.test(ctx.path)) return next()
    ctx.respond = false
    await answer(ctx.req, ctx.res)
  }
}

function profile([aid = '']: readonly string[]): Profile {
  return {
    clientId: provinceId,
    name: provinceNames,
    title: { fr: '', en: '' },
    lead: { fr: '', en: '' },
    tasks: [],
    neighbour: { name: { fr: '', en: '' }, address: aid },
  }
}
