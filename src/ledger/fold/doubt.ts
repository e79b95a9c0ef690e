import type { Database } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Vault } from '../chain/index.ts'
import { newestOfKinds, openBook, takeHeadSeal } from '../chain/index.ts'

// What a check found about a person stays found: her chain says so, and the end of it under its seal, so that nothing is permitted about
// her until two settle it. Whoever takes that from the end of her chain makes it differ from what her events tell, which the next check finds.

/** A person whose rows were not as her events tell. */
export type DoubtedPerson = {
  readonly personId: string
  /** The instant at which she was read. */
  readonly seenAt: Date
  readonly differences: number
}
export type CheckName = 'night' | 'verify' | 'page'

type Doubting = { readonly db: Database; readonly vault: Vault; readonly log: Pick<Log, 'error'> }

/**
 * Notes that a check found differences about a person, unless that is noted, or was settled since she was read.
 * @returns whether nothing is permitted about her by now
 */
export async function doubtPerson(
  { db, vault, log }: Doubting,
  { personId, seenAt, differences }: DoubtedPerson,
  by: CheckName,
): Promise<boolean> {
  try {
    return await transact(db, async (tx) => {
      const book = await openBook(tx, vault, personId)
      if (book.isDoubted) return true
      const newest = await newestOfKinds(tx, personId, ['rows.differed', 'rows.settled'])
      if (newest?.kind === 'rows.settled' && newest.recordedAt > seenAt) return false
      // An end without a seal permits nothing, and is sealed again with what her events tell: this one, too.
      if (newest?.kind === 'rows.differed' && book.live === 'untrusted') return true
      book.doubt(true)
      await book.append({
        kind: 'rows.differed',
        actor: { type: 'broker' },
        fields: { found_by: by, differences },
      })
      return true
    })
  } catch (error) {
    // A chain that takes no event, because its end was put back or its key is gone, permits nothing either.
    await transact(db, (tx) => takeHeadSeal(tx, personId))
    log.error(
      { error },
      'a difference about a person could not be noted: the end of her chain bears no seal',
    )
    return true
  }
}
