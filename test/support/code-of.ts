import { readMarks } from '../../src/base/migrating/code-marks.ts'
import type { CodeNow } from '../../src/base/migrating/code-watch.ts'
import type { CodeGuard } from '../../src/consent/decisions/code-guard.ts'
import type { Database } from '../../src/base/database/database.ts'

/** For decisions without a house: what the database runs is believed, and its stamp is read when it is asked for. */
export function codeOf(db: Pick<Database, 'raw'>): CodeGuard {
  const now: CodeNow = { stamp: undefined, permits: new Map() }
  return {
    now,
    isUntrusted: () => now.stamp === undefined,
    async settle() {
      const { stamp: text } = await readMarks(db)
      if (now.stamp?.text !== text) now.stamp = { text }
      return true
    },
  }
}
