import type { LanguagePrefix } from '../values/languages.ts'
import type { SessionEnding } from './ended-session.ts'
import type { ContactBlock } from './contact.ts'
import type { Language } from '../values/languages.ts'
import type { RetentionName } from '../values/retention.ts'
import type { WayOn } from '../values/refusal.ts'

/** The database is older than its log, or runs other code than this version, or nobody here knows what is newest. */
export type HaltReason = 'restored' | 'untrusted' | 'behind' | undefined

/** What every template receives beside its own data; below, what the templates in views/base receive. */
export type Frame = {
  readonly language: Language
  /** Word-mark, from BRAND. */
  readonly brand: string
  /** Words that say which deployment this is, or undefined in production. */
  readonly deployment: string | undefined
  /** The same page in the other language. */
  readonly otherLanguageHref: string
  /** Prefix of every internal link: '' in French, '/en' in English. */
  readonly base: LanguagePrefix
  readonly signedIn: boolean
  /** What a page is to the other tabs of its browser (public/js/tabs.js); undefined: nothing. */
  readonly tab: TabRole | undefined
  /** What she calls her access; undefined where she has said nothing, and at a public terminal. */
  readonly nickname: string | undefined
  /** A question: no way to her other pages stands above it. */
  readonly isApart: boolean
  /** Asked for in large type, to read or to print; and the same page in the other size. */
  readonly isLarge: boolean
  readonly otherSizeHref: string
  /** Above every page of a public terminal; undefined on a device of one's own. */
  readonly kiosk: KioskBar | undefined
  readonly version: string
  /** Why nothing is sent for now. */
  readonly whyNothing: HaltReason
  /** Who answers for this broker, on pages where no other body answers. */
  readonly operator: OperatorBlock
  /** The spans of retention in words, for the sentences that tell them. */
  readonly spans: () => Readonly<Record<RetentionName, string>>
}

/**
 * `hers`: it shows what is a person's, and leaves the screen when she signs out in another tab; `ending`: its form signs her out; `over`:
 * nobody is signed in any more.
 */
export type TabRole = 'hers' | 'ending' | 'over'

export type OperatorBlock = {
  readonly name: string
  readonly privacyOfficer: string
  readonly contact: ContactBlock
}

/** « Poste public »: the bar by which a person ends her session, and the times after which an unused session ends. */
export type KioskBar = {
  readonly csrf: string
  /** The visit of the page, which ends too; or empty. */
  readonly visit: string
  /** The end of this session, and of no other: what a page leads to that stayed from somebody before ends nothing of hers who came. */
  readonly overHref: string
  /** Where the page goes by itself without a script; undefined where nobody is signed in or signing in: no time runs. */
  readonly refresh: { readonly seconds: number; readonly href: string } | undefined
  /** Seconds without a step until the person is asked whether she is there, and then until her session ends. */
  readonly askAfter: number
  readonly endAfter: number
}

export type ErrorPage = WayOn & {
  /** A stable code; its words are `refusal.<code>.title` and `refusal.<code>.text`. */
  readonly code: string
  /** As `errorNumber` makes it. */
  readonly number: string
  /** The refusal's values, which its words may name: `minutes`. */
  readonly values?: Readonly<Record<string, string | number>>
  /** Where the developers of a service read what is wrong with its request; absent where a service did nothing wrong. */
  readonly faultHref?: string
}

/** « Faites-le chez vous »: shown at a public terminal instead of the page on which a passkey is made. */
export type AtHomePage = {
  readonly csrf: string
  /** Where « Continuer sans clé » posts; undefined where nothing goes on. */
  readonly goOn: string | undefined
  readonly backHref: string | undefined
}

/** Shown instead of a page that needs a person, where nobody is signed in: its button begins the sign-in that leads there. */
export type BeginPage = {
  readonly csrf: string
  readonly action: string
  readonly returnTo: string
  readonly level: string
  /** How the session ended that this browser had. */
  readonly ended: SessionEnding | undefined
}

export type AttestationPage = { readonly csrf: string; readonly back: string }
