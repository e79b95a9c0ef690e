import { z } from 'zod'
import type { Database } from '../database/database.ts'
import { transact } from '../database/database.ts'
import type { Jobs } from './jobs.ts'
import { enqueue, isQueued } from './jobs.ts'

const maxAttempts = 3

/**
 * A walk over very many rows: where it is long it goes on in another job, so that a stop of the process waits for little. The schedule's
 * next job leaves the rows to a walk that is still on its way.
 * @param place what tells where a walk goes on, as the queue keeps it
 */
export function walkJobs<P>(
  db: Database,
  begins: string,
  place: z.ZodType<P>,
  walkSome: (from: P | undefined) => Promise<{ readonly next: P | undefined }>,
): Jobs {
  const goesOn = `${begins}-on`
  const job = z.object({ from: place })
  const walk = async (from?: P) => {
    const { next } = await walkSome(from)
    if (next === undefined) return
    const payload = { from: next }
    await transact(db, (tx) => enqueue(tx, { name: goesOn, payload, maxAttempts }))
  }
  return {
    [begins]: async () => {
      if (!(await isQueued(db, goesOn))) await walk()
    },
    [goesOn]: (payload) => walk(job.parse(payload).from),
  }
}

/** A walk over people in the order of their ids: it goes on after the last one. */
export function walkPeople(
  db: Database,
  begins: string,
  walkSome: (from: string | undefined) => Promise<{ readonly next: string | undefined }>,
): Jobs {
  return walkJobs(db, begins, z.uuid(), walkSome)
}
