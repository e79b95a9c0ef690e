import type { Log } from '../logging/log.ts'

// Where nobody reads the metrics no alarm rings, that of a process which is away neither. Only the process itself notices, and says so.

const silentMs = 15 * 60_000
const lookMs = 60_000

export type ScrapeWatch = {
  /** Somebody read the metrics now. */
  noteRead(): void
  stop(): Promise<void>
}

type Ticking = { readonly now: () => number; readonly every: (look: () => void) => () => void }

/** Says at level 50 that nobody reads the metrics, once a quarter of an hour is over in which nobody did, and then after each further one. */
export function watchScrapes(log: Log, { now, every }: Ticking = ofProcess): ScrapeWatch {
  let quietSince = now()
  const stop = every(() => {
    if (now() - quietSince < silentMs) return
    quietSince = now()
    log.error({}, 'nobody reads the metrics of this process')
  })
  return {
    noteRead: () => void (quietSince = now()),
    stop: () => Promise.resolve(stop()),
  }
}

const ofProcess: Ticking = {
  now: () => performance.now(),
  every: (look) => {
    const timer = setInterval(look, lookMs).unref()
    return () => clearInterval(timer)
  },
}
