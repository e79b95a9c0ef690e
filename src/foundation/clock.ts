/** The one source of time; deeds receive its value as `now` (DOMAIN 2.7). */
export type Clock = () => Date

export const systemClock: Clock = () => new Date()

/** Whole seconds since the epoch, as JWTs count. */
export function epochSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

export function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}
