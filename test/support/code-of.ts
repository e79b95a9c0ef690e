import { readMarks } from '../../src/base/migrating/code-marks.ts'
import type { CodeGuard, CodeStamp } from '../../src/consent/decisions/code-guard.ts'
import type { Database } from '../../src/base/database/database.ts'

/** For decisions without a house: what the database runs is believed, and its stamp is read when it is asked for. */
export function codeOf(db: Pick<Database, 'raw'>): CodeGuard {
  let stamp: CodeStamp | undefined
  return {
    isUntrusted: () => stamp === undefined,
    stamp: () => stamp,
    async settle() {
      const { stamp: text } = await readMarks(db)
      if (stamp?.text !== text) stamp = { text }
      return true
    },
    notePermit: () => undefined,
    forgetPermit: () => undefined,
  }
}
