import { rankOf } from '../../base/values/assurance-levels.ts'
import { originsOf } from './service-origins.ts'
import type { Fault, Path } from './file-faults.ts'
import { faultIf } from './file-faults.ts'
import type { IdentityProvider, ProviderSecret } from './objects.ts'
import type { Shelves } from './object-index.ts'

/** Finds what is wrong about a provider of identities beside the rest of the register. Pure. */
export function upstreamFaults(provider: IdentityProvider, world: Shelves): Fault[] {
  const { id, issuer, levels, ceiling, secret } = provider
  const others = world['identity-provider'].current.filter((other) => other.id !== id)
  const twin = others.find((other) => other.issuer === issuer)
  const tooHigh = [...levels].filter(([, level]) => rankOf(level) > rankOf(ceiling))
  return [
    ...addressFaults(issuer, ['issuer'], world),
    // One identity would have two names here, and a status for each.
    ...faultIf(twin !== undefined, ['issuer'], `issuer is that of ${twin?.id} too`),
    ...(secret === undefined
      ? []
      : [
          ...addressFaults(secret.tokenEndpoint, ['secret', 'token_endpoint'], world),
          ...secretFaults(provider, secret, world),
        ]),
    ...tooHigh.map(([acr, level]) => ({
      path: ['levels'],
      message: `levels: ${acr} is ${level}, which is above the ceiling ${ceiling}`,
    })),
  ]
}

function addressFaults(address: string, path: Path, world: Shelves): Fault[] {
  const { protocol, hostname, origin, username, password } = new URL(address)
  const name = path.join('.')
  const isPlain = protocol !== 'https:' && !isLoopback(hostname)
  const sharing = world.service.current.find((service) => originsOf(service).has(origin))
  return [
    ...faultIf(isPlain, path, `${name} must begin with https://`),
    ...faultIf(username + password !== '', path, `${name} must have no name and no password`),
    // A service that answers at the address of a provider could sign people in by itself.
    ...faultIf(sharing !== undefined, path, `${origin} is an address of ${sharing?.id} too`),
  ]
}

// A secret goes to one address for good: whoever changes the address in a file must bring another secret, and gets none that is there.
function secretFaults(
  { id, version }: IdentityProvider,
  { env, tokenEndpoint }: ProviderSecret,
  world: Shelves,
): Fault[] {
  const [other] = world['identity-provider'].all.filter(
    (one) =>
      one.secret?.env === env &&
      (one.id !== id || (one.version < version && one.secret.tokenEndpoint !== tokenEndpoint)),
  )
  const said = `secret.env: ${env} is for ${other?.secret?.tokenEndpoint} (${other?.ref}): another address needs another variable, with another secret`
  return faultIf(other !== undefined, ['secret', 'env'], said)
}

// Plain http is for a demonstration's own machine: a deployment calls no such address.
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
}
