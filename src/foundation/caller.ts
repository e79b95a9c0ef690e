import type { Context } from 'koa'

/** The organisation whose program calls one of our own APIs. */
export type Caller = { readonly clientId: string; readonly orgId: string }

/** Our own APIs, each with the scope of its tokens (CONTRACT). */
export type OwnApi = {
  readonly path: '/access' | '/disclosures'
  readonly scope: 'decide' | 'report'
}

export type Callers = {
  /**
   * Who calls: the token is live, ours, for this API, and its proof of possession is this request's and was never used.
   * @throws Unauthorised
   */
  require(ctx: Context, api: OwnApi): Promise<Caller>
}

/** 401 with the challenge of RFC 9449 7.1; nothing is said about which check failed beyond its error code. */
export class Unauthorised extends Error {
  readonly error: 'invalid_token' | 'invalid_dpop_proof' | 'insufficient_scope' | undefined

  constructor(error: Unauthorised['error']) {
    super(error ?? 'unauthorised')
    this.error = error
  }
}
