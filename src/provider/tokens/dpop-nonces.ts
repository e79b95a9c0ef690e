import type { Provider } from 'oidc-provider'
import ServerChallenge from 'oidc-provider/lib/helpers/challenge.js'
import instance from 'oidc-provider/lib/helpers/weak_cache.js'

// The name under which the library derives the nonces of DPoP from a secret.
const info = 'DPoP'

/**
 * Takes nonces under each secret. The library knows one secret, the first, and gives nonces under it alone. While the secret is
 * rotated, one process gives nonces under the old one and another under the new one: a client whose requests go to both in turn
 * would never have a nonce that the next process takes.
 */
export function acceptNoncesOf(provider: Provider, secrets: readonly Buffer[]): void {
  const { DPoPNonces: first } = instance(provider)
  const older = secrets.slice(1).map((secret) => new ServerChallenge(secret, info))
  const isOfFirst = first.checkChallenge.bind(first)
  first.checkChallenge = (nonce) =>
    isOfFirst(nonce) || older.some((challenge) => challenge.checkChallenge(nonce))
}

/** The secret under which nonces are given. */
export function nonceSecret([first]: readonly Buffer[]): Buffer {
  if (first === undefined) throw new TypeError('nonces need a secret')
  return first
}
