import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import { errors, type InteractionResults, type Provider } from 'oidc-provider'
import {
  seeOther,
  showNotice,
  showPage,
  type State,
  type Visit,
} from '../applications/application.ts'
import { actionIn, homeOf, type Pages } from '../applications/pages.ts'
import { addAsset } from '../applications/routes.ts'
import { isFromOwnPages } from '../applications/security-headers.ts'
import { type Locale, words } from '../applications/words.ts'
import { means, type Resident, residentOf, residents } from './people.ts'
import { provinceWords } from './words.ts'

const formLimit = '16kb'

export type SigningIn = {
  readonly provider: Provider
  readonly pages: Pages
  readonly address: string
  readonly services: readonly string[]
}

/** The home page, and the page on which somebody says whom she plays. */
export async function routesOf(at: SigningIn): Promise<Router<State>> {
  const router = new Router<State>()
  router.get('/', (ctx) => showHome(ctx, at, 'fr'))
  router.get('/en/', (ctx) => showHome(ctx, at, 'en'))
  // A notice leads here: whoever begins anew begins at a service.
  router.get('/sign-in', (ctx) =>
    seeOther(ctx, (at.services[0] ?? '') + actionIn(ctx.state.locale, '/sign-in')),
  )
  // One path for both languages: the library's cookie is for this one.
  router.get('/connexion/:uid', (ctx) => showChoice(ctx, at))
  router.post('/connexion/:uid', bodyParser({ enableTypes: ['form'], formLimit }), (ctx) =>
    choose(ctx, at),
  )
  await addAsset(router, '/style.css', 'style.css')
  await addAsset(router, '/icon.svg', 'autre-province.svg')
  return router
}

function showHome(ctx: Visit, { pages, services }: SigningIn, locale: Locale): void {
  const page = { ...frame(locale), aid: (services[0] ?? '') + homeOf(locale) }
  showPage(ctx, pages.page('province', locale, '/', page))
}

async function showChoice(ctx: Visit, at: SigningIn): Promise<void> {
  if (!(await isWaiting(ctx, at))) return showNotice(ctx, at.pages, 400, 'startAgain')
  const { locale } = ctx.state
  const page = {
    ...frame(locale),
    action: actionIn(locale, ctx.path),
    other: actionIn(locale === 'fr' ? 'en' : 'fr', ctx.path),
  }
  showPage(ctx, at.pages.page('province-choice', locale, ctx.path, page))
}

/** A person was chosen, or nobody. */
async function choose(ctx: Visit, at: SigningIn): Promise<void> {
  if (!isFromOwnPages(ctx.headers, at.address) || !(await isWaiting(ctx, at)))
    return showNotice(ctx, at.pages, 400, 'startAgain')
  const body: unknown = ctx.request.body
  const { person } = typeof body === 'object' && body !== null ? fieldsOf(body) : {}
  const resident = typeof person === 'string' ? residentOf(person) : undefined
  const result = resident === undefined ? nobody : signedIn(resident)
  seeOther(ctx, await at.provider.interactionResult(ctx.req, ctx.res, result))
}

const nobody: InteractionResults = {
  error: 'access_denied',
  error_description: 'nobody was chosen',
}

function signedIn({ claims: { sub }, acr }: Resident): InteractionResults {
  return { login: { accountId: sub, acr, amr: [...means[acr]], remember: false } }
}

function fieldsOf(body: object): { readonly person?: unknown } {
  return body
}

// The library knows the browser by its cookie: a link to somebody else's sign-in leads nowhere.
async function isWaiting({ req, res, path }: Visit, { provider }: SigningIn): Promise<boolean> {
  try {
    const { uid, prompt } = await provider.interactionDetails(req, res)
    return path === `/connexion/${uid}` && prompt.name === 'login'
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return false
    throw error
  }
}

function frame(locale: Locale) {
  const own = provinceWords[locale]
  const { band, footer } = own
  return {
    words: { ...words[locale], band, footer },
    own,
    residents: residents.map(({ claims: { sub, given_name, family_name, birthdate }, acr }) => ({
      sub,
      given: given_name,
      name: `${given_name} ${family_name}`,
      born: dayOf(birthdate, locale),
      level: own.levels[acr],
    })),
  }
}

// « 17 avril 1991 » must not break over two lines.
function dayOf(birthdate: string, locale: Locale): string {
  const date = { dateStyle: 'long', timeZone: 'UTC' } as const
  const day = new Intl.DateTimeFormat(`${locale}-CA`, date).format(new Date(birthdate))
  return day.replaceAll(' ', '\u00a0')
}
