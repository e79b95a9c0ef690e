import { readFile } from 'node:fs/promises'
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import {
  type Application,
  findSession,
  seeOther,
  showPage,
  type State,
  type Visit,
} from './application.ts'
import { homeOf } from './pages.ts'
import { comeBack, goToProvider } from './sign-in.ts'
import { endFromProvider, signOut } from './sign-out.ts'
import type { Locale } from './words.ts'

const formLimit = '16kb'
const publicFolder = new URL('../public/', import.meta.url)

export async function routesOf(app: Application): Promise<Router<State>> {
  const router = new Router<State>()
  router.get('/', (ctx) => showHome(ctx, app, 'fr'))
  router.get('/en/', (ctx) => showHome(ctx, app, 'en'))
  // Registered after /en/, because the router matches /en with /en/ as well.
  router.get('/en', (ctx) => seeOther(ctx, homeOf('en')))
  router.get('/sign-in', (ctx) => goToProvider(ctx, app))
  router.get('/callback', (ctx) => comeBack(ctx, app))
  router.post('/sign-out', (ctx) => signOut(ctx, app))
  router.post('/backchannel-logout', bodyParser({ enableTypes: ['form'], formLimit }), (ctx) =>
    endFromProvider(ctx, app),
  )
  router.get('/jwks', (ctx) => publishKeys(ctx, app))
  await addAsset(router, '/style.css', 'style.css')
  await addAsset(router, '/icon.svg', `${app.party.clientId}.svg`)
  return router
}

function showHome(ctx: Visit, app: Application, locale: Locale): void {
  const { state } = ctx.query
  if (typeof state === 'string') return welcomeBack(ctx, app, state)
  const session = findSession(ctx, app)?.session
  showPage(ctx, app.pages.home(locale, { session, hasJustLeft: 'signed-out' in ctx.query }))
}

// The provider returns here after a sign-out, to the one address that is registered: the state tells the language.
function welcomeBack(ctx: Visit, app: Application, state: string): void {
  const locale = app.departures.take(state, app.now())
  seeOther(ctx, locale === undefined ? homeOf('fr') : `${homeOf(locale)}?signed-out`)
}

// Cached for a minute only: after a change of key the provider must not trust the old one for long.
function publishKeys(ctx: Visit, app: Application): void {
  ctx.set('Cache-Control', 'public, max-age=60')
  ctx.body = { keys: [app.key.publicJwk] }
  ctx.type = 'application/jwk-set+json'
}

// Read once at the start: no path from a visitor ever reaches the file system.
export async function addAsset(router: Router<State>, path: string, file: string): Promise<void> {
  const content = await readFile(new URL(file, publicFolder))
  router.get(path, (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=3600')
    ctx.type = file.slice(file.lastIndexOf('.'))
    ctx.body = content
  })
}
