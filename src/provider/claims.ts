import type { Client, KoaContextWithOIDC, ClaimsParameter } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { claimQuestion, givenClaims, openClaims } from '../consent/claims/index.ts'
import type { AskedClaim, ClaimName } from '../registry/index.ts'
import { claimNames } from '../registry/index.ts'
import { ensurePairRead } from './read.ts'
import { pair } from './seen.ts'
import type { Unit } from './unit.ts'
import { currentUnit } from './unit.ts'

// Claims that a service asks people for: by a scope, or by the parameter `claims` (OpenID Connect Core, sections 5.4 and 5.5). `/userinfo`
// tells them, and only those that their person lets the service have.

/** The members of an answer that each claim is made of. */
export const claimMembers = {
  email: ['email', 'email_verified'],
} as const satisfies Record<ClaimName, readonly string[]>

/** The scope by which each claim is asked for. */
const scopeOf = { email: 'email' } as const satisfies Record<ClaimName, string>

export const claimScopes: readonly string[] = Object.values(scopeOf)
export const allMembers: readonly string[] = Object.values(claimMembers).flat()

/** What the register has for a service, now. */
export function registeredClaims({ live }: Unit, clientId: string): readonly AskedClaim[] {
  return live.current().services.get(clientId)?.claims ?? []
}

/** The scopes that a service may ask for at a sign-in. */
export function scopesOf(clientId: string): readonly string[] {
  const registered = registeredClaims(currentUnit(), clientId)
  return ['openid', ...registered.map(({ name }) => scopeOf[name])]
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
 * Refuses claims that the service may not have, wherever they are asked for, and values in the ID token: `/userinfo` alone tells them.
 * @throws InvalidRequest
 */
export function requireRegisteredMembers(client: Client, claims: ClaimsParameter): void {
  const inToken = Object.keys(claims.id_token ?? {}).find((name) => allMembers.includes(name))
  if (inToken !== undefined)
    throw new errors.InvalidRequest(`claims: ${inToken} is told by userinfo alone`)
  const may: readonly string[] = mayHave(client)
  const beyond = Object.keys(claims.userinfo ?? {}).find(
    (name) => allMembers.includes(name) && !may.includes(name),
  )
  if (beyond !== undefined)
    throw new errors.InvalidRequest(`claims: this service has not registered ${beyond}`)
}

/** The members that `/userinfo` may tell this service. */
export function mayHave({ clientId }: Client): readonly string[] {
  return registeredClaims(currentUnit(), clientId).flatMap(({ name }) => claimMembers[name])
}

type Request = Readonly<Record<string, unknown>>

/** The claims that a request asks for. */
export function claimsIn({ scope, claims }: Request): readonly ClaimName[] {
  const scopes = typeof scope === 'string' ? scope.split(' ') : []
  const named = Object.keys(userinfoIn(claims))
  return claimNames.filter(
    (name) =>
      scopes.includes(scopeOf[name]) || claimMembers[name].some((one) => named.includes(one)),
  )
}

// The library has checked its form.
function userinfoIn(claims: unknown): object {
  const { userinfo = {} } =
    typeof claims === 'string' ? (JSON.parse(claims) as ClaimsParameter) : {}
  return userinfo
}

type HasEmail = (personId: string) => Promise<boolean>

/** Whether her page « Ce service recevra » comes first: something that the request asks for was never answered, or cannot be given. */
export async function isUnanswered(ctx: KoaContextWithOIDC, hasEmail: HasEmail): Promise<boolean> {
  const { client, session, params = {} } = ctx.oidc
  if (client === undefined || session?.accountId === undefined) return false
  const names = claimsIn(params)
  if (names.length === 0) return false
  const unit = currentUnit()
  const { accountId } = session
  const asked = registeredClaims(unit, client.clientId).filter(({ name }) => names.includes(name))
  await ensurePairRead(unit, accountId, client.clientId)
  const answers = unit.seen.claims.get(pair(accountId, client.clientId)) ?? []
  // The read brings her address where the service has it: else it is looked for, once for each service.
  const isOpen = openClaims(asked, answers).length > 0
  const has = isOpen ? await hasEmail(accountId) : unit.seen.emails.has(accountId)
  return claimQuestion(asked, answers, () => has) !== undefined
}

/** What `/userinfo` tells a service of a person: what she lets it have, for the purpose that the register has now. */
export function toldClaims(
  unit: Unit,
  accountId: string,
  clientId: string,
  emailOf: (unit: Unit, accountId: string) => string | undefined,
): Readonly<Record<string, unknown>> {
  const answers = unit.seen.claims.get(pair(accountId, clientId)) ?? []
  const given = givenClaims(registeredClaims(unit, clientId), answers)
  if (!given.some(({ name }) => name === 'email')) return {}
  const email = emailOf(unit, accountId)
  return email === undefined ? {} : { email, email_verified: true }
}
