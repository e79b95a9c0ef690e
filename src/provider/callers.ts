import { answererOf } from '../people/accounts/index.ts'
import type { Context } from 'koa'
import type { AccessToken, ClientCredentials, Provider } from 'oidc-provider'
import type { CallOnBehalf, Caller, Callers, OnBehalf, OwnApi } from '../base/web/caller.ts'
import { UnauthorisedCall } from '../base/web/caller.ts'
import { epochSeconds } from '../base/values/clock.ts'
import { makeCheckProof } from '../base/web/dpop.ts'
import type { DpopProof } from '../base/web/dpop.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { highest, reaches } from '../base/values/assurance-levels.ts'
import { present } from '../base/values/present.ts'
import { noteService } from '../base/web/request-log.ts'
import { Refusal } from '../base/values/refusal.ts'
import type { LiveRegister, Register } from '../registry/index.ts'
import type { Needs } from './clients/endpoints.ts'
import { ensureRead } from './unit/unit-reads.ts'
import { isFirstParty, mayMatch } from './configuration/own-api-scopes.ts'
import type { UnitRunner } from './unit/request-unit.ts'
import { currentUnit } from './unit/unit.ts'

// A used proof is remembered for longer than it is accepted, which is a minute on either side of now (src/base/web/dpop.ts).
const proofKeptSeconds = 300

type Token = AccessToken | ClientCredentials

/** Finds who calls our own APIs, by an opaque token that is bound to the key of the request's proof (RFC 9449). */
export function makeCallers(
  { config, clock }: Foundation,
  provider: Provider,
  live: LiveRegister,
  inUnit: UnitRunner,
): Omit<Callers, 'judge'> {
  const checkProof = makeCheckProof()

  /** The token and the proof that this request presents. @throws Unauthorised */
  function presented(ctx: Context): { token: string; proof: DpopProof } {
    const [, token] = /^DPoP ([\w-]{20,256})$/i.exec(ctx.get('Authorization')) ?? []
    if (token === undefined) throw new UnauthorisedCall(undefined)
    const given = ctx.get('DPoP')
    if (given === '') throw new UnauthorisedCall('invalid_token')
    const proof = checkProof(given, {
      method: ctx.method,
      url: config.issuer + ctx.path,
      accessToken: token,
      nowSeconds: epochSeconds(clock()),
    })
    if (proof === undefined) throw new UnauthorisedCall('invalid_dpop_proof')
    return { token, proof }
  }

  /** Checks that the token is for this API and bound to the proof's key, and uses up the proof. Called in a unit. */
  async function checked<T extends Token>(
    found: T | undefined,
    proof: DpopProof,
    api: OwnApi,
  ): Promise<T> {
    const isForThis = found?.aud === `${config.issuer}${api.path}` && found.isValid
    if (!isForThis || found.jkt !== proof.thumbprint) throw new UnauthorisedCall('invalid_token')
    const until = epochSeconds(clock()) + proofKeptSeconds
    if (!(await provider.ReplayDetection.unique(clientOf(found), proof.jti, until)))
      throw new UnauthorisedCall('invalid_dpop_proof')
    return found
  }

  /** The caller, and the person whom its token stands for, with the register by which that was judged. */
  async function standsFor(ctx: Context, api: OwnApi): Promise<CalledFor> {
    const { token, proof } = presented(ctx)
    const needs: Needs = { token: 'AccessToken', jti: proof.jti }
    const { found, person } = await inUnit(ctx, needs, async () => {
      // The library finds no such token once the session that it was issued in has ended.
      const found = await checked(await provider.AccessToken.find(token), proof, api)
      return { found, person: await personOf(provider, found) }
    }).catch(asReplay)
    noteService(ctx, found.clientId)
    const register = live.current()
    return { register, person, caller: callerOf(found, api, register) }
  }

  return {
    async require(ctx, api): Promise<Caller> {
      const { token, proof } = presented(ctx)
      const canDeny = api.scope === 'decide'
      const needs: Needs = { token: 'ClientCredentials', canDeny, jti: proof.jti }
      const found = await inUnit(ctx, needs, async () =>
        checked(await provider.ClientCredentials.find(token), proof, api),
      ).catch(asReplay)
      noteService(ctx, found.clientId)
      return callerOf(found, api, live.current())
    },

    requireOnBehalf: async (ctx, api) => onBehalfOf(await standsFor(ctx, api)),
    requireAboutHer: async (ctx, api) => aboutHer(await standsFor(ctx, api)),
  }
}

type CalledFor = {
  readonly register: Register
  readonly caller: Caller
  readonly person: Omit<OnBehalf, keyof Caller> | undefined
}

function onBehalfOf({ register, person, caller }: CalledFor): OnBehalf {
  if (person === undefined || !isFirstParty(register, caller.clientId))
    throw new UnauthorisedCall('invalid_token')
  if (!reaches(person.acr, highest)) throw new UnauthorisedCall('insufficient_user_authentication')
  return { ...caller, ...person }
}

// Such a token lives five minutes, and no refresh token makes another one.
function aboutHer({ register, person, caller }: CalledFor): CallOnBehalf {
  if (person === undefined || !mayMatch(register, caller.clientId))
    throw new UnauthorisedCall('invalid_token')
  return { ...caller, ...person }
}

// A caller that may change its streams may read them, too.
const wider: Readonly<Partial<Record<OwnApi['scope'], string>>> = {
  search: 'decide',
  'ssf.read': 'ssf.manage',
}

function callerOf(found: Token, { scope }: OwnApi, register: Register): Caller {
  // A caller that may ask for decisions may also search for the sharings that they can be about.
  const more = wider[scope]
  const isIn = found.scopes.has(scope) || (more !== undefined && found.scopes.has(more))
  if (!isIn) throw new UnauthorisedCall('insufficient_scope')
  const clientId = clientOf(found)
  const orgId = register.services.get(clientId)?.orgId
  if (orgId === undefined) throw new UnauthorisedCall('invalid_token')
  return { clientId, orgId }
}

function clientOf({ clientId }: Token): string {
  return present(clientId, 'the client of a token')
}

// These lookups cost no statement: the read that found the token has brought all these rows.
async function personOf(
  provider: Provider,
  { accountId, grantId, sessionUid = '', expiresWithSession }: AccessToken,
): Promise<Omit<OnBehalf, keyof Caller> | undefined> {
  const unit = currentUnit()
  await ensureRead(unit, { accounts: [accountId] })
  const session = await provider.Session.findByUid(sessionUid)
  const connection = await provider.Grant.find(present(grantId, 'the connection of a token'))
  const isHers = session?.accountId === accountId && connection?.accountId === accountId
  if (!isHers || expiresWithSession !== true || !unit.seen.accounts.has(accountId)) return undefined
  const { acr, amr, loginTs } = session
  const authTime = new Date(present(loginTs, 'the time of a sign-in') * 1000)
  const who = {
    personId: accountId,
    acr: present(acr, 'the level of a sign-in'),
    factorIds: unit.seen.sessionsByUid.get(sessionUid)?.row.factor_ids ?? [],
  }
  const actor = answererOf({ ...who, provedAt: authTime }, amr)
  return actor && { ...who, authTime, actor }
}

// This unit writes nothing but the proof, so a lost race means that another request used the same proof first.
function asReplay(error: unknown): never {
  throw error instanceof Refusal ? new UnauthorisedCall('invalid_dpop_proof') : error
}
