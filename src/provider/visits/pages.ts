import type { Bilingual } from '../../base/values/languages.ts'

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
  readonly name: Bilingual
}

/** `/device` (RFC 8628): where a person types the code that another device shows. */
export type DevicePage = {
  readonly action: string
  readonly xsrf: string
  /** What is in the box already. */
  readonly code: string
  /** The code of what is said about an earlier code. */
  readonly problem: DeviceProblem | undefined
}

export type DeviceProblem =
  | 'device.none'
  | 'device.unknown'
  | 'device.expired'
  | 'device.used'
  | 'device.again'
  | 'device.held'

/** What the code would do, before it does it. */
export type DeviceConfirmPage = {
  readonly action: string
  readonly xsrf: string
  /** As the device shows it. */
  readonly code: string
  readonly service: string
  readonly organisation: string
  /** Whether somebody is signed in here: her yes is then enough. */
  readonly isSignedIn: boolean
  /** Whether this is a public terminal, where her sign-in ends with her visit. */
  readonly isKiosk: boolean
}

export type DeviceDonePage = { readonly isKiosk: boolean }

/** She said no, or did not sign in. */
export type DeviceStoppedPage = { readonly againHref: string }

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
