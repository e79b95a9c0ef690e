import { askingTeller } from '../consent/asking/index.ts'
import { claimsTeller } from '../consent/claims/index.ts'
import { decisionTeller, refusalsClosing } from '../consent/decisions/index.ts'
import { disclosureTeller, inquiriesClosing } from '../consent/disclosures/index.ts'
import { disputeTeller } from '../consent/disputes/index.ts'
import { erasureTeller } from '../consent/erasure/index.ts'
import { countDifferences } from '../consent/figures/index.ts'
import { matchingTeller } from '../consent/matching/index.ts'
import { recordTeller, registerEpoch } from '../consent/record/index.ts'
import { accessTeller } from '../people/accounts/index.ts'
import type { Database } from '../base/database/database.ts'
import type { DayClosing } from '../base/jobs/day-closing.ts'
import { deedFaults } from '../base/observing/operator-audit-store.ts'
import { stopTeller } from '../consent/stops/index.ts'
import type { FoldParts, Telling } from '../ledger/fold/index.ts'
import type { LiveRegister, Register } from '../registry/index.ts'

// The tellers of all rooms: each computes its rows of a person from her events alone. A room stands after the rooms that it asks.

/** What is closed day by day: what is not yet is late, and no difference. */
export const dayClosings: readonly DayClosing[] = [refusalsClosing, inquiriesClosing]

/** @param register one that holds every version that the events name */
export function foldParts(register: Register): FoldParts {
  return {
    rows: [
      'rows_of_accounts',
      'rows_of_claims',
      'rows_of_matching',
      'rows_of_record',
      'rows_of_asking',
      'rows_of_decisions',
      'rows_of_disclosures',
      'rows_of_stops',
      'rows_of_disputes',
      'rows_of_erasure',
    ],
    strays: ['strays_of_disclosures'],
    together: async (session, seals) => [
      ...(await countDifferences(session, seals)),
      ...(await deedFaults(session, seals)).map((fault) => ({ table: 'operator_deed', ...fault })),
    ],
    tellers: (telling) => tellersOf({ ...telling, register }),
  }
}

/** By a register that holds every version that was applied until now. */
export async function partsNow({
  db,
  live,
}: {
  readonly db: Database
  readonly live: LiveRegister
}): Promise<FoldParts> {
  return foldParts(await live.at(await registerEpoch(db)))
}

function tellersOf(telling: Telling & { readonly register: Register }) {
  const befores: Date[] = []
  const access = accessTeller(telling)
  const claims = claimsTeller(telling)
  const files = matchingTeller(telling)
  const record = recordTeller(telling)
  const asking = askingTeller(telling)
  const decisions = decisionTeller({ ...telling, befores })
  const disclosures = disclosureTeller({ ...telling, permits: decisions.permits })
  const stops = stopTeller({ ...telling, current: record.current })
  const disputes = disputeTeller({
    ...telling,
    // The chain of a delayed permit is found by the permit: once the permit is erased, no event says whose chain it was.
    isGone: ({ decision_id, answered_at }) =>
      !decisions.permits.has(decision_id) &&
      befores.some((before) => answered_at !== null && answered_at < before),
  })
  const rooms = { record, asking, decisions, disclosures, disputes, stops }
  const erasure = erasureTeller({ ...telling, ...rooms, befores })
  return [access, claims, files, record, asking, decisions, disclosures, stops, disputes, erasure]
}
