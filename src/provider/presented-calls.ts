import { createHash } from 'node:crypto'
import type { AccessToken, Provider } from 'oidc-provider'
import type { Caller, Callers, JudgedCall } from '../base/web/caller.ts'
import { epochSeconds } from '../base/values/clock.ts'
import { present } from '../base/values/present.ts'
import { Refusal } from '../base/values/refusal.ts'
import { makeCheckProof } from '../base/web/dpop.ts'
import type { Foundation } from '../base/web/foundation.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { Needs } from './clients/endpoints.ts'
import type { HeldConsents } from './tokens/authorization-details.ts'
import { currentDetails, rarOf } from './tokens/authorization-details.ts'
import type { HeldSource } from './tokens/consent-grants.ts'
import { readHeld } from './tokens/consent-grants.ts'
import { proofKeptSeconds } from './unit/unit-reads.ts'
import type { UnitRunner } from './unit/request-unit.ts'
import { currentUnit } from './unit/unit.ts'

const tokenPattern = /^[\w-]{20,256}$/

/**
 * Judges calls that came to APIs of holders (RFC 9449, sections 4.3 and 7.1). One statement reads the token and marks its proof with the
 * question for which it is presented, so that all processes know it.
 */
export function makeJudgeCall(
  { clock, config: { issuer } }: Pick<Foundation, 'clock' | 'config'>,
  provider: Provider,
  parts: HeldSource & { readonly inUnit: UnitRunner },
): Callers['judge'] {
  const { live, inUnit } = parts
  const checkProof = makeCheckProof()
  return async (ctx, caller, { token, proof: given, method, url, requestId }) => {
    if (!tokenPattern.test(token)) return 'token'
    const nowSeconds = epochSeconds(clock())
    const proof = checkProof(given, { method, url, accessToken: token, nowSeconds })
    if (proof === undefined) return 'proof'
    const requestSha256 = createHash('sha256').update(`${caller.orgId} ${requestId}`).digest()
    const needs: Needs = {
      token: 'AccessToken',
      canDeny: true,
      jti: proof.jti,
      presented: { token, requestSha256 },
    }
    try {
      return await inUnit(ctx, needs, async () => {
        const found = await provider.AccessToken.find(token)
        if (found?.jkt !== proof.thumbprint || !isFor(found, caller, live)) return 'token'
        const until = nowSeconds + proofKeptSeconds
        const isUnused = await provider.ReplayDetection.unique(clientOf(found), proof.jti, until)
        if (!isUnused) return 'proof'
        // The read that found the token has brought its person, if her access is open.
        if (!currentUnit().seen.accounts.has(found.accountId)) return 'token'
        return judged(found, issuer, await readHeld(parts, found.accountId))
      })
    } catch (error) {
      // This unit writes nothing but the proof: another request used it first.
      if (error instanceof Refusal) return 'proof'
      throw error
    }
  }
}

function isFor(found: AccessToken, { clientId }: Caller, live: LiveRegister): boolean {
  const api = live.current().services.get(clientId)?.resourceServer
  return api !== undefined && found.aud === api && found.isValid
}

// What she narrowed since is narrower. What is over stays as the token says it, so that the decision says why.
function judged(found: AccessToken, issuer: string, held: HeldConsents): JudgedCall {
  const { acr, auth_time: authTime } = found.extra ?? {}
  return {
    personId: found.accountId,
    clientId: clientOf(found),
    jkt: present(found.jkt, 'the key of a token'),
    acr: typeof acr === 'string' ? acr : undefined,
    authTime: typeof authTime === 'number' ? authTime : undefined,
    details: rarOf(found).map((before) => currentDetails(issuer, [before], held)[0] ?? before),
  }
}

function clientOf({ clientId }: AccessToken): string {
  return present(clientId, 'the client of a token')
}
