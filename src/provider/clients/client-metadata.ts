import type { JsonWebKey } from 'node:crypto'
import { createPublicKey, randomBytes } from 'node:crypto'
import type { Client, ClientMetadata, Provider } from 'oidc-provider'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { distance } from '../../base/values/misspelt-variables.ts'
import type { OwnAddresses } from '../../base/outbound/guarded-http.ts'
import { callFault, visitFault } from '../../base/outbound/guarded-http.ts'
import { hasPlainPort } from '../../base/values/port-spelling.ts'
import { present } from '../../base/values/present.ts'
import { ownOrganisation, ownService } from '../../registry/index.ts'
import type { Fault, Service } from '../../registry/index.ts'
import { notForProfile, requireOneOf, faultIf } from './metadata-errors.ts'
import { grantFaults, grantMetadata, nameGrants } from './optional-grants.ts'
import {
  holdToFile,
  optionalFaults,
  optionalMembers,
  optionalMetadata,
} from './optional-metadata.ts'
import { returnPath } from '../visits/own-client.ts'
import { demands } from './profiles.ts'

// Checks a service's file beyond its schema, and builds the library's client from it.

/** The members that a service's file may have beside those of the register's own (`service` in object-schemas.ts). */
export const clientMembers: ReadonlySet<string> = new Set([
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
  'subject_type',
  'application_type',
  'client_uri',
  'initiate_login_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'default_acr_values',
  'scope',
  'authorization_details_types',
  'first_party', // callers.ts reads it from the current register
  ...optionalMembers,
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
    ...profileFaults(service),
    ...unknownMembers(service),
    ...addressFaults(service, { issuer: provider.issuer, outboundAllow }),
  ]
  const built = build(provider, asDemanded(service))
  if ('client' in built) {
    holdToFile(built.client, service)
    holdToPlainPorts(built.client)
    nameGrants(built.client, service)
    return faults.length === 0 ? built : { faults }
  }
  // The library reports one fault at a time, and that fault may be a consequence of ours.
  return { faults: faults.length === 0 ? built.faults : faults }
}

export function ownClient(provider: Provider): Client {
  return constructed(provider, ownMetadata(provider.issuer))
}

function asDemanded(service: Service): ClientMetadata {
  const { profile, resourceServer, assertionAudience, metadata } = service
  const { authMethods, assertionAlgs, isBound, isNative } = demands[profile]
  const { token_endpoint_auth_method: method = authMethods[0] } = metadata
  return {
    token_endpoint_auth_method: authMethods[0],
    // A client without an algorithm of its own could use that of any profile.
    ...(method === 'private_key_jwt' ? { token_endpoint_auth_signing_alg: assertionAlgs[0] } : {}),
    ...metadata,
    ...(profile === 'legacy' ? { client_secret: nobodysSecret() } : {}),
    ...(isNative ? native : {}),
    client_id: service.serviceId,
    organisation: service.orgId,
    profile,
    ...(assertionAudience === undefined ? {} : { assertion_audience: assertionAudience }),
    ...(resourceServer === undefined ? {} : { resource_server: resourceServer }),
    ...optionalMetadata(service),
    ...grantMetadata(service),
    ...(isBound ? bound : {}),
    subject_type: 'pairwise',
  }
}

// The library wants a secret to compare with; ours are compared elsewhere (client-secrets.ts), and nobody knows this one.
function nobodysSecret(): string {
  return randomBytes(32).toString('base64url')
}

const bound = { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true }

// The library lets a loopback address of a native client have any port. It wants to know the sector of a client with several hosts, and
// reads nothing there (configuration.ts): the identifiers of people follow from the organisation.
const native = {
  application_type: 'native',
  sector_identifier_uri: 'https://sector.invalid/',
} as const

/** The built-in service for which our own pages begin an ordinary visit. Its code is never redeemed. */
function ownMetadata(issuer: string): ClientMetadata {
  return {
    client_id: ownService,
    organisation: ownOrganisation,
    profile: 'fapi',
    redirect_uris: [`${issuer}${returnPath}`],
    token_endpoint_auth_method: 'none',
    response_modes: ['query'],
    ...bound,
    subject_type: 'pairwise',
  }
}

function build(provider: Provider, metadata: ClientMetadata): BuiltClient {
  return attempt(
    () => ({ client: constructed(provider, metadata) }),
    recoverFrom(Error, (error) => {
      const message = describe(error)
      return { faults: [{ path: memberIn(message), message }] }
    }),
  )
}

function constructed(provider: Provider, metadata: ClientMetadata): Client {
  // The library's types leave out the constructor.
  const Constructor = provider.Client as unknown as new (metadata: ClientMetadata) => Client
  return new Constructor(metadata)
}

// The library's message names the field at fault, if there is one.
function memberIn(message: string): string[] {
  const names = [...message.matchAll(/[a-z]+(?:_[a-z]+)*/g)].map(([name]) => name)
  return names.filter((name) => clientMembers.has(name)).slice(0, 1)
}

// For a faulty key only the error's cause says what is wrong.
function describe(error: Error): string {
  if (error.cause instanceof Error) return describe(error.cause)
  const description = 'error_description' in error ? error.error_description : undefined
  const said = typeof description === 'string' ? description : error.message
  // Any profile's algorithms but those without a key have passed.
  return /^\w+_signed_response_alg must be/.test(said) ? `${said}: ${noKey}` : said
}

const noKey = 'no other algorithm has a key here (accord keys create --rsa)'

