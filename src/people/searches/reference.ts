import { readId } from '../../base/values/ids.ts'
import type { Pairwise } from '../accounts/index.ts'

// By what an access is searched for: only by what a body has of a person, never by a name, a birth date or an address.

/** The closed list of reasons; the database holds the same list. */
export const searchReasons = ['present', 'telephone', 'card-found', 'other'] as const
export type SearchReason = (typeof searchReasons)[number]

/** The closed list of kinds of references; the database holds the same list. */
export const referenceKinds = ['card', 'consent', 'decision', 'sub'] as const
export type ReferenceKind = (typeof referenceKinds)[number]

/** A reference as it was read. One member is the uuid to which it leads, the others are null. */
export type ReferenceRead = {
  readonly kind: ReferenceKind
  readonly consentId: string | null
  readonly decisionId: string | null
  readonly personId: string | null
}

const none = { consentId: null, decisionId: null, personId: null }

/** Undefined: it is no reference that a body can have. Whether it leads to somebody is not looked at. */
export function readReference(
  pairwise: Pairwise,
  organisation: string,
  typed: string,
): ReferenceRead | undefined {
  const text = typed.trim()
  const consentId = readId('con', text)
  if (consentId !== undefined) return { ...none, kind: 'consent', consentId }
  const decisionId = readId('dec', text)
  if (decisionId !== undefined) return { ...none, kind: 'decision', decisionId }
  const personId = pairwise.person(text, organisation)
  return personId === undefined ? undefined : { ...none, kind: 'sub', personId }
}
