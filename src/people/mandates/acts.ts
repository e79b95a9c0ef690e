import type { Level } from '../../base/values/assurance-levels.ts'
import { deviceBound, highest } from '../../base/values/assurance-levels.ts'
import type { DeskAct } from '../../base/values/desk-acts.ts'
import { deskActs } from '../../base/values/desk-acts.ts'

// What a mandate lets its holder do: one word an act, one bit each in the column `acts`. Acts for a person and acts of a desk are never in one mandate.

/** Acts for a person or a firm, and their bits. */
export const personalActs = {
  /** See the sharings, lines and receipts within the subjects. */
  read: 1,
  /** Put a question into the list of the principal, begin a request. */
  ask: 2,
  /** Stop anything from being sent until the principal resumes it. */
  pause: 4,
  /** End a consent, refuse, narrow. */
  stop: 8,
  /** Say yes. */
  answer: 16,
  /** Sign in at a service for the principal. */
  represent: 32,
  /** Say in a recovery that it is she. */
  vouch: 64,
  /** Give a part to somebody else. */
  'pass-on': 128,
} as const

export type PersonalAct = keyof typeof personalActs
export type Act = PersonalAct | DeskAct

const bits: Readonly<Record<Act, number>> = { ...personalActs, ...deskActs }
/** Every act, in the order of its bit. */
export const acts = Object.keys(bits) as readonly Act[] // of that value

const allPersonal = maskOf(Object.keys(personalActs) as PersonalAct[])

/** Acts as one number. */
export function maskOf(list: readonly Act[]): number {
  return list.reduce((mask, act) => mask | bits[act], 0)
}

/** The acts of a number, in the order of their bits. */
export function actsOf(mask: number): readonly Act[] {
  return acts.filter((act) => hasAct(mask, act))
}

export function hasAct(mask: number, act: Act): boolean {
  return (mask & bits[act]) !== 0
}

/** Whether a number has acts for a person beside acts of a desk. */
export function isMixed(mask: number): boolean {
  return (mask & allPersonal) !== 0 && (mask & ~allPersonal) !== 0
}

export function isAct(text: string): text is Act {
  return Object.hasOwn(bits, text)
}

/** How surely the holder must be recognised for an act: an officer by a key that is bound to its device. */
export function levelFor(act: Act): Level {
  return hasAct(allPersonal, act) ? highest : deviceBound
}
