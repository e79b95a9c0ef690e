import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { Provider } from 'oidc-provider'
import { detailType } from '../../consent/record/index.ts'
import { levels } from '../../base/values/assurance-levels.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { ServiceCheck } from '../../registry/index.ts'
import { backchannelFeature } from '../ciba/backchannel-authentication.ts'
import { buildClient } from '../clients/client-metadata.ts'
import { configuration } from './configuration.ts'
import { pingSeals } from '../ciba/ciba-seal.ts'
import type { ConsentGrants } from '../tokens/consent-grants.ts'

/**
 * Finds the faults for which a service could not be served, before it enters the register. Only the library knows some of the rules,
 * so the check builds the client with a provider of the same configuration, with throw-away keys, that serves no request.
 */
export function makeRegistrationCheck(
  { issuer, outboundAllow }: Pick<Foundation['config'], 'issuer' | 'outboundAllow'>,
  { hasRsa }: { readonly hasRsa: boolean },
): ServiceCheck {
  const provider = new Provider(
    issuer,
    configuration({
      issuer,
      keys: { cookie: [randomBytes(32).toString('base64url')], dpopNonce: [randomBytes(32)] },
      jwks: { keys: keysOfTheMoment(hasRsa) },
      pairwise: { subject: unused },
      backchannel: backchannelFeature({
        pairwise: { person: unused },
        pings: pingSeals([randomBytes(32)]),
        levels,
      }),
      sharing: { ...sharing, type: detailType(issuer) },
      userCodeRows: unused,
      held: { now: unused, inUnit: unused, isHeldInUnit: unused, isHeldNow: unused },
      fetch: unused,
      levels,
      visitUrl: unused,
      renderError: unused,
      device: {
        userCodeInputSource: unused,
        userCodeConfirmSource: unused,
        successSource: unused,
      },
      signOutPage: unused,
      signedOutPage: unused,
    }),
  )
  return (service) => {
    const built = buildClient(provider, service, outboundAllow)
    return 'client' in built ? [] : built.faults
  }
}

function keysOfTheMoment(hasRsa: boolean) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = privateKey.export({ format: 'jwk' })
  return [{ ...jwk, alg: 'ES256', use: 'sig' }, ...(hasRsa ? [pairOfRsa()] : [])]
}

function pairOfRsa() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig' }
}

function unused(): never {
  throw new Error('this provider serves nobody')
}

const sharing: Omit<ConsentGrants, 'type'> = {
  validate: unused,
  isMissing: unused,
  forGrantSource: unused,
  forAccessToken: unused,
  forIntrospection: unused,
  mayIntrospect: unused,
  resourceServer: unused,
  resourcesOf: unused,
  saysResource: unused,
  resourceOf: unused,
}
