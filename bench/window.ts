import { cpuSeconds } from './machine.ts'
import { percentile } from './statistics.ts'

/** One complete operation, signed beforehand, with the browser of `caller`. @throws for a wrong answer */
export type Job = (caller: number) => Promise<void>

export type Pids = { readonly server: number; readonly postgres: number | undefined }

export type Figures = {
  readonly opsPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  /** CPU seconds per 1,000 operations, of the server, of PostgreSQL with all its processes, and of this driver. */
  readonly nodeCpu: number
  readonly postgresCpu: number
  readonly driverCpu: number
}

type Ran = {
  readonly seconds: number
  readonly latenciesMs: readonly number[]
  readonly errors: number
  readonly firstError: unknown
}

const maxErrorShare = 0.001

/** Callers who each begin the next job when theirs is done, until the time is over or the jobs are. */
export async function run(jobs: readonly Job[], callers: number, seconds: number): Promise<Ran> {
  const latenciesMs: number[] = []
  let errors = 0
  let firstError: unknown
  const left = jobs.values()
  const from = performance.now()
  const until = from + seconds * 1000

  async function call(caller: number): Promise<void> {
    for (const job of left) {
      const began = performance.now()
      try {
        await job(caller)
        latenciesMs.push(performance.now() - began)
      } catch (error) {
        errors += 1
        firstError ??= error
      }
      if (performance.now() >= until) return
    }
  }

  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  return { seconds: (performance.now() - from) / 1000, latenciesMs, errors, firstError }
}

/** A window of which the figures count. @throws WrongAnswers */
export async function measure(
  jobs: readonly Job[],
  { callers, seconds }: { readonly callers: number; readonly seconds: number },
  pids: Pids,
): Promise<Figures> {
  const before = cpuOf(pids)
  const ran = await run(jobs, callers, seconds)
  const after = cpuOf(pids)
  refuseErrors(ran)
  const done = ran.latenciesMs.length
  const perThousand = (from: number, to: number) => ((to - from) * 1000) / done
  return {
    opsPerSecond: done / ran.seconds,
    p50Ms: percentile(ran.latenciesMs, 0.5),
    p95Ms: percentile(ran.latenciesMs, 0.95),
    p99Ms: percentile(ran.latenciesMs, 0.99),
    nodeCpu: perThousand(before.node, after.node),
    postgresCpu: perThousand(before.postgres, after.postgres),
    driverCpu: perThousand(before.driver, after.driver),
  }
}

/** Too many answers were wrong, so that a figure would mean nothing. */
export class WrongAnswers extends Error {}

/** @throws WrongAnswers for more than one in a thousand */
export function refuseErrors({ errors, latenciesMs, firstError }: Ran): void {
  const all = errors + latenciesMs.length
  if (all > 0 && errors <= all * maxErrorShare) return
  throw new WrongAnswers(`${errors} of ${all} answers were wrong`, { cause: firstError })
}

function cpuOf({ server, postgres }: Pids) {
  const { user, system } = process.cpuUsage()
  return {
    node: cpuSeconds(server),
    postgres: postgres === undefined ? 0 : cpuSeconds(postgres),
    driver: (user + system) / 1e6,
  }
}
