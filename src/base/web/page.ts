import { languagePrefixes } from '../values/languages.ts'
import type { LanguagePrefix } from '../values/languages.ts'
import type { Context, Middleware } from 'koa'
import type { Config, Mode } from '../settings/config.ts'
import { contactBlock } from './contact.ts'
import { isCanonical } from './front-door.ts'
import type { Language } from '../values/languages.ts'
import type { ErrorPage, Frame, KioskBar, OperatorBlock, TabRole, HaltReason } from './pages.ts'
import type { Spans } from '../values/retention.ts'
import { spansInWords } from '../values/retention.ts'
import type { Refusal } from '../values/refusal.ts'
import { escape } from './views.ts'

type Views = {
  render(template: string, page: object, frame: Frame): string
  fragment(template: string, page: object, frame: Frame): string
}

type Refused = Pick<Refusal, 'status' | 'retryAfterSeconds'>

export type Pages = {
  /**
   * Answers with a template of views/, in the language of the URL. Never cached: pages show what is true now.
   * @param answer the status, or the refusal of which the page tells, with the time after which to try again
   */
  show(ctx: Context, template: string, page: object, answer?: number | Refused): void
  /**
   * A page of an error that is made once for each language, and then costs next to nothing: no reader is looked at.
   * @param otherLanguageHref as the page was asked for
   */
  kept(language: Language, page: ErrorPage, otherLanguageHref: string): string
  /** HTML of a region of a page, which depends on nothing but its data and the language: for hashing what is shown. */
  fragment(language: Language, template: string, page: object): string
}

const deployments: Readonly<Record<Mode, Readonly<Record<Language, string>> | undefined>> = {
  demonstration: {
    fr: 'Démonstration\u00a0: tout est inventé',
    en: 'Demonstration: everything is made up',
  },
  staging: {
    fr: 'Préproduction\u00a0: pour des essais seulement',
    en: 'Staging: for trials only',
  },
  production: undefined,
}

export type PageSettings = {
  readonly brand: string
  readonly mode: Mode
  readonly version: string
  readonly operator: Config['operator']
  readonly whyNothing: () => HaltReason
  /** How long what is kept is kept, by the register of now. */
  readonly spans: () => Spans
}

export function makePages(views: Views, settings: PageSettings): Pages {
  const kept = new Map<string, readonly string[]>()

  return {
    show(ctx, template, page, answer = 200) {
      const frame = frameOf(ctx, template, settings)
      rememberSize(ctx)
      const { status, retryAfterSeconds } = typeof answer === 'number' ? { status: answer } : answer
      ctx.status = status
      if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(retryAfterSeconds))
      ctx.type = 'html'
      ctx.set('Cache-Control', 'no-store')
      ctx.body = views.render(template, page, frame)
    },

    kept(language, page, address) {
      const name = `${page.code} ${language} ${settings.whyNothing()}`
      const pieces = kept.get(name) ?? piecesOf(views, page, keptFrame(language, settings))
      kept.set(name, pieces)
      return filled(pieces, { number: page.number, address })
    },

    fragment: (language, template, page) =>
      views.fragment(template, page, frameless(language, settings)),
  }
}

function frameOf(ctx: Context, template: string, settings: PageSettings): Frame {
  const language = languageOf(ctx)
  return {
    language,
    brand: settings.brand,
    deployment: deployments[settings.mode]?.[language],
    otherLanguageHref: otherLanguageOf(ctx),
    isLarge: isLarge(ctx),
    otherSizeHref: otherSizeOf(ctx),
    base: baseOf(ctx),
    signedIn: isSignedIn(ctx, template),
    tab: tabOf(ctx, template),
    nickname: (ctx.state as { nickname?: () => string | undefined }).nickname?.(), // set by nameAccess
    isApart: (ctx.state as { isApart?: boolean }).isApart === true, // set by standApart
    kiosk: (ctx.state as { kiosk?: () => KioskBar }).kiosk?.(), // set by src/pages/kiosk/routes.ts
    version: settings.version,
    whyNothing: settings.whyNothing(),
    operator: operatorBlock(settings, language),
    spans: () => spansInWords(settings.spans(), language),
  }
}

function keptFrame(language: Language, settings: PageSettings): Frame {
  return {
    ...frameless(language, settings),
    deployment: deployments[settings.mode]?.[language],
    version: settings.version,
    whyNothing: settings.whyNothing(),
    otherLanguageHref: '@address@',
  }
}

/** The page with two gaps, cut there: text, name of a gap, text, and so on. */
function piecesOf(views: Views, page: ErrorPage, frame: Frame): string[] {
  const html = views.render('base/error', { ...page, number: '@number@' }, frame)
  return html.split(/@(number|address)@/)
}

function filled(pieces: readonly string[], values: Readonly<Record<string, string>>): string {
  return pieces.map((piece, n) => (n % 2 === 0 ? piece : escape(values[piece]))).join('')
}

