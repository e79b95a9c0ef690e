import { epochSeconds, later } from '../../base/platform/clock.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Keys } from '../../base/platform/keys.ts'
import type { SigningPort } from '../../base/platform/signer.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { Register } from '../../registry/index.ts'
import { categoriesIn } from '../record/index.ts'
import type { ConsentKind } from './kinds.ts'
import { addressOf, isConsentKind } from './kinds.ts'
import type { ConsentTold, Stream, WaitingEvent } from './rows.ts'

// Security event tokens (RFC 8417) as CAEP's profile of interoperability wants them: one event each, RS256, no `sub`, no `exp`. Nothing
// in a token of one body is equal in a token of another one, but the consent that both are parties of
// (docs/design/domain.md#i21).

/** After a day without a report the person reads that nothing is confirmed. */
const expectedSeconds = 24 * 3600

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

/** @returns undefined where the event is nothing that this body is to be told: a row that the broker did not write */
export function claimsOf(
  { issuer, pairwise }: Pick<TokenMaking, 'issuer' | 'pairwise'>,
  stream: Stream,
  event: WaitingEvent,
  register: Register,
): TokenClaims | undefined {
  const said = saidOf(stream, event, register)
  if (said === undefined) return undefined
  return {
    iss: issuer,
    jti: nameOf(event),
    // That of the deed: the token is the same at each try.
    iat: epochSeconds(event.queuedAt),
    aud: stream.orgId,
    sub_id:
      event.personId === null
        ? { format: 'opaque', id: streamName(stream) }
        : { format: 'iss_sub', iss: issuer, sub: pairwise.subject(event.personId, stream.orgId) },
    events: { [addressOf(issuer, said.kind)]: said.event },
  }
}

/** `str_…` */
export function streamName({ streamId }: Pick<Stream, 'streamId'>): string {
  return writeId('str', streamId)
}

type Said = { readonly kind: Parameters<typeof addressOf>[1]; readonly event: TokenClaims }

function saidOf(stream: Stream, event: WaitingEvent, register: Register): Said | undefined {
  const { kind, content, consent, occurredAt } = event
  if (kind === 'verification') {
    const { state } = content
    return { kind, event: state === undefined ? {} : { state } }
  }
  if (!stream.kinds.includes(kind) || event.personId === null) return undefined
  if (!isConsentKind(kind) || consent === null) return undefined
  const role = roleIn(consent, stream)
  if (role === undefined) return undefined
  const dataset = register.datasetByNo(consent.dataset)
  return {
    kind,
    event: {
      event_timestamp: epochSeconds(occurredAt),
      initiating_entity: initiatorOf(kind, content),
      consent_id: writeId('con', consent.consentId),
      // It names the sharing over all its versions at the recipient, as its tokens do.
      ...(role === 'recipient' ? { arrangement_id: writeId('arr', consent.arrangementId) } : {}),
      role,
      dataset: dataset?.ref ?? null,
      categories: dataset === undefined ? [] : categoriesIn(dataset, consent.categories),
      ...ofKind(kind, event, consent, role),
    },
  }
}

type Role = 'holder' | 'recipient'

function roleIn({ holder, recipient }: ConsentTold, { party }: Stream): Role | undefined {
  if (party === holder) return 'holder'
  return party === recipient ? 'recipient' : undefined
}

function ofKind(
  kind: ConsentKind,
  { content, occurredAt }: WaitingEvent,
  { validUntil }: ConsentTold,
  role: Role,
): TokenClaims {
  switch (kind) {
    case 'consent-revoked':
      return {
        expected: role === 'holder' ? 'stop_disclosing' : 'stop_using',
        ack_by: epochSeconds(later(occurredAt, expectedSeconds)),
        reason_user: {
          fr: 'La personne a arrêté ce partage.',
          en: 'The person stopped this sharing.',
        },
      }
    case 'consent-suspended':
      return { suspended_reasons: content['reasons'] }
    case 'consent-granted':
    case 'consent-resumed':
      return { valid_until: epochSeconds(validUntil) }
    case 'consent-expired':
    case 'consent-superseded':
      return {}
  }
}

/** CAEP 1.0, section 2: who began it. */
function initiatorOf(kind: ConsentKind, content: WaitingEvent['content']): string {
  if (kind === 'consent-expired') return 'system'
  const reasons = Array.isArray(content['reasons']) ? content['reasons'] : []
  const isPaused = reasons.every((reason) => reason === 'person')
  return content['state'] === 'void' || (kind === 'consent-suspended' && !isPaused)
    ? 'admin'
    : 'user'
}

/** Signs by the first key of purpose `signals`: RS256, and nothing else. */
export async function signedToken(
  { keys, signer }: Pick<TokenMaking, 'keys' | 'signer'>,
  claims: TokenClaims,
): Promise<string> {
  const kid = keys.signals[0]?.kid
  if (kid === undefined) throw new Error('no key of purpose signals')
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
