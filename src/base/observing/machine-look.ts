import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { secondsAfter } from '../values/clock.ts'

// What a process sees of the machine around it. A disk or a host that hangs holds up no scrape, and is asked once meanwhile: else each
// scrape would take one of the few threads that read files.

/** A clock that is a little ahead made it; one that is further ahead would silence its alarm for years. */
const mostAheadSeconds = 60

// What was seen before a disk hung says nothing of it now.
const mostHungMs = 60_000

export type LookPace = {
  /** So long what was seen is told again. */
  readonly everyMs: number
  /** So long a scrape waits for a new look; then it tells what was seen last. */
  readonly patienceMs: number
}

/** What was seen last; undefined: nothing yet, or it could not be looked at. */
export function makeLook<T>(
  look: () => Promise<T>,
  { everyMs, patienceMs }: LookPace,
): () => Promise<T | undefined> {
  let seen: T | undefined
  let looking: Promise<void> | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const begin = () => {
    lookedAt = performance.now()
    return look()
      .then(
        (found) => void (seen = found),
        () => void (seen = undefined),
      )
      .finally(() => void (looking = undefined))
  }
  return async () => {
    if (looking === undefined && performance.now() - lookedAt >= everyMs) looking = begin()
    if (looking === undefined) return seen
    const ending = new AbortController()
    const late = pause(patienceMs, undefined, { signal: ending.signal }).catch(() => undefined)
    await Promise.race([looking, late])
    ending.abort()
    return looking !== undefined && performance.now() - lookedAt > mostHungMs ? undefined : seen
  }
}

/** Which share of a disk is free: of its room or of its files, whichever is less. @param path a folder on it */
export async function freeShare(path: string): Promise<number> {
  return shareOf(await statfs(path))
}

export type DiskCounts = Readonly<Record<'bavail' | 'bfree' | 'blocks' | 'ffree' | 'files', number>>

/** As df(1) counts: what is kept for root is neither used nor free. A file system that does not count its files has enough of them. */
export function shareOf({ bavail, bfree, blocks, ffree, files }: DiskCounts): number {
  const room = blocks - bfree + bavail
  return Math.min(room === 0 ? 0 : bavail / room, files === 0 ? 1 : ffree / files)
}

/** How old a mark is. Infinite: there is none, it cannot be seen, or it is of a time to come. */
export async function markAge(folder: string, mark: string, now: Date): Promise<number> {
  const made = await stat(join(folder, mark)).then(
    ({ mtime }) => mtime,
    () => undefined,
  )
  return ageOf(made, now)
}

/** @param at when it was; undefined: never */
export function ageOf(at: Date | undefined, now: Date): number {
  if (at === undefined || Number.isNaN(at.getTime())) return Number.POSITIVE_INFINITY
  if (at > secondsAfter(now, mostAheadSeconds)) return Number.POSITIVE_INFINITY
  return Math.max(0, (now.getTime() - at.getTime()) / 1000)
}
