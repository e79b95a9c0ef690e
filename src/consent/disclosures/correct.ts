import { categoriesIn, writeEnds } from '../record/index.ts'
import { settleDecision, shownWith } from '../decisions/index.ts'
import type { Transaction } from '../../base/platform/database.ts'
import { Problem } from '../../base/platform/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { reconcile } from './reconciliation.ts'
import type { DisclosureRow } from './rows.ts'
import type { ReportRecording, Reported } from './said.ts'
import { checked, giveUseBack, hashOf, howItWent, namesOf } from './said.ts'
import { updateDisclosure } from './store.ts'

const maxCorrections = 10

/**
 * What a holder reported was wrong: from now on this holds. What was said before stays in the person's chain.
 * @throws Problem report.none (409), report.nil, report.too-many, report.time, report.categories (422)
 */
export async function correct(
  tx: Transaction,
  book: Book,
  recording: ReportRecording,
  known: DisclosureRow | undefined,
): Promise<Reported> {
  const { decision, dataset, said } = recording
  const before = correctable(known)
  const status = said.categories.length === 0 ? 'nil' : 'recorded'
  const sent = checked(recording, status, book.now)
  const { inFlight, anomaly } = await howItWent(tx, recording, sent, book.now)
  // Used up, and all of it reported: that was an end, whether or not the job has come by. The use returns, no sharing does.
  if (status === 'nil') await writeEnds(tx, book, decision.personId)
  const useReturned = status === 'nil' ? await giveUseBack(tx, recording, book.now) : null
  const { commitment, personSeq } = await book.append({
    kind: 'disclosure.corrected',
    actor: { type: 'organisation', organisation: dataset.holder },
    visibleFrom: shownWith(decision, book.now),
    fields: {
      ...namesOf(recording),
      categories_before: categoriesIn(dataset, before.categoriesActual),
      categories_actual: categoriesIn(dataset, sent),
      occurred_at: said.occurredAt.toISOString(),
      record_count: said.recordCount ?? null,
      result: said.result ?? null,
      reason: said.reason ?? null,
      in_flight: inFlight,
      anomaly,
      use_returned: useReturned,
    },
  })
  const disclosure: DisclosureRow = {
    ...before,
    personSeq,
    status,
    useReturned,
    occurredAt: said.occurredAt,
    categoriesActual: sent,
    recordCount: said.recordCount ?? null,
    result: said.result ?? null,
    inFlight,
    anomaly,
    reportSha256: hashOf(said),
    corrections: before.corrections + 1,
    correctedAt: book.now,
    correction: said.reason ?? null,
  }
  await updateDisclosure(tx, disclosure)
  if (status === 'nil') await settleDecision(tx, decision.decisionId, status)
  await reconcile(tx, decision, book.now)
  return { isNew: true, disclosure, dataset, commitment }
}

function correctable(known: DisclosureRow | undefined): DisclosureRow {
  if (known === undefined)
    throw new Problem('report.none', 409, 'nothing was reported of this decision yet')
  // The use was given back, and may be another's by now.
  if (known.status === 'nil')
    throw new Problem('report.nil', 422, 'nothing sent is final: its use was given back')
  if (known.corrections < maxCorrections) return known
  throw new Problem('report.too-many', 422, `corrected ${maxCorrections} times at most`)
}
