import { categoriesIn, writeEnds } from '../record/index.ts'
import { settleDecision, visibleFromOf } from '../decisions/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Book } from '../../ledger/chain/index.ts'
import { reconcile } from './reconciliation.ts'
import type { DisclosureRow } from './rows.ts'
import type { ReportRecording, RecordedReport } from './report-rules.ts'
import {
  checkReport,
  returnReportedUse,
  hashOf,
  reportCircumstances,
  namesOf,
  manifestNamed,
  manifestOf,
} from './report-rules.ts'
import { updateDisclosure } from './store.ts'

const maxCorrections = 10

/**
 * Corrects a holder's report: the corrected report holds from now on. The earlier report stays in the person's chain.
 * @throws Problem report.none (409), report.nil, report.too-many, report.time, report.categories (422)
 */
export async function correct(
  tx: Transaction,
  book: Book,
  recording: ReportRecording,
  known: DisclosureRow | undefined,
): Promise<RecordedReport> {
  const { decision, dataset, said } = recording
  const before = correctable(known)
  const status = said.categories.length === 0 ? 'nil' : 'recorded'
  const sent = checkReport(recording, status, book.now)
  const { inFlight, anomaly } = await reportCircumstances(tx, recording, sent, book.now)
  // A consent that was used up, with every use reported, has ended, even where the job has not written the end yet. The end is written
  // before the use is given back, so that the use does not revive the consent.
  if (status === 'nil' && decision.consentId !== null) await writeEnds(tx, book, decision.personId)
  const useReturned = status === 'nil' ? await returnReportedUse(tx, book, recording) : null
  const { commitment, personSeq } = await book.append({
    kind: 'disclosure.corrected',
    actor: { type: 'organisation', organisation: dataset.holder },
    visibleFrom: visibleFromOf(decision, book.now),
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
      report_sha256: hashOf(said).toString('hex'),
      ...manifestNamed(said),
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
    manifestSha256: manifestOf(said),
  }
  await updateDisclosure(tx, disclosure)
  if (status === 'nil') await settleDecision(tx, decision.decisionId, status)
  await reconcile(tx, decision, book.now)
  return { isNew: true, disclosure, dataset, commitment }
}

function correctable(known: DisclosureRow | undefined): DisclosureRow {
  if (known === undefined)
    throw new Problem('report.none', 409, 'nothing was reported of this decision yet')
  // The use was given back, and another permit may have taken it.
  if (known.status === 'nil')
    throw new Problem('report.nil', 422, 'nothing sent is final: its use was given back')
  if (known.corrections < maxCorrections) return known
  throw new Problem('report.too-many', 422, `corrected ${maxCorrections} times at most`)
}
