import { categoriesIn, consentState } from '../record/index.ts'
import type { ChainOfPermit, PermitRow } from '../decisions/index.ts'
import {
  reportTampering,
  chainOf,
  chainOfDecision,
  permitForUpdate,
  settleDecision,
  visibleFromOf,
} from '../decisions/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readId, writeId } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import { readStatement } from '../../base/keys/jws.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Book, JsonValue } from '../../ledger/chain/index.ts'
import { commitmentAt, openChain } from '../../ledger/chain/index.ts'
import { bodyId } from '../../registry/index.ts'
import type { Register } from '../../registry/index.ts'
import { correct } from './correction.ts'
import { matchUnmatched, reconcile } from './reconciliation.ts'
import type { DisclosureRow } from './rows.ts'
import type {
  DisclosureContext,
  ReportCircumstances,
  ReportRecording,
  Report,
  RecordedReport,
} from './report-rules.ts'
import {
  checkReport,
  returnReportedUse,
  hashOf,
  reportCircumstances,
  namesOf,
  manifestNamed,
  manifestOf,
} from './report-rules.ts'
import { disclosureOf, insertDisclosure } from './store.ts'

/**
 * Records a report once: the same report again gets the same answer; a different one about the same decision is refused, unless it is
 * marked as a correction.
 * @throws Problem decision-token.invalid, decision.not-found, decision.untrusted, report.not-holder, report.differs, report.time, report.categories, and those of `correct`
 */
export async function report(
  context: DisclosureContext,
  keys: Keys,
  caller: Caller,
  said: Report,
): Promise<RecordedReport> {
  const { decisionId, chain, register } = await reportedPermit(context, keys, caller, said)
  if (said.key !== '' && said.key !== writeId('dec', decisionId))
    throw new Problem('report.key', 422, 'Idempotency-Key must be the decision_id')
  return transact(context.db, async (tx) => {
    const book = await openChain(tx, context.vault, chain)
    const permit = await permitForUpdate(tx, context.vault, register, decisionId)
    if (permit === undefined) throw untrusted(context.log)
    const { decision } = permit
    const dataset = present(register.datasetByNo(decision.dataset), 'the dataset of a permit')
    const consent = await consentOf(tx, book, decision)
    const known = await disclosureOf(tx, decisionId)
    const recording = { decision, consent, dataset, register, said }
    if (known?.reportSha256.equals(hashOf(said)) === true) return again(tx, recording, known)
    if (said.status === 'corrected') return correct(tx, book, recording, known)
    if (known !== undefined)
      throw new Problem('report.differs', 422, 'another report of this decision was recorded')
    return record(tx, book, recording)
  })
}

type ReportedPermit = {
  readonly decisionId: string
  readonly chain: ChainOfPermit
  readonly register: Register
}

function reportedPermit(
  context: DisclosureContext,
  keys: Keys,
  caller: Caller,
  { decision }: Report,
): Promise<ReportedPermit> {
  return 'token' in decision
    ? permitOfToken(context, keys, caller, decision.token)
    : permitOfId(context, caller, decision.id)
}

async function permitOfToken(
  { db, live }: DisclosureContext,
  keys: Keys,
  { orgId }: Caller,
  token: string,
): Promise<ReportedPermit> {
  const claims = await readStatement(keys, 'decision+jwt', token)
  const jti = claims?.['jti']
  const decisionId = typeof jti === 'string' ? readId('dec', jti) : undefined
  const chain = decisionId && (await chainOfDecision(db, decisionId))
  if (claims === undefined || decisionId === undefined || !chain)
    throw new Problem('decision-token.invalid', 422, 'decision_token is not a permit of ours')
  if (claims['aud'] !== orgId)
    throw new Problem('report.not-holder', 403, 'the decision was given to another organisation')
  return { decisionId, chain, register: await live.at(chain.epoch) }
}

// An id says nothing of who holds: the row does. Whoever holds not learns nothing of the decision.
async function permitOfId(
  { db, live }: DisclosureContext,
  { orgId }: Caller,
  id: string,
): Promise<ReportedPermit> {
  const decisionId = readId('dec', id)
  const chain = decisionId && (await chainOfDecision(db, decisionId))
  const register = chain && (await live.at(chain.epoch))
  if (!register || bodyId(register, chain.holder) !== orgId)
    throw new Problem('decision.not-found', 404, 'decision_id: no permit that you were given')
  return { decisionId, chain, register }
}

async function consentOf(tx: Transaction, book: Book, { personId, consentId }: PermitRow) {
  if (consentId === null) return undefined
  return present(await consentState(tx, book, { personId, consentId }), 'the consent of a permit')
}

function untrusted(log: Log): Problem {
  reportTampering(log)
  return new Problem('decision.untrusted', 409, 'what is kept of the decision is not as written')
}

async function again(
  tx: Transaction,
  { decision, dataset }: ReportRecording,
  disclosure: DisclosureRow,
): Promise<RecordedReport> {
  const commitment = await commitmentAt(tx, chainOf(decision), disclosure.personSeq)
  return { isNew: false, disclosure, dataset, commitment }
}

async function record(
  tx: Transaction,
  book: Book,
  recording: ReportRecording,
): Promise<RecordedReport> {
  const { decision, dataset, said } = recording
  const status = said.status === 'nil' ? 'nil' : 'recorded'
  const sent = checkReport(recording, status, book.now)
  const how = await reportCircumstances(tx, recording, sent, book.now)
  const useReturned = status === 'nil' ? await returnReportedUse(tx, book, recording) : null
  const { commitment, personSeq } = await book.append({
    kind: `disclosure.${status}`,
    actor: { type: 'organisation', organisation: dataset.holder },
    visibleFrom: visibleFromOf(decision, book.now),
    fields: {
      ...eventFields(recording, sent, how),
      ...(useReturned === null ? {} : { use_returned: useReturned }),
    },
  })
  const disclosure: DisclosureRow = {
    disclosureId: decision.decisionId,
    decisionId: decision.decisionId,
    personId: decision.personId,
    personSeq,
    status,
    useReturned,
    occurredAt: said.occurredAt,
    recordedAt: book.now,
    categoriesActual: sent,
    recordCount: said.recordCount ?? null,
    result: said.result ?? null,
    delivery: said.delivery,
    queryId: said.queryId ?? null,
    queryGroupId: said.queryGroupId ?? null,
    initiator: said.initiator ?? null,
    ...how,
    reportSha256: hashOf(said),
    corrections: 0,
    correctedAt: null,
    correction: null,
    manifestSha256: manifestOf(said),
  }
  await insertDisclosure(tx, disclosure)
  await settleDecision(tx, decision.decisionId, status)
  await matchUnmatched(tx, decision, said.queryId, book.now)
  await reconcile(tx, decision, book.now)
  return { isNew: true, disclosure, dataset, commitment }
}

function eventFields(
  recording: ReportRecording,
  sent: bigint,
  { late, inFlight, anomaly }: ReportCircumstances,
): Readonly<Record<string, JsonValue>> {
  const { dataset, said } = recording
  return {
    ...namesOf(recording),
    categories_actual: categoriesIn(dataset, sent),
    occurred_at: said.occurredAt.toISOString(),
    record_count: said.recordCount ?? null,
    result: said.result ?? null,
    delivery: said.delivery,
    query_id: said.queryId ?? null,
    query_group_id: said.queryGroupId ?? null,
    initiator: said.initiator ?? null,
    late,
    in_flight: inFlight,
    anomaly,
    report_sha256: hashOf(said).toString('hex'),
    ...manifestNamed(said),
  }
}
