import type { Log } from '../logging/log.ts'

// The permits that a process wrote lately, by number: where what wrote them is in doubt, each is named, so that somebody reads it.

// PostgreSQL tells its counters up to ten seconds after a commit, and a look comes five seconds later at most.
const keptMs = 16_000
const mostKept = 20_000
const permitsOfLine = 100

export type DoubtfulPermits = {
  /** Of a permit that is about to be written. */
  note(decisionId: string): void
  /** It was not written. */
  forget(decisionId: string): void
  /** Names all that are kept, each once. */
  tell(log: Log, level: 'warn' | 'error', why: string): void
  /** Those that are too old to be in doubt go. */
  prune(): void
}

export function keepPermits(): DoubtfulPermits {
  const kept = new Map<string, number>()
  let unkept = 0
  return {
    note(decisionId) {
      const [oldest] = kept.keys()
      if (kept.size === mostKept && oldest !== undefined) {
        kept.delete(oldest)
        unkept++
      }
      kept.set(decisionId, performance.now())
    },
    forget(decisionId) {
      kept.delete(decisionId)
    },
    tell(log, level, why) {
      const ids = [...kept.keys()]
      const count = ids.length + unkept
      for (let from = 0; from < ids.length; from += permitsOfLine) {
        const named = ids.slice(from, from + permitsOfLine).join(' ')
        log[level]({ code: 'CODE_UNTRUSTED', why: named, count }, `permits in doubt: ${why}`)
      }
      kept.clear()
      unkept = 0
    },
    prune() {
      const from = performance.now() - keptMs
      for (const [id, at] of kept) {
        if (at >= from) break
        kept.delete(id)
      }
      unkept = 0
    },
  }
}
