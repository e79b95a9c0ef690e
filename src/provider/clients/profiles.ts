import type { Client } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import type { ClientProfile } from '../../registry/index.ts'

/** What a profile demands of a service (docs/design/security.md#clients). Metadata of clients, checks and discovery follow from it. */
export type ProfileDemands = {
  readonly authMethods: readonly AuthMethod[]
  readonly assertionAlgs: readonly AssertionAlg[]
  /** How far ahead an assertion may end. */
  readonly assertionSeconds: number
  readonly idTokenAlgs: readonly AssertionAlg[]
  /** By which its request objects may be signed (RFC 9101); empty where it has no key. */
  readonly requestObjectAlgs: readonly AssertionAlg[]
  /** By which its ID tokens and answers of /userinfo may be encrypted; empty where it has no key. */
  readonly encryptionAlgs: readonly EncryptionAlg[]
  /** By which introspection may be answered signed (RFC 9701). */
  readonly introspectionAlgs: readonly AssertionAlg[]
  /** By which it may register to get its answers; without a registration it is `query`. */
  readonly responseModes: readonly ResponseModeName[]
  /** What it may name in `grant_types`. */
  readonly grants: readonly GrantName[]
  /** Whether each request is pushed and each access token is bound to a key; else a service may choose either. */
  readonly isBound: boolean
  /** Whether its tokens say who somebody is, and open nothing but `/userinfo`. */
  readonly isSignInOnly: boolean
  /** Whether it is an application on a person’s device, without a secret (RFC 8252). */
  readonly isNative: boolean
  /** Whether a nonce may stand in the place of PKCE (RFC 9700, section 2.1.1). */
  readonly mayUseNonce: boolean
}

type AuthMethod = 'private_key_jwt' | 'none' | 'client_secret_basic' | 'client_secret_post'
type EncryptionAlg = 'RSA-OAEP-256' | 'ECDH-ES' | 'ECDH-ES+A256KW'
type ResponseModeName = 'query' | 'form_post' | 'jwt' | 'query.jwt' | 'form_post.jwt'
/** As `grant_types` names it (RFC 7591, section 2). */
export type GrantName =
  | 'authorization_code'
  | 'refresh_token'
  | 'client_credentials'
  | typeof deviceGrant
  | typeof backchannelGrantName
type AssertionAlg = 'ES256' | 'PS256' | 'RS256'

/** The grant of devices (RFC 8628). */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

// By a public key alone: a secret of the service would open what we encrypt to it.
const publicKeyAlgs = ['RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'] as const

// A code in a fragment would be for scripts of a page alone.
const anyMode = ['query', 'form_post', 'jwt', 'query.jwt', 'form_post.jwt'] as const

/** OpenID Connect CIBA Core 1.0, section 4. */
export const backchannelGrantName = 'urn:openid:params:grant-type:ciba'

export const demands: Readonly<Record<ClientProfile, ProfileDemands>> = {
  fapi: {
    authMethods: ['private_key_jwt', 'none'],
    assertionAlgs: ['ES256', 'PS256'],
    assertionSeconds: 5 * 60,
    idTokenAlgs: ['ES256'],
    requestObjectAlgs: ['ES256', 'PS256'],
    encryptionAlgs: publicKeyAlgs,
    introspectionAlgs: ['ES256'],
    responseModes: anyMode,
    grants: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      deviceGrant,
      backchannelGrantName,
    ],
    isBound: true,
    isSignInOnly: false,
    isNative: false,
    mayUseNonce: false,
  },
  baseline: {
    authMethods: ['private_key_jwt'],
    assertionAlgs: ['ES256', 'PS256', 'RS256'],
    assertionSeconds: 60 * 60,
    idTokenAlgs: ['ES256', 'RS256', 'PS256'],
    requestObjectAlgs: ['ES256', 'PS256', 'RS256'],
    encryptionAlgs: publicKeyAlgs,
    introspectionAlgs: [],
    responseModes: anyMode,
    grants: ['authorization_code', deviceGrant, backchannelGrantName],
    isBound: false,
    isSignInOnly: true,
    isNative: false,
    mayUseNonce: false,
  },
  native: {
    authMethods: ['none'],
    assertionAlgs: [],
    assertionSeconds: 0,
    idTokenAlgs: ['ES256'],
    requestObjectAlgs: [],
    encryptionAlgs: [],
    introspectionAlgs: [],
    responseModes: ['query'],
    grants: ['authorization_code'],
    isBound: true,
    isSignInOnly: true,
    isNative: true,
    mayUseNonce: false,
  },
  legacy: {
    authMethods: ['client_secret_basic', 'client_secret_post'],
    assertionAlgs: [],
    assertionSeconds: 0,
    idTokenAlgs: ['ES256', 'RS256', 'PS256'],
    requestObjectAlgs: [],
    encryptionAlgs: [],
    introspectionAlgs: [],
    responseModes: anyMode,
    grants: ['authorization_code'],
    isBound: false,
    isSignInOnly: true,
    isNative: false,
    mayUseNonce: true,
  },
}

export function demandsOf(client: Client): ProfileDemands {
  const profile = client['profile'] as ClientProfile // set by client-metadata.ts
  return present(demands[profile], 'the profile of a service')
}

/** What any profile allows: the library has one list for all services, and each service is held to its own. */
export function valuesOfAllProfiles<T>(member: (demanded: ProfileDemands) => readonly T[]): T[] {
  return [...new Set(Object.values(demands).flatMap(member))]
}

/** The demands of each profile, by the names that the metadata of providers and clients have for them. */
export function publishedDemands(): Readonly<Record<string, unknown>> {
  const profiles = Object.entries(demands).map(([name, demanded]) => [
    name,
    {
      token_endpoint_auth_methods_supported: demanded.authMethods,
      token_endpoint_auth_signing_alg_values_supported: demanded.assertionAlgs,
      id_token_signing_alg_values_supported: demanded.idTokenAlgs,
      id_token_encryption_alg_values_supported: demanded.encryptionAlgs,
      userinfo_signing_alg_values_supported: demanded.idTokenAlgs,
      userinfo_encryption_alg_values_supported: demanded.encryptionAlgs,
      introspection_signing_alg_values_supported: demanded.introspectionAlgs,
      response_modes_supported: demanded.responseModes,
      request_object_signing_alg_values_supported: demanded.requestObjectAlgs,
      require_pushed_authorization_requests: demanded.isBound,
      dpop_bound_access_tokens: demanded.isBound,
    },
  ])
  return Object.fromEntries(profiles)
}
