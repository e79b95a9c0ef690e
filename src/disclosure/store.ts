import type { ConsentState } from '../consent/index.ts'
import type { Database, Transaction } from '../foundation/database.ts'
import { preparedRows } from '../foundation/database.ts'
import { deleteBatch } from '../foundation/sweep.ts'

// All SQL of this room. Categories are masks, register objects numbers, as in consent_current.

export type DecisionRow = {
  readonly decisionId: string
  readonly evaluatedAt: Date
  readonly personId: string
  readonly personSeq: number | null
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly agreement: number | null
  readonly legalBasisId: string | null
  readonly asked: bigint
  readonly permitted: bigint
  readonly outcome: 'permit' | 'deny'
  readonly reasonCode: string
  readonly validUntil: Date | null
  readonly status: 'authorised' | 'recorded' | 'nil' | 'unconfirmed' | 'disputed' | null
  readonly queryId: string | null
  readonly times: number
  readonly lastAt: Date
}

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

const decisionColumns = `decision_id, evaluated_at, person_id, person_seq, consent_id, holder, recipient, dataset, purpose,
  agreement, legal_basis_id, asked, permitted, outcome, reason_code, valid_until, status, query_id, times, last_at`

function asDecision(row: Raw<DecisionRow>): DecisionRow {
  return { ...row, asked: BigInt(row.asked), permitted: BigInt(row.permitted) }
}

/** What a decision looks at. */
export type Looked = {
  readonly personId: string
  readonly recipient: number
  readonly dataset: number
  readonly purpose: number
  readonly requestKey: string
}

/** What is true of a person at one instant, `at`. */
export type Facts = {
  readonly isKnown: boolean
  readonly at: Date
  readonly epoch: number
  readonly consents: readonly ConsentState[]
  /** The permit that the same request got before, and what was asked then. */
  readonly prior: Prior | undefined
}

export type Prior = { readonly decisionId: string; readonly contentSha256: Buffer }

const maxConsents = 500

type FactsRow = Raw<ConsentState> & {
  readonly isKnown: boolean
  readonly at: Date
  readonly epoch: number
  readonly priorId: string | null
  readonly priorContent: Buffer | null
}

const factsText = /* sql */ `
select exists (select 1 from open_accounts where person_id = $1) as is_known, now() as at,
  e.epoch::integer as epoch, c.*, k.decision_id as prior_id, k.content_sha256 as prior_content
from register_epoch e left join decision_key k on k.request_key = $5 left join lateral (
  select person_id, consent_id, arrangement_id, holder, recipient, dataset, purpose, agreement, categories, state, state_at,
    valid_from, valid_until, max_uses, frequency_count, frequency_per, lookback_from::text, lookback_to::text,
    uses, window_started_at, window_uses, last_use_at
  from consent_states s
  where s.person_id = $1 and s.recipient = $2 and s.dataset = $3 and s.purpose = $4
  order by consent_id desc limit $6 offset 0
) c on true`

/**
 * One statement. Outside a transaction its `now()` is not later than its snapshot, so that a stop that returned before
 * `at` is seen (PERMIT 1). In a transaction it is read after the person's lock, and the caller's own `now` counts.
 */
export async function readFacts(db: Database | Transaction, looked: Looked): Promise<Facts> {
  const { personId, recipient, dataset, purpose, requestKey } = looked
  const values = [personId, recipient, dataset, purpose, requestKey, maxConsents]
  const rows = await preparedRows<FactsRow>(db, { name: 'facts', text: factsText, values })
  const [first] = rows
  if (first === undefined) throw new Error('the register has no epoch')
  return {
    isKnown: first.isKnown,
    at: first.at,
    epoch: first.epoch,
    consents: rows.filter(({ consentId }) => consentId !== null).map(asConsent),
    prior:
      first.priorId === null || first.priorContent === null
        ? undefined
        : { decisionId: first.priorId, contentSha256: first.priorContent },
  }
}

function asConsent({
  isKnown: _k,
  at: _a,
  epoch: _e,
  priorId: _p,
  ...row
}: FactsRow): ConsentState {
  return { ...row, categories: BigInt(row.categories) }
}

export const policyVersion = 1

/** Gives a request its permit's id. @returns false when another request has the same name, and its permit */
export async function claimRequest(
  tx: Transaction,
  request: { readonly requestKey: string; readonly contentSha256: Buffer },
  decisionId: string,
  at: Date,
): Promise<boolean> {
  // Waits for a transaction that claims the same, about another person: the person's lock does not order the two.
  const claimed = await tx('decisionKey')
    .insert({ ...request, decisionId, at })
    .onConflict('requestKey')
    .ignore()
    .returning('decisionId')
  return claimed.length === 1
}

export async function insertPermit(tx: Transaction, permit: DecisionRow): Promise<void> {
  const { asked, permitted, ...rest } = permit
  await tx('decision').insert({
    ...rest,
    asked: String(asked),
    permitted: String(permitted),
    policyVersion,
  })
}

