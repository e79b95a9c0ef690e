import type { Database } from '../../src/base/database/database.ts'

// Bodies are told of some things in the next night, or within a minute. Where the clock of a house does not move, this is its passing.

/** What waits for its night or its minute is due now, as of two days ago. */
export async function tellNow(db: Pick<Database, 'raw'>): Promise<void> {
  await db.raw(
    `update signal_event set queued_at = queued_at - interval '2 days', due_at = '-infinity'
     where tries = 0 and due_at > '-infinity'`,
  )
}

/** The notices of sign-outs that wait go out now. */
export async function sendNoticesNow(db: Pick<Database, 'raw'>): Promise<void> {
  await db.raw(noticesNow)
}

const noticesNow = `select graphile_worker.reschedule_jobs(array_agg(id), run_at => now()) from graphile_worker.jobs
  where task_identifier = 'signals.back-channel-logout' and locked_at is null and attempts = 0`
