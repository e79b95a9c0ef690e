import { later } from '../platform/clock.ts'
import type { Level } from '../platform/levels.ts'
import { highest, reaches } from '../platform/levels.ts'

/** How surely a person is signed in at the moment when she allows something. */
export type Proved = {
  readonly acr: string
  /** When she last proved who she is. */
  readonly provedAt: Date
  /** Whether that was in the visit in which she answers. */
  readonly isOfThisVisit?: boolean
}

/** A proof in another visit counts for this long, where something sensitive is allowed. */
export const sensitiveSeconds = 5 * 60

/** What the person allows does not count yet: she proves first, at this level, that it is she. */
export class ProofNeeded extends Error {
  readonly needed: { readonly level: Level; readonly maxAgeSeconds: number | undefined }

  constructor(needed: ProofNeeded['needed']) {
    super('a proof is needed')
    this.needed = needed
  }
}

/**
 * What lets information flow needs the highest level, and for what is sensitive a proof in this visit or in the last five
 * minutes. A no, a pause and a stop never come here.
 * @throws ProofNeeded
 */
export function requireProof(
  { acr, provedAt, isOfThisVisit = false }: Proved,
  isSensitive: boolean,
  now: Date,
): void {
  const isRecent = isOfThisVisit || provedAt >= later(now, -sensitiveSeconds)
  if (reaches(acr, highest) && (isRecent || !isSensitive)) return
  throw new ProofNeeded({
    level: highest,
    maxAgeSeconds: isSensitive ? sensitiveSeconds : undefined,
  })
}
