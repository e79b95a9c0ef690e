import type { Database, Transaction } from '../../base/platform/database.ts'
import type {
  AnomalyKind,
  AnomalyRow,
  PermittedByLaw,
  DecisionListed,
  DisclosureRow,
  DecisionListQuery,
  ReceivedRow,
} from './rows.ts'

// SQL of this room. Permits belong to the room of decisions: this room reads them through a view, and that room settles them.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

const maxReceptions = 20
const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export async function insertDisclosure(tx: Transaction, row: DisclosureRow): Promise<void> {
  await tx('disclosure').insert(written(row))
}

/** Overwrites the row after a correction. */
export async function updateDisclosure(tx: Transaction, row: DisclosureRow): Promise<void> {
  await tx('disclosure').where({ disclosureId: row.disclosureId }).update(written(row))
}

function written({ categoriesActual, initiator, correction, ...rest }: DisclosureRow) {
  return {
    ...rest,
    categoriesActual: String(categoriesActual),
    initiator: initiator === null ? null : JSON.stringify(initiator),
    correction: correction === null ? null : JSON.stringify(correction),
  }
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

/** The dataset and categories of an arrangement's living record, if there is one. */
export async function liveCategories(
  tx: Transaction,
  arrangementId: string,
): Promise<{ readonly dataset: number; readonly categories: bigint } | undefined> {
  const row: { dataset: number; categories: string } | undefined = await tx('consentStates')
    .select('dataset', 'categories')
    .where({ arrangementId })
    .whereIn('state', ['active', 'suspended'])
    .first()
  return row && { ...row, categories: BigInt(row.categories) }
}

export async function insertReceived(
  tx: Transaction,
  { categories, ...row }: ReceivedRow,
): Promise<void> {
  await tx('disclosureReceived').insert({ ...row, categories: String(categories) })
}

/** Oldest first. */
export async function receivedOf(tx: Transaction, decisionId: string): Promise<ReceivedRow[]> {
  return asReceived(
    await tx('disclosureReceived')
      .select('*')
      .where({ decisionId })
      .orderBy('receivedId')
      .limit(maxReceptions),
  )
}

/** Receptions of this consent without a permit. */
export async function unmatchedOf(
  tx: Database | Transaction,
  consentId: string,
): Promise<ReceivedRow[]> {
  return asReceived(
    await tx('disclosureReceived')
      .select('*')
      .where({ consentId, decisionId: null })
      .orderBy('receivedId')
      .limit(maxReceptions),
  )
}

function asReceived(rows: readonly Raw<ReceivedRow>[]): ReceivedRow[] {
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories) }))
}

/** Assigns receptions to a permit that was unknown when they came. */
export async function matchReceived(
  tx: Transaction,
  receivedIds: readonly string[],
  decisionId: string,
): Promise<void> {
  await tx('disclosureReceived')
    .whereIn('receivedId', [...receivedIds])
    .update({ decisionId })
}

/** Permits of a consent whose decision or report names this query. */
export async function permitsOfQuery(
  tx: Transaction,
  of: { readonly personId: string; readonly consentId: string; readonly queryId: string },
): Promise<string[]> {
  const { personId, consentId, queryId } = of
  const rows: { decisionId: string }[] = await tx('decisionHistory')
    .select('decisionId')
    .where({ personId, consentId, outcome: 'permit' })
    .where((either) => void either.where({ queryId }).orWhere({ reportedQueryId: queryId }))
    .limit(2)
  return rows.map(({ decisionId }) => decisionId)
}

type About = Pick<AnomalyRow, 'about' | 'decisionId' | 'consentId' | 'holder' | 'recipient'>

/** Opens these anomalies about a permit or a reception, and settles all others. */
export async function setAnomalies(
  tx: Transaction,
  about: About,
  kinds: readonly AnomalyKind[],
  now: Date,
): Promise<void> {
  await tx('disclosureAnomaly')
    .where({ about: about.about, settledAt: null })
    .whereNotIn('kind', [...kinds])
    .update({ settledAt: now })
  if (kinds.length === 0) return
  await tx('disclosureAnomaly')
    .insert(kinds.map((kind) => ({ ...about, kind, notedAt: now })))
    .onConflict(['about', 'kind'])
    .merge({ settledAt: null })
}

/** The place of an anomaly in its body's list. */
export type AnomalyPlace = { readonly at: string; readonly about: string; readonly kind: string }

const firstPlace: AnomalyPlace = {
  at: '-infinity',
  about: '00000000-0000-0000-0000-000000000000',
  kind: '',
}

/** Open anomalies of which this body is a party, oldest first. `at` has microseconds. */
export async function openAnomalies(
  db: Database,
  party: number,
  { at, about, kind }: AnomalyPlace = firstPlace,
  limit = 1,
): Promise<(AnomalyRow & { readonly at: string })[]> {
  const columns = `about, kind, decision_id, consent_id, holder, recipient, noted_at, settled_at, noted_at::text as at`
  const ofSide = (
    role: 'holder' | 'recipient',
  ) => /* sql */ `(select ${columns} from disclosure_anomaly
    where ${role} = ? and settled_at is null and (noted_at, about, kind) > (?::timestamptz, ?::uuid, ?)
    order by noted_at, about, kind limit ?)`
  const values = [party, at, about, kind, limit]
  const { rows } = await db.raw<{ rows: (AnomalyRow & { readonly at: string })[] }>(
    `select * from (${ofSide('holder')} union ${ofSide('recipient')}) s order by noted_at, about, kind limit ?`,
    [...values, ...values, limit],
  )
  return rows
}

