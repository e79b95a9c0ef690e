import { foldParts } from '../../src/house/folds.ts'
import type { Database } from '../../src/base/database/database.ts'
import { readingSession } from '../../src/base/database/db-session.ts'
import type { Vault } from '../../src/ledger/chain/index.ts'
import { knownPeople } from '../../src/ledger/chain/index.ts'
import type { Difference } from '../../src/ledger/fold/index.ts'
import { foldPeople, walkEverybody } from '../../src/ledger/fold/index.ts'
import { uncheckedRegister } from '../../src/registry/index.ts'

// What a person's rows and her events say differently: nothing, after whatever the house itself did (I1).

const maxPeople = 1000

/** Of all people, or of one. */
export async function differencesOf(
  { db, vault }: { readonly db: Database; readonly vault: Vault },
  personId?: string,
): Promise<Difference[]> {
  const session = readingSession(db)
  const parts = foldParts(await uncheckedRegister(db))
  if (personId === undefined) return [...(await walkEverybody(session, vault, parts)).named]
  const all = await knownPeople(session, '00000000-0000-0000-0000-000000000000', maxPeople)
  const people = all.filter((known) => known.personId === personId)
  const folded = await foldPeople(session, vault, parts, people)
  return folded.flatMap(({ differences }) => differences)
}
