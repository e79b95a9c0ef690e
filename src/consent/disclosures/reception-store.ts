import type { Database, Transaction } from '../../base/database/database.ts'
import { preparedRows } from '../../base/database/database.ts'
import { snake } from '../../base/database/column-names.ts'
import type { ReceivedRow } from './rows.ts'

// SQL of recipients' reports.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

const maxReceptions = 20
const lastUuid = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

export async function insertReceived(
  tx: Transaction,
  { categories, ...row }: ReceivedRow,
): Promise<void> {
  await tx('disclosureReceived').insert({ ...row, categories: String(categories) })
}

/** Oldest first. */
export async function receptionsOfPermit(
  tx: Transaction,
  decisionId: string,
): Promise<ReceivedRow[]> {
  return asReceived(
    await tx('disclosureReceived')
      .select('*')
      .where({ decisionId })
      .orderBy('receivedId')
      .limit(maxReceptions),
  )
}

/** Receptions of this consent without a permit. */
export async function unmatchedReceptions(
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

const receivedColumns = [
  'receivedId',
  'decisionId',
  'consentId',
  'personId',
  'personSeq',
  'holder',
  'recipient',
  'dataset',
  'queryId',
  'occurredAt',
  'recordedAt',
  'categories',
  'recordCount',
  'contentSha256',
  'manifestSha256',
] as const satisfies (keyof ReceivedRow)[]

/** The recipients' reports about these permits. */
export async function receptionsOfPermits(
  db: Database,
  decisionIds: readonly string[],
): Promise<ReceivedRow[]> {
  if (decisionIds.length === 0) return []
  const rows = await preparedRows<Raw<ReceivedRow>>(db, {
    name: 'received-under',
    text: `select ${receivedColumns.map(snake).join(', ')} from disclosure_received where decision_id = any($1::uuid[])`,
    values: [[...decisionIds]],
  })
  return asReceived(rows)
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

function asReceived(rows: readonly Raw<ReceivedRow>[]): ReceivedRow[] {
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories) }))
}
