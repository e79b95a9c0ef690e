import type { ConsentState } from '../record/index.ts'
import { stateAfter, stateAt } from '../record/index.ts'

// What a person's consents are once she has done something, before she does it. A deed does the same to rows: a test compares them.

/** What she may do with sharings of hers. Records by their ids. */
export type SharingDeed =
  | { readonly kind: 'stop' | 'pause' | 'resume'; readonly records: readonly string[] }
  | { readonly kind: 'narrow'; readonly record: string; readonly to: NarrowedTerms }

/** The terms that a narrower sharing has in the place of the wider one. */
export type NarrowedTerms = Pick<ConsentState, 'categories' | 'validUntil' | 'frequencyCount'>

/** The records that a deed is about. */
export function recordsOf(deed: SharingDeed): readonly string[] {
  return deed.kind === 'narrow' ? [deed.record] : deed.records
}

/** Her consents as the deed would leave them. A record that the deed cannot move stays as it is. Pure. */
export function consentsAfter(
  consents: readonly ConsentState[],
  deed: SharingDeed,
  now: Date,
): readonly ConsentState[] {
  const touched = new Set(recordsOf(deed))
  return consents.map((consent) =>
    touched.has(consent.consentId) ? moved(consent, deed, now) : consent,
  )
}

function moved(consent: ConsentState, deed: SharingDeed, now: Date): ConsentState {
  const state = stateAt(consent, now)
  switch (deed.kind) {
    case 'stop':
      return { ...consent, state: stateAfter(state, 'revoked') ?? state, stateAt: now }
    case 'pause':
      return paused(consent, now)
    case 'resume':
      return resumed(consent, now)
    case 'narrow':
      return state === 'active' || state === 'suspended' ? { ...consent, ...deed.to } : consent
  }
}

function paused(consent: ConsentState, now: Date): ConsentState {
  const state = stateAfter(stateAt(consent, now), 'suspended')
  if (state === undefined) return consent
  return { ...consent, state, stateAt: now, suspendedReasons: ['person'] }
}

// Her own pause ends; what others suspended stays so.
function resumed(consent: ConsentState, now: Date): ConsentState {
  const state = stateAfter(stateAt(consent, now), 'resumed')
  if (state === undefined || !consent.suspendedReasons.includes('person')) return consent
  const suspendedReasons = consent.suspendedReasons.filter((reason) => reason !== 'person')
  return suspendedReasons.length > 0
    ? { ...consent, suspendedReasons }
    : { ...consent, suspendedReasons, state, stateAt: now }
}
