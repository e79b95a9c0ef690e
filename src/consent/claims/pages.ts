import type { ContactBlock } from '../../base/web/contact.ts'
import type { ClaimName } from '../../registry/index.ts'

export type ShownClaim = {
  /** What the service is told, as it is now; undefined: she has none. */
  readonly value: string | undefined
  /** Which provider of identities says so, and when she signed in there; undefined: she confirmed it here. */
  readonly source: { readonly name: string; readonly at: Date } | undefined
}

/** What the templates in views/claims receive. */
export type ClaimLine = ShownClaim & {
  readonly name: ClaimName
  readonly purpose: string
}

/** Whether an address is among the claims, and whether something is that a provider vouches for. */
export type ClaimKinds = { readonly email: boolean; readonly identity: boolean }

type About = {
  readonly csrf: string
  readonly service: string
  readonly organisation: string
  readonly contacts: readonly ContactBlock[]
  readonly refuseAction: string
}

/** « Ce service recevra ». */
export type ClaimsPage = About & {
  /** What the answer is about, « votre adresse courriel ». */
  readonly what: string
  readonly kinds: ClaimKinds
  /** What a yes gives. */
  readonly claims: readonly ClaimLine[]
  /** What she may tick beside it. */
  readonly ticked: readonly ClaimLine[]
  /** Whether she goes on to the service after a no. */
  readonly isOptional: boolean
  /** Names the words that she was shown: an answer is to these. */
  readonly shown: string
  readonly giveAction: string
}

/** Nothing about her may begin to flow in this session. */
export type WaitingPage = About & {
  readonly what: string
  /** Whose words say why, and what she can do. */
  readonly because: 'recovered' | 'waiting' | 'disputed'
  /** Undefined: until somebody decides. */
  readonly until: Date | undefined
  /** Where she goes on without; undefined: the service cannot do without. */
  readonly withoutAction: string | undefined
}

/** The service cannot do without what she does not have. */
export type LackingPage = About & { readonly what: string; readonly kinds: ClaimKinds }
