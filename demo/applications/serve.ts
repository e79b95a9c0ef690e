import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Router } from '@koa/router'
import Koa from 'koa'
import { answerErrors } from './answer-errors.ts'
import {
  addressOf,
  type Application,
  openApplication,
  type Settings,
  type State,
} from './application.ts'
import { openClientKey } from './client-key.ts'
import type { Profile } from './pages.ts'
import { routesOf } from './routes.ts'
import { securityHeaders } from './security-headers.ts'

const requestTimeoutMilliseconds = 10_000

export type Running = { close(): Promise<void> }

/** What one application has besides signing in: its routes, and what there is to close with it. */
export type Furnish = (
  router: Router<State>,
  app: Application,
) => { readonly close: () => void } | void

/** Starts an application; it listens when the promise is kept, whether the provider is there or not. */
export async function serve(
  profile: Profile,
  settings: Settings,
  furnish: Furnish,
): Promise<Running> {
  const key = await openClientKey(settings.dataDir, profile.clientId)
  const app = openApplication(profile, settings, key)
  const router = await routesOf(app)
  const furniture = furnish(router, app)
  const koa = new Koa<State>()
  koa.use(securityHeaders(addressOf(settings.port), settings.issuer))
  koa.use(answerErrors(profile.clientId, app.pages))
  koa.use(router.routes())
  return listen(koa, settings.port, () => furniture?.close())
}

/** Listens for this computer alone. @param stop what else ends with it */
export async function listen(koa: Koa<State>, port: number, stop: () => void): Promise<Running> {
  const answer = koa.callback()
  const server = createServer(
    { requestTimeout: requestTimeoutMilliseconds },
    (request, response) => {
      void answer(request, response)
    },
  )
  // A demonstration is for this computer alone.
  server.listen(port, 'localhost')
  await once(server, 'listening')
  return {
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      stop()
      await closed
    },
  }
}
