import { randomBytes } from 'node:crypto'
import { type JWK } from 'jose'
import {
  type ClientMetadata,
  type Configuration,
  interactionPolicy,
  type KoaContextWithOIDC,
  type UnknownObject,
} from 'oidc-provider'
import { actionIn } from '../applications/pages.ts'
import { longestSeconds, openMemory } from './memory.ts'
import { means, residentOf } from './people.ts'

/** What the register says of this provider: identity-providers/autre-province.yaml. */
export const provinceId = 'autre-province'
export const provinceNames = { fr: 'Une autre province (démo)', en: 'Another province (demo)' }
export const brokerClientId = 'accord'

type Given = {
  /** The broker that people come from. */
  readonly broker: string
  readonly signingKey: JWK
  showError(ctx: KoaContextWithOIDC): void
}

/** A provider for one broker, by which the two residents sign in, and which asks nobody for a consent. */
export function configurationOf({ broker, signingKey, showError }: Given): Configuration {
  return {
    adapter: openMemory(),
    clients: [brokerAt(broker)],
    jwks: { keys: [{ ...signingKey, use: 'sig', alg: 'ES256' }] },
    scopes: ['openid'],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['given_name', 'family_name', 'birthdate'],
    },
    // A broker reads what it is told in the ID token, where it is signed.
    conformIdTokenClaims: false,
    acrValues: Object.keys(means),
    responseTypes: ['code'],
    subjectTypes: ['public'],
    enabledJWA: { idTokenSigningAlgValues: ['ES256'], clientAuthSigningAlgValues: ['ES256'] },
    clientAuthMethods: ['private_key_jwt'],
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
      dPoP: { enabled: true },
    },
    ttl: lifetimes,
    cookies: cookiesOf(randomBytes(32).toString('base64url')),
    findAccount: (_ctx, sub) => {
      const claims: (UnknownObject & { sub: string }) | undefined = residentOf(sub)?.claims
      return claims && { accountId: sub, claims: () => claims }
    },
    loadExistingGrant,
    interactions: {
      policy: policy(),
      url: (ctx, { uid }) => actionIn(isEnglish(ctx) ? 'en' : 'fr', `/connexion/${uid}`),
    },
    renderError: showError,
    fetch: fetchHere,
  }
}

function brokerAt(broker: string): ClientMetadata {
  return {
    client_id: brokerClientId,
    redirect_uris: [`${broker}/retour/${provinceId}`],
    jwks_uri: `${broker}/retour/${provinceId}/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
    response_types: ['code'],
    grant_types: ['authorization_code'],
    scope: 'openid profile',
  }
}

const lifetimes: Configuration['ttl'] = {
  AccessToken: 60,
  AuthorizationCode: 60,
  IdToken: 60,
  Interaction: 10 * 60,
  Grant: longestSeconds,
  Session: longestSeconds,
}

// Browsers share cookies between the ports of one host: these have names of their own.
function cookiesOf(key: string): Configuration['cookies'] {
  const options = { httpOnly: true, sameSite: 'lax', overwrite: true } as const
  return {
    keys: [key],
    names: {
      session: `${provinceId}-session`,
      interaction: `${provinceId}-interaction`,
      resume: `${provinceId}-resume`,
    },
    long: options,
    short: options,
  }
}

// Whoever plays chooses at each sign-in whom: a session here would answer in her place.
function policy() {
  const { Check, base } = interactionPolicy
  const prompts = base()
  const chosen = new Check('nobody_chosen', 'a person is chosen at each sign-in', (ctx) =>
    ctx.oidc.result?.login === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT,
  )
  prompts.get('login')?.checks.add(chosen)
  return prompts
}

function isEnglish({ oidc }: KoaContextWithOIDC): boolean {
  const { ui_locales: wanted } = oidc.params ?? {}
  return typeof wanted === 'string' && wanted.startsWith('en')
}

const loadExistingGrant: Configuration['loadExistingGrant'] = async ({ oidc }) => {
  const { client, session, provider } = oidc
  const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId })
  grant.addOIDCScope('openid profile')
  await grant.save()
  return grant
}

// The library's own way refuses loopback addresses, where the whole demonstration is.
function fetchHere(address: string | URL | Request, options: RequestInit = {}): Promise<Response> {
  const { method = 'GET', headers = {}, signal = null } = options
  return fetch(address, { method, headers, signal, redirect: 'error' })
}
