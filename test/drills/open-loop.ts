import { setTimeout as pause } from 'node:timers/promises'
import { percentile, rounded } from '../../bench/statistics.ts'

// A driver whose callers do not wait for one another: requests begin at a rate, whatever became of those before. So do people and bodies
// in earnest, and so a process that answers too slowly gets no rest.

export type Shot = {
  /** A name of what is asked, under which answers are counted. */
  readonly kind: string
  send(): Promise<Outcome>
}

/** `good`: as asked; `refused`: 503 with Retry-After; `failed`: all else, with why. */
export type Outcome =
  | { readonly is: 'good' | 'refused' }
  | { readonly is: 'failed'; readonly why: string }

export type Row = { readonly kind: string; readonly ms: number; readonly outcome: Outcome }

/** What became of the requests of a window. */
export type Salvo = {
  readonly seconds: number
  readonly rows: readonly Row[]
  /** How late the driver itself began requests, at most for 99 of 100: its figures are no better than this. */
  readonly driverLateMs: number
}

const tickMs = 1

/** Begins requests at `perSecond` for so many seconds, and waits for all answers. */
export async function openLoop(
  shots: readonly Shot[],
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<Salvo> {
  const rows: Row[] = []
  const late: number[] = []
  const under: Promise<void>[] = []
  const wanted = Math.min(shots.length, Math.floor(perSecond * seconds))
  const from = performance.now()
  while (under.length < wanted) {
    const now = performance.now()
    const due = Math.min(wanted, Math.floor(((now - from) / 1000) * perSecond))
    for (const shot of shots.slice(under.length, due)) {
      const at = from + (under.length / perSecond) * 1000
      late.push(now - at)
      under.push(fire(shot, at, rows))
    }
    await pause(tickMs)
  }
  await Promise.all(under)
  return { seconds: wanted / perSecond, rows, driverLateMs: percentile(late, 0.99) }
}

/** Callers who each begin the next when theirs is answered: as many as a process can do. */
export async function closedLoop(
  shots: readonly Shot[],
  { callers, seconds }: { readonly callers: number; readonly seconds: number },
): Promise<Salvo> {
  const rows: Row[] = []
  const left = shots.values()
  const from = performance.now()
  const until = from + seconds * 1000
  const call = async () => {
    for (const shot of left) {
      await fire(shot, performance.now(), rows)
      if (performance.now() >= until) return
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return { seconds: (performance.now() - from) / 1000, rows, driverLateMs: 0 }
}

async function fire({ kind, send }: Shot, at: number, rows: Row[]): Promise<void> {
  const outcome = await send().catch((error: unknown): Outcome => {
    return { is: 'failed', why: String(error instanceof Error ? error.message : error) }
  })
  rows.push({ kind, ms: performance.now() - at, outcome })
}

export type Counts = {
  readonly asked: number
  readonly good: number
  readonly refused: number
  readonly failed: number
}

export function countsIn(rows: readonly Row[]): Counts {
  const of = (is: Outcome['is']) => rows.filter(({ outcome }) => outcome.is === is).length
  return { asked: rows.length, good: of('good'), refused: of('refused'), failed: of('failed') }
}

/** The share of the fastest, in milliseconds, of answers that became this. */
export function slowest({ rows }: Pick<Salvo, 'rows'>, is: Outcome['is'], share: number): number {
  const times = rows.filter(({ outcome }) => outcome.is === is).map(({ ms }) => ms)
  return times.length === 0 ? 0 : rounded(percentile(times, share))
}

/** Why requests failed, the most frequent reasons first. */
export function reasonsIn({ rows }: Salvo, most = 5): Readonly<Record<string, number>> {
  const whys = rows.flatMap(({ outcome }) => (outcome.is === 'failed' ? [outcome.why] : []))
  const counted = [...Map.groupBy(whys, (why) => why.slice(0, 160))]
    .map(([why, those]) => [why, those.length] as const)
    .toSorted(([, one], [, other]) => other - one)
  return Object.fromEntries(counted.slice(0, most))
}
