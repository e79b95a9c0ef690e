/** What every template receives beside its own data, and what the templates in views/foundation receive. */
export type Language = 'fr' | 'en'

export type Frame = {
  readonly language: Language
  /** Word-mark, from BRAND. */
  readonly brand: string
  /** A word that says which deployment this is ("démonstration"), or undefined in production. */
  readonly deployment: string | undefined
  /** The same page in the other language. */
  readonly otherLanguageHref: string
  /** Prefix of every internal link: '' in French, '/en' in English. */
  readonly base: '' | '/en'
  readonly signedIn: boolean
  /** Asked for in large type, to read or to print; and the same page in the other size. */
  readonly isLarge: boolean
  readonly otherSizeHref: string
  readonly version: string
}

export type ErrorPage = {
  /** A stable code; its words are `refusal.<code>.title` and `refusal.<code>.text`. */
  readonly code: string
  readonly requestId: string
  /** Where to go on from here, if somewhere is better than the home page. */
  readonly nextHref: string | undefined
  /** The refusal's values, which its words may name: `minutes`. */
  readonly values?: Readonly<Record<string, string | number>>
}

export type AttestationPage = { readonly csrf: string; readonly back: string }
