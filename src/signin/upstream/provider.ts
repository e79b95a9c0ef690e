import type { Bilingual } from '../../base/values/languages.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { levels, rankOf, reaches } from '../../base/values/assurance-levels.ts'
import type { VouchedClaim } from '../../people/identity/index.ts'

/** Another body's sign-in that people may use here, as the register has it. */
export type UpstreamProvider = {
  readonly id: string
  /** Grows with each change of what the register says of it. */
  readonly version: number
  readonly name: Bilingual
  readonly issuer: string
  readonly clientId: string
  /** Where it knows nothing better: the variable that holds a secret, and the one address that gets it. */
  readonly secret: UpstreamSecret | undefined
  readonly scopes: readonly string[]
  /** What its `acr` values mean here. */
  readonly levels: ReadonlyMap<string, Level>
  /** The highest level that a sign-in there can reach here. */
  readonly ceiling: Level
  /** What it is believed about a person; nothing else that it says of her is read. */
  readonly vouchesFor: readonly VouchedClaim[]
  readonly claimsFrom: 'id_token' | 'userinfo'
  /** A brake alone suspends it, so that it is back in a day, or before. */
  readonly isBraked?: true
}

type UpstreamSecret = {
  readonly env: string
  readonly tokenEndpoint: string
  readonly method: 'client_secret_basic' | 'client_secret_post'
}

/** The active ones, by their ids, as the register is at this moment: one that was suspended is not there at the next request. */
export type Upstreams = () => Promise<UpstreamsHeld>
export type UpstreamsHeld = ReadonlyMap<string, UpstreamProvider>

const [lowest] = levels

/**
 * The level of a sign-in there. An `acr` that is missing, unknown or of another spelling is the lowest one, and none is above the
 * ceiling.
 */
export function levelBy(
  { levels: table, ceiling }: Pick<UpstreamProvider, 'levels' | 'ceiling'>,
  acr: unknown,
): Level {
  const level = (typeof acr === 'string' ? table.get(acr) : undefined) ?? lowest
  return rankOf(level) > rankOf(ceiling) ? ceiling : level
}

/** What to ask the provider for, so that its answer reaches this level here. */
export function acrValuesFor(
  provider: Pick<UpstreamProvider, 'levels' | 'ceiling'>,
  wanted: Level | undefined,
): string[] {
  if (wanted === undefined) return []
  return [...provider.levels.keys()].filter((acr) => reaches(levelBy(provider, acr), wanted))
}
