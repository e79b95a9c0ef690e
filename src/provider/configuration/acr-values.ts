import { errors } from 'oidc-provider'
import { kioskIdleSeconds, kioskSeconds } from '../../base/web/kiosk.ts'
import type { Config } from '../../base/settings/config.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { highest, isLevel, levels, rankOf } from '../../base/values/assurance-levels.ts'

/** The levels that a sign-in here can reach: the device-bound one where the operator has a file of the models of keys. */
export function levelsReached({ fido }: Pick<Config, 'fido'>): readonly Level[] {
  return fido === undefined ? levels.filter((level) => rankOf(level) <= rankOf(highest)) : levels
}

/**
 * The level that a request asks for: the lowest of several, because any of them suffices (OpenID Connect Core, section 5.5.1.1).
 * A value that is no level of ours is ignored, unless it is essential.
 * @param asked `claims.id_token.acr`, where the library puts `acr_values` too
 * @param reached as `levelsReached`
 * @throws InvalidRequest if malformed; UnmetAuthenticationRequirements if no sign-in here reaches the level (RFC 9470, section 5)
 */
export function levelAsked(asked: unknown, reached: readonly Level[]): Level | undefined {
  const { values, isEssential } = readAsked(asked)
  const [lowest] = values.filter(isLevel).toSorted((a, b) => rankOf(a) - rankOf(b))
  if (lowest === undefined && !(isEssential && values.length > 0)) return undefined
  if (lowest === undefined || !reached.includes(lowest))
    throw new errors.UnmetAuthenticationRequirements('no sign-in here reaches the requested acr')
  return lowest
}

function readAsked(asked: unknown): { values: readonly string[]; isEssential: boolean } {
  if (typeof asked !== 'object' || asked === null) return { values: [], isEssential: false }
  const { value, values = value === undefined ? [] : [value], essential } = asked as Asked
  const isList = Array.isArray(values) && values.every((entry) => typeof entry === 'string')
  if (!isList || (essential !== undefined && typeof essential !== 'boolean'))
    throw new errors.InvalidRequest('claims.id_token.acr is malformed')
  return { values, isEssential: essential === true }
}

type Asked = { readonly value?: unknown; readonly values?: unknown; readonly essential?: unknown }

type Lifetime = { readonly idle: number; readonly absolute: number }

// How long a session of each level may last (docs/design/security.md#sessions).
const lifetimes: Readonly<Record<string, Lifetime>> = {
  'urn:accord:aal:1': { idle: 30 * 60, absolute: 24 * 3600 },
  'urn:accord:aal:2': { idle: 3600, absolute: 24 * 3600 },
  'urn:accord:aal:3': { idle: 15 * 60, absolute: 12 * 3600 },
}
// A session in which nobody is signed in holds only the state of a sign-out page.
const nobody: Lifetime = { idle: 3600, absolute: 24 * 3600 }

// At a public terminal every session is short, whatever its level.
const atKiosk: Lifetime = { idle: kioskIdleSeconds, absolute: kioskSeconds }

export function lifetimeOf(acr: string | undefined, isKiosk: boolean): Lifetime {
  return isKiosk ? atKiosk : (lifetimes[acr ?? ''] ?? nobody)
}

/** A session is extended in the database once the extension gains this much: at each step at a terminal, else once a minute. */
export function touchAfterSeconds(isKiosk: boolean): number {
  return isKiosk ? 1 : 60
}
