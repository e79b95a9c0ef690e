import type { DeskAct } from '../../base/values/desk-acts.ts'
import { maskOf } from '../mandates/index.ts'

// What officers of a body may do, by role. A role is its acts: an office has the acts of its role, and no other column says which it was.

export const roles = {
  counter: ['search', 'identify', 'card', 'assist'],
  telephone: ['search', 'telephone'],
  supervisor: ['evidence', 'confirm'],
  'privacy-officer': ['audit'],
  'incident-officer': ['incident'],
  namer: ['name'],
} as const satisfies Readonly<Record<string, readonly DeskAct[]>>

export type DeskRole = keyof typeof roles
export const roleNames = Object.keys(roles) as readonly DeskRole[] // of that value

/** The roles whose acts these offices have, in the order of the list. */
export function rolesWith(offices: readonly (readonly DeskAct[])[]): readonly DeskRole[] {
  return roleNames.filter((role) => offices.some((acts) => isSame(acts, roles[role])))
}

function isSame(acts: readonly DeskAct[], others: readonly DeskAct[]): boolean {
  return acts.length === others.length && others.every((act) => acts.includes(act))
}

export function isRole(text: unknown): text is DeskRole {
  return roleNames.some((role) => role === text)
}

/** The role of which these are the acts, as one number. */
export function roleOf(acts: number): DeskRole | undefined {
  return roleNames.find((role) => maskOf(roles[role]) === acts)
}
