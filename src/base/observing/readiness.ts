import type { Database } from '../database/database.ts'
import { ping } from '../database/database.ts'
import { Problem } from '../values/refusal.ts'
import type { SigningPort } from '../keys/signer.ts'

/** Whether requests should come to this process. `/readyz` tells the proxy in front. */
export type Readiness = {
  /**
   * @throws Problem leaving (503) where the process stops, clock (503) where its clock is wrong, signer (503) where nothing would be signed;
   * Unavailable where the database takes no write
   */
  check(): Promise<void>
  /** This process stops: it is never ready again. Requests that come nevertheless are served. */
  leave(): void
}

/** @param clockTrouble what is wrong with the clock of this machine, if anything is */
export function makeReadiness(
  db: Database,
  clockTrouble: () => string | undefined,
  signer: Pick<SigningPort, 'check'>,
): Readiness {
  let isLeaving = false
  let asking: Promise<void> | undefined
  const ask = async () => {
    await Promise.all([ping(db), signer.check()])
  }
  return {
    async check() {
      if (isLeaving) throw new Problem('leaving', 503, 'this process stops')
      // Everybody may ask, and each question writes: one at a time.
      await (asking ??= ask().finally(() => (asking = undefined)))
      const trouble = clockTrouble()
      if (trouble !== undefined) throw new Problem('clock', 503, trouble)
    },
    leave() {
      isLeaving = true
    },
  }
}
