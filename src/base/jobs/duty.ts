import { setTimeout } from 'node:timers/promises'
import type { Lease } from './lease.ts'
import { LeaseLost, asLeaseLost, endLease, renewLease, takeLease } from './lease.ts'
import type { Log } from '../logging/log.ts'
import type { Session } from '../database/db-session.ts'
import { withSession, statementMs } from '../database/db-session.ts'

/** Work that several processes could do and one process at a time does: again and again, until it is stopped. */
export type Duty = {
  readonly name: string
  /** Which lease it needs; absent: the one of its name. */
  readonly lease?: string
  readonly paceMs: number
  /** How often a process that has not the lease tries for it. */
  readonly pollMs?: number
  /** The largest number of a lease that is known from outside the database. */
  readonly above?: () => Promise<number>
  /** One turn; each of its writes names the lease. @returns whether there is more to do at once */
  turn(session: Session, lease: Lease): Promise<boolean>
}

// A frozen holder keeps its lease this long; with the poll and the first turn, another process works within ten seconds.
export const leaseMs = 6000
const renewals = 4
const usualPollMs = 250
const retryMs = 1000

type Post = {
  readonly databaseUrl: string
  readonly duty: Duty
  readonly lifeMs: number
  readonly holder: string
  readonly ending: AbortSignal
  pause(ms: number): Promise<void>
}

/**
 * Does the duty while this process holds its lease. A holder that is killed is followed at once, a frozen one when its lease has
 * ended. It polls for the lease: a statement that waits for a lock would hold back vacuum.
 */
export function startDuty(
  databaseUrl: string,
  duty: Duty,
  log: Log,
  lifeMs = leaseMs,
): { stop(): Promise<void> } {
  const { signal: ending, abort } = abortable()
  const pause = (ms: number) => setTimeout(ms, undefined, { signal: ending }).catch(() => undefined)
  const post = { databaseUrl, duty, lifeMs, ending, pause, holder: crypto.randomUUID() }
  const work = async (): Promise<void> => {
    while (!ending.aborted) {
      try {
        await standBy(post)
      } catch (error) {
        tell(log, duty, error)
      }
      await pause(retryMs)
    }
  }
  const working = work()
  return {
    async stop() {
      abort()
      await working
    },
  }
}

function tell(log: Log, { name: job }: Duty, error: unknown): void {
  if (error instanceof LeaseLost) log.warn({ job }, 'a duty passed to another process')
  else log.error({ job, error }, 'a duty was broken off and is taken up again')
}

async function standBy(post: Post): Promise<void> {
  const { duty, lifeMs, holder, ending, pause } = post
  const wanted = { duty: duty.lease ?? duty.name, holder, lifeMs }
  // The connection of the lease has no other work, so that nothing delays a renewal.
  await withSession(post.databaseUrl, lifeMs, async (keeping) => {
    while (!ending.aborted) {
      const above = (await duty.above?.()) ?? 0
      const lease = await takeLease(keeping, { ...wanted, above })
      if (lease === undefined) await pause(duty.pollMs ?? usualPollMs)
      else await lead(post, keeping, lease)
    }
  })
}

async function lead(post: Post, keeping: Session, lease: Lease): Promise<void> {
  const { databaseUrl, duty, lifeMs, ending, pause } = post
  await withSession(databaseUrl, statementMs, async (session) => {
    await whileLeased(keeping, lease, lifeMs, async (guard) => {
      const guarded = guard(session)
      while (!ending.aborted) {
        const isMore = await duty.turn(guarded, lease)
        if (!isMore) await pause(duty.paceMs)
      }
    })
  })
  await endLease(keeping, lease)
}

/**
 * Renews a lease until the work is done. The work's session, once guarded, asks nothing more of the database when a renewal failed:
 * only a younger lease makes its writes fail there.
 */
export async function whileLeased<T>(
  keeping: Session,
  lease: Lease,
  lifeMs: number,
  work: (guard: (session: Session) => Session) => Promise<T>,
): Promise<T> {
  const { signal: over, abort } = abortable()
  const failed: unknown[] = []
  const renew = async (): Promise<void> => {
    while (failed.length === 0) {
      await setTimeout(lifeMs / renewals, undefined, { signal: over }).catch(() => undefined)
      if (over.aborted) return
      await renewLease(keeping, lease, lifeMs).catch((error: unknown) => failed.push(error))
    }
  }
  const renewing = renew()
  const guard = (session: Session): Session => ({
    async rows<Row>(text: string, values?: readonly unknown[]): Promise<Row[]> {
      if (failed.length > 0) throw failed[0]
      try {
        return await session.rows<Row>(text, values)
      } catch (error) {
        throw asLeaseLost(error)
      }
    },
  })
  try {
    return await work(guard)
  } finally {
    abort()
    await renewing
  }
}

function abortable(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
