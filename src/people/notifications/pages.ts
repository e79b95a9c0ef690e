import type { Language } from '../../base/values/languages.ts'

/** What the templates in views/notifications receive. */
export type ContactLine = {
  readonly channel: 'email' | 'sms'
  /** Undefined: its row was changed by somebody else, and nothing is sent there. */
  readonly address: string | undefined
  readonly since: Date
}

/** An address to which a code was sent. */
export type WaitingAddress = {
  readonly channel: 'email' | 'sms'
  readonly address: string
  /** Where the code is given. */
  readonly href: string
}

export type MessageLine = {
  /** Its words are `notifications.message.<kind>.subject`. */
  readonly kind: string
  readonly channel: 'email' | 'sms' | 'none'
  readonly at: Date
  readonly state: 'sent' | 'waiting' | 'given-up' | 'line'
}

export type MessagesPage = {
  readonly csrf: string
  readonly contacts: readonly ContactLine[]
  readonly waiting: readonly WaitingAddress[]
  /** Channels that this installation has, and for which there is no address yet. */
  readonly toAdd: readonly ('email' | 'sms')[]
  readonly hasChannels: boolean
  /** The channel that the person chose, or the one that follows from her addresses. */
  readonly channel: 'email' | 'sms' | 'none'
  readonly language: Language
  readonly sendings: 'never' | 'weekly' | 'each'
  readonly questionReminders: boolean
  /** The word that she looks for; empty: none. */
  readonly word: string
  readonly messages: readonly MessageLine[]
  /** What was typed, and the code of the Refusal about it; `field` is where. */
  readonly typed: string
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, string | number>>
  readonly field: 'email' | 'sms' | undefined
  /** A deed just done: its words are `notifications.done.<done>`. */
  readonly done: string | undefined
}

export type ConfirmPage = {
  readonly csrf: string
  readonly channel: 'email' | 'sms'
  readonly address: string
  readonly action: string
  readonly problem: string | undefined
}

/** The code that was sent to an address: the same page whether or not it opens an access already. */
export type AddressCodePage = {
  readonly csrf: string
  readonly action: string
  readonly address: string
  /** Where another address can be typed, and another code asked for. */
  readonly backHref: string
  /** Where an access is made without an address; undefined: there is one already, or no key is made at this terminal. */
  readonly passkeyHref: string | undefined
  readonly problem: string | undefined
}

/** « Vérifier un message ». */
export type MessageCheckPage = {
  readonly csrf: string
  readonly typed: string
  readonly problem: string | undefined
  readonly values: Readonly<Record<string, string | number>>
  readonly answer: CheckAnswer | undefined
}

export type CheckAnswer =
  | { readonly isOurs: false }
  | {
      readonly isOurs: true
      readonly day: Date
      readonly channel: 'email' | 'sms'
      /** The words that we sent, for comparison; undefined when they have changed since. */
      readonly words: readonly string[] | undefined
      /** Looked up more often than one person would look. */
      readonly isCopied: boolean
    }
