import type { ContactBlock } from '../../base/web/contact.ts'
import type { SignPart, TermsPage } from '../../consent/asking/index.ts'
import type { SendingLines } from '../../consent/record/index.ts'
import type { SharingView } from './pages.ts'
import type { DeedLeft } from './still-pages.ts'

/** An earlier last day, fewer of the optional categories, less often: the choice. */
export type NarrowPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  readonly sharing: SharingView
  /** What she typed before, where a try failed. */
  readonly typed: NarrowTyped | undefined
  /** Optional categories that are sent now; ticked ones go on being sent. */
  readonly optional: readonly {
    readonly id: string
    readonly label: string
    readonly description: string
    readonly isKept: boolean
  }[]
  /** How often at most until now, where that is limited. */
  readonly frequency: { readonly count: number; readonly per: string } | undefined
  readonly action: string
  readonly keepHref: string
  /** Why the last try failed: a Refusal's code; `field` is where. */
  readonly problem: string | undefined
  readonly field: 'until_day' | 'fois' | undefined
}

/** The fields as she left them: an earlier last day in three boxes, and how often at most. */
export type NarrowTyped = {
  readonly day: string
  readonly month: string
  readonly year: string
  readonly times: string | undefined
}

/** The region that is hashed and kept as it was shown: what changes, and the words of the authorization as they would stand. */
export type NarrowingRegion = {
  /** « De l’Agence du revenu », « à l’Aide aux études »: the two bodies, at the beginning of a sentence and inside. */
  readonly from: string
  readonly to: string
  readonly until: Date
  /** The last day until now, where it changes. */
  readonly untilBefore: Date | undefined
  readonly sending: SendingLines
  /** How often at most, where it changes. */
  readonly limit:
    | { readonly count: number; readonly per: string; readonly countBefore: number }
    | undefined
  readonly terms: TermsPage
}

/** The page that confirms a narrower sharing. */
export type NarrowingPage = {
  /** « Parler à quelqu’un »: the bodies that this page is about. */
  readonly contacts: readonly ContactBlock[]
  readonly csrf: string
  readonly presentation: string
  readonly narrowing: NarrowingRegion
  /** The words of the two buttons: they stand in the region, too. */
  readonly labels: { readonly grant: string; readonly refuse: string }
  readonly sign: SignPart
  /** What may be sent of the data that it would no longer have. */
  readonly left: DeedLeft
  /** Of an earlier end: what may be sent of the other data afterwards. Empty: it is not said. */
  readonly afterwards: readonly string[]
  /** How often it was used of the times that the lower limit allows; 0: it is not said. */
  readonly counted: number
  readonly action: string
  readonly changeHref: string
}
