import { createHash } from 'node:crypto'
import type { Origin } from '../foundation/request-log.ts'
import { recordActivity } from '../accounts/index.ts'
import { transact } from '../foundation/database.ts'
import type { Foundation } from '../foundation/foundation.ts'
import { enqueue } from '../foundation/jobs.ts'
import type { Limiter } from '../foundation/rate-limit.ts'
import { makeLimiter } from '../foundation/rate-limit.ts'
import { Refusal } from '../foundation/refusal.ts'

const quarter = 15 * 60

// Each way in has counts of its own: whoever uses up those of one keeps nobody from another, and nobody's passkey is
// ever counted by anything but where it is tried from.
const limits = {
  // A signature is not guessed at such a rate, and a whole school behind one address still signs in.
  passkey: { points: 300, seconds: quarter },
  peer: { points: 100, seconds: quarter },
  'recovery-code': { points: 10, seconds: quarter },
  // An address tried from one place; and from everywhere, by many who share the work.
  'password-here': { points: 20, seconds: quarter },
  'password-address': { points: 100, seconds: 3600 },
  // Three of a million codes are right at any moment: 50 tries a day find one in about eighteen years.
  'second-code': { points: 10, seconds: quarter },
  'second-code-day': { points: 50, seconds: 24 * 3600 },
} as const

// Of one account, whoever tries and from wherever.
const ofAccount: ReadonlySet<string> = new Set(['recovery-code', 'second-code', 'second-code-day'])

export const attemptsJob = 'signin.attempts'
const maxAttempts = 8

/** Whose tries they are: a person, or nobody, or whoever has a recovery code that begins so. */
export type Owner = { readonly personId: string } | { readonly codeIndex: string }

export type Counted = { readonly of: keyof typeof limits; readonly key: string }

/** Any key: counted by where it is tried from, so that nobody else uses up its tries. */
export function passkeyTries({ peer }: { readonly peer: string }): readonly Counted[] {
  return [{ of: 'passkey', key: peer }]
}

export type Tries = {
  /**
   * Runs a proof. It is counted by each key, unless it succeeds; a refusal is noted without a name, and returned. The last try of an account is followed
   * by a job, the same whether or not there is such an account: whoever tries learns nothing by it.
   * @throws Refusal too-many-attempts; anything that is not a refusal
   */
  counted<T>(
    origin: Origin,
    keys: readonly Counted[],
    prove: () => Promise<T>,
    owner?: Owner,
  ): Promise<T | Refusal>
  /** Counts a try that is not judged yet. @throws Refusal too-many-attempts */
  spend(keys: readonly Counted[]): Promise<void>
}

export function makeTries({ db, clock }: Foundation): Tries {
  const limiters = new Map<string, Limiter>(
    Object.entries(limits).map(([name, limit]) => [name, makeLimiter(db, { name, ...limit })]),
  )
  // In their order: what one place has used up is not counted against an address that others try too.
  /** @returns whether the last try of an account was used up */
  async function spend(keys: readonly Counted[]): Promise<boolean> {
    let isUsedUp = false
    for (const { of, key } of keys) {
      const isLast = await limiters.get(of)?.take(hashOf(key))
      if (isLast === true && ofAccount.has(of)) isUsedUp = true
    }
    return isUsedUp
  }
  async function giveBack(keys: readonly Counted[]): Promise<void> {
    for (const { of, key } of keys) await limiters.get(of)?.giveBack(hashOf(key))
  }
  return {
    async spend(keys) {
      await spend(keys)
    },
    async counted(origin, keys, prove, owner) {
      // Before it is judged, or many at once would all be let in by a count of none.
      const isUsedUp = await spend(keys)
      try {
        const proved = await prove()
        await giveBack(keys)
        return proved
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (isUsedUp && owner !== undefined) await transact(db, (tx) => enqueue(tx, jobOf(owner)))
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

function jobOf(owner: Owner) {
  return { name: attemptsJob, payload: owner, maxAttempts }
}

// What is counted may be an address, of a person or of her machine: neither lies in the table.
function hashOf(key: string): string {
  return createHash('sha256').update(`tries:${key}`).digest('base64url')
}
