import type { Client, KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import type { LiveRegister, Register } from '../../registry/index.ts'

// Which tokens for our own APIs a service may have.

/** Reads the register as it is now, so that a service which stops being first-party gets no more answers. */
export function isFirstParty(register: Register, clientId: string): boolean {
  return register.services.get(clientId)?.metadata['first_party'] === true
}

/** Reads the register as it is now, too. */
export function mayMatch(register: Register, clientId: string): boolean {
  return register.services.get(clientId)?.matching !== undefined
}

/** The resources of tokens that stand for a person, each with its scope, that the register lets a service ask for now. */
export function personalResources(
  { issuer, live }: Pick<Ours, 'issuer' | 'live'>,
  clientId: string,
): Readonly<Record<string, string>> {
  const register = live.current()
  return {
    ...(isFirstParty(register, clientId) ? { [`${issuer}/me`]: 'me' } : {}),
    ...(mayMatch(register, clientId) ? { [`${issuer}/matching`]: 'match' } : {}),
  }
}

/** Whether this is a resource of tokens that stand for a person. */
export function isPersonal(issuer: string, resource: unknown): boolean {
  return resource === `${issuer}/me` || resource === `${issuer}/matching`
}

/**
 * The scopes of tokens for one of our own APIs: holders ask for decisions, both parties search and report, and a first-party
 * service acts for the person who signed in there; a service with files asks whether one is of her.
 * @returns undefined for a resource that is not ours. @throws InvalidTarget for a client that may not have such a token
 */
export function ownScope(
  { issuer, type, live }: Ours,
  ctx: KoaContextWithOIDC,
  resource: string,
  client: Client,
): string | undefined {
  const isProgram = ctx.oidc.params?.['grant_type'] === 'client_credentials'
  const isHolder = typeof client['resource_server'] === 'string'
  const isRecipient = client.authorizationDetailsTypes?.includes(type) === true
  const isParty = isProgram && (isHolder || isRecipient)
  const personal = personalResources({ issuer, live }, client.clientId)[resource]
  if (isPersonal(issuer, resource)) {
    const mayHave = !isProgram && personal !== undefined && mayActForHer(ctx, client)
    return onlyIf(ctx, mayHave, personal ?? '')
  }
  const decides = isHolder ? 'decide search' : 'search'
  const ours: Readonly<Record<string, readonly [mayHave: boolean, scope: string]>> = {
    [`${issuer}/access`]: [isParty, decides],
    [`${issuer}/disclosures`]: [isParty, 'report'],
    // A body that shares nothing has streams, too: of what happens to those who sign in at its services.
    [`${issuer}/ssf`]: [isProgram, 'ssf.read ssf.manage'],
  }
  const found = ours[resource]
  return found && onlyIf(ctx, ...found)
}

// The library would silently leave out a scope that the client may not have. The client could do nothing with a token that lacks
// `decide`, or every scope it asked for, so such a request is refused (RFC 6749, section 3.3).
function onlyIf(ctx: KoaContextWithOIDC, isAllowed: boolean, scope: string): string {
  if (!isAllowed) throw new errors.InvalidTarget()
  // A code or refresh token already carries its scope.
  const { grant_type: grant, scope: wanted } = present(
    ctx.oidc.params,
    'the parameters of a request',
  )
  if (grant === 'authorization_code' || grant === 'refresh_token') return scope
  const asked = typeof wanted === 'string' ? wanted.split(' ') : []
  const offered = scope.split(' ')
  const isMissing = asked.includes('decide') && !offered.includes('decide')
  if (isMissing || !asked.some((one) => offered.includes(one)))
    throw new errors.InvalidScope(`scope: this service may have ${offered.join(', ')} here`, scope)
  return scope
}

type Ours = { readonly issuer: string; readonly type: string; readonly live: LiveRegister }

// A token with authorization details may outlive its session; a token that acts for the person must not.
function mayActForHer(ctx: KoaContextWithOIDC, client: Client): boolean {
  const hasDetails = ctx.oidc.params?.['authorization_details'] !== undefined
  return client.clientAuthMethod === 'private_key_jwt' && !hasDetails
}
