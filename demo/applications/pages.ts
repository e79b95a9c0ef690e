import { fileURLToPath } from 'node:url'
import { Eta } from 'eta'
import type { Session } from './sessions.ts'
import { type Bilingual, type Locale, type NoticeKind, words } from './words.ts'

/** What an application says about itself. */
export type Profile = {
  readonly clientId: string
  readonly name: Bilingual
  readonly title: Bilingual
  readonly lead: Bilingual
  readonly tasks: readonly Bilingual[]
  readonly neighbour: { readonly name: Bilingual; readonly address: string }
  readonly asksWhoSheIs?: true
  /** The offers of the application, for people who are signed in or not. */
  readonly offers?: readonly Offer[]
}

export type Offer = {
  readonly label: Bilingual
  readonly hint: Bilingual
  /** The path to which the form posts and at which the result is shown. */
  readonly path: string
  readonly file: Bilingual
  readonly isQuiet?: true
  /** Whether there is something to see. */
  isUnderWay(session: Session): boolean
}

export type Pages = {
  home(locale: Locale, visitor: { session: Session | undefined; hasJustLeft: boolean }): string
  notice(locale: Locale, kind: NoticeKind, reference?: string): string
  /** A page of one application alone; its path leads to the other language too. */
  page(template: string, locale: Locale, path: string, content: object): string
}

export const locales: readonly Locale[] = ['fr', 'en']
const leadsHome: ReadonlySet<NoticeKind> = new Set<NoticeKind>(['notFound', 'broken'])

export function homeOf(locale: Locale): string {
  return addressIn(locale, '/')
}

/** A page has an address in each language. */
export function addressIn(locale: Locale, path: string): string {
  return locale === 'fr' ? path : `/${locale}${path}`
}

/** What a page does has one address: it only passes the language on. */
export function actionIn(locale: Locale, path: string): string {
  return locale === 'fr' ? path : `${path}?lang=${locale}`
}

export function pagesOf(profile: Profile): Pages {
  const eta = new Eta({ views: fileURLToPath(new URL('../views', import.meta.url)), cache: true })

  // Everything is escaped by Eta (autoEscape); no template writes raw HTML but the layout's body.
  function page(template: string, locale: Locale, path: string, content: object): string {
    return eta.render(template, { ...frame(profile, locale, path), ...content })
  }

  return {
    home: (locale, { session, hasJustLeft }) =>
      session === undefined
        ? page('signed-out', locale, '/', { ...description(profile, locale), hasJustLeft })
        : page('signed-in', locale, '/', {
            ...visitorFacts(session, locale),
            ...description(profile, locale, session),
          }),
    notice(locale, kind, reference) {
      const action = leadsHome.has(kind) ? homeOf(locale) : actionIn(locale, '/sign-in')
      return page('notice', locale, '/', { notice: words[locale].notices[kind], action, reference })
    },
    page,
  }
}

function frame({ clientId, name, neighbour }: Profile, locale: Locale, path: string) {
  const otherLocale: Locale = locale === 'fr' ? 'en' : 'fr'
  return {
    words: words[locale],
    locale,
    otherLocale,
    home: homeOf(locale),
    other: addressIn(otherLocale, path),
    signIn: actionIn(locale, '/sign-in'),
    signOut: actionIn(locale, '/sign-out'),
    look: clientId,
    name: name[locale],
    neighbour: { name: neighbour.name[locale], address: neighbour.address + homeOf(locale) },
  }
}

function description(
  { title, lead, tasks, offers = [] }: Profile,
  locale: Locale,
  session?: Session,
) {
  return {
    title: title[locale],
    lead: lead[locale],
    tasks: tasks.map((task) => task[locale]),
    offers: offers.map(({ label, hint, path, file, isQuiet, isUnderWay }) => ({
      label: label[locale],
      hint: hint[locale],
      action: actionIn(locale, path),
      isQuiet,
      file: session &&
        isUnderWay(session) && { label: file[locale], address: addressIn(locale, path) },
    })),
  }
}

// « 10 h 04 » must not break over two lines.
export function timeOf(date: Date, locale: Locale): string {
  const time = { timeStyle: 'short', timeZone: 'America/Toronto' } as const
  return new Intl.DateTimeFormat(`${locale}-CA`, time).format(date).replaceAll(/\s/g, '\u00a0')
}

function visitorFacts({ sub, acr, authenticatedAt, told }: Session, locale: Locale) {
  const levels: Readonly<Record<string, string>> = words[locale].levels
  const level = acr !== undefined && Object.hasOwn(levels, acr) ? levels[acr] : levels['unknown']
  const dateAndTime = new Intl.DateTimeFormat(`${locale}-CA`, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'America/Toronto',
  })
  // « 11 h 17 » must not break over two lines.
  const since = dateAndTime.format(authenticatedAt).replace(/\sh\s/, '\u00a0h\u00a0')
  return {
    sub,
    level,
    since,
    sinceIso: authenticatedAt.toISOString(),
    email: told?.email,
    names: (told?.names ?? []).map(({ name, source, at }) => ({
      name,
      says: `${words[locale].vouchedBy} ${source}, ${dayOf(at, locale)}`,
    })),
  }
}

function dayOf(at: Date, locale: Locale): string {
  const date = { dateStyle: 'long', timeZone: 'America/Toronto' } as const
  return new Intl.DateTimeFormat(`${locale}-CA`, date).format(at).replaceAll(' ', '\u00a0')
}
