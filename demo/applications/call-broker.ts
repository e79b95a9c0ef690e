import * as oidc from 'openid-client'
import { answerOf, type FindProvider } from './provider.ts'

// Tokens are renewed a little early, so that none expires during a call.
const marginSeconds = 30

/** Sends JSON to an API of the broker, as this service: a POST, if nothing else is said; without a body it reads. */
export type CallBroker = (
  address: string,
  body: object | undefined,
  headers?: Readonly<Record<string, string>>,
  method?: 'PUT',
) => Promise<Response>

type OwnToken = {
  readonly value: string
  readonly dpop: oidc.DPoPHandle
  readonly renewAt: number
}

/** The broker's APIs take a token that this service gets for itself (client credentials), bound to a key (DPoP). */
export function callBrokerAs(
  findBroker: FindProvider,
  right: { readonly resource: string; readonly scope: string },
): CallBroker {
  let kept: OwnToken | undefined

  async function send(
    ...[address, body, headers, method]: Parameters<CallBroker>
  ): Promise<Response> {
    const broker = await findBroker()
    if (kept === undefined || kept.renewAt <= Date.now()) kept = await ownToken(broker, right)
    const content = new Headers({ ...headers, ...(body && { 'content-type': 'application/json' }) })
    return oidc
      .fetchProtectedResource(
        broker,
        kept.value,
        new URL(address),
        body === undefined ? 'GET' : (method ?? 'POST'),
        body && JSON.stringify(body),
        content,
        { DPoP: kept.dpop },
      )
      .catch(answerOf)
  }

  return async (...call) => {
    const answer = await send(...call)
    if (answer.status !== 401) return answer
    // The broker may have ended the token early: try once more with a new token.
    kept = undefined
    return send(...call)
  }
}

async function ownToken(
  broker: oidc.Configuration,
  right: { readonly resource: string; readonly scope: string },
): Promise<OwnToken> {
  const dpop = oidc.getDPoPHandle(broker, await oidc.randomDPoPKeyPair('ES256'))
  const { access_token: value, expires_in: lifetime = 0 } = await oidc.clientCredentialsGrant(
    broker,
    { ...right },
    { DPoP: dpop },
  )
  return { value, dpop, renewAt: Date.now() + (lifetime - marginSeconds) * 1000 }
}
