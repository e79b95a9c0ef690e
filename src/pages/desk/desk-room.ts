import type { DeskAct } from '../../base/values/desk-acts.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Sessions } from '../../base/ports/sessions-port.ts'
import type { Tries } from '../../base/web/limits/tries.ts'
import type { ReadOfficerSession } from '../../base/web/officer.ts'
import type { Routes } from '../../base/web/router.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { HelpVault } from '../../people/helps/index.ts'
import type { MandateVault } from '../../people/mandates/index.ts'
import type { LiveRegister } from '../../registry/index.ts'

/** What the pages of the desk work with. */
export type DeskRoom = {
  readonly foundation: Foundation
  readonly officer: ReadOfficerSession
  readonly live: LiveRegister
  readonly vault: MandateVault
  readonly helps: HelpVault
  readonly pairwise: Pairwise
  readonly tries: Tries
  /** Sessions of people, which a suspension ends. */
  readonly sessions: Sessions
}

export type DeskRoutes = Routes<'/guichet'>

/** A line of the home page. Its words are `desk.home.<name>` and `desk.home.<name>-text`. */
export type DeskLine = {
  /** Below `/guichet`. */
  readonly path: `/${string}`
  /** Whoever has no office with it reads no such line, and finds no such page. Undefined: every officer does. */
  readonly act: DeskAct | readonly DeskAct[] | undefined
  readonly name: string
  /** Of `public/icons/`. */
  readonly icon: string
}

/** A page of the desk: its routes, and its line on the home page; undefined: it has none. */
export type DeskPage = {
  readonly hangUp: (desk: DeskRoutes, context: DeskRoom) => void
  /** The same deeds over JSON: what is refused there is a problem (RFC 9457). */
  readonly hangUpFiles?: (files: DeskRoutes, context: DeskRoom) => void
  readonly line: DeskLine | undefined
}
