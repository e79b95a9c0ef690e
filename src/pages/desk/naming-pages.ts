import type { DeskRole, NamingWords } from '../../people/offices/index.ts'
import type { DeskFrame } from './pages.ts'

/** What a namer types. */
export type NamePage = {
  readonly desk: DeskFrame
  readonly action: string
  readonly roles: readonly DeskRole[]
  readonly typed: NamingWords
  /** Between which days the last one is, `YYYY-MM-DD`. */
  readonly first: string
  readonly last: string
  readonly problem: string | undefined
}

/** What a naming says to whoever proposed or decided it. */
export type NamedPage = {
  readonly desk: DeskFrame
  readonly step: 'proposed' | 'decided'
  readonly number: string
  readonly role: DeskRole
  readonly until: Date
  /** Half of the code, shown once; undefined: the officer keeps his keys. */
  readonly half: string | undefined
  /** Host and path, as they are typed. */
  readonly keysAddress: string
  readonly backHref: string
}

/** A naming that waits. */
export type NamingLine = {
  readonly id: string
  /** The hash of what is shown here. */
  readonly seen: string
  readonly number: string
  readonly role: DeskRole
  readonly until: Date
  readonly keys: 'new' | 'kept'
  /** The employee number of whoever proposed it; undefined: his row is not as this broker wrote it. */
  readonly by: string | undefined
  readonly isOwn: boolean
  readonly expiresAt: Date
}

export type DecisionsPage = {
  readonly desk: DeskFrame
  readonly action: string
  readonly lines: readonly NamingLine[]
  readonly done: 'refused' | 'named' | undefined
  readonly problem: string | undefined
}

export type OfficesPage = {
  readonly desk: DeskFrame
  readonly action: string
  readonly offices: readonly {
    readonly id: string
    readonly number: string | undefined
    readonly role: DeskRole | undefined
    readonly until: Date | undefined
    readonly isOwn: boolean
  }[]
  readonly isEnded: boolean
  readonly problem: string | undefined
}
