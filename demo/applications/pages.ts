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
}

export type Pages = {
  home(locale: Locale, visitor: { session: Session | undefined; hasJustLeft: boolean }): string
  notice(locale: Locale, kind: NoticeKind, reference?: string): string
}

const homeAddress: Bilingual = { fr: '/', en: '/en/' }
const signInAddress: Bilingual = { fr: '/sign-in', en: '/sign-in?lang=en' }
const signOutAddress: Bilingual = { fr: '/sign-out', en: '/sign-out?lang=en' }
const leadsHome: ReadonlySet<NoticeKind> = new Set<NoticeKind>(['notFound', 'broken'])

export function homeOf(locale: Locale): string {
  return homeAddress[locale]
}

export function pagesOf(profile: Profile): Pages {
  const eta = new Eta({ views: fileURLToPath(new URL('../views', import.meta.url)), cache: true })

  // Everything is escaped by Eta (autoEscape); no template writes raw HTML but the layout's body.
  function render(template: string, locale: Locale, content: object): string {
    return eta.render(template, { ...frame(profile, locale), ...content })
  }

  return {
    home: (locale, { session, hasJustLeft }) =>
      session === undefined
        ? render('signed-out', locale, { ...description(profile, locale), hasJustLeft })
        : render('signed-in', locale, visitorFacts(session, locale)),
    notice(locale, kind, reference) {
      const action = leadsHome.has(kind) ? homeAddress[locale] : signInAddress[locale]
      return render('notice', locale, { notice: words[locale].notices[kind], action, reference })
    },
  }
}

function frame({ clientId, name, neighbour }: Profile, locale: Locale) {
  const otherLocale: Locale = locale === 'fr' ? 'en' : 'fr'
  return {
    words: words[locale],
    locale,
    otherLocale,
    home: homeAddress[locale],
    otherHome: homeAddress[otherLocale],
    signIn: signInAddress[locale],
    signOut: signOutAddress[locale],
    look: clientId,
    name: name[locale],
    neighbour: { name: neighbour.name[locale], address: neighbour.address + homeAddress[locale] },
  }
}

function description({ title, lead, tasks }: Profile, locale: Locale) {
  return { title: title[locale], lead: lead[locale], tasks: tasks.map((task) => task[locale]) }
}

function visitorFacts({ sub, acr, authenticatedAt }: Session, locale: Locale) {
  const levels: Readonly<Record<string, string>> = words[locale].levels
  const level = acr !== undefined && Object.hasOwn(levels, acr) ? levels[acr] : levels['unknown']
  const dateAndTime = new Intl.DateTimeFormat(`${locale}-CA`, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: 'America/Toronto',
  })
  // « 11 h 17 » must not break over two lines.
  const since = dateAndTime.format(authenticatedAt).replace(/\sh\s/, '\u00a0h\u00a0')
  return { sub, level, since, sinceIso: authenticatedAt.toISOString() }
}
