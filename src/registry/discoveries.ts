import { RegisterError } from './apply.ts'
import type { RegisterDifference } from './apply.ts'
import type { ServiceAt } from './addresses.ts'
import type { Path } from './faults.ts'
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
  readonly faults: readonly { readonly path: Path; readonly message: string }[]
}>

/** A provider of which nothing is known, and why. */
export type UnaskedProvider = { readonly id: string; readonly why: string }

/** Each call takes three seconds at most. */
const atOnce = 10

/**
 * Asks the providers of a plan. @returns those that are as they were and did not answer. @throws RegisterError: its metadata do not fit,
 * or a new or changed one did not answer
 */
export async function askProviders(
  { providers, serviceAt }: Pick<RegisterDifference, 'providers' | 'serviceAt'>,
  { lineOf }: Pick<RegisterFiles, 'lineOf'>,
  discover: DiscoverProvider,
): Promise<UnaskedProvider[]> {
  const problems: FileProblem[] = []
  const unasked: UnaskedProvider[] = []
  for (let n = 0; n < providers.length; n += atOnce) {
    const asked = providers.slice(n, n + atOnce).map(async ({ provider, isChanged }) => {
      const { id } = provider
      const { isAway, faults } = await discover(provider, serviceAt)
      const file = fileOf({ kind: 'identity-provider', id })
      for (const { path, message } of faults) {
        if (isAway && !isChanged) unasked.push({ id, why: message })
        else
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
  return unasked
}

/** The providers of a plan for which nobody was asked. */
export function nobodyAsked({ providers }: Pick<RegisterDifference, 'providers'>) {
  return providers.map(({ provider: { id } }) => ({ id, why: 'it was not asked (--offline)' }))
}