// Faults that the library would report for the wrong field, or would not report.
function ownFaults({ serviceId, metadata }: Service): Fault[] {
  return [
    // The broker's own service has this id, so that a file's service of the same id could never be reached.
    ...faultIf(serviceId === ownService, ['client_id'], `${ownService} is the broker itself`),
    ...smallKeys(metadata['jwks']),
  ]
}

// The library accepts the values of every profile: a service is held to those of its own here.
function profileFaults(service: Service): Fault[] {
  const { profile, metadata, assertionAudience } = service
  const { authMethods, assertionAlgs, idTokenAlgs, isSignInOnly, isNative } = demands[profile]
  const isStrict = assertionAudience !== undefined && !isSignInOnly
  return [
    ...requireOneOf(metadata, 'token_endpoint_auth_method', authMethods),
    ...requireOneOf(metadata, 'token_endpoint_auth_signing_alg', assertionAlgs),
    ...requireOneOf(metadata, 'id_token_signed_response_alg', idTokenAlgs),
    ...requireOneOf(metadata, 'application_type', [isNative ? 'native' : 'web']),
    ...faultIf(isStrict, ['assertion_audience'], notForProfile('assertion_audience', profile)),
    ...(assertionAlgs.length === 0 ? ofAssertions(service) : []),
    ...(isSignInOnly ? beyondSignIn(service) : []),
    ...grantFaults(service),
    ...optionalFaults(service),
  ]
}

// A service that signs no assertions has no key to sign them with.
function ofAssertions({ profile, metadata, assertionAudience }: Service): Fault[] {
  const given: Service['metadata'] = { ...metadata, assertion_audience: assertionAudience }
  const members = [
    'token_endpoint_auth_signing_alg',
    'jwks',
    'jwks_uri',
    'assertion_audience',
  ] as const
  return members.flatMap((name) =>
    faultIf(given[name] !== undefined, [name], notForProfile(name, profile)),
  )
}

function beyondSignIn({ profile, metadata, resourceServer, matching }: Service): Fault[] {
  const given: Service['metadata'] = { ...metadata, resource_server: resourceServer, matching }
  const beyond = [
    'authorization_details_types',
    'resource_server',
    'first_party',
    'matching',
  ] as const
  return beyond.flatMap((name) =>
    faultIf(given[name] !== undefined, [name], notForProfile(name, profile)),
  )
}

const leastBits = 2048

// A signature by a smaller key would be refused when it is used (RFC 7518, sections 3.3 and 3.5).
function smallKeys(jwks: unknown): Fault[] {
  const { keys = [] } = (jwks ?? {}) as { keys?: readonly JsonWebKey[] } // as the schema has them
  return keys.flatMap((key, i) =>
    faultIf(
      key.kty === 'RSA' && bitsOf(key) < leastBits,
      ['jwks', 'keys', i],
      `an RSA key must have ${leastBits} bits or more`,
    ),
  )
}

// The library says what is wrong with a key that cannot be read.
function bitsOf(key: JsonWebKey): number {
  const read = attempt(
    () => createPublicKey({ key, format: 'jwk' }),
    () => undefined,
  )
  return read === undefined
    ? leastBits
    : present(read.asymmetricKeyDetails?.modulusLength, 'the length of an RSA key')
}

function unknownMembers(service: Service): Fault[] {
  // The library silently drops an unknown member, so a misspelt member would silently become its default.
  return Object.keys(service.metadata)
    .filter((name) => !clientMembers.has(name))
    .map((name) => ({
      path: [name],
      message: `${name} is not a field that this file may have${asked(name)}`,
    }))
}

// As near as one letter left out and another one changed.
const mostChanges = 2

function asked(name: string): string {
  const near = [...clientMembers].filter((one) => distance(name, one) <= mostChanges)
  return near.length === 0 ? '' : `: ${near.join(' or ')}?`
}

// Where people are sent, and what we call.
const visited = ['redirect_uris', 'post_logout_redirect_uris', 'client_uri', 'initiate_login_uri']
const called = ['backchannel_logout_uri', 'backchannel_client_notification_endpoint', 'jwks_uri']

// Addresses of a native application that only its own machine answers.
const ownMachine = ['redirect_uris', 'post_logout_redirect_uris']

function addressFaults({ profile, metadata }: Service, own: OwnAddresses): Fault[] {
  return [...visited, ...called].flatMap((member) => {
    const value = metadata[member]
    const urls: readonly unknown[] = Array.isArray(value) ? value : [value]
    const mayBeLoopback = demands[profile].isNative && ownMachine.includes(member)
    return urls.flatMap((url, i) => {
      if (typeof url !== 'string' || (mayBeLoopback && isLoopback(url))) return []
      const fault = called.includes(member)
        ? callFault(url, own)
        : visitFault(url, own.outboundAllow)
      const more = mayBeLoopback && fault === 'must begin with https://'
      const path = Array.isArray(value) ? [member, i] : [member]
      const message = `${url} ${fault}${more ? ' or http://127.0.0.1/' : ''}`
      return faultIf(fault !== undefined, path, message)
    })
  })
}

// RFC 8252, section 7.3. Not `localhost`, which may be resolved elsewhere (section 8.3), and not `[::1]`, which a page's `form-action`
// cannot name.
function isLoopback(url: string): boolean {
  return /^http:\/\/127\.0\.0\.1(:\d+)?\//.test(url) && hasPlainPort(url)
}

// At its own machine a native application may have any port: any text of digits, for the library.
function holdToPlainPorts(client: Client): void {
  for (const name of ['redirectUriAllowed', 'postLogoutRedirectUriAllowed'] as const) {
    const isAllowed = client[name].bind(client)
    Object.assign(client, { [name]: (url: string) => isAllowed(url) && hasPlainPort(url) })
  }
}
