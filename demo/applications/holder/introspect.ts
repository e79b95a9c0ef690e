import * as oidc from 'openid-client'
import { asTrouble } from '../provider.ts'
import { isObject, isTextList } from '../shape.ts'
import type { Holder } from './holder.ts'

/** What the token was given for: one item of its `authorization_details` (RFC 9396), as the broker writes it. */
export type Communication = {
  readonly recipient: string
  readonly purpose: string
  readonly dataset: string
  readonly agreement: string
  readonly categories: readonly string[]
  /** Whether only certain days were allowed: the broker is then told which are asked about. */
  readonly isOfDays: boolean
}

export type Token = {
  /** The person's number at this organisation: no other organisation knows her by it. */
  readonly sub: string
  readonly clientId: string
  /** Of the key that the token is bound to. */
  readonly thumbprint: string
  /** Undefined when the token gives a right to something, but not to this dataset. */
  readonly communication: Communication | undefined
  /** The name of this introspection: whoever asks for no decision after it says why by that name. */
  readonly inquiries: readonly string[]
}

/** What the broker told of a token; undefined: nothing that makes a call good. */
export type Introspected = {
  readonly token: Token | undefined
  /** The names of this introspection for what the token is for besides this dataset. */
  readonly others: readonly string[]
  /** All of its names. */
  readonly all: readonly string[]
}

/** Asks the broker what a token is worth, at each call: that is how a stop takes effect at once (RFC 7662). */
export async function introspect(
  holder: Holder,
  accessToken: string,
  dataset: string,
): Promise<Introspected> {
  const broker = await holder.findBroker()
  const said = await oidc.tokenIntrospection(broker, accessToken).catch(asTrouble)
  const details = said.active ? listIn(said.authorization_details) : []
  const ours = details.filter((detail) => isOurs(detail, holder, dataset))
  const others = inquiriesIn(details.filter((detail) => !ours.includes(detail)))
  return { token: tokenIn(said, holder, ours), others, all: inquiriesIn(details) }
}

function tokenIn(
  said: oidc.IntrospectionResponse,
  holder: Holder,
  ours: readonly unknown[],
): Token | undefined {
  if (!said.active || said.token_type !== 'DPoP' || said.aud !== holder.resource) return undefined
  const { sub, client_id: clientId, cnf } = said
  // Without a key it would be a bearer token: whoever finds one could use it.
  const thumbprint: unknown = cnf?.jkt
  if (typeof thumbprint !== 'string') return undefined
  if (typeof sub !== 'string' || typeof clientId !== 'string') return undefined
  // Exactly one: with two we would have to guess for which purpose the call is made.
  const communication = ours.length === 1 ? read(ours[0]) : undefined
  return { sub, clientId, thumbprint, communication, inquiries: inquiriesIn(ours) }
}

function listIn(details: unknown): readonly unknown[] {
  return Array.isArray(details) ? details : []
}

function inquiriesIn(details: readonly unknown[]): string[] {
  return details.flatMap((detail) => {
    const inquiry = isObject(detail) ? detail['inquiry'] : undefined
    return typeof inquiry === 'string' ? [inquiry] : []
  })
}

function isOurs(detail: unknown, holder: Holder, dataset: string): boolean {
  return (
    isObject(detail) &&
    detail['type'] === `${holder.issuer}/rar/communication/v1` &&
    detail['holder'] === holder.organisation &&
    // `dst_avis-cotisation@3`: the version is the broker's business.
    String(detail['identifier']).split('@', 1)[0] === dataset
  )
}

function read(detail: unknown): Communication | undefined {
  if (!isObject(detail)) return undefined
  const { recipient, purpose, identifier: dataset, agreement, datatypes: categories } = detail
  if (typeof recipient !== 'string' || typeof purpose !== 'string') return undefined
  if (typeof dataset !== 'string' || typeof agreement !== 'string') return undefined
  if (!isTextList(categories) || categories.length === 0) return undefined
  return {
    recipient,
    purpose,
    dataset,
    agreement,
    categories,
    isOfDays: isObject(detail['lookback']),
  }
}
