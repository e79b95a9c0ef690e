import type { OwnAddresses } from '../../base/outbound/guarded-http.ts'
import { callFault, isAllowed } from '../../base/outbound/guarded-http.ts'
import type { UpstreamProvider } from './provider.ts'

// What a provider says of itself (OpenID Connect Discovery 1.0), beside what the register says of it. Pure.

/** What is wrong, and the field of the provider's file that it is about. Nothing in it was written by the provider. */
export type MetadataFault = {
  readonly path: readonly string[]
  readonly message: string
  /** Who else has something at the address that it is about. */
  readonly owner?: string
}

type World = {
  readonly outboundAllow: readonly string[]
  /** The service that has something at an origin, or this broker itself. */
  readonly ownerOf: (origin: string) => string | undefined
}

/** As far as it is read here. */
type ProviderMetadata = {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly jwks_uri?: string
  readonly userinfo_endpoint?: string
  readonly pushed_authorization_request_endpoint?: string
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly mtls_endpoint_aliases?: object
}

export function metadataFaults(
  provider: Pick<UpstreamProvider, 'issuer' | 'secret'>,
  metadata: ProviderMetadata,
  { outboundAllow, ownerOf }: World,
): MetadataFault[] {
  const { issuer, secret } = provider
  const addresses = addressesIn(metadata)
  const goesTo = URL.parse(metadata.authorization_endpoint ?? '')
  return [
    // The library lets a slash at the end pass, and the names of one large provider.
    ...(metadata.issuer === issuer ? [] : [aboutIssuer('its metadata are of another issuer')]),
    ...(goesTo === null || isAllowed(goesTo, outboundAllow) === 'refused'
      ? [aboutIssuer('nobody may be sent to its authorization_endpoint')]
      : []),
    // A service that answers at an address of a provider could sign people in by itself.
    ...addresses.flatMap(({ name, origin }) => {
      const owner = ownerOf(origin)
      const message = `its ${name} is at an address of ${owner}`
      return owner === undefined ? [] : [{ ...aboutIssuer(message), owner }]
    }),
    ...(secret === undefined ? [] : secretFaults(secret, metadata, addresses)),
  ]
}

function aboutIssuer(message: string): MetadataFault {
  return { path: ['issuer'], message }
}

const called = [
  'issuer',
  'token_endpoint',
  'jwks_uri',
  'userinfo_endpoint',
  'pushed_authorization_request_endpoint',
] as const

/** What is wrong with the addresses at which we would call a provider: said to who plans, before anybody waits for a call that fails. */
export function calledFaults(metadata: ProviderMetadata, own: OwnAddresses): MetadataFault[] {
  return called.flatMap((name) => {
    const address = metadata[name]
    const fault = address === undefined ? undefined : callFault(address, own)
    return fault === undefined ? [] : [aboutIssuer(`its ${name} ${fault}`)]
  })
}

/** Whether a secret is needless, because the provider knows keys: nothing to be said of it when somebody signs in. */
export function needlessSecret(
  { secret }: Pick<UpstreamProvider, 'secret'>,
  { token_endpoint_auth_methods_supported: methods = [] }: ProviderMetadata,
): MetadataFault[] {
  if (secret === undefined || !methods.includes('private_key_jwt')) return []
  return [{ path: ['secret'], message: 'secret: it knows private_key_jwt, and needs no secret' }]
}

// Metadata that somebody else writes must not lead the secret anywhere: it goes to the address in the register, or nowhere.
function secretFaults(
  { tokenEndpoint }: NonNullable<UpstreamProvider['secret']>,
  metadata: ProviderMetadata,
  addresses: readonly Address[],
): MetadataFault[] {
  const path = ['secret', 'token_endpoint']
  const { origin } = new URL(tokenEndpoint)
  const pushes = addresses.find(({ name }) => name === 'pushed_authorization_request_endpoint')
  return [
    ...(metadata.token_endpoint === tokenEndpoint
      ? []
      : [{ path, message: 'its token_endpoint is not the one that gets the secret' }]),
    ...(pushes === undefined || pushes.origin === origin
      ? []
      : [{ path, message: `its ${pushes.name} is not where the secret may go` }]),
  ]
}

type Address = { readonly name: string; readonly origin: string }

const mostMembers = 200
// What people read may stand anywhere.
const texts = ['op_policy_uri', 'op_tos_uri']

function addressesIn(metadata: ProviderMetadata): Address[] {
  const { mtls_endpoint_aliases: aliases = {} } = metadata
  return [...Object.entries(metadata), ...Object.entries(aliases)]
    .slice(0, mostMembers)
    .filter(([name]) => /^[a-z_]{1,60}_(endpoint|uri)$/.test(name) && !texts.includes(name))
    .flatMap(([name, value]) => {
      const url = typeof value === 'string' ? URL.parse(value) : null
      return url === null ? [] : [{ name, origin: url.origin }]
    })
}