export type UnreportedPermit = {
  readonly decisionId: string
  readonly personId: string
  readonly visibleFrom: Date | null
}

/** Permits without a report, in the order of their ids, after the mark and up to `upTo`. */
export async function unreportedPermits(
  db: Database,
  upTo: string,
  limit: number,
): Promise<{
  readonly permits: UnreportedPermit[]
  readonly seen: number
  readonly reached: string
}> {
  const { rows } = await db.raw<{ rows: (UnreportedPermit & { status: string | null })[] }>(
    `select decision_id, person_id, status, visible_from from permits
     where decision_id > (select decision_id from unconfirmed_mark) and decision_id < ?::uuid
     order by decision_id limit ?`,
    [upTo, limit],
  )
  const permits = rows.filter(({ status }) => status === 'authorised')
  const last = rows.length < limit ? undefined : rows.at(-1)
  return { permits, seen: rows.length, reached: last?.decisionId ?? upTo }
}

/** Moves the mark forwards only: two processes at once may look at a permit twice, and skip none. */
export async function moveMark(db: Database, decisionId: string): Promise<void> {
  await db('unconfirmedMark').where('decisionId', '<', decisionId).update({ decisionId })
}

type ListedRow = Raw<Omit<DecisionListed, 'categoriesActual'>> & {
  readonly categoriesActual: string | null
}

/** Newest first. */
export async function decisionsOf(
  db: Database,
  personId: string,
  { consentId, byLaw, before, limit }: DecisionListQuery,
): Promise<DecisionListed[]> {
  // Permits by law have lists of their own.
  const withoutConsent = { outcome: byLaw === undefined ? 'deny' : 'permit' }
  const rows = db('decisionHistory')
    .select('*')
    .where({ personId, consentId: consentId ?? null })
    .where(consentId === undefined ? withoutConsent : {})
    .where('evaluatedAt', '<', before ?? new Date(8.64e15))
    .orderBy('evaluatedAt', 'desc')
    .limit(limit)
  if (byLaw !== undefined)
    void rows.whereIn('agreement', [...byLaw.agreements]).whereIn('purpose', [...byLaw.purposes])
  return (await rows).map(({ asked, permitted, categoriesActual, ...row }: ListedRow) => ({
    ...row,
    asked: BigInt(asked),
    permitted: BigInt(permitted),
    categoriesActual: categoriesActual === null ? null : BigInt(categoriesActual),
  }))
}

const maxByLaw = 500

/** Permits by law about this person: each sharing once, the latest first. */
export async function permittedByLaw(db: Database, personId: string): Promise<PermittedByLaw[]> {
  const { rows } = await db.raw<{ rows: PermittedByLaw[] }>(
    `select holder, recipient, dataset, purpose, agreement, legal_basis_id, max(evaluated_at) as last_at
     from decision_history where person_id = ? and consent_id is null and outcome = 'permit'
     group by holder, recipient, dataset, purpose, agreement, legal_basis_id order by last_at desc limit ?`,
    [personId, maxByLaw],
  )
  return rows
}

export async function lastSent(
  db: Database,
  personId: string,
  consentId: string,
): Promise<Date | undefined> {
  const row: { occurredAt: Date } | undefined = await db('decisionHistory')
    .select('occurredAt')
    .where({ personId, consentId, status: 'recorded' })
    .orderBy('evaluatedAt', 'desc')
    .first()
  return row?.occurredAt
}

/** The reports of both bodies about these permits. */
export async function reportsOf(
  db: Database,
  decisionIds: readonly string[],
): Promise<{ readonly disclosures: DisclosureRow[]; readonly received: ReceivedRow[] }> {
  if (decisionIds.length === 0) return { disclosures: [], received: [] }
  const ids = [...decisionIds]
  const disclosures: Raw<DisclosureRow>[] = await db('disclosure').whereIn('decisionId', ids)
  const received = await db('disclosureReceived').whereIn('decisionId', ids)
  return {
    disclosures: disclosures.map((row) => ({
      ...row,
      categoriesActual: BigInt(row.categoriesActual),
    })),
    received: asReceived(received),
  }
}

/**
 * One page of the receptions about a person, newest first; `before` is the last one of the page before. A reception under a permit
 * that she sees later is shown later too.
 */
export async function receivedPage(
  db: Database,
  personId: string,
  before: ReceivedRow | undefined,
  limit: number,
): Promise<ReceivedRow[]> {
  return asReceived(
    await db('disclosureReceived')
      .select('*')
      .where({ personId })
      .whereRaw(
        `(decision_id is null or decision_id in (select decision_id from decision_history where person_id = ?))`,
        [personId],
      )
      .where('receivedId', '<', before?.receivedId ?? lastUuid)
      .orderBy('receivedId', 'desc')
      .limit(limit),
  )
}
