import type { Jobs, Schedule, Work } from '../base/jobs/jobs.ts'
import { keysJobs } from '../base/jobs/key-renewal-jobs.ts'
import { sweepJobs } from '../base/jobs/sweep-jobs.ts'
import type { HouseParts } from './parts.ts'
import { renewalsOf } from './renewals.ts'
import { rooms } from './rooms.ts'

/** When the jobs of all rooms run, UTC. */
export const schedule: Schedule = mergeByName(rooms.map(({ times = {} }) => times))

/**
 * The jobs beside the requests: they send messages, write ends, sweep old rows and erase content.
 * @throws TypeError where a time is of no job: nothing else would tell that it never runs
 */
export async function jobsOf(parts: HouseParts): Promise<Jobs> {
  const { db, keys } = parts.foundation
  const sweeps = await Promise.all(rooms.flatMap(({ sweeps: own }) => own?.(parts) ?? []))
  const jobs = mergeByName([
    ...(await Promise.all(rooms.flatMap(({ jobs: own }) => own?.(parts) ?? []))),
    keysJobs(parts.foundation, renewalsOf(keys)),
    sweepJobs(db, mergeByName(sweeps)),
  ])
  for (const name of Object.keys(schedule))
    if (!Object.hasOwn(jobs, name)) throw new TypeError(`no room has the job ${name}`)
  return jobs
}

/** The jobs with when they run, and which of them have places of their own. */
export function workOf(jobs: Jobs, parts: HouseParts): Work {
  const places = rooms.flatMap(({ places: own }) => (own === undefined ? [] : [own(parts)]))
  return { jobs, schedule, places: mergeByName<number>(places) }
}

/** What several rooms have by name. @throws TypeError where two have one name */
export function mergeByName<T>(
  all: readonly Readonly<Record<string, T>>[],
): Readonly<Record<string, T>> {
  const known: Record<string, T> = {}
  for (const [name, value] of all.flatMap((own) => Object.entries(own))) {
    if (Object.hasOwn(known, name)) throw new TypeError(`two rooms have ${name}`)
    known[name] = value
  }
  return known
}
