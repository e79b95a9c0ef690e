import { dayOf } from '../../base/values/calendar.ts'
import type { Clock } from '../../base/values/clock.ts'
import type { Bilingual } from '../../base/values/languages.ts'
import { isDeepStrictEqual } from 'node:util'
import type { Client, Provider } from 'oidc-provider'
import type { Log } from '../../base/logging/log.ts'
import { present } from '../../base/values/present.ts'
import { ownService } from '../../registry/index.ts'
import type { LiveRegister, Register, Service } from '../../registry/index.ts'
import { buildClient, ownClient } from './client-metadata.ts'

export type HeldClients = {
  find(clientId: string): Client | undefined
  /** What a person reads of a service that is not found: whether the register has it all the same, suspended or closed. */
  missingCode(clientId: unknown): 'request.unknown-service' | 'request.suspended-service'
  label(clientId: string): ServiceLabel | undefined
  /** Where a person begins at the service: its registered address, else its page after a sign-out, else its origin. */
  home(clientId: string): string | undefined
  /** The origins of the service's redirects, for `form-action`: Chromium applies it to the redirect after a POST. */
  origins(clientId: string): readonly string[]
}

type ServiceLabel = {
  readonly name: Bilingual
  readonly organisation: Bilingual
  /** The organisation inside a sentence. */
  readonly inSentence: Bilingual
}

type HeldParts = {
  readonly provider: Provider
  readonly live: LiveRegister
  readonly outboundAllow: readonly string[]
  readonly clock: Clock
  readonly log: Log
}

/** A service of the register's epoch, and its client unless the service cannot be served. */
type Entry = { readonly service: Service; readonly client: Client | undefined }
type Entries = ReadonlyMap<string, Entry>

/** Holds the clients of the current register. A client is built when its service enters the register, not at its first request. */
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
    if (clientId === ownService) return own
    const entry = entries().get(clientId)
    return entry === undefined || isOver(entry.service, parts.clock()) ? undefined : entry.client
  }

  return {
    find,
    missingCode: (clientId) =>
      typeof clientId === 'string' && parts.live.current().anyService(clientId) !== undefined
        ? 'request.suspended-service'
        : 'request.unknown-service',
    label: (clientId) => labelOf(entries().get(clientId)),
    home: (clientId) => homeOf(find(clientId)),
    origins: (clientId) => originsOf(find(clientId)),
  }
}

export function orgOf(client: Client): string {
  return String(present(client['organisation'], 'the organisation of a client'))
}

// An unchanged service keeps its client, and with it the keys that were fetched for the client.
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

// After its last day an exception is no service, wherever it comes from: the register moves without an apply.
function isOver({ exception }: Service, now: Date): boolean {
  return exception !== undefined && exception.until < dayOf(now)
}

function isSameClient(one: Service, other: Service): boolean {
  return isDeepStrictEqual(clientPart(one), clientPart(other))
}

function clientPart(service: Service) {
  const { serviceId, orgId, resourceServer, profile, assertionAudience, metadata } = service
  return { serviceId, orgId, resourceServer, profile, assertionAudience, metadata }
}

// `register apply` refuses a faulty service by the same rules, so one is found here only if it is older than a rule or comes from
// another configuration. It gets no client: nobody can sign in there, and all other services go on.
function built({ provider, outboundAllow, log }: HeldParts, service: Service): Client | undefined {
  const found = buildClient(provider, service, outboundAllow)
  if ('client' in found) return found.client
  const why = found.faults.map(({ message }) => message).join('; ')
  log.error({ serviceId: service.serviceId, why }, 'a service of the register cannot be served')
  return undefined
}

function labelOf(entry: Entry | undefined) {
  if (entry?.client === undefined) return undefined
  const { name, organisationName: organisation, organisationInSentence: inSentence } = entry.service
  return { name, organisation, inSentence }
}

function homeOf(client: Client | undefined): string | undefined {
  const places = [client?.clientUri, client?.postLogoutRedirectUris?.[0], ...originsOf(client)]
  return places.find((place) => place !== undefined && !isOnDevice(place, client))
}

function originsOf(client: Client | undefined): string[] {
  const urls = [...(client?.redirectUris ?? []), ...(client?.postLogoutRedirectUris ?? [])]
  return [...new Set(urls.map((url) => originOf(url, client)))]
}

// A native application takes a port that is free (RFC 8252, section 7.3).
function originOf(url: string, client: Client | undefined): string {
  const { origin, hostname } = new URL(url)
  return isOnDevice(url, client) ? `http://${hostname}:*` : origin
}

function isOnDevice(url: string, client: Client | undefined): boolean {
  return client?.applicationType === 'native' && url.startsWith('http:')
}
