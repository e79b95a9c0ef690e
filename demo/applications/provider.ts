import * as oidc from 'openid-client'
import type { ClientKey } from './client-key.ts'

const usualTimeoutSeconds = 5

/** The provider as discovery described it; asked for at each use, fetched once. */
export type FindProvider = () => Promise<oidc.Configuration>

/** The provider gave no usable answer. Nothing the person did, and nothing a page can repair: try again later. */
export class ProviderTrouble extends Error {
  readonly status: 502 | 503
  constructor(cause: unknown) {
    const isSilent = gaveNoAnswer(cause)
    super(isSilent ? 'no answer from the provider' : `provider: ${reasonOf(cause)}`, { cause })
    this.name = 'ProviderTrouble'
    this.status = isSilent ? 503 : 502
  }
}

/**
 * Discovery happens at the first use and not at the start: an application must not stay down because the provider is.
 * A failure is forgotten, so that the next visitor tries again; visitors who come together share one try.
 */
export function lazyProvider(
  issuer: string,
  clientId: string,
  key: ClientKey,
  timeoutSeconds = usualTimeoutSeconds,
): FindProvider {
  let found: Promise<oidc.Configuration> | undefined
  return () => {
    found ??= discover(issuer, clientId, key, timeoutSeconds).catch((cause: unknown) => {
      found = undefined
      throw new ProviderTrouble(cause)
    })
    return found
  }
}

function discover(
  issuer: string,
  clientId: string,
  key: ClientKey,
  timeoutSeconds: number,
): Promise<oidc.Configuration> {
  return oidc.discovery(
    new URL(issuer),
    clientId,
    // Without this, openid-client would expect RS256. A token signed with anything else is refused.
    { id_token_signed_response_alg: 'ES256' },
    // The assertion's audience is the issuer, as FAPI 2.0 wants; that is this function's own choice as well.
    oidc.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
    {
      timeout: timeoutSeconds,
      // OpenID Connect trusts TLS for ID tokens that come straight from the token endpoint. We also check the signature.
      execute: [oidc.enableNonRepudiationChecks, ...onlyForTheDemonstration(issuer)],
    },
  )
}

// http is for the demonstration on localhost only. Marked as deprecated by openid-client to make it stand out, and
// never reached when the issuer is https. An application in service deletes this function.
function onlyForTheDemonstration(issuer: string): ((provider: oidc.Configuration) => void)[] {
  return new URL(issuer).protocol === 'http:' ? [oidc.allowInsecureRequests] : []
}

/** For `.catch`: whatever the provider's library throws is trouble with the provider. */
export function asTrouble(cause: unknown): never {
  throw new ProviderTrouble(cause)
}

/** For `.catch`: openid-client throws a 401 that says why; to its caller it is an answer like the others. */
export function answerOf(error: unknown): Response {
  if (error instanceof oidc.WWWAuthenticateChallengeError) return error.response
  throw error
}

// fetch throws a bare TypeError when there is no connection, and a TimeoutError when the answer stops half-way;
// openid-client gives its own errors a code.
export function gaveNoAnswer(error: unknown): boolean {
  if (error instanceof DOMException) return error.name === 'TimeoutError'
  if (error instanceof oidc.ClientError) return error.code === 'OAUTH_TIMEOUT'
  return error instanceof TypeError && !('code' in error)
}

// An OAuth error says in `error` whose mistake it is: `invalid_client` is ours, `server_error` theirs.
function reasonOf(error: unknown): string {
  if (!(error instanceof oidc.ResponseBodyError)) return 'an answer that cannot be used'
  return `${error.error} ${error.error_description ?? ''}`
}
