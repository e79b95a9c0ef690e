import type { AuthorizationDetail, Client, KoaContextWithOIDC } from 'oidc-provider'
import { present } from '../base/platform/present.ts'
import type { Pairwise } from '../people/accounts/index.ts'
import type { GrantedDetail } from '../consent/record/index.ts'
import { forHolder } from '../consent/record/index.ts'
import { orgOf } from './clients.ts'
import type { HeldConsents, Token, TokenDetail } from './details.ts'
import {
  accountOf,
  asDetails,
  asGranted,
  audienceOf,
  isByLaw,
  stillGranted,
  rarOf,
} from './details.ts'

// Introspection (RFC 7662) of tokens with details.

export type Introspecting = {
  readonly issuer: string
  readonly pairwise: Pairwise
  readonly heldOf: (personId: string) => Promise<HeldConsents>
  /** Records, for the person to see, that a token was used after she had stopped its sharing. */
  readonly recordRefusedToken: (
    personId: string,
    details: readonly GrantedDetail[],
  ) => Promise<void>
}

/** What a token with details says to its recipient, and to the holder that it is shown to. */
export async function forIntrospection(
  work: Introspecting,
  ctx: KoaContextWithOIDC,
  token: Token,
): Promise<AuthorizationDetail[]> {
  const details = await liveDetails(work, token)
  const isRecipient = token.clientId === ctx.oidc.client?.clientId
  return details.map((detail) => (isRecipient ? detail : forHolder(detail))).flatMap(asDetails)
}

async function liveDetails(work: Introspecting, token: Token): Promise<TokenDetail[]> {
  const held = await work.heldOf(present(accountOf(token), 'the person of a token with details'))
  return held.isRestored ? [] : stillGranted(work.issuer, rarOf(token), held)
}

/** Whether a client learns anything about a token. Its own copy gets the identifier of the person that the client knows her by. */
export async function mayIntrospect(
  work: Introspecting,
  client: Client,
  token: Token,
): Promise<boolean> {
  const isOwn = token.clientId === client.clientId
  const { resource_server: api } = client
  if (!isOwn && (typeof api !== 'string' || api !== audienceOf(token))) return false
  const personId = accountOf(token)
  if (personId === undefined) return true
  const rar = rarOf(token)
  if (rar.length > 0 && (await liveDetails(work, token)).length === 0) {
    // She stopped nothing: nothing is to be shown to her.
    if ((await work.heldOf(personId)).isRestored) return false
    const consented = asGranted(rar).flatMap((detail) => (isByLaw(detail) ? [] : [detail]))
    if (!isOwn && consented.length > 0) await work.recordRefusedToken(personId, consented)
    return false
  }
  // The library would answer with the recipient's `sub` and `sid`. The token is this request's copy, so it may be changed.
  const extra = 'extra' in token ? token.extra : {}
  const sub = work.pairwise.subject(personId, orgOf(client))
  Object.assign(token, { extra: { ...extra, sub } })
  if (!isOwn) Object.assign(token, { sid: undefined })
  return true
}
