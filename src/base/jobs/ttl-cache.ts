import type { Clock } from '../values/clock.ts'
import type { Log } from '../logging/log.ts'

// What pages for everybody show is read at most once in a while, however many people ask: a process keeps a copy. No decision about a
// person reads such a copy.

/** For so long a copy is shown before it is read anew, and for so long a reader may keep what was made of it. */
export const keptSeconds = 60

type Keeping = {
  readonly clock: Clock
  readonly log: Log
  /** What is kept, in the log. */
  readonly what: string
}

/**
 * Gives a copy of what `read` gives, read again when it is older than a minute. Requests that come meanwhile wait for the same read. A
 * read that fails leaves the old copy for a further minute; without an old copy the error is the caller's.
 */
export function cacheFor<T>(
  read: () => Promise<T>,
  { clock, log, what }: Keeping,
): () => Promise<T> {
  let held: { readonly copy: T } | undefined
  let askedAt = -Infinity
  let reading: Promise<void> | undefined

  async function readAnew(): Promise<void> {
    try {
      held = { copy: await read() }
    } catch (error) {
      if (held === undefined) throw error
      log.warn({ error }, `${what} cannot be read: the copy that is kept stays`)
    }
  }

  return async () => {
    const now = clock().getTime()
    if (reading === undefined && (held === undefined || now - askedAt >= keptSeconds * 1000)) {
      askedAt = now
      reading = readAnew().finally(() => (reading = undefined))
    }
    if (reading !== undefined) await reading
    if (held === undefined) throw new Error(`${what} was not read`)
    return held.copy
  }
}
