import type { Database } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { present } from '../../base/values/present.ts'
import type { Vault } from '../chain/index.ts'
import { inSnapshot, knownPerson } from '../chain/index.ts'
import type { FoldResult, FoldParts } from './fold.ts'
import { foldPerson, readPeople } from './fold.ts'
import type { StoredRow } from './told-rows.ts'

// Whoever waits for a page waits for no more than this.
const mostEvents = 2000

/**
 * One person's rows against her events, while she waits; of what she sees by now, so that nothing here betrays what she sees later.
 * @param partsNow read within the snapshot, so that the register knows all that her events name
 * @returns 'too-many' for a person whose events are left to the walk of the night
 */
export function foldInSnapshot(
  db: Database,
  vault: Vault,
  partsNow: () => Promise<FoldParts>,
  { personId, now }: { readonly personId: string; readonly now: Date },
): Promise<FoldResult | 'too-many'> {
  return inSnapshot(db, async (snapshot) => {
    const session = readingSession(snapshot)
    const person = present(await knownPerson(session, personId), 'the person who is signed in')
    if (person.events > mostEvents) return 'too-many'
    const parts = await partsNow()
    const read = present((await readPeople(session, parts, [person]))[0], 'what was read of her')
    const others = read.others.filter(({ visibleFrom }) => visibleFrom <= now)
    const hidden = new Set(
      read.others.filter((chain) => !others.includes(chain)).map(({ chainId }) => chainId),
    )
    const held = [...read.held].map(([table, rows]): [string, readonly StoredRow[]] => [
      table,
      rows.filter((row) => !isAbout(row, hidden)),
    ])
    return foldPerson(vault, parts, { ...read, others, held: new Map(held) })
  })
}

// A chain of its own bears its permit's id, and so do the rows about the permit.
function isAbout(row: StoredRow, permits: ReadonlySet<string>): boolean {
  return [row['decision_id'], row['about']].some((id) => typeof id === 'string' && permits.has(id))
}