export type Deny = {
  readonly decisionId: string
  readonly at: Date
  readonly personId: string
  readonly consentId: string | null
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly asked: bigint
  readonly reasonCode: string
  readonly queryId: string | null
}

/** @returns the id of the row: an equal deny of the last 24 hours, or this one */
export async function recordDeny(db: Database, deny: Deny): Promise<string> {
  const { rows } = await db.raw<{ rows: { id: string }[] }>(
    `select record_deny(:decisionId, :at, :personId, :consentId, :holder, :recipient, :dataset, :purpose, :asked,
       :reasonCode, :policyVersion, :queryId) as id`,
    { ...deny, asked: String(deny.asked), policyVersion },
  )
  return rows[0]?.id ?? deny.decisionId
}

export async function decisionForUpdate(
  tx: Transaction,
  decisionId: string,
): Promise<DecisionRow | undefined> {
  const { rows } = await tx.raw<{ rows: Raw<DecisionRow>[] }>(
    `select ${decisionColumns} from decision where decision_id = ? for update`,
    [decisionId],
  )
  return rows[0] && asDecision(rows[0])
}

export async function personOfDecision(
  db: Database,
  decisionId: string,
): Promise<string | undefined> {
  const row: { personId: string } | undefined = await db('decision')
    .select('personId')
    .where({ decisionId, outcome: 'permit' })
    .first()
  return row?.personId
}

export type DisclosureRow = {
  readonly disclosureId: string
  readonly decisionId: string
  readonly personId: string
  readonly personSeq: number
  readonly status: 'recorded' | 'nil'
  readonly occurredAt: Date
  readonly recordedAt: Date
  readonly categoriesActual: bigint
  readonly recordCount: number | null
  readonly result: string | null
  readonly delivery: string
  readonly queryId: string | null
  readonly queryGroupId: string | null
  readonly initiator: object | null
  readonly late: boolean
  readonly inFlight: boolean
  readonly anomaly: boolean
  readonly reportSha256: Buffer
}

export async function insertDisclosure(tx: Transaction, row: DisclosureRow): Promise<void> {
  const { categoriesActual, initiator, ...rest } = row
  await tx('disclosure').insert({
    ...rest,
    categoriesActual: String(categoriesActual),
    initiator: initiator === null ? null : JSON.stringify(initiator),
  })
  await tx('decision').where({ decisionId: row.decisionId }).update({ status: row.status })
}

export async function disclosureOf(
  tx: Transaction,
  decisionId: string,
): Promise<DisclosureRow | undefined> {
  const row: Raw<DisclosureRow> | undefined = await tx('disclosure')
    .select('*')
    .where({ decisionId })
    .first()
  return row && { ...row, categoriesActual: BigInt(row.categoriesActual) }
}

/** A decision as its person sees it, with what was reported. */
export type DecisionListed = DecisionRow & {
  readonly occurredAt: Date | null
  readonly categoriesActual: bigint | null
  readonly inFlight: boolean | null
}

export type Listed = {
  /** Undefined: those for which there was never a consent. */
  readonly consentId: string | undefined
  readonly before: Date | undefined
  readonly limit: number
}

/** Newest first. */
export async function decisionsOf(
  db: Database,
  personId: string,
  { consentId, before, limit }: Listed,
): Promise<DecisionListed[]> {
  const rows: (Raw<DecisionListed> & { categoriesActual: string | null })[] = await db('decision')
    .leftJoin('disclosure', 'disclosure.decisionId', 'decision.decisionId')
    .select(
      'decision.*',
      'disclosure.occurredAt',
      'disclosure.categoriesActual',
      'disclosure.inFlight',
    )
    .where({ 'decision.personId': personId, consentId: consentId ?? null })
    .where('evaluatedAt', '<', before ?? new Date(8.64e15))
    .orderBy('evaluatedAt', 'desc')
    .limit(limit)
  return rows.map((row) => ({
    ...asDecision(row),
    occurredAt: row.occurredAt,
    categoriesActual: row.categoriesActual === null ? null : BigInt(row.categoriesActual),
    inFlight: row.inFlight,
  }))
}

export async function lastSent(
  db: Database,
  personId: string,
  consentId: string,
): Promise<Date | undefined> {
  const row: { occurredAt: Date } | undefined = await db('disclosure')
    .join('decision', 'decision.decisionId', 'disclosure.decisionId')
    .select('disclosure.occurredAt')
    .where({ 'decision.personId': personId, consentId, 'disclosure.status': 'recorded' })
    .orderBy('decision.evaluatedAt', 'desc')
    .first()
  return row?.occurredAt
}

/** Deletes one batch of request keys older than their day. @returns how many rows went */
export function sweepKeys(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'decision_key', 'at', before)
}
