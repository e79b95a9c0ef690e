import type { DeskRole } from '../../people/offices/index.ts'
import type { WorkLine } from './work-lines.ts'

/** What the templates in views/desk receive. */
export type DeskFrame = {
  /** The body at whose desk he works. */
  readonly body: string
  readonly roles: readonly DeskRole[]
  /** When the session ends if nothing more is done, and when in any case. */
  readonly idleAt: Date
  readonly endsAt: Date
  readonly csrf: string
}

export type DeskHomePage = {
  readonly desk: DeskFrame
  readonly lines: readonly { readonly href: string; readonly name: string; readonly icon: string }[]
}

export type WorkAccessPage = {
  readonly desk: DeskFrame
  readonly offices: readonly {
    readonly role: DeskRole | undefined
    readonly mandate: string
    readonly from: Date | undefined
    readonly until: Date
    /** The offices of those who named him; none: by an order of two signers. */
    readonly namedBy: readonly string[]
  }[]
  readonly lines: readonly WorkLine[]
  readonly olderHref: string | undefined
}
