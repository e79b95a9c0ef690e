/** What the templates in views/provider receive. */
export type SignOutPage = {
  readonly action: string
  readonly xsrf: string
  /** The service that asked for the sign-out, if one did. */
  readonly service: string | undefined
  /** False: nobody is signed in here, and there is nothing left but to go on. */
  readonly signedIn: boolean
}

export type SignedOutPage = { readonly service: string | undefined }