// A page that anybody may read looks at no session: a browser that had one keeps the way back to her pages there. If the session is
// over, they ask for a sign-in.
function isSignedIn(ctx: Context, template: string): boolean {
  const { isSignedIn = false, hadSession = false } = ctx.state as Partial<Known> // set by requirePerson and rememberSession
  return (
    isSignedIn ||
    (hadSession &&
      /^(?:circulation\/|open-data\/|site\/|register\/|status\/|verifier\/|base\/error$|notifications\/check$)/.test(
        template,
      ))
  )
}

// Pages that anybody may read show nothing of hers, whatever cookie came with the request.
function tabOf(ctx: Context, template: string): TabRole | undefined {
  if (template === 'provider/sign-out') return 'ending'
  if (/^(?:base\/begin|my-access\/closed)$/.test(template)) return 'over'
  return (ctx.state as Partial<Known>).isSignedIn === true ? 'hers' : undefined
}

type Known = { readonly isSignedIn: boolean; readonly hadSession: boolean }

// The part of a page that is kept must not change with its reader, or with our version.
function frameless(language: Language, settings: PageSettings): Frame {
  const base = languagePrefixes[language]
  const hrefs = { otherLanguageHref: '', otherSizeHref: '' }
  const reader = { signedIn: false, tab: undefined, nickname: undefined, kiosk: undefined }
  const not = { isApart: false, isLarge: false, whyNothing: undefined }
  const operator = operatorBlock(settings, language)
  const spans = () => spansInWords(settings.spans(), language)
  const own = { operator, brand: settings.brand, deployment: undefined, version: '', spans }
  return { ...hrefs, ...reader, ...not, ...own, language, base }
}

function operatorBlock({ operator }: PageSettings, language: Language): OperatorBlock {
  const { name, privacyOfficer, email } = operator
  return {
    name: name[language],
    privacyOfficer: privacyOfficer[language],
    contact: contactBlock(operator, language, { email }),
  }
}

function otherLanguageOf(ctx: Context): string {
  const { otherLanguageHref } = ctx.state as { otherLanguageHref?: string } // set by attestation.ts for its notice
  if (otherLanguageHref !== undefined) return otherLanguageHref
  return `${languageOf(ctx) === 'en' ? '' : '/en'}${ownPageOf(ctx)}`
}

// An address that the front door refused is not repeated in a link.
export function ownPageOf(ctx: Context): string {
  const { ownPage } = ctx.state as { ownPage?: string }
  return ownPage ?? (isCanonical(ctx.path) ? ctx.path + ctx.search : '/')
}

// `?gros=1` asks for large type: such a link can be given to a reader who needs large type, and printed. The pages after it are in
// large type too, until `?gros=0`, or until the browser ends.
export function isLarge(ctx: Context): boolean {
  const { gros } = ctx.query
  return gros === '1' || (gros === undefined && ctx.cookies.get(sizeCookie(ctx)) === 'large')
}

function rememberSize(ctx: Context): void {
  const { gros } = ctx.query
  if (gros !== '1' && gros !== '0') return
  const { secure } = ctx
  const kept = gros === '1' ? 'large' : null
  ctx.cookies.set(sizeCookie(ctx), kept, { httpOnly: true, sameSite: 'lax', secure })
}

function sizeCookie(ctx: Context): string {
  return ctx.secure ? '__Host-type' : 'type'
}

function otherSizeOf(ctx: Context): string {
  const [path = '/', search = ''] = ownPageOf(ctx).split('?', 2)
  const query = new URLSearchParams(search)
  query.set('gros', isLarge(ctx) ? '0' : '1')
  return `${baseOf(ctx)}${path}${query.size === 0 ? '' : `?${query.toString()}`}`
}

/**
 * French, unless the address begins with /en; Accept-Language never switches (Charter of the French language).
 * @param answer what answers in English, at the address without its beginning
 */
export function english(answer: Middleware): Middleware {
  return (ctx, next) => {
    if (ctx.path !== '/en' && !ctx.path.startsWith('/en/')) return next()
    ctx.path = ctx.path.slice(3) || '/'
    Object.assign(ctx.state, { language: 'en' })
    return answer(ctx, next)
  }
}

export function languageOf(ctx: Context): Language {
  return (ctx.state as { language?: Language }).language ?? 'fr' // set by `english`
}

export function baseOf(ctx: Context): LanguagePrefix {
  return languagePrefixes[languageOf(ctx)]
}

/** Names the page to which this answer to a form belongs: the form's own address cannot be read again, in either language. */
export function setOwnPage(ctx: Context, path: string): void {
  Object.assign(ctx.state, { ownPage: path })
}

/** Notes how to read what somebody calls her access, for the head of the pages on which she is signed in: it is sealed. */
export function nameAccess(ctx: Context, nickname: () => string | undefined): void {
  Object.assign(ctx.state, { nickname })
}

/** A question to somebody who is signed in stands apart from her own pages: nothing leads away from it but « Me déconnecter ». */
export function standApart(ctx: Context): void {
  Object.assign(ctx.state, { isSignedIn: true, isApart: true })
}

/** 303 after a POST, so that going back or reloading repeats nothing; in the language of the page. */
export function seeOther(ctx: Context, path: string): void {
  ctx.redirect(`${baseOf(ctx)}${path}`)
  ctx.status = 303
}
