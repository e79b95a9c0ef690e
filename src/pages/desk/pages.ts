import type { DeskRole } from '../../people/offices/index.ts'

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
