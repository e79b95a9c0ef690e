import type { Client, ClientMetadata, Provider } from 'oidc-provider'
import type { Bilingual, Register, Service } from '../registry/index.ts'
import { StartError } from '../base/platform/start-error.ts'

/** Our own pages start an ordinary visit of this built-in service; its code is never redeemed. */
export const ownService = 'accord'

export type Held = {
  find(clientId: string): Client | undefined
  label(clientId: string): { name: Bilingual; organisation: Bilingual } | undefined
  /** Its own address, where a person begins: the one it registered, else where it takes her after a sign-out, else its origin. */
  home(clientId: string): string | undefined
  /** Where its redirects lead: for `form-action`, which Chromium applies to the redirect after a POST. */
  origins(clientId: string): readonly string[]
}

const known = new Set([
  'client_id',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
  'jwks_uri',
  'jwks',
  'token_endpoint_auth_method',
  'token_endpoint_auth_signing_alg',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
  'id_token_signed_response_alg',
  'grant_types',
  'response_types',
  'response_modes',
  'subject_type',
  'application_type',
  'client_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'default_acr_values',
  'scope',
  'authorization_details_types',
  'first_party', // read in callers.ts, from the register as it is now
])

/**
 * Builds every relying party at load, so that a malformed one is found here and not at a person's first sign-in.
 * @throws StartError naming each service and what is wrong with it
 */
export function holdClients(
  provider: Provider,
  register: Register,
  outboundAllow: readonly string[],
): Held {
  const clients = new Map<string, Client>()
  const problems: string[] = []
  for (const service of register.services.values()) {
    const found = [...unknownMembers(service), ...insecureUrls(service, outboundAllow)]
    const client = found.length === 0 ? tryBuild(provider, strict(service)) : undefined
    if (typeof client === 'string') found.push(client)
    else if (client !== undefined) clients.set(service.serviceId, client)
    problems.push(...found.map((message) => `  - ${service.serviceId}: ${message}`))
  }
  if (problems.length > 0)
    throw new StartError(`Services of the register cannot be used:\n${problems.join('\n')}`)
  const own = tryBuild(provider, ownMetadata(provider.issuer))
  if (typeof own === 'string') throw new Error(`our own service is refused: ${own}`)
  clients.set(ownService, own)
  return {
    find: (clientId) => clients.get(clientId),
    label: (clientId) => labelOf(register.services.get(clientId)),
    home: (clientId) => homeOf(clients.get(clientId)),
    origins: (clientId) => originsOf(clients.get(clientId)),
  }
}

export function orgOf(client: Client): string {
  const { organisation } = client
  if (typeof organisation !== 'string') throw new Error('a client without organisation was held')
  return organisation
}

function strict(service: Service): ClientMetadata {
  const isPublic = service.metadata['token_endpoint_auth_method'] === 'none'
  return {
    ...(isPublic ? {} : { token_endpoint_auth_signing_alg: 'ES256' }),
    ...service.metadata,
    client_id: service.serviceId,
    organisation: service.orgId,
    ...(service.resourceServer === undefined ? {} : { resource_server: service.resourceServer }),
    response_modes: ['query'],
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    subject_type: 'pairwise',
  }
}

function ownMetadata(issuer: string): ClientMetadata {
  return {
    client_id: ownService,
    organisation: 'org_accord',
    redirect_uris: [`${issuer}/retour`],
    token_endpoint_auth_method: 'none',
    response_modes: ['query'],
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    subject_type: 'pairwise',
  }
}

function tryBuild(provider: Provider, metadata: ClientMetadata): Client | string {
  try {
    return build(provider, metadata)
  } catch (error) {
    return error instanceof Error ? describe(error) : 'refused'
  }
}

function build(provider: Provider, metadata: ClientMetadata): Client {
  const { keys } = metadata.jwks ?? { keys: undefined }
  if (keys !== undefined && keys.length === 0) throw new Error('jwks.keys is empty')
  // The types hide the constructor.
  const Constructor = provider.Client as unknown as new (metadata: ClientMetadata) => Client
  return new Constructor(metadata)
}

function unknownMembers(service: Service): string[] {
  // The library drops what it does not know without a word: a misspelt member would be a silent default.
  return Object.keys(service.metadata)
    .filter((name) => !known.has(name))
    .map((name) => `unknown member ${name}`)
}

function insecureUrls(service: Service, outboundAllow: readonly string[]): string[] {
  const { redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, jwks_uri } =
    service.metadata
  const { client_uri } = service.metadata
  const called = [backchannel_logout_uri, jwks_uri].flat().filter((url) => typeof url === 'string')
  const visited = [redirect_uris, post_logout_redirect_uris, client_uri]
    .flat()
    .filter((url) => typeof url === 'string')
  const allowed = (url: string) => url.startsWith('https://') || outboundAllow.includes(hostOf(url))
  return [...called, ...visited]
    .filter((url) => !allowed(url))
    .map((url) => `${url} must begin with https://`)
}

function hostOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null
    ? ''
    : `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? 443 : 80)}`
}

function labelOf(
  service: Service | undefined,
): { name: Bilingual; organisation: Bilingual } | undefined {
  return service && { name: service.name, organisation: service.organisationName }
}

function homeOf(client: Client | undefined): string | undefined {
  return client?.clientUri ?? client?.postLogoutRedirectUris?.[0] ?? originsOf(client)[0]
}

function originsOf(client: Client | undefined): string[] {
  const urls = [...(client?.redirectUris ?? []), ...(client?.postLogoutRedirectUris ?? [])]
  return [...new Set(urls.map((url) => new URL(url).origin))]
}

function describe(error: Error): string {
  const description = 'error_description' in error ? error.error_description : undefined
  return typeof description === 'string' ? description : error.message
}
