import { setTimeout } from 'node:timers/promises'
import type { openPool } from '../database/database.ts'
import type { Log } from '../logging/log.ts'

// A worker that is killed leaves its jobs locked, and the queue itself frees them after four hours. Our workers give signs of life. A
// worker that gives none for longer than this counts as gone, and other workers take its jobs. A worker that was only frozen may still
// finish: each job may be done twice.
export type JobPool = ReturnType<typeof openPool>
export type Pace = { readonly everyMs: number; readonly silentMs: number }
export const usualPace: Pace = { everyMs: 10_000, silentMs: 35_000 }

export type Beats = {
  /**
   * The worker that lives from now on, by the name that the queue knows it by.
   * @param line which of the process's workers it follows. The first one counts as the process
   */
  follow(line: string, worker: string): void
  /** Whether the last sign of life arrived, and not long ago. */
  areFresh(): boolean
  stop(): Promise<void>
}

type Freed = { readonly job: string; readonly isGivenUp: boolean }

export function startBeats(pool: JobPool, log: Log, { everyMs, silentMs }: Pace): Beats {
  const ending = new AbortController()
  const workers = new Map<string, string>()
  let lastAt = Number.NEGATIVE_INFINITY

  async function beat(): Promise<void> {
    try {
      const { rows } = await pool.query<Freed>(
        'select job, is_given_up as "isGivenUp" from beat($1, $2)',
        [[...workers.values()], silentMs],
      )
      lastAt = performance.now()
      for (const { job, isGivenUp } of rows) tell(log, job, isGivenUp)
    } catch (error) {
      log.warn({ error }, 'a worker could not say that it lives')
    }
  }

  async function work(): Promise<void> {
    while (!ending.signal.aborted) {
      await beat()
      await setTimeout(everyMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }

  let working = Promise.resolve()
  return {
    follow(line, worker) {
      const isFirst = workers.size === 0
      workers.set(line, worker)
      // The others give their first sign of life at once, too: a kill before the next one would else leave their jobs locked for longer.
      working = isFirst ? work() : Promise.all([working, beat()]).then(() => undefined)
    },
    areFresh: () => performance.now() - lastAt < silentMs,
    async stop() {
      ending.abort()
      await working
    },
  }
}

function tell(log: Log, job: string, isGivenUp: boolean): void {
  if (isGivenUp) log.error({ job, why: 'its workers ended' }, 'job given up')
  else log.warn({ job }, 'the job of a worker that is gone is taken again')
}
