import type { Context } from 'koa'
import type { AnsweringActor } from './visit.ts'

/** The organisation whose program calls one of our own APIs. */
export type Caller = { readonly clientId: string; readonly orgId: string }

/** A first-party service that calls for a person who is signed in there, and how she signed in. */
export type OnBehalf = Caller & {
  readonly personId: string
  readonly acr: string
  /** When she signed in. */
  readonly authTime: Date
  /** Every factor that proved who she is in the life of the session behind the token. */
  readonly factorIds: readonly string[]
  readonly actor: AnsweringActor
}

/** A service that calls about a person who is signed in there. */
export type CallOnBehalf = OnBehalf

/** Our own APIs, each with the scope of its tokens. */
export type OwnApi = {
  readonly path: '/access' | '/disclosures' | '/me' | '/matching' | '/ssf'
  readonly scope: 'decide' | 'search' | 'report' | 'me' | 'match' | 'ssf.read' | 'ssf.manage'
}

export type Callers = {
  /**
   * The caller of an API: its token is live, ours and for this API; its proof of possession is for this request and was never used.
   * @throws Unauthorised
   */
  require(ctx: Context, api: OwnApi): Promise<Caller>
  /**
   * As `require`, for a token that stands for a person: her account is open, her connection to the service and the session in
   * which the token was given are live, and she proved enough in that session.
   * @throws Unauthorised
   */
  requireOnBehalf(ctx: Context, api: OwnApi): Promise<OnBehalf>
  /**
   * As `require`, for a token of a person who is signed in at the caller: her account is open, and so are her connection to it and the
   * session in which the token was given, five minutes ago at most. The register lets the service ask about files.
   * @throws Unauthorised
   */
  requireAboutHer(ctx: Context, api: OwnApi): Promise<CallOnBehalf>
}

/** 401 with the challenge of RFC 9449 7.1; nothing is said about which check failed beyond its error code. */
export class UnauthorisedCall extends Error {
  readonly error:
    | 'invalid_token'
    | 'invalid_dpop_proof'
    | 'insufficient_scope'
    /** RFC 9470 3: sign in again, at a higher level. */
    | 'insufficient_user_authentication'
    | undefined
  /** RFC 9470 3: how recent the sign-in must be. */
  readonly maxAgeSeconds: number | undefined

  constructor(error: UnauthorisedCall['error'], maxAgeSeconds?: number) {
    super(error ?? 'unauthorised')
    this.error = error
    this.maxAgeSeconds = maxAgeSeconds
  }
}
