import type { Database } from '../../base/database/database.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { eventAt } from '../../ledger/chain/index.ts'
import { demandsCase } from './decide-by-law.ts'
import type { LawCase } from './question.ts'
import type { DecisionRow } from './rows.ts'
import { chainOf } from './rows.ts'
import { permitPlaces } from './store.ts'

/** Permits of one page at most. */
const maxCases = 50

/**
 * The cases that holders named, by the ids of the permits. A case stands in the sealed event of its permit alone. One that is erased, or
 * not as it was written, is left out.
 * @param permits those that their person may see now
 */
export async function permitPagesOf(
  db: Database,
  vault: Vault,
  permits: readonly Pick<DecisionRow, 'decisionId' | 'legalBasisId' | 'outcome'>[],
): Promise<ReadonlyMap<string, LawCase>> {
  const named = permits.filter(
    ({ legalBasisId, outcome }) =>
      outcome === 'permit' && legalBasisId !== null && demandsCase(legalBasisId),
  )
  if (named.length === 0) return new Map()
  const ids = named.map(({ decisionId }) => decisionId).slice(0, maxCases)
  const found = new Map<string, LawCase>()
  for (const place of await permitPlaces(db, ids)) {
    const event = await eventAt(db, vault, chainOf(place), place.personSeq)
    const one = event?.payload['case'] as LawCase | undefined // as `fieldsOf` of a permit wrote it
    if (event?.eventId === place.decisionId && one !== undefined) found.set(place.decisionId, one)
  }
  return found
}
