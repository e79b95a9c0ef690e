import type { Origin } from '../foundation/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { makeLimiter } from '../foundation/rate-limit.ts'
import { Refusal } from '../foundation/refusal.ts'

// An 80-bit code or a signature is not guessed at such a rate; a whole school behind one address still signs in.
const networkLimit = { name: 'sign-in', points: 100, seconds: 15 * 60 }
const codeLimit = { name: 'recovery-code', points: 10, seconds: 15 * 60 }

export type Tries = {
  /**
   * Runs a proof. A refusal is counted by network and by the given code indexes, noted without a name, and returned.
   * @throws Refusal too-many-attempts; anything that is not a refusal
   */
  counted<T>(
    origin: Origin,
    codeIndexes: readonly string[],
    prove: () => Promise<T>,
  ): Promise<T | Refusal>
}

export function makeTries({ db, clock }: Foundation): Tries {
  const byNetwork = makeLimiter(db, networkLimit)
  const byCode = makeLimiter(db, codeLimit)
  return {
    async counted(origin, codeIndexes, prove) {
      const network = origin.network ?? 'unknown'
      await byNetwork.check(network)
      for (const index of codeIndexes) await byCode.check(index)
      try {
        return await prove()
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        await byNetwork.count(network)
        for (const index of codeIndexes) await byCode.count(index)
        const entry = {
          kind: 'access.signed-in',
          personId: undefined,
          result: 'refused',
          reason: error.code,
        } as const
        await recordActivity(db, entry, origin, clock())
        return error
      }
    },
  }
}
