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

/** A call that came to the API of a holder, as it came: the holder judges nothing of it. */
export type PresentedCall = {
  readonly token: string
  /** The DPoP proof (RFC 9449). */
  readonly proof: string
  readonly method: string
  /** Of the holder’s own configuration, never of what the call says of itself. */
  readonly url: string
  /** Of the question for which it is presented: for this one it may be presented again. */
  readonly requestId: string
}

/** What the token of a presented call says, once token and proof were judged. */
export type JudgedCall = {
  readonly personId: string
  /** The service that called the holder. */
  readonly clientId: string
  /** The thumbprint of the key that the token is bound to. */
  readonly jkt: string
  /** As introspection tells the holder: of the sign-in behind the token. */
  readonly acr: string | undefined
  readonly authTime: number | undefined
  /** `authorization_details` as the token was given (RFC 9396). */
  readonly details: readonly Readonly<Record<string, unknown>>[]
}

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
  /**
   * Judges a call that came to the API of this caller: the token is live and for that API; the proof is of its key, for this method and
   * address, a minute old at most, and was never presented for another question.
   * @returns what is wrong: the token or the proof
   */
  judge(ctx: Context, caller: Caller, call: PresentedCall): Promise<JudgedCall | 'token' | 'proof'>
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
