import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import { snake } from '../../base/database/column-names.ts'
import type { DisputeRow, Disputes, DisputedLine } from './rows.ts'

// SQL of this room. A person may ask only about lines that she sees: the view of her decisions.

const maxDecisions = 200

export async function lineOf(
  db: Database | Transaction,
  personId: string,
  decisionId: string,
): Promise<DisputedLine | undefined> {
  const { rows } = await db.raw<{
    rows: (Omit<DisputedLine, 'categories'> & { categories: string })[]
  }>(
    `select decision_id, consent_id, outcome, holder, recipient, dataset, coalesce(occurred_at, evaluated_at) as at,
       coalesce(nullif(categories_actual, 0), nullif(permitted, 0), asked) as categories
     from decision_history where person_id = ? and decision_id = ?`,
    [personId, decisionId],
  )
  return rows[0] && { ...rows[0], categories: BigInt(rows[0].categories) }
}

export async function insertDispute(
  tx: Transaction,
  row: Omit<DisputeRow, 'outcome' | `answer${string}`>,
): Promise<void> {
  await tx('dispute').insert(row)
}

export async function writeAnswer(tx: Transaction, row: DisputeRow): Promise<void> {
  const { disputeId, answeredAt, outcome, answerId, answerYear, answerBody } = row
  await tx('dispute')
    .where({ disputeId })
    .update({ answeredAt, outcome, answerId, answerYear, answerBody })
}

export async function disputeById(
  db: Database | Transaction,
  disputeId: string,
): Promise<DisputeRow | undefined> {
  return db('dispute').select('*').where({ disputeId }).first<DisputeRow | undefined>()
}

const disputeColumns = [
  'disputeId',
  'personId',
  'decisionId',
  'consentId',
  'routedTo',
  'openedAt',
  'dueAt',
  'dekYear',
  'body',
  'answeredAt',
  'outcome',
  'answerId',
  'answerYear',
  'answerBody',
] as const satisfies (keyof DisputeRow)[]

const columnsOfDispute = disputeColumns.map((name) => `d.${snake(name)}`).join(', ')

/** A person's questions about these decisions, and the number of all her questions that wait for an answer: one statement. */
export async function disputesOf(
  db: Database | Transaction,
  personId: string,
  decisionIds: readonly string[],
): Promise<Disputes> {
  if (decisionIds.length === 0) return { byDecision: new Map(), open: 0 }
  const { rows } = await db.raw<{ rows: Found[] }>(
    `select ${columnsOfDispute}, o.open from (select count(*)::integer as open from dispute where person_id = ? and answered_at is null) o
     left join dispute d on d.person_id = ? and d.decision_id = any(?::uuid[])`,
    [personId, personId, decisionIds.slice(0, maxDecisions)],
  )
  const known = rows.filter(isDispute).map((row): [string, DisputeRow] => [row.decisionId, row])
  return { byDecision: new Map(known), open: present(rows[0], 'the count of questions').open }
}

type Found = (DisputeRow | { readonly disputeId: null }) & { readonly open: number }

function isDispute(row: Found): row is DisputeRow & Found {
  return row.disputeId !== null
}

/** Newest first; `before` is the last one of the page before. */
export async function disputePage(
  db: Database,
  personId: string,
  before: DisputeRow | undefined,
  limit: number,
): Promise<DisputeRow[]> {
  return db('dispute')
    .select('*')
    .where({ personId })
    .where('disputeId', '<', before?.disputeId ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    .orderBy('disputeId', 'desc')
    .limit(limit)
}

/** The place of a dispute in its body's list. */
export type DisputePlace = { readonly at: string; readonly disputeId: string }

const firstPlace: DisputePlace = {
  at: '-infinity',
  disputeId: '00000000-0000-0000-0000-000000000000',
}

/** Disputes that wait for this body's answer, oldest first; `at` has microseconds. */
export async function disputesWaitingFor(
  db: Database,
  party: number,
  { at, disputeId }: DisputePlace = firstPlace,
  limit = 1,
): Promise<(DisputeRow & { readonly at: string })[]> {
  const { rows } = await db.raw<{ rows: (DisputeRow & { readonly at: string })[] }>(
    `select *, opened_at::text as at from dispute
     where routed_to = ? and answered_at is null and (opened_at, dispute_id) > (?::timestamptz, ?::uuid)
     order by opened_at, dispute_id limit ?`,
    [party, at, disputeId, limit],
  )
  return rows
}
