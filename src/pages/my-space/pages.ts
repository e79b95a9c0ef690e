import type { ThreadedLead } from '../../consent/standing/index.ts'
import type { Alarm, NearDay, OpenPlaces, Protection, ToldAddress } from '../my-access/index.ts'

/** What the template in views/my-space receives. */
export type SpacePage = {
  readonly csrf: string
  readonly lead: ThreadedLead
  /** Each stands in a panel; `moreAlarms` more are asked in « Mon accès ». */
  readonly alarms: readonly Alarm[]
  readonly waits: readonly SpaceWait[]
  readonly lastSent: LastSent | undefined
  readonly protection: Protection
  /** Undefined where this installation writes to nobody. */
  readonly told: readonly ToldAddress[] | undefined
  readonly open: OpenPlaces
  readonly services: readonly SpaceService[]
}

/** Something that waits for her. Its words are `my-space.wait.<what>`, `<what>-text` and `<what>-go`; of a body in the plural `<what>-text-many`. */
export type SpaceWait = {
  readonly what:
    | 'alarms'
    | 'sign-in'
    | 'question'
    | 'confirmation'
    | 'ends'
    | 'answered'
    | 'address'
  /** What these words name. */
  readonly values: Readonly<Record<string, string | number>>
  readonly isMany: boolean
  readonly href: string
}

/** The last time that something was sent, or may have been, in the sentences `my-space.sent.<said>`. */
export type LastSent = {
  readonly sentences: readonly SentSentence[]
  readonly at: Date
  readonly when: NearDay
  readonly values: Readonly<Record<'holder' | 'recipient' | 'data', string>>
  /** Where she asks about it; undefined: she cannot, or has asked. */
  readonly askHref: string | undefined
}
export type SentVerb = 'sent' | 'may' | 'could' | 'confirms' | 'silent' | 'says'
export type SentSentence = 'for' | SentVerb | `${SentVerb}-many`

export type SpaceService = { readonly id: string; readonly name: string; readonly what: string }
