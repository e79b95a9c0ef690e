import type { ContactBlock } from '../../base/web/contact.ts'
import type { FactValue } from './facts.ts'
import type { ListName } from './lists.ts'

/** What the templates in views/register receive. Hrefs have the base of the language, but those of files, which have one spelling. */
export type SearchBox = { readonly words: string }

/** An object in a list. */
export type RowBlock = {
  readonly title: string
  readonly href: string
  readonly about: string | undefined
  /** The key `register.state.<state>`. */
  readonly state: string | undefined
  /** Of an agreement: the key `register.right.<right>`. */
  readonly right: string | undefined
}

export type RegisterHomePage = SearchBox & {
  readonly lists: readonly {
    readonly list: ListName
    readonly href: string
    readonly count: number
  }[]
  /** The latest first. */
  readonly changes: readonly ChangeBlock[]
  readonly signers: readonly { readonly office: string; readonly organisation: string }[]
  /** Whether a change needs two of them. */
  readonly isSigned: boolean
  /** Where one signature is enough, because nothing here is in earnest. */
  readonly isDemonstration: boolean
}

export type ChangeBlock = {
  readonly at: Date
  readonly reason: string
  readonly by: readonly string[]
  readonly objects: number
  readonly href: string
}

export type ListPage = SearchBox & {
  readonly list: ListName
  readonly choices: readonly RegisterChoice[]
  /** What is chosen, in words; empty: everything. */
  readonly chosen: readonly string[]
  readonly count: number
  readonly rows: readonly RowBlock[]
  readonly page: number
  readonly pages: number
  readonly before: string | undefined
  readonly after: string | undefined
  readonly jsonHref: string
  readonly csvHref: string
}

export type RegisterChoice = {
  readonly name: string
  readonly label: string
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly value: string
}

export type SearchPage = SearchBox & {
  readonly rows: readonly (RowBlock & { readonly list: ListName })[]
  readonly count: number
  readonly most: number
}

export type FactBlock = {
  readonly name: string
  readonly label: string
  readonly values: readonly FactValue[]
}

export type VersionBlock = {
  readonly version: number
  readonly at: Date
  readonly href: string
  readonly isShown: boolean
  readonly by: readonly string[]
  readonly reason: string | undefined
}

export type ObjectPage = {
  readonly list: ListName
  readonly title: string
  readonly lead: readonly string[]
  readonly state: string | undefined
  readonly right: string | undefined
  readonly summary: readonly FactBlock[]
  /** A note above all: this is an older version, and where the one of today is. */
  readonly newerHref: string | undefined
  /** Of a body: the page that says what it may receive and send. */
  readonly bodyHref: string | undefined
  /** What has changed since the version before, side by side; undefined: this is the first. */
  readonly compared:
    | {
        readonly before: VersionBlock
        readonly after: VersionBlock
        readonly rows: readonly {
          readonly label: string
          readonly before: readonly FactValue[]
          readonly after: readonly FactValue[]
        }[]
      }
    | undefined
  /** What this version says beside its summary and beside what has changed. */
  readonly more: readonly FactBlock[]
  /** The latest first. */
  readonly versions: readonly VersionBlock[]
  readonly related: readonly RowBlock[]
  /** Where the related objects are that are not shown. */
  readonly relatedHref: string | undefined
  readonly contacts: readonly ContactBlock[]
  readonly specialists: readonly FactBlock[]
  readonly proof: ProofBlock | undefined
  readonly jsonHref: string
  readonly csvHref: string
}

export type ProofBlock = {
  readonly sha256: string
  readonly documentHref: string
  readonly entry:
    | { readonly log: string; readonly index: number; readonly proofHref: string }
    | undefined
}

export type MissingPage = SearchBox & {
  readonly lists: RegisterHomePage['lists']
}

/** What a body may receive and send. */
export type BodyPage = {
  readonly name: string
  readonly state: string | undefined
  readonly receives: readonly BodyAgreement[]
  readonly sends: readonly BodyAgreement[]
  readonly services: readonly { readonly name: string; readonly about: string | undefined }[]
  readonly contacts: readonly ContactBlock[]
  readonly policyHref: string | undefined
  readonly complaintHref: string | undefined
  readonly recordHref: string
  readonly pastHref: string
  /** What sections 67.3 and 12.17 want of the body: all that is sent, and the report of this year. */
  readonly communicationsHref: string
  readonly yearHref: string
}

export type BodyAgreement = RowBlock & {
  readonly right: 'consent' | 'law' | 'later'
  readonly why: readonly string[]
  readonly who: string
  readonly basis: readonly FactValue[]
  readonly until: string | undefined
}
