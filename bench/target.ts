import type { Client } from './client.ts'
import type { Service } from './flow.ts'
import type { Jar } from './jar.ts'
import type { ServerName } from './servers.ts'
import type { Typist } from './passwords.ts'
import type { Signer } from './signing.ts'
import type { Pids } from './window.ts'

/** A running server, and what its callers hold. */
export type Target = {
  readonly name: ServerName
  readonly issuer: string
  readonly client: Client
  readonly pids: Pids
  /** The end of its log. */
  readonly output: () => string
  /** The name of its database; the ceiling has none. */
  readonly database: string | undefined
  readonly services: Services
  /** A signed-in browser for each caller. */
  readonly jars: readonly Jar[]
  /** One for each caller, of the service `relying`. */
  readonly refreshTokens: readonly string[]
  /** People without a passkey; the baselines have none. */
  readonly typists: readonly Typist[]
  /** A random person's identifier at the holder. */
  readonly anyone: (() => string) | undefined
}

export type Services = {
  /** Without a key of its own: the plainest flow that each server takes. */
  readonly app: Service
  /** Authenticates by its key. */
  readonly relying: Service
  /** Signs people in alone, as most software does: authenticates by its key, and neither pushes nor proves. */
  readonly desk: Service
  /** Holds data, and asks for decisions. */
  readonly holder: Service
}

export type Signers = Readonly<Record<keyof Services, Signer>>

export const clientIds = {
  app: 'app',
  relying: 'aide-etudes',
  desk: 'guichet',
  holder: 'agence-revenu',
} as const

export function redirectUriOf(clientId: string): string {
  return `https://${clientId}.test/cb`
}

/** Our broker wants pushed requests and DPoP-bound tokens of all but `desk`; the baselines accept a plain code flow, as most providers do. */
export function servicesOf(name: ServerName, signers: Signers): Services {
  const isOurs = name === 'accord'
  return {
    app: {
      ...service(signers.app),
      authentication: undefined,
      pushes: isOurs,
      proves: isOurs,
    },
    relying: service(signers.relying),
    desk: { ...service(signers.desk), pushes: false, proves: false },
    holder: service(signers.holder),
  }
}

function service(signer: Signer): Service {
  return {
    clientId: signer.clientId,
    redirectUri: redirectUriOf(signer.clientId),
    signer,
    authentication: 'private_key_jwt',
    pushes: true,
    proves: true,
  }
}
