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
}

/** Asks the broker what a token is worth, at each call: that is how a stop takes effect at once (RFC 7662). */
export async function introspect(
  holder: Holder,
  accessToken: string,
  dataset: string,
): Promise<Token | undefined> {
  const broker = await holder.findBroker()
  const said = await oidc.tokenIntrospection(broker, accessToken).catch(asTrouble)
  if (!said.active || said.token_type !== 'DPoP' || said.aud !== holder.resource) return undefined
  const { sub, client_id: clientId, cnf, authorization_details: details } = said
  // Without a key it would be a bearer token: whoever finds one could use it.
  const thumbprint: unknown = cnf?.jkt
  if (typeof thumbprint !== 'string') return undefined
  if (typeof sub !== 'string' || typeof clientId !== 'string') return undefined
  return { sub, clientId, thumbprint, communication: communicationIn(details, holder, dataset) }
}

// Exactly one: with two we would have to guess for which purpose the call is made.
function communicationIn(
  details: unknown,
  holder: Holder,
  dataset: string,
): Communication | undefined {
  if (!Array.isArray(details)) return undefined
  const [ours, another] = details.filter((detail) => isOurs(detail, holder, dataset))
  return another === undefined ? read(ours) : undefined
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
