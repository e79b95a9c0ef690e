import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { isCompact } from '../compact.ts'
import { expiringMap } from '../expiring-map.ts'
import { errorMessages } from '../log.ts'
import { isObject } from '../shape.ts'

// Longer than the broker offers an event. A body in service keeps this in its database, in the transaction that does what the event asks.
const bounds = { limit: 10_000, lifetimeSeconds: 91 * 24 * 3600 }

export type Body = {
  readonly issuer: string
  readonly clientId: string
  /** As the register names it: the audience of what the broker tells us. */
  readonly organisation: string
}

/** What the application does when somebody stopped a sharing. */
export type OnStop = (consentId: string) => void

/** Takes a security event (RFC 8417) of the broker. @returns false when it is none that we may believe */
export type TakeSignal = (token: string) => Promise<boolean>

/** The kind of event that this application asks for: what it has to know at once. */
export function stopKind(issuer: string): string {
  return `${issuer}/secevent/consent/event-type/consent-revoked`
}

export function takingSignals(body: Body, how: 'pushed' | 'polled', onStop: OnStop): TakeSignal {
  const { issuer, clientId } = body
  const keys = createRemoteJWKSet(new URL(`${issuer}/ssf/jwks`))
  const taken = expiringMap<true>(bounds)
  return async (token) => {
    const event = await verified(token, body, keys)
    if (event === undefined) return false
    // It comes again until the broker has our acknowledgement.
    if (taken.find(event.jti, new Date())) return true
    taken.put(event.jti, true, new Date())
    if (event.consentId === undefined) return true
    console.info(`${clientId}: notice of a stop (${how}): ${event.consentId}`)
    onStop(event.consentId)
    return true
  }
}

type Event = { readonly jti: string; readonly consentId: string | undefined }

async function verified(
  token: string,
  { issuer, clientId, organisation }: Body,
  keys: JWTVerifyGetKey,
): Promise<Event | undefined> {
  try {
    if (!isCompact(token)) throw new errors.JWTInvalid('not a signed token, exactly as encoded')
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: organisation,
      typ: 'secevent+jwt',
      algorithms: ['RS256'],
      requiredClaims: ['jti', 'events'],
    })
    const { jti = '', events } = payload
    const stop = isObject(events) ? events[stopKind(issuer)] : undefined
    const consentId = isObject(stop) ? stop['consent_id'] : undefined
    return { jti, consentId: typeof consentId === 'string' ? consentId : undefined }
  } catch (error) {
    // Keys that could not be fetched say nothing about the token: it has to come again.
    if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) throw error
    console.error(`${clientId}: a signal is refused: ${errorMessages(error)}`)
    return undefined
  }
}
