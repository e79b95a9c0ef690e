import type { CodeMarks } from '../../src/base/migrating/code-marks.ts'
import { readMarks } from '../../src/base/migrating/code-marks.ts'
import type { CodeNow } from '../../src/base/migrating/code-watch.ts'
import { codeDifferences } from '../../src/base/migrating/code-watch.ts'
import type { RowSeals } from '../../src/base/sealing/row-seal.ts'
import type { CodeGuard } from '../../src/consent/decisions/code-guard.ts'
import type { Database } from '../../src/base/database/database.ts'
import { undemanding } from './database.ts'

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

/** For decisions of a process that looked before: it goes on under the stamp of then, and looks again where that is another one. */
export function codeSeen(seals: RowSeals, then: CodeMarks): (db: Database) => CodeGuard {
  return (db) => {
    const now: CodeNow = { stamp: { text: then.stamp }, permits: new Map() }
    return {
      now,
      isUntrusted: () => now.stamp === undefined,
      async settle() {
        const found = await codeDifferences({ db, place: undemanding, seals })
        now.stamp = found.length > 0 ? undefined : { text: (await readMarks(db)).stamp }
        return found.length === 0
      },
    }
  }
}
