import { randomBytes } from 'node:crypto'
import * as jose from 'jose'

// The clients that the judge signs people in for. It makes their keys, and says what the provider must register of them.

export type Client = {
  readonly id: string
  /** The first is where answers come, unless a module says otherwise. */
  readonly redirectUris: readonly [string, ...string[]]
  readonly authenticates: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
  /** Of a client with a secret, once the provider has made it. */
  readonly secret?: string
  readonly key: KeyPair
  /** By which its proofs of possession (RFC 9449) are signed; a client without them has bearer tokens. */
  readonly dpopKey?: KeyPair
  readonly usesPkce: boolean
  readonly pushes: boolean
  /** Whether it signs its requests as a whole (RFC 9101). */
  readonly signsRequests: boolean
  /** How it asks for its answers; absent, they come in the address. */
  readonly responseMode?: 'form_post' | 'jwt'
  readonly idTokenAlg: 'RS256' | 'ES256'
  readonly postLogoutUri: string
  /** What a provider registers of it, by the names of RFC 7591. */
  readonly metadata: Readonly<Record<string, unknown>>
}

export type KeyPair = {
  readonly privateKey: jose.CryptoKey
  readonly jwk: jose.JWK
  readonly alg: 'ES256' | 'RS256'
}

type Settings = Pick<Client, 'authenticates' | 'usesPkce' | 'pushes' | 'idTokenAlg'> & {
  readonly isBound?: boolean
  readonly signsRequests?: boolean
  readonly moreUris?: readonly string[]
  readonly backchannelUri?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

export async function makeClient(id: string, settings: Settings): Promise<Client> {
  const { authenticates, usesPkce, pushes, idTokenAlg, backchannelUri } = settings
  const { isBound = false, signsRequests = false, moreUris = [] } = settings
  const redirectUris: [string, ...string[]] = [`https://${id}.test/callback`, ...moreUris]
  const postLogoutUri = `https://${id}.test/post_logout_redirect`
  const key = await makeKeyPair('ES256')
  const isByKey = authenticates === 'private_key_jwt'
  return {
    id,
    redirectUris,
    authenticates,
    key,
    ...(isBound ? { dpopKey: await makeKeyPair('ES256') } : {}),
    usesPkce,
    pushes,
    signsRequests,
    ...(signsRequests ? { responseMode: 'jwt' as const } : {}),
    idTokenAlg,
    postLogoutUri,
    metadata: {
      client_id: id,
      redirect_uris: redirectUris,
      post_logout_redirect_uris: [postLogoutUri],
      id_token_signed_response_alg: idTokenAlg,
      ...(isByKey ? { jwks: { keys: [key.jwk] } } : { token_endpoint_auth_method: authenticates }),
      ...(signsRequests
        ? { request_object_signing_alg: key.alg, require_signed_request_object: true }
        : {}),
      ...(backchannelUri === undefined
        ? {}
        : {
            backchannel_logout_uri: backchannelUri,
            backchannel_logout_session_required: true,
          }),
      ...settings.metadata,
    },
  }
}

export async function makeKeyPair(alg: KeyPair['alg']): Promise<KeyPair> {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true })
  const kid = randomBytes(8).toString('hex')
  return { privateKey, alg, jwk: { ...(await jose.exportJWK(publicKey)), kid, use: 'sig', alg } }
}
