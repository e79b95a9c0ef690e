import type { Fault, Service } from '../../registry/index.ts'

// Faults of single members of a service's file.

type Metadata = Service['metadata']

/** A fault unless the member has one of these values, or is absent. */
export function requireOneOf(
  metadata: Metadata,
  name: string,
  allowed: readonly string[],
): Fault[] {
  const value = metadata[name]
  // Where nothing is allowed, the member itself is the fault, and told elsewhere.
  const isFree = value === undefined || allowed.length === 0
  const isAllowed = isFree || allowed.some((one) => one === value)
  return faultIf(!isAllowed, [name], `${name} must be ${allowed.join(' or ')}`)
}

/** As `requireOneOf`; where nothing is allowed, the member may not be there. */
export function requireOneOfIfAllowed(
  { profile, metadata }: Pick<Service, 'profile' | 'metadata'>,
  name: string,
  allowed: readonly string[],
): Fault[] {
  const isBeyond = allowed.length === 0 && metadata[name] !== undefined
  return [
    ...faultIf(isBeyond, [name], notForProfile(name, profile)),
    ...requireOneOf(metadata, name, allowed),
  ]
}

export function notForProfile(member: string, profile: Service['profile']): string {
  return `${member} is not for profile ${profile}`
}

export function faultIf(condition: boolean, path: Fault['path'], message: string): Fault[] {
  return condition ? [{ path, message }] : []
}
