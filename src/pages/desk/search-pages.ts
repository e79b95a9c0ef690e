import type { SearchAnswer, SearchReason } from '../../people/searches/index.ts'
import type { DeskFrame } from './pages.ts'
import type { SuspensionAnswer } from './suspend-at-request.ts'

/** A form that asks for a reference, and why. */
export type ReferenceFields = {
  readonly reasons: readonly SearchReason[]
  readonly typed: {
    readonly reference: string
    readonly reason: SearchReason | undefined
    readonly note: string
  }
  readonly mostNoteCharacters: number
  readonly problem: string | undefined
  readonly field: 'numero' | 'present' | 'mots' | undefined
  readonly values: Readonly<Record<string, string | number>>
}

export type AccessSearchPage = ReferenceFields & {
  readonly desk: DeskFrame
  readonly mostAnHour: number
  /** Undefined: nothing was searched. */
  readonly answer: SearchAnswer | undefined
}

export type SuspensionPage = ReferenceFields & {
  readonly desk: DeskFrame
  /** Undefined: nothing was asked. */
  readonly answer: SuspensionAnswer | undefined
}

export type SearchCountsPage = {
  readonly desk: DeskFrame
  readonly days: number
  readonly rows: readonly {
    /** The short number of an office. */
    readonly office: string
    readonly reason: SearchReason
    readonly count: number
    readonly foundNobody: number
  }[]
}
