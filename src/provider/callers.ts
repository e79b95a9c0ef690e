import type { Context } from 'koa'
import type {
  AccessToken,
  Client,
  ClientCredentials,
  KoaContextWithOIDC,
  Provider,
} from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { Caller, Callers, OnBehalf, OwnApi } from '../base/web/caller.ts'
import { Unauthorised } from '../base/web/caller.ts'
import { epochSeconds } from '../base/platform/clock.ts'
import { makeCheckProof } from '../base/web/dpop.ts'
import type { DpopProof } from '../base/web/dpop.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { highest, reaches } from '../base/platform/levels.ts'
import { Refusal } from '../base/platform/refusal.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import { ensureRead } from './read.ts'
import type { UnitRunner } from './request-unit.ts'
import { currentUnit } from './unit.ts'

// A proof is used once while it could still be used: a minute on either side of now (src/base/web/dpop.ts), and some more.
const proofKeptSeconds = 300

type Token = AccessToken | ClientCredentials

/** Who calls our own APIs: an opaque token of ours, bound to the key that proves this request (RFC 9449). */
export function makeCallers(
  { config, clock }: Foundation,
  provider: Provider,
  live: LiveRegister,
  inUnit: UnitRunner,
): Callers {
  const checkProof = makeCheckProof()

  /** The token of this request and its proof. */
  async function presented(ctx: Context): Promise<{ token: string; proof: DpopProof }> {
    const [, token] = /^DPoP ([\w-]{20,256})$/i.exec(ctx.get('Authorization')) ?? []
    if (token === undefined) throw new Unauthorised(undefined)
    const given = ctx.get('DPoP')
    if (given === '') throw new Unauthorised('invalid_token')
    const proof = await checkProof(given, {
      method: ctx.method,
      url: config.issuer + ctx.path,
      accessToken: token,
      nowSeconds: epochSeconds(clock()),
    })
    if (proof === undefined) throw new Unauthorised('invalid_dpop_proof')
    return { token, proof }
  }

  /** In a unit. */
  async function checked<T extends Token>(
    found: T | undefined,
    proof: DpopProof,
    api: OwnApi,
  ): Promise<T> {
    const isForThis = found?.aud === `${config.issuer}${api.path}` && found.isValid
    if (!isForThis || found.jkt !== proof.thumbprint) throw new Unauthorised('invalid_token')
    const until = epochSeconds(clock()) + proofKeptSeconds
    if (!(await provider.ReplayDetection.unique(found.clientId ?? '', proof.jti, until)))
      throw new Unauthorised('invalid_dpop_proof')
    return found
  }

  return {
    async require(ctx, api): Promise<Caller> {
      const { token, proof } = await presented(ctx)
      const found = await inUnit(ctx, async () =>
        checked(await provider.ClientCredentials.find(token), proof, api),
      ).catch(asReplay)
      return callerOf(found, api, live.current())
    },

    async requireOnBehalf(ctx, api): Promise<OnBehalf> {
      const { token, proof } = await presented(ctx)
      const { found, person } = await inUnit(ctx, async () => {
        // Without the session it was given in the library finds no such token.
        const found = await checked(await provider.AccessToken.find(token), proof, api)
        return { found, person: await personOf(provider, found) }
      }).catch(asReplay)
      const register = live.current()
      const caller = callerOf(found, api, register)
      if (person === undefined || !isFirstParty(register, caller.clientId))
        throw new Unauthorised('invalid_token')
      if (!reaches(person.acr, highest)) throw new Unauthorised('insufficient_user_authentication')
      return { ...caller, ...person }
    },
  }
}

function callerOf(found: Token, { scope }: OwnApi, register: Register): Caller {
  // Whoever is asked for decisions may look for what they could be about.
  const isIn = found.scopes.has(scope) || (scope === 'search' && found.scopes.has('decide'))
  if (!isIn) throw new Unauthorised('insufficient_scope')
  const clientId = found.clientId ?? ''
  const orgId = register.services.get(clientId)?.orgId
  if (orgId === undefined) throw new Unauthorised('invalid_token')
  return { clientId, orgId }
}

// All of it came with the read that found the token.
async function personOf(
  provider: Provider,
  { accountId, grantId, sessionUid = '', expiresWithSession }: AccessToken,
): Promise<Omit<OnBehalf, keyof Caller> | undefined> {
  const unit = currentUnit()
  await ensureRead(unit, { accounts: [accountId] })
  const session = await provider.Session.findByUid(sessionUid)
  const connection = await provider.Grant.find(grantId ?? '')
  const isHers = session?.accountId === accountId && connection?.accountId === accountId
  if (!isHers || expiresWithSession !== true || !unit.seen.accounts.has(accountId)) return undefined
  const authTime = new Date((session.loginTs ?? 0) * 1000)
  return { personId: accountId, acr: session.acr ?? '', authTime }
}

/** By the register as it is now: a service that is no longer one gets no answer any more. */
export function isFirstParty(register: Register, clientId: string): boolean {
  return register.services.get(clientId)?.metadata['first_party'] === true
}

/**
 * The scopes of tokens for one of our own APIs: holders ask for decisions, both parties search and report, a first-party
 * service acts for the person who signed in there.
 * @returns undefined for a resource that is not ours. @throws InvalidTarget for a client that may not have it
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
  switch (resource) {
    case `${issuer}/access`:
      return onlyIf(ctx, isParty, isHolder ? 'decide search' : 'search')
    case `${issuer}/disclosures`:
      return onlyIf(ctx, isParty, 'report')
    case `${issuer}/me`:
      return onlyIf(ctx, !isProgram && mayAct(live.current(), ctx, client), 'me')
    default:
      return undefined
  }
}

// The library would leave out a scope that is not to be had. A token without what it was wanted for is no answer (RFC 6749, section
// 3.3): `decide` is not left out, nor are all.
function onlyIf(ctx: KoaContextWithOIDC, isAllowed: boolean, scope: string): string {
  if (!isAllowed) throw new errors.InvalidTarget()
  // A code or refresh token knows its scope already.
  const { grant_type: grant, scope: wanted } = ctx.oidc.params ?? {}
  if (grant === 'authorization_code' || grant === 'refresh_token') return scope
  const asked = typeof wanted === 'string' ? wanted.split(' ') : []
  const offered = scope.split(' ')
  const isMissing = asked.includes('decide') && !offered.includes('decide')
  if (isMissing || !asked.some((one) => offered.includes(one)))
    throw new errors.InvalidScope(`scope: this service may have ${offered.join(', ')} here`, scope)
  return scope
}

type Ours = { readonly issuer: string; readonly type: string; readonly live: LiveRegister }

// A token with details may outlive its session; one that acts for the person must not.
function mayAct(register: Register, ctx: KoaContextWithOIDC, client: Client): boolean {
  const hasDetails = ctx.oidc.params?.['authorization_details'] !== undefined
  const isConfidential = client.clientAuthMethod === 'private_key_jwt'
  return isFirstParty(register, client.clientId) && isConfidential && !hasDetails
}

// The unit lost a race, and a proof is all that it writes: another request was first with it.
function asReplay(error: unknown): never {
  throw error instanceof Refusal ? new Unauthorised('invalid_dpop_proof') : error
}
