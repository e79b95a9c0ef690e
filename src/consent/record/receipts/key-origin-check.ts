import type { PublicJwk } from '../../../people/accounts/index.ts'
import { keyChallenge } from '../../../people/accounts/index.ts'
import type { EventsVerdict } from './page-check.ts'
import { eventIn } from './page-check.ts'
import type { Members } from './signature-check.ts'
import { liftChallenge } from '../signed-text.ts'
import { assertionFault, membersOf, text } from './signature-check.ts'

// How the key that signed an answer became hers, by the events in the receipt alone.

/** The most keys that endorse one another which a receipt may show. */
const mostEndorsers = 8

/** Of the key that signed an answer, and of its age beside the question. @param event the answer, which has a signature */
export function checkSigningKey(claims: Members, event: Members): EventsVerdict {
  const origin = originSaid(claims, membersOf(event['signed'])['jwk'], event)
  const making = eventIn(claims['signing_key'])
  if (!origin.holds || making === undefined) return origin
  return says(...origin.says, ...ageSaid(claims['presented'], making))
}

/** How a key became hers. @param jwk the key. @param later the event that it signed */
function originSaid(claims: Members, jwk: unknown, later: Members): EventsVerdict {
  const { signing_key, endorsing_keys, signing_key_erased } = claims
  const erased = signing_key_erased === true ? ': some of what told it was erased' : ''
  if (signing_key === undefined)
    return says(`The receipt does not show how this key became hers${erased}.`)
  const told = [signing_key, ...listOf(endorsing_keys)]
  const makings = told.map(eventIn)
  const [making, ...older] = makings
  if (older.length > mostEndorsers) return wrong('it shows more keys than a receipt can')
  if (making === undefined || makings.includes(undefined))
    return wrong('the event of its key was changed')
  const fault = faultOf({ claims, jwk, later }, making, older.map(membersOf))
  if (fault !== undefined) return wrong(fault)
  // An event of before it named its person.
  if (makings.some((one) => one?.['pii_principal_id'] === undefined))
    return says('The event of its key does not name whose it is.')
  return says(comingOf(making, older.map(membersOf)))
}

/** Of an answer that is not signed: that she had lifted « seulement avec ma clé », and how. */
export function checkKeyRuleLift(claims: Members, event: Members): EventsVerdict {
  const { signature_lifted: told } = claims
  if (told === undefined) return says()
  const lifting = eventIn(told)
  const isHers =
    lifting?.['kind'] === 'signature.lifted' &&
    lifting['pii_principal_id'] === claims['pii_principal_id'] &&
    text(lifting['recorded_at']) < text(event['recorded_at'])
  if (!isHers) return wrong('the event of a lifting is of something else, or comes later')
  const at = text(lifting['recorded_at'])
  const before = `She had lifted at ${at} that a yes of hers needs her key`
  const { signed = null } = lifting
  // The broker lifts by her key or after a recovery, and by nothing else.
  if (signed === null && text(lifting['recovered']) === '')
    return wrong('its lifting is by no key, and after no recovery')
  if (signed === null) return says(`${before}: after a recovery, without a key.`)
  const challenge = liftChallenge(text(claims['iss']), text(lifting['lifts']))
  const fault = assertionFault(membersOf(signed), challenge, text(claims['iss']))
  if (fault !== undefined) return wrong(`of the lifting: ${fault}`)
  const origin = originSaid(claims, membersOf(signed)['jwk'], lifting)
  return origin.holds ? says(`${before}: a passkey signed that.`, ...origin.says) : origin
}

type Signed = { readonly claims: Members; readonly jwk: unknown; readonly later: Members }

