import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import type { Caller, Callers, OwnApi } from '../foundation/caller.ts'
import { Unauthorised } from '../foundation/caller.ts'
import { epochSeconds } from '../foundation/clock.ts'
import { makeCheckProof } from '../foundation/dpop.ts'
import type { Proof } from '../foundation/dpop.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { Refusal } from '../foundation/refusal.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { UnitRunner } from './request-unit.ts'

// A proof is used once while it could still be used: a minute on either side of now (foundation/dpop.ts), and some more.
const proofKeptSeconds = 300

/** Who calls our own APIs: an opaque client-credentials token of ours, bound to the key that proves this request (RFC 9449). */
export function makeCallers(
  { config, clock }: Foundation,
  provider: Provider,
  live: LiveRegister,
  inUnit: UnitRunner,
): Callers {
  const checkProof = makeCheckProof()

  async function tokenOf(ctx: Context, token: string, proof: Proof, api: OwnApi) {
    return inUnit(ctx, async () => {
      const found = await provider.ClientCredentials.find(token)
      const isForThis = found?.aud === `${config.issuer}${api.path}` && found.isValid
      if (!isForThis || found.jkt !== proof.thumbprint) throw new Unauthorised('invalid_token')
      const until = epochSeconds(clock()) + proofKeptSeconds
      if (!(await provider.ReplayDetection.unique(found.clientId ?? '', proof.jti, until)))
        throw new Unauthorised('invalid_dpop_proof')
      return found
    })
  }

  return {
    async require(ctx, api): Promise<Caller> {
      const [, token] = /^DPoP ([\w-]{20,256})$/i.exec(ctx.get('Authorization')) ?? []
      if (token === undefined) throw new Unauthorised(undefined)
      const proof = await checkProof(ctx.get('DPoP'), {
        method: ctx.method,
        url: config.issuer + ctx.path,
        accessToken: token,
        nowSeconds: epochSeconds(clock()),
      })
      if (proof === undefined) throw new Unauthorised('invalid_dpop_proof')
      const found = await tokenOf(ctx, token, proof, api).catch(asReplay)
      if (!found.scopes.has(api.scope)) throw new Unauthorised('insufficient_scope')
      const clientId = found.clientId ?? ''
      const orgId = live.current().services.get(clientId)?.orgId
      if (orgId === undefined) throw new Unauthorised('invalid_token')
      return { clientId, orgId }
    },
  }
}

// The unit lost a race, and a proof is all that it writes: another request was first with it.
function asReplay(error: unknown): never {
  throw error instanceof Refusal ? new Unauthorised('invalid_dpop_proof') : error
}
