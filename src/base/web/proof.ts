import { secondsAfter } from '../values/clock.ts'
import type { Level } from '../values/assurance-levels.ts'
import { highest, reaches } from '../values/assurance-levels.ts'

/** How surely a person is signed in at the moment when she allows something. */
export type SignInState = {
  readonly acr: string
  /** When she last proved who she is. */
  readonly provedAt: Date
  /** Whether that was in the visit in which she answers. */
  readonly isOfThisVisit?: boolean
  /** Every factor that proved who she is in the life of this session: whether the session is held follows from them. */
  readonly factorIds: readonly string[]
}

/** A proof in another visit counts for this long, where something sensitive is allowed. */
export const sensitiveSeconds = 5 * 60

/** The person must first prove again, at this level, that it is she: until then her permission does not count. */
export class ProofNeeded extends Error {
  readonly needed: { readonly level: Level; readonly maxAgeSeconds: number | undefined }

  constructor(needed: ProofNeeded['needed']) {
    super('a proof is needed')
    this.needed = needed
  }
}

/**
 * A deed that lets information flow needs the highest level. A sensitive one also needs a proof in this visit or in the last five
 * minutes. The gate alone calls this function (src/people/accounts/gate.ts): it looks at the hold, too.
 * @throws ProofNeeded
 */
export function requireProof(
  { acr, provedAt, isOfThisVisit = false }: Omit<SignInState, 'factorIds'>,
  isSensitive: boolean,
  now: Date,
): void {
  const isRecent = isOfThisVisit || provedAt >= secondsAfter(now, -sensitiveSeconds)
  if (reaches(acr, highest) && (isRecent || !isSensitive)) return
  throw new ProofNeeded({
    level: highest,
    maxAgeSeconds: isSensitive ? sensitiveSeconds : undefined,
  })
}
