import { createHash } from 'node:crypto'
import { categoriesIn, maskOf } from '../record/index.ts'
import type { PermitRow } from '../decisions/index.ts'
import { chainOf, visibleFromOf } from '../decisions/index.ts'
import type { Caller } from '../../base/web/caller.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Book, JsonValue } from '../../ledger/chain/index.ts'
import { canonical, commitmentAt, openChain } from '../../ledger/chain/index.ts'
import type { Dataset, Register } from '../../registry/index.ts'
import { bodyId } from '../../registry/index.ts'
import { anomaliesOf, reconcile } from './reconciliation.ts'
import type { AnomalyKind, ReceivedRow } from './rows.ts'
import type { DisclosureContext } from './report-rules.ts'
import { checkTime, manifestNamed, manifestOf, skewSeconds } from './report-rules.ts'
import { setAnomalies } from './anomaly-store.ts'
import { insertReceived, receptionsOfPermit, unmatchedReceptions } from './reception-store.ts'
import type { ReceptionAbout, ReceptionNames } from './reception-subject.ts'
import { receptionSubject, receptionNames, receptionNotFound } from './reception-subject.ts'
import { disclosureOf } from './store.ts'

// Receptions (docs/design/domain.md#disclosures): a recipient reports what it received. A reception needs no report of the holder, and
// so shows a disclosure that the holder did not report.

/** A recipient's report. */
export type ReceptionReport = ReceptionNames & {
  readonly key: string
  readonly occurredAt: Date
  readonly categories: readonly string[]
  readonly recordCount: number | undefined
  readonly manifest?: string | undefined
}

export type Reception = {
  readonly isNew: boolean
  readonly received: ReceivedRow
  readonly dataset: Dataset
  readonly commitment: Buffer
  readonly anomalies: readonly AnomalyKind[]
  /** Whether the holder has reported. */
  readonly isReported: boolean
}

// More answers to one query than any holder sends. A recipient that invents receptions cannot fill a person's chain.
const maxReceptions = 5
const maxUnmatched = 10

/**
 * Records a reception once: the same report again gets the same answer. A caller that is not the recipient learns nothing.
 * @throws Problem received.not-found (404); report.key, report.differs, report.time, report.categories, report.too-many (422)
 */
export async function receive(
  context: DisclosureContext,
  caller: Caller,
  said: ReceptionReport,
): Promise<Reception> {
  const isNamed = [said.decisionId, said.queryId].includes(said.key)
  if (said.key !== '' && !isNamed)
    throw new Problem('report.key', 422, 'Idempotency-Key must be the decision_id or the query_id')
  const { chain, named } = await receptionNames(context.db, said)
  const register = await context.live.at(chain.epoch)
  return transact(context.db, async (tx) => {
    const book = await openChain(tx, context.vault, chain)
    const about = await receptionSubject(
      tx,
      { ...context, register, personId: chain.personId },
      named,
    )
    if (bodyId(register, about.recipient) !== caller.orgId) throw receptionNotFound()
    const dataset = present(register.datasetByNo(about.dataset), 'the dataset of a sharing')
    return keep(tx, book, { about, dataset, register, said })
  })
}

type Keeping = {
  readonly about: ReceptionAbout
  readonly dataset: Dataset
  readonly register: Register
  readonly said: ReceptionReport
}

async function keep(tx: Transaction, book: Book, keeping: Keeping): Promise<Reception> {
  const { about, dataset, said } = keeping
  const { decision } = about
  const categories = received(keeping, book.now)
  const others = await receivedBefore(tx, about)
  const contentSha256 = hashOf(said)
  const same = others.find((one) => one.contentSha256.equals(contentSha256))
  if (same !== undefined) {
    const commitment = await commitmentAt(
      tx,
      decision ? chainOf(decision) : same.personId,
      same.personSeq,
    )
    const stands = await standingOf(tx, decision, others, book.now)
    return { isNew: false, received: same, dataset, commitment, ...stands }
  }
  checkOthers(others, keeping)
  const row = rowOf(keeping, categories, contentSha256, book.now)
  const kinds = await foundWith(tx, decision, [...others, row], book.now)
  const { commitment, personSeq } = await book.append({
    kind: 'disclosure.received',
    actor: { type: 'organisation', organisation: recipientOf(keeping) },
    visibleFrom: decision && visibleFromOf(decision, book.now),
    fields: eventFields(keeping, row, kinds),
  })
  const written = { ...row, personSeq }
  await insertReceived(tx, written)
  const stands = await standing(tx, written, decision, book.now)
  return { isNew: true, received: written, dataset, commitment, ...stands }
}

function receivedBefore(tx: Transaction, about: ReceptionAbout): Promise<ReceivedRow[]> {
  if (about.decision !== undefined) return receptionsOfPermit(tx, about.decision.decisionId)
  return unmatchedReceptions(tx, about.consentId)
}

