import { recordActivity } from '../../people/accounts/index.ts'
import { transact } from '../../base/database/database.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { enqueue } from '../../base/jobs/jobs.ts'
import { refusedSigninNotes } from '../../base/web/limits/policies.ts'
import type { Limiter } from '../../base/web/limits/rate-counts.ts'
import { makeLimiter } from '../../base/web/limits/rate-counts.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { CountedTry, TryToCount, Tries } from '../../base/web/limits/tries.ts'

// Follows up a refused try to sign in: notes it without a name, and tells the person when it was the last one allowed.

export const attemptsJob = 'signin.attempts'
const maxAttempts = 8

/** Whose tries they are: a person's, nobody's, or those of the person whose recovery code begins so. */
export type Owner = { readonly personId: string } | { readonly codeIndex: string }

type From = { readonly origin: Origin; readonly peer: string }

type Proof<G, T> = {
  /** Reads the form of what was given: a text of the wrong form is refused before a try is counted or noted. @throws Refusal */
  readonly read: () => G
  readonly prove: (counted: CountedTry, given: G) => Promise<T>
  readonly owner?: Owner
}

export type SigninTries = {
  /**
   * Tries a secret. After the last try of an account a job follows, whether or not there is such an account, so that the person
   * who tries learns nothing.
   * @returns what was proved, or the refusal. @throws Refusal too-many-attempts; anything that is not a refusal
   */
  counted<G, T>(from: From, tried: TryToCount, proof: Proof<G, T>): Promise<T | Refusal>
  /** Verifies a signature. @returns what was proved, or the refusal. @throws Unavailable */
  verified<G, T>(from: From, proof: Proof<G, T>): Promise<T | Refusal>
  /** Notes a refusal of what another body said of somebody: there is nothing to count. */
  refused(from: From, refusal: Refusal): Promise<void>
}

export function makeSigninTries(foundation: Foundation, tries: Tries): SigninTries {
  const { db, clock } = foundation
  const noted = makeLimiter(foundation, refusedSigninNotes)

  async function note({ origin, peer }: From, refusal: Refusal): Promise<void> {
    if (!(await isLeft(noted, peer))) return
    const entry = {
      kind: 'access.signed-in',
      personId: undefined,
      result: 'refused',
      reason: refusal.code,
    } as const
    await recordActivity(db, entry, origin, clock())
  }

  async function tell(owner: Owner | undefined): Promise<void> {
    if (owner !== undefined) await transact(db, (tx) => enqueue(tx, jobOf(owner)))
  }

  return {
    refused: note,
    async counted(from, tried, { read, prove, owner }) {
      const given = readOf(read)
      if (given instanceof Refusal) return given
      const judge = (counted: CountedTry) => prove(counted, given)
      const outcome = await tries.judge(tried, judge, () => tell(owner)).catch(refusalOf)
      if (outcome instanceof Refusal) await note(from, outcome)
      return outcome
    },
    async verified(from, { read, prove }) {
      const given = readOf(read)
      if (given instanceof Refusal) return given
      const verify = (counted: CountedTry) => prove(counted, given)
      const outcome = await tries.verify(from.peer, verify).catch(refusalOf)
      if (outcome instanceof Refusal) await note(from, outcome)
      return outcome
    },
  }
}

// Too many tries are not a refused proof: they have a page of their own.
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal && error.code !== 'too-many-attempts') return error
  throw error
}

function readOf<G>(read: () => G): G | Refusal {
  return attempt(
    read,
    recoverFrom(Refusal, (refusal) => refusal),
  )
}

async function isLeft(limiter: Limiter, peer: string): Promise<boolean> {
  const taken = limiter.take({ network: peer }).then(() => true)
  return taken.catch(recoverFrom(Refusal, () => false))
}

function jobOf(owner: Owner) {
  return { name: attemptsJob, payload: owner, maxAttempts }
}
