import type { ContactBlock } from '../../base/web/contact.ts'
import type { ClaimName } from '../../registry/index.ts'

/** What the templates in views/claims receive. */
export type ClaimLine = {
  readonly name: ClaimName
  /** What the service is told, as it is now. */
  readonly value: string
  readonly purpose: string
}

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

/** The service cannot do without what she does not have. */
export type LackingPage = About & { readonly what: string }
