import type { Client, KoaContextWithOIDC, ClaimsParameter } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import {
  claimQuestion,
  givenClaims,
  openClaims,
  sourceName,
  valueOf,
} from '../../consent/claims/index.ts'
import type { Source, VerifiedIdentity, VouchedClaim } from '../../people/identity/index.ts'
import { vouchedClaims } from '../../people/identity/index.ts'
import type { AskedClaim, ClaimName } from '../../registry/index.ts'
import { claimNames } from '../../registry/index.ts'
import type { ClaimSource } from './held-claims.ts'
import { ensurePairRead } from '../unit/unit-reads.ts'
import { pair } from '../unit/rows-read.ts'
import type { Unit } from '../unit/unit.ts'
import { currentUnit } from '../unit/unit.ts'
import { namesIn, readVerifiedRequest, verifiedClaims } from './verified-claims.ts'

// Claims that a service asks people for: by a scope, or by the parameter `claims` (OpenID Connect Core, sections 5.4 and 5.5). `/userinfo`
// tells them, and only those that their person lets the service have.

/** The members of an answer that each claim is made of. */
const claimMembers = {
  given_name: ['given_name'],
  family_name: ['family_name'],
  birthdate: ['birthdate'],
  email: ['email', 'email_verified'],
} as const satisfies Record<ClaimName, readonly string[]>

/** The scope by which each claim is asked for (OpenID Connect Core, section 5.4). */
const scopeOf = {
  given_name: 'profile',
  family_name: 'profile',
  birthdate: 'profile',
  email: 'email',
} as const satisfies Record<ClaimName, string>

export const claimScopes: readonly string[] = [...new Set(Object.values(scopeOf))]
/** Each scope with the members that it asks for. */
export const membersOfScopes: Readonly<Record<string, string[]>> = Object.fromEntries(
  claimScopes.map((scope) => [
    scope,
    claimNames.flatMap((name) => (scopeOf[name] === scope ? claimMembers[name] : [])),
  ]),
)
export const allMembers: readonly string[] = [
  ...Object.values(claimMembers).flat(),
  'verified_claims',
]

/** What the register has for a service, now. */
export function registeredClaims({ live }: Unit, clientId: string): readonly AskedClaim[] {
  return live.current().services.get(clientId)?.claims ?? []
}

/** The scopes that a service may ask for at a sign-in. */
export function scopesOf(clientId: string): readonly string[] {
  const registered = registeredClaims(currentUnit(), clientId)
  return ['openid', ...new Set(registered.map(({ name }) => scopeOf[name]))]
}

/** @throws InvalidScope for the scope of a claim that the register does not have for this service */
export function requireRegisteredScopes(client: Client, scope: unknown): void {
  const asked = typeof scope === 'string' ? scope.split(' ') : []
  const may = scopesOf(client.clientId)
  const beyond = asked.find((one) => claimScopes.includes(one) && !may.includes(one))
  if (beyond !== undefined)
    throw new errors.InvalidScope(`scope: this service may ask for ${may.join(' ')} alone`, beyond)
}

/**
 * Refuses claims that the service may not have, wherever they are asked for. One that it may have is passed over in the ID token: `/userinfo`
 * alone tells it, and to ask for it is no error (OpenID Connect Core, section 5.5.1).
 * @throws InvalidRequest
 */
export function requireRegisteredMembers(client: Client, claims: ClaimsParameter): void {
  for (const part of [claims.id_token, claims.userinfo])
    if (part?.['sub'] !== undefined && part['sub'] !== null)
      throw new errors.InvalidRequest(
        'claims: sub may not have a value; id_token_hint names a person',
      )
  if (claims.id_token !== undefined && 'verified_claims' in claims.id_token)
    throw new errors.InvalidRequest('claims: verified_claims is told by userinfo alone')
  const may: readonly string[] = mayHave(client)
  const beyond = Object.keys({ ...claims.id_token, ...claims.userinfo }).find(
    (name) => allMembers.includes(name) && !may.includes(name),
  )
  if (beyond !== undefined)
    throw new errors.InvalidRequest(`claims: this service has not registered ${beyond}`)
  requireReadableVerified(client, claims.userinfo?.['verified_claims'])
}

function requireReadableVerified(client: Client, asked: unknown): void {
  if (asked === undefined) return
  const read = readVerifiedRequest(asked)
  if (read === undefined)
    throw new errors.InvalidRequest('claims.userinfo.verified_claims is malformed')
  const may = registeredClaims(currentUnit(), client.clientId).map(({ name }) => name)
  const beyond = namesIn(read).find((name) => !may.includes(name))
  if (beyond !== undefined)
    throw new errors.InvalidRequest(`claims: this service has not registered ${beyond}`)
}

