import type { Log } from '../logging/log.ts'

// The permits that a process wrote lately, by number, and when: where what wrote them is in doubt, each is named, so that somebody reads it.

// PostgreSQL tells its counters up to ten seconds after a commit, and a look comes five seconds later at most.
const keptMs = 16_000
const mostKept = 20_000
const permitsOfLine = 100

/** Names all, each once. */
export function tellPermits(
  log: Log,
  permits: Map<string, number>,
  level: 'warn' | 'error',
  why: string,
): void {
  const ids = [...permits.keys()]
  for (let from = 0; from < ids.length; from += permitsOfLine) {
    const named = ids.slice(from, from + permitsOfLine).join(' ')
    log[level](
      { code: 'CODE_UNTRUSTED', why: named, count: ids.length },
      `permits in doubt: ${why}`,
    )
  }
  permits.clear()
}

/** Those that are too old to be in doubt go, and of too many the oldest. */
export function pruneDoubtful(permits: Map<string, number>): void {
  const from = performance.now() - keptMs
  for (const [id, at] of permits) {
    if (at >= from && permits.size <= mostKept) break
    permits.delete(id)
  }
}
