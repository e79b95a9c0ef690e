/** How sure we are of a person (docs/design/security.md#sessions), lowest first. */
export const levels = ['urn:accord:aal:1', 'urn:accord:aal:2', 'urn:accord:aal:3'] as const
export type Level = (typeof levels)[number]

/** The highest level that every account can reach: with a passkey, or with a password and its second factor. */
export const highest: Level = 'urn:accord:aal:2'

/** By a key that is bound to its device, of a model that is known: only where the operator has a file of the models of keys. */
export const deviceBound: Level = 'urn:accord:aal:3'

/** Whether this `acr` is at least the level wanted. An `acr` that is no level of ours is below all levels. */
export function reaches(acr: string | undefined, wanted: Level | undefined): boolean {
  return wanted === undefined || rankOf(acr) >= rankOf(wanted)
}

export function rankOf(acr: string | undefined): number {
  return levels.findIndex((level) => level === acr)
}

export function isLevel(text: unknown): text is Level {
  return levels.some((level) => level === text)
}

/**
 * In the `amr` of a sign-in by a card with codes, beside `otp` (RFC 8176, which has no value for a card). It leaves nowhere: no service is
 * signed in to by a card.
 */
export const cardMethod = 'card'

/** Whether a card alone made the session. Whoever it opens for reads and takes away; she answers nothing. */
export function isByCard(amr: readonly string[] | undefined): boolean {
  return amr?.includes(cardMethod) === true
}