/** What is wrong with the events of her key and of those that endorsed it. */
function faultOf(
  { claims, jwk, later }: Signed,
  making: Members,
  older: readonly Members[],
): string | undefined {
  const issuer = text(claims['iss'])
  if (!isMakingOf(making, jwk, later))
    return 'the event of its key is of another key, or comes after what it signed'
  const all = [making, ...older]
  for (const [n, one] of all.entries()) {
    const { pii_principal_id: whose = claims['pii_principal_id'] } = one
    if (whose !== claims['pii_principal_id']) return 'the event of its key is of somebody else'
    const { endorsed_by: by = null } = one
    const next = all[n + 1]
    if (by === null && next !== undefined) return 'no key endorsed the one whose event is shown'
    const fault = by === null ? undefined : endorsementFault(one, membersOf(by), next, issuer)
    if (fault !== undefined) return fault
  }
  return undefined
}

function endorsementFault(
  making: Members,
  by: Members,
  older: Members | undefined,
  issuer: string,
): string | undefined {
  const [factor] = listOf(making['factors']).map(membersOf)
  const challenge = keyChallenge(issuer, membersOf(factor?.['jwk']) as PublicJwk) // a key of another kind makes another challenge
  const fault = assertionFault(by, challenge, issuer)
  if (fault !== undefined) return `of the endorsement of its key: ${fault}`
  const isOlder = older === undefined || isMakingOf(older, by['jwk'], making)
  return isOlder ? undefined : 'the event of the key that endorsed it is of another key'
}

/**
 * Whether this event made this key: it is of an access, it tells the same passkey, and it is older than the other event. An access is
 * opened by the first event of its chain.
 */
export function isMakingOf(making: Members, jwk: unknown, later: Members): boolean {
  const kind = text(making['kind'])
  if (!['access.opened', 'access.factor-added', 'access.recovered'].includes(kind)) return false
  if (kind === 'access.opened' && making['person_seq'] !== 1) return false
  const factors = listOf(making['factors']).map(membersOf)
  return (
    text(making['recorded_at']) < text(later['recorded_at']) &&
    factors.some(({ factor, jwk: own }) => factor === 'passkey' && isSameKey(own, jwk))
  )
}

function isSameKey(one: unknown, other: unknown): boolean {
  const names = ['kty', 'crv', 'x', 'y', 'n', 'e']
  const [a, b] = [membersOf(one), membersOf(other)]
  return typeof a['kty'] === 'string' && names.every((name) => a[name] === b[name])
}

/** Whether the key is older than the question, by the event of the showing of its page. */
function ageSaid(presented: unknown, making: Members): readonly string[] {
  if (presented === undefined) return ['The receipt does not show when the question was asked.']
  const isOlder = text(making['recorded_at']) < text(eventIn(presented)?.['recorded_at'])
  return [`By these events the key ${isOlder ? 'is older than' : 'came after'} the question.`]
}

function comingOf(making: Members, older: readonly Members[]): string {
  const at = text(making['recorded_at'])
  if (making['kind'] === 'access.opened')
    return `Her access was opened with this key, at ${at}, by the event beside it.`
  const came = isRecovered(making)
    ? making['kind'] === 'access.recovered'
      ? `A recovery of her access made this key, at ${at}`
      : `A session of a recovery added this key, at ${at}`
    : `This key was added to her access, at ${at}`
  if ((making['endorsed_by'] ?? null) === null) return `${came}; no older key vouches for it.`
  return `${came}; an older key vouches for it${rootSaid(older)}.`
}

function rootSaid(older: readonly Members[]): string {
  const root = older.at(-1)
  if (root === undefined) return ', and how that one became hers is not shown'
  const at = text(root['recorded_at'])
  if (root['kind'] === 'access.opened')
    return `, and it goes back through ${older.length} of hers to the opening of her access, at ${at}`
  return `, and it goes back to one that ${isRecovered(root) ? 'came by a recovery' : 'was added'}, at ${at}`
}

function isRecovered({ kind, by_recovered }: Members): boolean {
  return kind === 'access.recovered' || by_recovered === true
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : []
}

function says(...sentences: readonly string[]): EventsVerdict {
  return { holds: true, says: sentences }
}

function wrong(because: string): EventsVerdict {
  return { holds: false, because }
}
