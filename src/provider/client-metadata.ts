import type { Client, ClientMetadata, Provider } from 'oidc-provider'
import { ownOrganisation, ownService } from '../registry/index.ts'
import type { Fault, Service } from '../registry/index.ts'
import { returnPath } from './own-visits.ts'

// Checks a service's file beyond its schema, and builds the library's client from it.

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
  'first_party', // callers.ts reads it from the current register
])

/** The library's client of a service, or all the faults of the service's file that can be found at once. */
export type BuiltClient = { readonly client: Client } | { readonly faults: readonly Fault[] }

export function buildClient(
  provider: Provider,
  service: Service,
  outboundAllow: readonly string[],
): BuiltClient {
  const faults = [
    ...ownFaults(service),
    ...unknownMembers(service),
    ...insecureUrls(service, outboundAllow),
  ]
  const built = build(provider, strict(service))
  if ('client' in built) return faults.length === 0 ? built : { faults }
  // The library reports one fault at a time, and that fault may be a consequence of ours.
  return { faults: faults.length === 0 ? built.faults : faults }
}

export function ownClient(provider: Provider): Client {
  const built = build(provider, ownMetadata(provider.issuer))
  if ('client' in built) return built.client
  throw new Error(`our own service is refused: ${built.faults[0]?.message}`)
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

/** The built-in service for which our own pages begin an ordinary visit. Its code is never redeemed. */
function ownMetadata(issuer: string): ClientMetadata {
  return {
    client_id: ownService,
    organisation: ownOrganisation,
    redirect_uris: [`${issuer}${returnPath}`],
    token_endpoint_auth_method: 'none',
    response_modes: ['query'],
    require_pushed_authorization_requests: true,
    dpop_bound_access_tokens: true,
    subject_type: 'pairwise',
  }
}

function build(provider: Provider, metadata: ClientMetadata): BuiltClient {
  const { keys } = metadata.jwks ?? { keys: undefined }
  if (keys !== undefined && keys.length === 0)
    return { faults: [{ path: ['jwks'], message: 'jwks.keys is empty' }] }
  // The library's types leave out the constructor.
  const Constructor = provider.Client as unknown as new (metadata: ClientMetadata) => Client
  try {
    return { client: new Constructor(metadata) }
  } catch (error) {
    const message = error instanceof Error ? describe(error) : 'it is refused'
    return { faults: [{ path: memberIn(message), message }] }
  }
}

// The library's message names the field at fault, if there is one.
function memberIn(message: string): string[] {
  return (message.match(/[a-z]+(?:_[a-z]+)*/g) ?? []).filter((name) => known.has(name)).slice(0, 1)
}

// For a faulty key only the error's cause says what is wrong.
function describe(error: Error): string {
  if (error.cause instanceof Error) return describe(error.cause)
  const description = 'error_description' in error ? error.error_description : undefined
  return typeof description === 'string' ? description : error.message
}

export const authMethods = ['private_key_jwt', 'none'] as const

// Faults that the library would report for the wrong field, or would not report.
function ownFaults({ serviceId, metadata }: Service): Fault[] {
  const method = metadata['token_endpoint_auth_method'] ?? authMethods[0]
  return [
    // The broker's own service has this id, so that a file's service of the same id could never be reached.
    ...when(serviceId === ownService, ['client_id'], `${ownService} is the broker itself`),
    ...when(
      !authMethods.some((name) => name === method),
      ['token_endpoint_auth_method'],
      `token_endpoint_auth_method must be ${authMethods.join(' or ')}`,
    ),
  ]
}

function when(condition: boolean, path: Fault['path'], message: string): Fault[] {
  return condition ? [{ path, message }] : []
}

function unknownMembers(service: Service): Fault[] {
  // The library silently drops an unknown member, so a misspelt member would silently become its default.
  return Object.keys(service.metadata)
    .filter((name) => !known.has(name))
    .map((name) => ({ path: [name], message: `${name} is not a field that this file may have` }))
}

const addresses = [
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'jwks_uri',
  'client_uri',
]

function insecureUrls({ metadata }: Service, outboundAllow: readonly string[]): Fault[] {
  const isAllowed = (url: string) =>
    url.startsWith('https://') || outboundAllow.includes(hostOf(url))
  return addresses.flatMap((member) => {
    const value = metadata[member]
    const urls: readonly unknown[] = Array.isArray(value) ? value : [value]
    return urls.flatMap((url, i) =>
      typeof url !== 'string' || isAllowed(url)
        ? []
        : [
            {
              path: Array.isArray(value) ? [member, i] : [member],
              message: `${url} must begin with https://`,
            },
          ],
    )
  })
}

function hostOf(url: string): string {
  const parsed = URL.parse(url)
  return parsed === null
    ? ''
    : `${parsed.hostname}:${parsed.port || (parsed.protocol === 'https:' ? 443 : 80)}`
}
