import type { Session } from '../database/db-session.ts'

// How the queue of jobs is, for who watches the house.

/** More are not counted: a queue of so many is no better known by its exact length. */
const mostCounted = 100_000

export type TaskStanding = { readonly task: string; readonly jobs: number; readonly oldestAt: Date }

/** The jobs that are due and that no worker has taken. @param machineNow by the machine's own clock, as the queue's */
export function jobsDue(session: Session, machineNow: Date): Promise<TaskStanding[]> {
  return session.rows(
    `select task, count(*)::integer as jobs, min(run_at) as "oldestAt"
     from (select task_identifier as task, run_at from graphile_worker.jobs
           where locked_at is null and attempts < max_attempts and run_at <= $1 limit ${mostCounted}) due
     group by task`,
    [machineNow],
  )
}

/** How many jobs were given up since the start of the day, in Québec, of this instant. */
export function jobsGivenUp(
  session: Session,
  since: Date,
): Promise<{ readonly task: string; readonly times: number }[]> {
  return session.rows(
    'select job as task, sum(times)::integer as times from job_given_up where day >= quebec_day($1) group by job',
    [since],
  )
}

/** How many processes that work gave a sign of life since an instant. */
export async function workersSince(session: Session, since: Date): Promise<number> {
  const [row] = await session.rows<{ workers: number }>(
    'select count(*)::integer as workers from worker_beat where beat_at > $1 and beside is null',
    [since],
  )
  return row?.workers ?? 0
}
