import type { InBoth } from '../base/platform/languages.ts'

/** The values that the templates in views/provider receive. */
export type SignOutPage = {
  readonly action: string
  readonly xsrf: string
  /** The service that asked for the sign-out, if a service did. */
  readonly service: string | undefined
  /** False when nobody is signed in here: the page then only offers to go on. */
  readonly signedIn: boolean
}

/** The way back to a service by a form, in both languages: the person sees it where her browser runs no script. */
export type ReturnPage = {
  readonly action: string
  readonly fields: readonly { readonly name: string; readonly value: string }[]
  /** The service. */
  readonly name: InBoth
}

export type SignedOutPage = { readonly service: string | undefined }

/** `/api/errors`: what each error of the protocol and of the JSON APIs means, for the developers of a service. */
export type ErrorListPage = { readonly faults: readonly ShownFault[] }

export type ShownFault = {
  readonly code: string
  readonly anchor: string
  readonly error: string
  readonly status: number | undefined
  readonly says: readonly string[]
  readonly cause: string
  readonly example: string
  readonly mend: string
}
