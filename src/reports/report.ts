import { categoriesIn, consentState } from '../consent/index.ts'
import { decisionForUpdate, personOfDecision, settleDecision } from '../disclosure/index.ts'
import type { Caller } from '../foundation/caller.ts'
import type { Transaction } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { readId } from '../foundation/ids.ts'
import { readStatement } from '../foundation/jws.ts'
import type { Keys } from '../foundation/keys.ts'
import { Problem } from '../foundation/refusal.ts'
import type { Book, JsonValue } from '../ledger/index.ts'
import { commitmentAt, openBook } from '../ledger/index.ts'
import type { Dataset } from '../registry/index.ts'
import { correct } from './correct.ts'
import { matchUnmatched } from './received.ts'
import { reconcile } from './reconciliation.ts'
import type { DisclosureRow } from './rows.ts'
import type { Desk, HowItWent, Recording, Report, Reported } from './said.ts'
import { checked, giveUseBack, hashOf, howItWent, namesOf } from './said.ts'
import { disclosureOf, insertDisclosure } from './store.ts'

/**
 * Records a report, once: the same again gets the same answer, another one about the same decision is refused unless it says
 * that it corrects.
 * @throws Problem decision-token.invalid, report.not-holder, report.differs, report.time, report.categories, and those of `correct`
 */
export async function report(
  desk: Desk,
  keys: Keys,
  caller: Caller,
  said: Report,
): Promise<Reported> {
  const claims = await readStatement(keys, 'decision+jwt', said.decisionToken)
  const jti = claims?.['jti']
  const decisionId = typeof jti === 'string' ? readId('dec', jti) : undefined
  const personId = decisionId && (await personOfDecision(desk.db, decisionId))
  if (claims === undefined || decisionId === undefined || personId === undefined)
    throw new Problem('decision-token.invalid', 422, 'decision_token is not a permit of ours')
  if (said.key !== '' && said.key !== jti)
    throw new Problem('report.key', 422, 'Idempotency-Key must be the decision_id')
  if (claims['aud'] !== caller.orgId)
    throw new Problem('report.not-holder', 403, 'the decision was given to another organisation')
  const register = desk.live.current()
  return transact(desk.db, async (tx) => {
    const book = await openBook(tx, desk.vault, personId)
    const decision = await decisionForUpdate(tx, decisionId)
    const consent = await consentState(tx, personId, decision?.consentId ?? '')
    const dataset = register.datasetByNo(decision?.dataset ?? 0)
    if (decision === undefined || consent === undefined || dataset === undefined)
      throw new Error('a permit has no consent or no dataset')
    const known = await disclosureOf(tx, decisionId)
    const recording = { decision, consent, dataset, register, said }
    if (known?.reportSha256.equals(hashOf(said)) === true) return again(tx, known, dataset)
    if (said.status === 'corrected') return correct(tx, book, recording, known)
    if (known !== undefined)
      throw new Problem('report.differs', 422, 'another report of this decision was recorded')
    return record(tx, book, recording)
  })
}

async function again(
  tx: Transaction,
  disclosure: DisclosureRow,
  dataset: Dataset,
): Promise<Reported> {
  const commitment = await commitmentAt(tx, disclosure.personId, disclosure.personSeq)
  return { isNew: false, disclosure, dataset, commitment }
}

async function record(tx: Transaction, book: Book, recording: Recording): Promise<Reported> {
  const { decision, dataset, said } = recording
  const status = said.status === 'nil' ? 'nil' : 'recorded'
  const sent = checked(recording, status, book.now)
  const how = await howItWent(tx, recording, sent, book.now)
  if (status === 'nil') await giveUseBack(tx, recording)
  const { commitment, personSeq } = await book.append({
    kind: `disclosure.${status}`,
    actor: { type: 'organisation', organisation: dataset.holder },
    fields: eventFields(recording, sent, how),
  })
  const disclosure: DisclosureRow = {
    disclosureId: decision.decisionId,
    decisionId: decision.decisionId,
    personId: decision.personId,
    personSeq,
    status,
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
  }
  await insertDisclosure(tx, disclosure)
  await settleDecision(tx, decision.decisionId, status)
  await matchUnmatched(tx, decision, said.queryId, book.now)
  await reconcile(tx, decision, book.now)
  return { isNew: true, disclosure, dataset, commitment }
}

function eventFields(
  recording: Recording,
  sent: bigint,
  { late, inFlight, anomaly }: HowItWent,
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
  }
}
