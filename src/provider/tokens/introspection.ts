import type { AuthorizationDetail, Client, KoaContextWithOIDC } from 'oidc-provider'
import { dayOf } from '../../base/values/calendar.ts'
import { present } from '../../base/values/present.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { GrantedDetail, LawDetail } from '../../consent/record/index.ts'
import { forHolder } from '../../consent/record/index.ts'
import { orgOf } from '../clients/clients.ts'
import type { HeldConsents, Token, TokenDetail } from './authorization-details.ts'
import { currentUnit } from '../unit/unit.ts'
import {
  accountOf,
  asDetails,
  asTokenDetails,
  audienceOf,
  isByLaw,
  currentDetails,
  rarOf,
} from './authorization-details.ts'

// Introspection (RFC 7662) of tokens with details.

export type IntrospectionPorts = {
  readonly issuer: string
  readonly pairwise: Pairwise
  readonly heldOf: (personId: string) => Promise<HeldConsents>
  /** Records, for the person to see, that a token was used after she had stopped its sharing. */
  readonly recordRefusedToken: (
    personId: string,
    details: readonly GrantedDetail[],
  ) => Promise<void>
  /** From this day in Québec on a holder is told of no sharing: it must ask for a decision. */
  readonly holdersMustDecide: string | undefined
  /** That a holder is told of a live sharing: what its answer says besides, and the deed that counts it once the answer leaves. */
  readonly inquire: (personId: string, detail: GrantedDetail | LawDetail, at: Date) => Inquiry
}

export type Inquiry = {
  /** The name by which the holder may say why it asked for no decision after this. */
  readonly name: string
  count(): void
}

/** What a token with details says to its recipient, and to the holder that it is shown to. */
export async function forIntrospection(
  work: IntrospectionPorts,
  ctx: KoaContextWithOIDC,
  token: Token,
): Promise<AuthorizationDetail[]> {
  const details = await liveDetails(work, token)
  const isRecipient = token.clientId === ctx.oidc.client?.clientId
  if (isRecipient) return details.flatMap(asDetails)
  const personId = present(accountOf(token), 'the person of a token with details')
  return details.flatMap((detail) => asDetails(toldToHolder(work, personId, detail)))
}

// The holder is told that the sharing lives. Whether it asks for a decision next, as it must, shows at the end of the day.
function toldToHolder(
  work: IntrospectionPorts,
  personId: string,
  detail: TokenDetail,
): TokenDetail {
  const unit = currentUnit()
  const { name, count } = work.inquire(personId, detail, unit.request.now)
  unit.afterwards.push(count)
  return { ...forHolder(detail), inquiry: name }
}

async function liveDetails(work: IntrospectionPorts, token: Token): Promise<TokenDetail[]> {
  const held = await work.heldOf(present(accountOf(token), 'the person of a token with details'))
  return held.isHalted ? [] : currentDetails(work.issuer, rarOf(token), held)
}

/** Whether a token with details says that they live: while one of them does, and to a holder unless it must ask for a decision. */
async function livesFor(
  work: IntrospectionPorts,
  token: Token,
  { personId, isOwn }: { readonly personId: string; readonly isOwn: boolean },
): Promise<boolean> {
  if ((await liveDetails(work, token)).length > 0) return isOwn || !mustDecide(work)
  // She stopped nothing: nothing is to be shown to her.
  if ((await work.heldOf(personId)).isHalted) return false
  const consented = asTokenDetails(rarOf(token)).flatMap((detail) =>
    isByLaw(detail) ? [] : [detail],
  )
  if (!isOwn && consented.length > 0) await work.recordRefusedToken(personId, consented)
  return false
}

// From an announced day on the decision is the only way to learn whether something may be sent.
function mustDecide({ holdersMustDecide }: IntrospectionPorts): boolean {
  return holdersMustDecide !== undefined && dayOf(currentUnit().request.now) >= holdersMustDecide
}

/** Whether a client learns anything about a token. Its own copy gets the identifier of the person that the client knows her by. */
export async function mayIntrospect(
  work: IntrospectionPorts,
  client: Client,
  token: Token,
): Promise<boolean> {
  const isOwn = token.clientId === client.clientId
  const { resource_server: api } = client
  if (!isOwn && (typeof api !== 'string' || api !== audienceOf(token))) return false
  const personId = accountOf(token)
  if (personId === undefined) return true
  if (rarOf(token).length > 0 && !(await livesFor(work, token, { personId, isOwn }))) return false
  // The library would answer with the recipient's `sub` and `sid`. The token is this request's copy, so it may be changed.
  const extra = 'extra' in token ? token.extra : {}
  const sub = work.pairwise.subject(personId, orgOf(client))
  Object.assign(token, { extra: { ...extra, sub } })
  if (!isOwn) Object.assign(token, { sid: undefined })
  return true
}