/** The members that `/userinfo` may tell this service. */
export function mayHave({ clientId }: Client): readonly string[] {
  const registered = registeredClaims(currentUnit(), clientId)
  const members = registered.flatMap(({ name }) => claimMembers[name])
  const isVouched = registered.some(({ name }) => isVouchedFor(name))
  return isVouched ? [...members, 'verified_claims'] : members
}

function isVouchedFor(name: ClaimName): name is VouchedClaim {
  return vouchedClaims.some((one) => one === name)
}

type Request = Readonly<Record<string, unknown>>

/** The claims that a request asks for. */
export function claimsIn({ scope, claims }: Request): readonly ClaimName[] {
  const scopes = typeof scope === 'string' ? scope.split(' ') : []
  const { verified_claims: verified, ...plain } = userinfoIn(claims)
  const named = Object.keys(plain)
  const read = readVerifiedRequest(verified)
  const inVerified: readonly ClaimName[] = read === undefined ? [] : namesIn(read)
  return claimNames.filter(
    (name) =>
      scopes.includes(scopeOf[name]) ||
      claimMembers[name].some((one) => named.includes(one)) ||
      inVerified.includes(name),
  )
}

// The library has checked its form.
function userinfoIn(claims: unknown): Readonly<Record<string, unknown>> {
  const { userinfo = {} } =
    typeof claims === 'string' ? (JSON.parse(claims) as ClaimsParameter) : {}
  return userinfo
}

/** Whether her page « Ce service recevra » comes first: something that the request asks for was never answered, or cannot be given. */
export async function isUnanswered(ctx: KoaContextWithOIDC, held: ClaimSource): Promise<boolean> {
  const { client, session, params = {}, result } = ctx.oidc
  // She was asked in this visit, and goes on: with her answer, or without one while nothing may begin to flow.
  if (result?.['claims'] !== undefined) return false
  const names = claimsIn(params)
  if (names.length === 0) return false
  const unit = currentUnit()
  const accountId = present(session?.accountId, 'the person who has signed in')
  const { clientId } = present(client, 'the service of a request')
  const asked = registeredClaims(unit, clientId).filter(({ name }) => names.includes(name))
  await ensurePairRead(unit, accountId, clientId)
  const answers = unit.seen.claims.get(pair(accountId, clientId)) ?? []
  // The read brings what the service has: else it is looked for, once for each answer.
  const isOpen = openClaims(asked, answers).length > 0
  const has = isOpen ? await held.now(accountId) : held.inUnit(unit, accountId)
  return claimQuestion(asked, answers, (name) => valueOf(has, name) !== undefined) !== undefined
}

type ToldAbout = {
  readonly accountId: string
  readonly clientId: string
  /** Of the token that the service shows; undefined: it has none. */
  readonly sessionUid: string | undefined
}

/**
 * What `/userinfo` may tell a service of a person: what she lets it have, for the purpose that the register has now. Of these the library
 * takes what the token asks for.
 */
export function toldClaims(
  unit: Unit,
  { accountId, clientId, sessionUid }: ToldAbout,
  asked: unknown,
  held: ClaimSource,
): Readonly<Record<string, unknown>> {
  const answers = unit.seen.claims.get(pair(accountId, clientId)) ?? []
  const given = givenClaims(registeredClaims(unit, clientId), answers).map(({ name }) => name)
  // Whoever sits in a session that is held may be somebody else: the service learns no more than who it says that she is.
  if (given.length === 0 || held.isHeldInUnit(unit, accountId, sessionUid)) return {}
  const { email, verified } = held.inUnit(unit, accountId)
  const may = Object.fromEntries(
    Object.entries(verified).filter(([name]) => given.some((one) => one === name)),
  ) as VerifiedIdentity // some of its members
  const values = Object.entries(may).map(([name, { value }]) => [name, value])
  const isEmail = given.includes('email') && email !== undefined
  return {
    ...Object.fromEntries(values),
    ...(isEmail ? { email, email_verified: true } : {}),
    ...verifiedIn(unit, asked, may),
  }
}

function verifiedIn(unit: Unit, asked: unknown, verified: VerifiedIdentity) {
  const read = readVerifiedRequest(asked)
  if (read === undefined) return {}
  const register = unit.live.current()
  const nameOf = (source: Source) => sourceName(source, register, 'fr')
  const told = verifiedClaims(read, { verified, nameOf, now: unit.request.now })
  return told === undefined ? {} : { verified_claims: told }
}