/** @throws Problem report.differs, report.too-many */
function checkOthers(others: readonly ReceivedRow[], { about: { decision }, said }: Keeping): void {
  const ofQuery = others.filter(({ queryId }) => decision !== undefined || queryId === said.queryId)
  const at = said.occurredAt.getTime()
  const isSameTime = ofQuery.some(({ occurredAt }) => occurredAt.getTime() === at)
  if (isSameTime || (said.key !== '' && ofQuery.length > 0))
    throw new Problem('report.differs', 422, 'something else was reported as received then')
  if (others.length >= (decision === undefined ? maxUnmatched : maxReceptions))
    throw new Problem('report.too-many', 422, 'too much was reported as received')
}

function rowOf(
  { about, said }: Keeping,
  categories: bigint,
  contentSha256: Buffer,
  now: Date,
): Omit<ReceivedRow, 'personSeq'> {
  const { decision, ...parties } = about
  return {
    ...parties,
    receivedId: newUuid(now),
    decisionId: decision?.decisionId ?? null,
    queryId: said.queryId ?? null,
    occurredAt: said.occurredAt,
    recordedAt: now,
    categories,
    recordCount: said.recordCount ?? null,
    contentSha256,
    manifestSha256: manifestOf(said),
  }
}

async function foundWith(
  tx: Transaction,
  decision: PermitRow | undefined,
  received: readonly Omit<ReceivedRow, 'personSeq'>[],
  now: Date,
): Promise<AnomalyKind[]> {
  if (decision === undefined) return ['received_without_permit']
  const disclosure = await disclosureOf(tx, decision.decisionId)
  return anomaliesOf({ decision, disclosure, received }, now)
}

function recipientOf({ about, register }: Keeping): string {
  return bodyId(register, about.recipient)
}

// A repeat writes nothing, so that rows hold only what events tell.
async function standingOf(
  tx: Transaction,
  decision: PermitRow | undefined,
  received: readonly ReceivedRow[],
  now: Date,
): Promise<Pick<Reception, 'anomalies' | 'isReported'>> {
  const isReported =
    decision !== undefined && (await disclosureOf(tx, decision.decisionId)) !== undefined
  return { anomalies: await foundWith(tx, decision, received, now), isReported }
}

async function standing(
  tx: Transaction,
  row: ReceivedRow,
  decision: PermitRow | undefined,
  now: Date,
): Promise<Pick<Reception, 'anomalies' | 'isReported'>> {
  if (decision === undefined) {
    const { receivedId: about, consentId, holder, recipient } = row
    const anomalies: AnomalyKind[] = ['received_without_permit']
    await setAnomalies(
      tx,
      { about, decisionId: null, consentId, holder, recipient },
      anomalies,
      now,
    )
    return { anomalies, isReported: false }
  }
  const anomalies = await reconcile(tx, decision, now)
  const isReported = (await disclosureOf(tx, decision.decisionId)) !== undefined
  return { anomalies, isReported }
}

/** @returns the categories received, as a mask */
function received({ about: { decision }, dataset, said }: Keeping, now: Date): bigint {
  const isUnknown = said.categories.some((id) => !dataset.categories.includes(id))
  if (isUnknown || said.categories.length === 0)
    throw new Problem('report.categories', 422, 'categories: some of the dataset, at least one')
  if (decision !== undefined) checkTime(decision, said.occurredAt, now)
  if (said.occurredAt > secondsAfter(now, skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is in the future')
  return maskOf(dataset, said.categories)
}

function eventFields(
  keeping: Keeping,
  row: Omit<ReceivedRow, 'personSeq'>,
  anomalies: readonly AnomalyKind[],
): Readonly<Record<string, JsonValue>> {
  const { dataset, said } = keeping
  return {
    received_id: writeId('rcv', row.receivedId),
    decision_id: row.decisionId && writeId('dec', row.decisionId),
    consent_id: row.consentId && writeId('con', row.consentId),
    holder: dataset.holder,
    recipient: recipientOf(keeping),
    categories_received: categoriesIn(dataset, row.categories),
    occurred_at: said.occurredAt.toISOString(),
    record_count: row.recordCount,
    query_id: row.queryId,
    anomalies: [...anomalies],
    dataset: dataset.ref,
    content_sha256: row.contentSha256.toString('hex'),
    ...manifestNamed(said),
  }
}

function hashOf({ key: _key, occurredAt, ...said }: ReceptionReport): Buffer {
  const plain = JSON.parse(JSON.stringify({ ...said, occurredAt })) as JsonValue // JSON.stringify writes JSON
  return createHash('sha256').update(canonical(plain)).digest()
}

/** The categories received, for the acknowledgement. */
export function receivedCategories({ received: { categories }, dataset }: Reception): string[] {
  return categoriesIn(dataset, categories)
}
