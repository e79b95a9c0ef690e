import type { Standing } from './request.ts'
import type { Tokens } from '../relying-party.ts'
import type { Bilingual } from '../words.ts'

/** What a person allowed, and the tokens for it. Kept in the session only: it is never in a page, an address or a log. */
export type Sharing = {
  readonly tokens: Tokens
  readonly categories: readonly string[]
  /** What can be renewed; undefined when the provider did not name it. */
  readonly standing: Standing | undefined
  /** Whether she allowed the other thing too, which our tokens then carry as well. */
  readonly hasLoan: boolean
}

/** What the agency told us of a notice of assessment. */
export type Notice = {
  readonly income: number
  readonly situation: string
  /** Undefined when the person kept it to herself. */
  readonly dependants: number | undefined
}

export type Received = { readonly notice: Notice; readonly at: Date }

/** What came of asking the agency. */
export type Reply =
  | { readonly kind: 'received'; readonly notice: Notice }
  /** The person stopped the sharing, or it came to its end. */
  | { readonly kind: 'stopped' }
  /** The broker said no for now: too often, for example. */
  | { readonly kind: 'denied'; readonly reason: Bilingual | undefined }
  | { readonly kind: 'notFound' }
  | { readonly kind: 'unavailable' }

export type BursaryFile = {
  /** Undefined once it has stopped: its tokens are forgotten too. */
  readonly sharing: Sharing | undefined
  readonly received: Received | undefined
  readonly reply: Reply
  /** The consent that was asked under, stopped or not. */
  readonly consentId?: string | undefined
}
