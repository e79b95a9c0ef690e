import type { Brake, BrakeDeed } from '../objects/brakes.ts'
import { brakeOn, brakesOf } from '../objects/brakes.ts'

/** Deeds about brakes that a register may hold: one beyond is refused. */
export const maxDeeds = 2000

/** Why a deed about a brake is not done. */
export type BrakeFault = 'full' | 'done' | 'none' | 'moved' | 'stands' | 'again'

type Asked = {
  /** When what is confirmed or released was begun, as whoever ordered it saw it. */
  readonly begun?: string | undefined
  /** As whom whoever begins it may have begun one before. */
  readonly beginners: readonly string[]
}

/** Whether this deed may follow those before it. Pure. @returns undefined: it may; else why not, and the brake that it is about */
export function brakeFault(
  deeds: readonly BrakeDeed[],
  { deed, kind, id, at, orderSha256 }: BrakeDeed,
  { begun, beginners }: Asked,
): { readonly fault: BrakeFault; readonly brake?: Brake } | undefined {
  if (deeds.length >= maxDeeds) return { fault: 'full' }
  if (deeds.some((one) => one.orderSha256 === orderSha256)) return { fault: 'done' }
  const brakes = brakesOf(deeds)
  const standing = brakeOn(brakes, kind, id, at)
  if (deed !== 'brake') {
    if (standing === undefined) return { fault: 'none' }
    return standing.begunAt.toISOString() === begun ? undefined : { fault: 'moved' }
  }
  if (standing !== undefined) return { fault: 'stands', brake: standing }
  const before = brakes.find(
    (one) =>
      one.kind === kind &&
      one.id === id &&
      !one.isConfirmed &&
      one.by.some((name) => beginners.includes(name)),
  )
  return before && { fault: 'again', brake: before }
}
