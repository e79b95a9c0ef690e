import { createHash } from 'node:crypto'
import {
  categoriesIn,
  consentState,
  currentWindow,
  isWithin,
  maskOf,
  takeUseBack,
} from '../consent/index.ts'
import type { ConsentState } from '../consent/index.ts'
import type { DecisionRow } from '../disclosure/index.ts'
import { decisionForUpdate, personOfDecision, settleDecision } from '../disclosure/index.ts'
import type { Caller } from '../foundation/caller.ts'
import { later } from '../foundation/clock.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { transact } from '../foundation/database.ts'
import { readId, writeId } from '../foundation/ids.ts'
import { readStatement } from '../foundation/jws.ts'
import type { Keys } from '../foundation/keys.ts'
import { Problem } from '../foundation/refusal.ts'
import type { Book, JsonValue, Vault } from '../ledger/index.ts'
import { canonical, commitmentAt, openBook } from '../ledger/index.ts'
import type { Dataset, LiveRegister, Register } from '../registry/index.ts'
import type { DisclosureRow } from './rows.ts'
import { disclosureOf, insertDisclosure } from './store.ts'

export type Desk = {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
}

/** What a holder says that it did under a decision (DOMAIN 3.3). */
export type Report = {
  /** `Idempotency-Key`, if one came: a report is idempotent by its decision, whose id it must then be. */
  readonly key: string
  readonly decisionToken: string
  readonly status: 'recorded' | 'nil'
  readonly occurredAt: Date
  readonly categories: readonly string[]
  readonly recordCount: number | undefined
  readonly result: 'found' | 'not_found' | 'partial' | undefined
  readonly delivery: 'pull' | 'push'
  readonly queryId: string | undefined
  readonly queryGroupId: string | undefined
  readonly initiator: Initiator | undefined
}

type Initiator = {
  readonly type: 'system' | 'person'
  readonly label: { readonly fr: string; readonly en: string }
}

export type Reported = {
  readonly isNew: boolean
  readonly disclosure: DisclosureRow
  readonly dataset: Dataset
  readonly commitment: Buffer
}

// A holder's clock may be a little off.
const skewSeconds = 5 * 60
const lateSeconds = 24 * 3600

/**
 * Records a report, once: the same again gets the same answer, another one about the same decision is refused.
 * @throws Problem decision-token.invalid, report.not-holder, report.differs, report.time, report.categories
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
    if (known !== undefined) return again(tx, known, dataset, said)
    return record(tx, book, { decision, consent, dataset, register, said })
  })
}

async function again(
  tx: Transaction,
  disclosure: DisclosureRow,
  dataset: Dataset,
  said: Report,
): Promise<Reported> {
  if (!disclosure.reportSha256.equals(hashOf(said)))
    throw new Problem('report.differs', 422, 'another report of this decision was recorded')
  const commitment = await commitmentAt(tx, disclosure.personId, disclosure.personSeq)
  return { isNew: false, disclosure, dataset, commitment }
}

type Recording = {
  readonly decision: DecisionRow
  readonly consent: ConsentState
  readonly dataset: Dataset
  readonly register: Register
  readonly said: Report
}

async function record(tx: Transaction, book: Book, recording: Recording): Promise<Reported> {
  const { decision, consent, dataset, said } = recording
  const sent = checked(recording, book.now)
  const how = howItWent(recording, book.now)
  if (said.status === 'nil') {
    // Nothing was sent: the use is given back, in the window in which it was counted (DOMAIN 2.7).
    const window = currentWindow(consent, decision.evaluatedAt)
    const { personId, consentId } = consent
    await takeUseBack(tx, { personId, consentId }, window?.startedAt)
  }
  const { commitment, personSeq } = await book.append({
    kind: said.status === 'nil' ? 'disclosure.nil' : 'disclosure.recorded',
    actor: { type: 'organisation', organisation: dataset.holder },
    fields: eventFields(recording, sent, how),
  })
  const disclosure: DisclosureRow = {
    disclosureId: decision.decisionId,
    decisionId: decision.decisionId,
    personId: decision.personId,
    personSeq,
    status: said.status,
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
  }
  await insertDisclosure(tx, disclosure)
  await settleDecision(tx, decision.decisionId, said.status)
  return { isNew: true, disclosure, dataset, commitment }
}

/** @returns the categories sent, as a mask */
function checked({ decision, dataset, said }: Recording, now: Date): bigint {
  const unknown = said.categories.find((id) => !dataset.categories.includes(id))
  const sent = unknown === undefined ? maskOf(dataset, said.categories) : -1n
  if (!isWithin(sent, decision.permitted))
    throw new Problem('report.categories', 422, 'categories: more than the decision permitted')
  if ((sent === 0n) !== (said.status === 'nil'))
    throw new Problem('report.categories', 422, 'categories: empty for nil, and only for nil')
  if (said.occurredAt > later(now, skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is in the future')
  if (said.occurredAt < later(decision.evaluatedAt, -skewSeconds))
    throw new Problem('report.time', 422, 'occurred_at is before the decision')
  return sent
}

type HowItWent = Pick<DisclosureRow, 'late' | 'inFlight' | 'anomaly'>

// DOMAIN 2.7. What was decided before a stop and sent within the decision's minute was under way; later is an anomaly.
function howItWent({ decision, consent, said }: Recording, now: Date): HowItWent {
  const { occurredAt, status } = said
  const isAfterEnd = consent.state !== 'active' && occurredAt > consent.stateAt
  const isInTime =
    decision.validUntil !== null && occurredAt < later(decision.validUntil, skewSeconds)
  const isSent = status === 'recorded'
  return {
    late: occurredAt < later(now, -lateSeconds),
    inFlight: isSent && isAfterEnd && isInTime,
    anomaly: isSent && !isInTime,
  }
}

function eventFields(
  { decision, consent, dataset, register, said }: Recording,
  sent: bigint,
  { late, inFlight, anomaly }: HowItWent,
): Readonly<Record<string, JsonValue>> {
  return {
    disclosure_id: writeId('dis', decision.decisionId),
    decision_id: writeId('dec', decision.decisionId),
    consent_id: writeId('con', consent.consentId),
    holder: dataset.holder,
    recipient: register.organisationByRoot(consent.recipient)?.id ?? '',
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

function hashOf({ decisionToken: _token, key: _key, occurredAt, ...said }: Report): Buffer {
  const plain = JSON.parse(JSON.stringify({ ...said, occurredAt })) as JsonValue // what JSON makes of it
  return createHash('sha256').update(canonical(plain)).digest()
}

/** The categories of a disclosure, for the acknowledgement. */
export function sentCategories({ disclosure, dataset }: Reported): string[] {
  return categoriesIn(dataset, disclosure.categoriesActual)
}
