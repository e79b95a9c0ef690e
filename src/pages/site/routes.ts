import { languagePrefixes } from '../../base/values/languages.ts'
import type { Context } from 'koa'
import { noPersonAnswers, lawfulNow } from '../../consent/decisions/index.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Language } from '../../base/values/languages.ts'
import { languageOf, seeOther } from '../../base/web/page.ts'
import { hasSessionCookie } from '../../base/web/cookies.ts'
import type { ReadCurrentSession } from '../../base/web/person.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import { contactsOf, registerDocument } from '../../registry/index.ts'
import { forms, needs } from './help-topics.ts'
import type { FormPage, HelpPage, HomePage, NeedPage } from './pages.ts'

const iconSizes = [192, 512]
const yearSeconds = 365 * 24 * 3600

/** Pages that anyone may read. */
export function siteRoutes(
  foundation: Foundation,
  register: () => Register,
  whoIsThis: ReadCurrentSession,
): ServedRoutes {
  const { pages, clock } = foundation
  const text = (template: string) => (ctx: Context) => pages.show(ctx, template, {})
  const need = (name: NeedPage['need']) => (ctx: Context) => {
    const page: NeedPage = { need: name, steps: needs[name].steps }
    pages.show(ctx, 'site/need', page)
  }
  const form = (name: FormPage['form']) => (ctx: Context) => {
    const page: FormPage = {
      form: name,
      boxes: forms[name].boxes,
      bodies: bodiesOf(ctx, register()),
    }
    pages.show(ctx, 'site/form', page)
  }
  return routes('people')
    .get('/', async (ctx) => {
      // Of these pages this one alone looks at a session, of a browser that brings the cookie of one: for others it needs no database.
      if (hasSessionCookie(ctx) && (await whoIsThis(ctx)) !== undefined)
        return seeOther(ctx, '/espace')
      pages.show(ctx, 'site/home', homePage(ctx, register(), clock()))
    })
    .get('/aide', (ctx) => pages.show(ctx, 'site/help', helpPage(ctx, register())))
    .get(needs['lost-device'].path, need('lost-device'))
    .get(needs.surprise.path, need('surprise'))
    .get(needs['unclear-question'].path, need('unclear-question'))
    .get(needs.helping.path, need('helping'))
    .get(forms.ask.path, form('ask'))
    .get(forms.stop.path, form('stop'))
    .get(forms.complain.path, form('complain'))
    .get('/accessibilite', text('site/accessibility'))
    .get('/confidentialite', text('site/privacy'))
    .served('page')
}

/** Files that programs look for, at names that standards give them. */
export function siteFileRoutes({ config, clock, db }: Foundation): ServedRoutes {
  return (
    routes('programs')
      // A program can compute the object's entry in the public log from these bytes: it is their SHA-256.
      .get('/register/objects/:kind/:file', async (ctx) => {
        const { kind, file } = ctx.params
        const [, ref = ''] = /^(.*)\.json$/.exec(file) ?? []
        const document = await registerDocument(db, kind, ref)
        if (document === undefined) throw new Refusal('not-found', 404)
        ctx.set('Cache-Control', `public, max-age=${yearSeconds}, immutable`)
        ctx.type = 'application/json'
        ctx.body = document
      })
      .get('/.well-known/security.txt', (ctx) => {
        ctx.type = 'text/plain; charset=utf-8'
        ctx.body = securityText(config.issuer, secondsAfter(clock(), yearSeconds / 2))
      })
      // W3C "A Well-Known URL for Changing Passwords": there is no password; what replaces it is managed here.
      .get('/.well-known/change-password', (ctx) => {
        ctx.redirect('/acces')
        ctx.status = 303
      })
      // A browser asks for it without a cookie, so that no notice may stand before the English one.
      .get('/manifest.webmanifest', (ctx) => sendManifest(ctx, config.brand, 'fr'))
      .get('/manifest.en.webmanifest', (ctx) => sendManifest(ctx, config.brand, 'en'))
      .served('page')
  )
}

function homePage(ctx: Context, register: Register, now: Date): HomePage {
  const language = languageOf(ctx)
  // A native application has no page to begin at.
  const withPages = [...register.services.values()].filter(({ profile }) => profile !== 'native')
  const services = withPages.flatMap((service) => {
    const [first] = Array.isArray(service.metadata['redirect_uris'])
      ? service.metadata['redirect_uris']
      : []
    const href = typeof first === 'string' ? new URL(first).origin : undefined
    return href === undefined
      ? []
      : [{ name: service.name[language], href, what: service.description?.[language] }]
  })
  const lawful = lawfulNow(register, noPersonAnswers, now).filter(
    ({ isShownLater }) => !isShownLater,
  )
  return { services, lawful: new Set(lawful.map(({ recipient }) => recipient)).size }
}

function helpPage(ctx: Context, register: Register): HelpPage {
  const ofNeeds = Object.entries(needs).map(([need, { path }]) => ({ need, path }))
  const ofForms = Object.entries(forms).map(([form, { path }]) => ({ form, path }))
  return {
    bodies: bodiesOf(ctx, register),
    needs: ofNeeds as HelpPage['needs'],
    forms: ofForms as HelpPage['forms'],
  }
}

// W3C Web Application Manifest. The address bar stays: it is how she checks a site. No service worker: nothing of hers stays in a browser
// that others use too.
function sendManifest(ctx: Context, brand: string, language: Language): void {
  ctx.type = 'application/manifest+json'
  ctx.body = JSON.stringify({
    id: '/',
    name: brand,
    short_name: brand,
    lang: `${language}-CA`,
    display: 'minimal-ui',
    scope: '/',
    start_url: `${languagePrefixes[language]}/espace`,
    background_color: '#ffffff',
    theme_color: '#095797',
    icons: iconSizes.map((size) => ({
      src: `/icons/mark-${size}.png`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      purpose: 'any maskable',
    })),
  })
}

function bodiesOf(ctx: Context, register: Register): HelpPage['bodies'] {
  const language = languageOf(ctx)
  const bodies = register.bodies.toSorted((one, other) =>
    one.name[language].localeCompare(other.name[language], language),
  )
  return contactsOf(bodies, language)
}

// RFC 9116.
function securityText(issuer: string, expires: Date): string {
  return [
    `Contact: ${issuer}/aide`,
    `Expires: ${expires.toISOString()}`,
    'Preferred-Languages: fr, en',
    `Canonical: ${issuer}/.well-known/security.txt`,
    '',
  ].join('\n')
}
