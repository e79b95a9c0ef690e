import type { InBoth } from '../base/platform/languages.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Client, Provider } from 'oidc-provider'
import type { Log } from '../base/platform/log.ts'
import { ownService } from '../registry/index.ts'
import type { LiveRegister, Register, Service } from '../registry/index.ts'
import { buildClient, ownClient } from './client-metadata.ts'

export type HeldClients = {
  find(clientId: string): Client | undefined
  label(clientId: string): { name: InBoth; organisation: InBoth } | undefined
  /** Its own address, where a person begins: the one it registered, else where it takes her after a sign-out, else its origin. */
  home(clientId: string): string | undefined
  /** Where its redirects lead: for `form-action`, which Chromium applies to the redirect after a POST. */
  origins(clientId: string): readonly string[]
}

export type HeldParts = {
  readonly provider: Provider
  readonly live: LiveRegister
  readonly outboundAllow: readonly string[]
  readonly log: Log
}

/** A service of one epoch, and its client, unless it can have none. */
type Entry = { readonly service: Service; readonly client: Client | undefined }
type Entries = ReadonlyMap<string, Entry>

/** The clients of the register as it is now. Each is built when the register first says it, not when a person first comes. */
export function holdClients(parts: HeldParts): HeldClients {
  const own = ownClient(parts.provider)
  const first = parts.live.current()
  let held = { register: first, entries: entriesOf(parts, first, new Map()) }

  function entries(): Entries {
    const register = parts.live.current()
    if (register !== held.register)
      held = { register, entries: entriesOf(parts, register, held.entries) }
    return held.entries
  }

  function find(clientId: string): Client | undefined {
    return clientId === ownService ? own : entries().get(clientId)?.client
  }

  return {
    find,
    label: (clientId) => labelOf(entries().get(clientId)),
    home: (clientId) => homeOf(find(clientId)),
    origins: (clientId) => originsOf(find(clientId)),
  }
}

export function orgOf(client: Client): string {
  const { organisation } = client
  if (typeof organisation !== 'string') throw new Error('a client without organisation was held')
  return organisation
}

// A service that stayed the same keeps its client, with the keys that were fetched for it.
function entriesOf(parts: HeldParts, { services }: Register, before: Entries): Entries {
  return new Map(
    [...services].map(([clientId, service]) => {
      const known = before.get(clientId)
      const client =
        known !== undefined && isSameClient(known.service, service)
          ? known.client
          : built(parts, service)
      return [clientId, { service, client }]
    }),
  )
}

function isSameClient(one: Service, other: Service): boolean {
  return isDeepStrictEqual(clientPart(one), clientPart(other))
}

function clientPart({ serviceId, orgId, resourceServer, metadata }: Service) {
  return { serviceId, orgId, resourceServer, metadata }
}

// `register apply` refuses such a service, by the same rules: what is left is one from before a rule, or from another configuration.
// It has no client then: nobody signs in there, and the others go on.
function built({ provider, outboundAllow, log }: HeldParts, service: Service): Client | undefined {
  const found = buildClient(provider, service, outboundAllow)
  if ('client' in found) return found.client
  const why = found.faults.map(({ message }) => message).join('; ')
  log.error({ serviceId: service.serviceId, why }, 'a service of the register cannot be served')
  return undefined
}

function labelOf(entry: Entry | undefined) {
  if (entry?.client === undefined) return undefined
  return { name: entry.service.name, organisation: entry.service.organisationName }
}

function homeOf(client: Client | undefined): string | undefined {
  return client?.clientUri ?? client?.postLogoutRedirectUris?.[0] ?? originsOf(client)[0]
}

function originsOf(client: Client | undefined): string[] {
  const urls = [...(client?.redirectUris ?? []), ...(client?.postLogoutRedirectUris ?? [])]
  return [...new Set(urls.map((url) => new URL(url).origin))]
}
