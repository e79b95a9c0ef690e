import { RegisterError } from '../changes/apply.ts'
import type { RegisterDifference } from '../changes/apply.ts'
import type { ServiceAt } from './service-origins.ts'
import type { Path } from './file-faults.ts'
import type { FileProblem, RegisterFiles } from './file-names.ts'
import { fileOf } from './file-names.ts'
import type { IdentityProvider } from './objects.ts'

// What providers of identities say of themselves, held against their files before anybody comes in by them.

/** Reads the metadata of a provider. Another room calls it. */
export type DiscoverProvider = (
  provider: IdentityProvider,
  serviceAt: ServiceAt,
) => Promise<{
  /** It did not answer, or not with metadata. */
  readonly isAway: boolean
  readonly faults: readonly DiscoveredFault[]
}>

type DiscoveredFault = {
  readonly path: Path
  readonly message: string
  /** The service that has something at an address of the provider. */
  readonly owner?: string
}

/** A new or changed provider of which nothing is known, and why. */
export type UnaskedProvider = { readonly id: string; readonly why: string }

/** Each call takes three seconds at most. */
const atOnce = 10

/**
 * Asks the providers of a plan. Of one that the change does not touch it says nothing, but that a service moves to an address of it: what else
 * is wrong there would refuse a change of somebody else. @throws RegisterError: its metadata do not fit, or a new or changed one did not answer
 */
export async function askProviders(
  { providers, serviceAt, moved }: Pick<RegisterDifference, 'providers' | 'serviceAt' | 'moved'>,
  { lineOf }: Pick<RegisterFiles, 'lineOf'>,
  discover: DiscoverProvider,
): Promise<void> {
  const problems: FileProblem[] = []
  const movers = new Set<string | undefined>(moved.values())
  for (let n = 0; n < providers.length; n += atOnce) {
    const asked = providers.slice(n, n + atOnce).map(async ({ provider, isChanged }) => {
      const at: ServiceAt = isChanged ? serviceAt : (origin) => moved.get(origin)
      const { isAway, faults } = await discover(provider, at)
      const file = fileOf({ kind: 'identity-provider', id: provider.id })
      for (const { path, message, owner } of faults) {
        if (!isChanged && !movers.has(owner)) continue
        problems.push({
          file,
          line: lineOf?.(file, path),
          message: isAway ? `${message}; --offline plans without asking` : message,
        })
      }
    })
    await Promise.all(asked)
  }
  if (problems.length > 0) throw new RegisterError(problems)
}

/** The new and changed providers of a plan for which nobody was asked. */
export function unaskedProviders({ providers }: Pick<RegisterDifference, 'providers'>) {
  return providers
    .filter(({ isChanged }) => isChanged)
    .map(({ provider: { id } }): UnaskedProvider => ({ id, why: 'it was not asked (--offline)' }))
}
