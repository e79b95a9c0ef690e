import { Secret } from '../values/secret.ts'

// Secrets at providers of identities stand in variables of their own. The prefix keeps a file of the register from naming another one.

const prefix = 'UPSTREAM_SECRET_'
const most = 60

export const upstreamSecretName = new RegExp(`^${prefix}[A-Z0-9_]{1,${most}}$`)

/** By the names of their variables. */
export type UpstreamSecrets = ReadonlyMap<string, Secret>

export function upstreamSecretsIn(env: Readonly<Record<string, string>>): UpstreamSecrets {
  const found = Object.entries(env).filter(([name]) => upstreamSecretName.test(name))
  return new Map(found.map(([name, value]) => [name, new Secret(value)]))
}

/** What is said of variables that look like such a secret, and that no file of the register can name. */
export function oddSecretsIn(names: readonly string[]): string[] {
  return names
    .filter((name) => name.toUpperCase().startsWith(prefix) && !upstreamSecretName.test(name))
    .map((name) => `${name}: after ${prefix} come 1 to ${most} of A-Z, 0-9 and _`)
}
