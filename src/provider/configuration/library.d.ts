// Files of the library that it does not describe. The version in package.json is exact, and src/provider/tokens/dpop-nonces.ts has a test.

declare module 'oidc-provider/lib/helpers/challenge.js' {
  export default class ServerChallenge {
    constructor(secret: Buffer, info: string)
    nextChallenge(): string
    checkChallenge(challenge: string): boolean
  }
}

declare module 'oidc-provider/lib/helpers/weak_cache.js' {
  import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
  import type ServerChallenge from 'oidc-provider/lib/helpers/challenge.js'

  /** What a provider keeps to itself. */
  export default function instance(provider: Provider): {
    readonly DPoPNonces: ServerChallenge
    /** By name: each sends the browser to a service with the parameters of an answer. */
    readonly responseModes: Map<
      string,
      (
        ctx: KoaContextWithOIDC,
        redirectUri: string,
        params: Readonly<Record<string, unknown>>,
      ) => void | Promise<void>
    >
  }
}
