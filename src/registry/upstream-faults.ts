import { rankOf } from '../base/platform/levels.ts'
import type { Fault } from './faults.ts'
import { when } from './faults.ts'
import type { IdentityProvider, RegisteredService } from './objects.ts'
import type { Shelves } from './shelves.ts'

/** Finds what is wrong about a provider of identities beside the rest of the register. Pure. */
export function upstreamFaults(provider: IdentityProvider, world: Shelves): Fault[] {
  const { id, issuer, levels, ceiling } = provider
  const { protocol, hostname, origin, username, password } = new URL(issuer)
  const isPlain = protocol !== 'https:' && !isLoopback(hostname)
  const others = world['identity-provider'].current.filter((other) => other.id !== id)
  const twin = others.find((other) => other.issuer === issuer)
  const tooHigh = [...levels].filter(([, level]) => rankOf(level) > rankOf(ceiling))
  const sharing = world.service.current.find((service) => originsOf(service).has(origin))
  return [
    ...when(isPlain, ['issuer'], 'issuer must begin with https://'),
    ...when(username + password !== '', ['issuer'], 'issuer must have no name and no password'),
    // One identity would have two names here, and a status for each.
    ...when(twin !== undefined, ['issuer'], `issuer is that of ${twin?.id} too`),
    // A service that answers at the address of a provider could sign people in by itself.
    ...when(sharing !== undefined, ['issuer'], `${origin} is an address of ${sharing?.id} too`),
    ...tooHigh.map(([acr, level]) => ({
      path: ['levels'],
      message: `levels: ${acr} is ${level}, which is above the ceiling ${ceiling}`,
    })),
  ]
}

// Plain http is for a demonstration's own machine: a deployment calls no such address.
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
}

/** Where a service has something: its API, and each address among its metadata. */
function originsOf({ resourceServer, metadata }: RegisteredService): ReadonlySet<string> {
  const texts = [resourceServer, ...Object.values(metadata)].flat()
  const addresses = texts.filter((text) => typeof text === 'string')
  return new Set(addresses.flatMap((text) => originOf(text)))
}

function originOf(text: string): string[] {
  const { origin = 'null' } = URL.parse(text) ?? {}
  return origin === 'null' ? [] : [origin]
}
