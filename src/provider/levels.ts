/** The levels that a sign-in can reach today: the only way in is a passkey with user verification. */
export const acrValuesReached = ['urn:accord:aal:2'] as const

type Lifetime = { readonly idle: number; readonly absolute: number }

// What a session of each level may last (CONTRACT).
const lifetimes: Readonly<Record<string, Lifetime>> = {
  'urn:accord:aal:1': { idle: 30 * 60, absolute: 24 * 3600 },
  'urn:accord:aal:2': { idle: 3600, absolute: 24 * 3600 },
  'urn:accord:aal:3': { idle: 15 * 60, absolute: 12 * 3600 },
}
// A session that proves nothing yet holds no more than the state of a sign-out page.
const nobody: Lifetime = { idle: 3600, absolute: 24 * 3600 }

export function idleSeconds(acr: string | undefined): number {
  return (lifetimes[acr ?? ''] ?? nobody).idle
}

export function absoluteSeconds(acr: string | undefined): number {
  return (lifetimes[acr ?? ''] ?? nobody).absolute
}
