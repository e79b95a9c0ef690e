import { dayOf } from '../../base/values/calendar.ts'
import { epochSeconds } from '../../base/values/clock.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { present } from '../../base/values/present.ts'
import type { SigningPort } from '../../base/keys/signer.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { Register } from '../../registry/index.ts'
import { addressOf } from './event-types.ts'
import type { Stream, WaitingEvent } from './rows.ts'
import type { SecurityEvent } from './event-claims.ts'
import { minuteOf, securityEventOf } from './event-claims.ts'

// Security event tokens (RFC 8417) as CAEP's profile of interoperability wants them: one event each, RS256, no `sub`, no `exp`. Nothing
// in a token of one body is equal in a token of another one, but the consent that both are parties of, with the time of its deeds, the day of
// a night, and the minute of an emergency (docs/design/domain.md#i21).

export type TokenMaking = {
  readonly issuer: string
  readonly keys: Pick<Keys, 'signals'>
  readonly signer: Pick<SigningPort, 'sign'>
  readonly pairwise: Pairwise
}

export type TokenClaims = Readonly<Record<string, unknown>>

/** The name of an event at the body. */
export function nameOf({ jti }: Pick<WaitingEvent, 'jti'>): string {
  return writeId('set', jti)
}

/**
 * @param before the name of the one before it, of our own kinds
 * @returns undefined where the event is nothing that this body is to be told: a row that the broker did not write
 */
export function claimsOf(
  { issuer, pairwise }: Pick<TokenMaking, 'issuer' | 'pairwise'>,
  stream: Stream,
  event: WaitingEvent,
  register: Register,
  before?: string,
): TokenClaims | undefined {
  const said = securityEventOf(stream, event, register, issuer)
  if (said === undefined) return undefined
  return {
    iss: issuer,
    jti: nameOf(event),
    iat: issuedAt(event),
    aud: stream.orgId,
    sub_id: subjectOf(said, stream, event, { issuer, pairwise }),
    events: {
      [addressOf(issuer, said.kind)]: {
        ...said.event,
        ...(before === undefined ? {} : { prev_jti: nameOf({ jti: before }) }),
      },
    },
  }
}

/**
 * The same at each try: of what happened in a sharing the time of the deed, of an emergency the minute in which it was told first, and
 * of all that is told in one night its day alone, at 00:00 UTC.
 */
function issuedAt({ pace, queuedAt, firstDueAt }: WaitingEvent): number {
  if (pace === 'night') return Date.parse(dayOf(firstDueAt)) / 1000
  return pace === 'minute' ? minuteOf(firstDueAt) : epochSeconds(queuedAt)
}

/** RFC 9493: the person in the body's own identifier, the agreement at its address, or the stream. */
function subjectOf(
  { agreement }: SecurityEvent,
  stream: Stream,
  { personId }: WaitingEvent,
  { issuer, pairwise }: Pick<TokenMaking, 'issuer' | 'pairwise'>,
): TokenClaims {
  if (personId !== null)
    return { format: 'iss_sub', iss: issuer, sub: pairwise.subject(personId, stream.orgId) }
  if (agreement !== undefined)
    return { format: 'uri', uri: `${issuer}/register/objects/agreement/${agreement}.json` }
  return { format: 'opaque', id: streamName(stream) }
}

/** `str_…` */
export function streamName({ streamId }: Pick<Stream, 'streamId'>): string {
  return writeId('str', streamId)
}

/** Signs by the first key of purpose `signals`: RS256, and nothing else. */
export async function signedToken(
  { keys, signer }: Pick<TokenMaking, 'keys' | 'signer'>,
  claims: TokenClaims,
): Promise<string> {
  const kid = present(keys.signals[0]?.kid, 'a key of purpose signals')
  const text = `${part({ typ: 'secevent+jwt', alg: 'RS256', kid })}.${part(claims)}`
  const asked = { purpose: 'signals', kid, alg: 'RS256', bytes: Buffer.from(text) } as const
  return `${text}.${(await signer.sign(asked)).toString('base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** What `/ssf/jwks` says: the public halves, the one that signs first. */
export function publishedKeys({ signals }: Pick<Keys, 'signals'>) {
  return {
    keys: signals.map(({ kty = '', n = '', e = '', kid = '' }) => ({
      kty,
      n,
      e,
      kid,
      alg: 'RS256',
      use: 'sig',
    })),
  }
}
