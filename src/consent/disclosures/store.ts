import type { PermitRow } from '../decisions/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { preparedRows } from '../../base/database/database.ts'
import type { Tables } from '../../base/database/tables.ts'
import { columnNames, selectedColumns, sharedColumns } from '../../base/database/stored-row.ts'
import type { PermittedByLaw, DecisionListed, DisclosureRow, DecisionListQuery } from './rows.ts'

// SQL of holders' reports. Permits belong to the room of decisions: this room reads them through a view, and that room settles them.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

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
  return row && asDisclosure(row)
}

const disclosureColumns = selectedColumns('disclosure', columnNames('disclosure'), 'd')

/** The holders' reports about these permits. */
export async function disclosuresOf(
  db: Database,
  decisionIds: readonly string[],
): Promise<DisclosureRow[]> {
  if (decisionIds.length === 0) return []
  // A list of unknown length is planned at each use, but on these connections.
  const rows = await preparedRows<Raw<DisclosureRow>>(db, {
    name: 'disclosures-under',
    text: `select ${disclosureColumns} from disclosure d where decision_id = any($1::uuid[])`,
    values: [[...decisionIds]],
  })
  return rows.map(asDisclosure)
}

function asDisclosure(row: Raw<DisclosureRow>): DisclosureRow {
  return { ...row, categoriesActual: BigInt(row.categoriesActual) }
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
export async function moveMark(tx: Transaction, decisionId: string): Promise<void> {
  await tx('unconfirmedMark').where('decisionId', '<', decisionId).update({ decisionId })
}

/** A permit as its two bodies see it. */
export type PermitOfBody = Pick<PermitRow, keyof Tables['permitsOfBodies'] & keyof PermitRow>

const ofSide = (
  role: 'holder' | 'recipient',
  also: string,
) => /* sql */ `(select * from permits_of_bodies
    where ${role} = ? and decision_id > ?::uuid and decision_id < ?::uuid ${also} order by decision_id limit ?)`

type PermitsAsked = {
  readonly after: string
  readonly until: string
  readonly query_id?: string | undefined
}

/** Permits of which this body is a party, by their ids: after one and before another, the oldest first. */
export async function permitsOfParty(
  db: Database,
  party: number,
  { after, until, query_id: queryId }: PermitsAsked,
  limit: number,
): Promise<PermitOfBody[]> {
  const also = queryId === undefined ? '' : 'and query_id = ?'
  const values = [party, after, until, ...(queryId === undefined ? [] : [queryId]), limit]
  const { rows } = await db.raw<{ rows: Raw<PermitOfBody>[] }>(
    `${ofSide('holder', also)} union all ${ofSide('recipient', also)} order by decision_id limit ?`,
    [...values, ...values, limit],
  )
  return rows.map((row) => ({ ...row, permitted: BigInt(row.permitted) }))
}

/** Those of these permits that their people see later than `now`. */
export async function permitsShownLater(
  db: Database,
  decisionIds: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const rows: { decisionId: string }[] = await db('permits')
    .select('decisionId')
    .whereIn('decisionId', [...decisionIds])
    .where('visibleFrom', '>', now)
  return new Set(rows.map(({ decisionId }) => decisionId))
}

type ListedRow = Raw<Omit<DecisionListed, 'categoriesActual'>> & {
  readonly categoriesActual: string | null
}

// Named one by one: a text with a star is parsed and planned at each use (src/base/database/named-statements.ts).
const listedColumns = [
  ...sharedColumns('decision_history', 'decision'),
  'occurredAt',
  'categoriesActual',
  'inFlight',
] as const satisfies (keyof DecisionListed)[]

/** Newest first. */
export async function decisionsOf(
  db: Database,
  personId: string,
  { consentId, byLaw, before, limit }: DecisionListQuery,
): Promise<DecisionListed[]> {
  // Permits by law have lists of their own.
  const withoutConsent = { outcome: byLaw === undefined ? 'deny' : 'permit' }
  const rows = db('decisionHistory')
    .select(...listedColumns)
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
    `select holder, recipient, dataset, purpose, agreement, legal_basis_id, max(evaluated_at) as last_at,
       max(occurred_at) filter (where status = 'recorded') as last_sent_at
     from decision_history where person_id = ? and consent_id is null and outcome = 'permit'
     group by holder, recipient, dataset, purpose, agreement, legal_basis_id order by last_at desc limit ?`,
    [personId, maxByLaw],
  )
  return rows
}

/** When something was last sent under each sharing of a person, as its holder said; none of those under which nothing was. */
export async function lastSentOfEach(
  db: Database,
  personId: string,
): Promise<ReadonlyMap<string, Date>> {
  const { rows } = await db.raw<{ rows: { consentId: string; lastSentAt: Date }[] }>(
    `select consent_id, max(occurred_at) as last_sent_at from decision_history
     where person_id = ? and consent_id is not null and status = 'recorded' group by consent_id`,
    [personId],
  )
  return new Map(rows.map(({ consentId, lastSentAt }) => [consentId, lastSentAt]))
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
