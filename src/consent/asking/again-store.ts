import type { State } from '../record/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'

// What was asked again after a no: what she answered before, what she wants to be asked no more, and how often it happens.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

/** An answer of hers, as it stands: categories as masks over its version of the dataset. */
export type AnswerGiven = {
  readonly holder: number
  readonly dataset: number
  readonly categories: bigint
  readonly declined: bigint
  readonly state: State
  readonly stateAt: Date
  readonly createdAt: Date
}

// Newest first: of more answers to one body within thirty days, each on a page of its own, the last ones count.
const maxAnswers = 1000

/** What she answered to this recipient, or stopped, since then. */
export async function answersSince(
  db: Database,
  personId: string,
  recipient: number,
  since: Date,
): Promise<AnswerGiven[]> {
  const rows: Raw<AnswerGiven>[] = await db('answersGiven')
    .select('holder', 'dataset', 'categories', 'declined', 'state', 'stateAt', 'createdAt')
    .where({ personId, recipient })
    .where((recent) => void recent.where('createdAt', '>', since).orWhere('stateAt', '>', since))
    .orderByRaw('greatest(created_at, state_at) desc')
    .limit(maxAnswers)
  return rows.map((row) => ({
    ...row,
    categories: BigInt(row.categories),
    declined: BigInt(row.declined),
  }))
}

/** A question that is answered with no for her. */
export type SilencedQuestion = {
  readonly silenceId: string
  readonly recipient: number
  readonly holder: number
  readonly dataset: number
  readonly categories: bigint
  readonly silencedAt: Date
  readonly times: number
  readonly lastAt: Date | null
}

// Each has a category that no other of the same two bodies has: there are fewer than the register has categories.
const maxSilenced = 1000

/** Newest first. */
export async function silencedOf(
  db: Database | Transaction,
  personId: string,
): Promise<SilencedQuestion[]> {
  const rows: Raw<SilencedQuestion>[] = await db('silencedQuestion')
    .select('*')
    .where({ personId })
    .orderBy('silenceId', 'desc')
    .limit(maxSilenced)
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories) }))
}

export async function insertSilenced(
  tx: Transaction,
  personId: string,
  { categories, ...row }: SilencedQuestion,
): Promise<void> {
  await tx('silencedQuestion').insert({ ...row, personId, categories: String(categories) })
}

/** @returns how often it was answered for her; undefined where there is none of hers, or another press was first */
export async function deleteSilenced(
  tx: Transaction,
  personId: string,
  silenceId: string,
): Promise<number | undefined> {
  const gone: { times: number }[] = await tx('silencedQuestion')
    .where({ personId, silenceId })
    .delete()
    .returning('times')
  return gone[0]?.times
}

export async function forgetSilenced(tx: Transaction, personId: string): Promise<void> {
  await tx('silencedQuestion').where({ personId }).delete()
}

/** What came of something that was asked again. */
export type AgainOutcome = 'reminded' | 'kept' | 'seen' | 'silenced'

/** What came of what this visit asks again, by its place among it. */
export async function becameIn(
  db: Database,
  visit: Buffer,
): Promise<ReadonlyMap<number, AgainOutcome>> {
  const rows: { itemNo: number; became: AgainOutcome }[] = await db('askedAgain')
    .select('itemNo', 'became')
    .where({ visit })
  return new Map(rows.map(({ itemNo, became }) => [itemNo, became]))
}

export type AskedAgain = {
  readonly visit: Buffer
  readonly recipient: number
  readonly itemNos: readonly number[]
}

/** That she was reminded, once a visit, however often the page is read. */
export async function noteReminded(
  db: Database,
  { visit, recipient, itemNos }: AskedAgain,
  now: Date,
): Promise<void> {
  const rows = itemNos.map((itemNo) => ({ visit, recipient, itemNo, askedAt: now }))
  await db('askedAgain')
    .insert(rows.map((row) => ({ ...row, became: 'reminded' })))
    .onConflict(['visit', 'itemNo'])
    .ignore()
}

/** That these were answered for her: counted once a visit, also beside what she silenced. */
export async function noteSilenced(
  db: Database,
  { visit, recipient, itemNos }: AskedAgain,
  silences: readonly string[],
  now: Date,
): Promise<void> {
  await db.raw(
    `with noted as (
       insert into asked_again (visit, item_no, recipient, asked_at, became)
       select ?, i.item_no, ?, ?, 'silenced' from unnest(?::smallint[]) i(item_no)
       on conflict (visit, item_no) do nothing returning item_no
     )
     update silenced_question s set times = s.times + n.times, last_at = greatest(s.last_at, ?)
     from (
       select a.silence, count(*)::integer as times
       from unnest(?::smallint[], ?::uuid[]) a(item_no, silence) join noted using (item_no) group by a.silence
     ) n
     where s.silence_id = n.silence`,
    [visit, recipient, now, [...itemNos], now, [...itemNos], [...silences]],
  )
}

/** What she pressed under a reminder, unless another press was first. */
export async function settleReminded(
  db: Database | Transaction,
  visit: Buffer,
  itemNos: readonly number[],
  became: AgainOutcome,
): Promise<void> {
  await db('askedAgain')
    .where({ visit, became: 'reminded' })
    .whereIn('itemNo', [...itemNos])
    .update({ became })
}

/** A body in a month: `2026-11-01`, in Québec. */
export type CountedBody = {
  readonly month: string
  readonly recipient: number
  readonly refused: number
  readonly askedAgain: number
}

/** How often each body was told no in each of these months, and how often it asked again after a no. */
export async function countedAgain(
  db: Database,
  months: readonly string[],
): Promise<readonly CountedBody[]> {
  const { rows } = await db.raw<{ rows: CountedBody[] }>(
    `select m.month::text as month, n.recipient, sum(n.refused)::integer as refused, sum(n.asked_again)::integer as asked_again
     from unnest(?::date[]) m(month)
     join lateral (
       select g.recipient, 1 as refused, 0 as asked_again from noes_given g
       where g.at >= m.month::timestamp at time zone 'America/Toronto'
         and g.at < (m.month + interval '1 month') at time zone 'America/Toronto'
       union all
       select a.recipient, 0, 1 from asked_again a
       where a.asked_at >= m.month::timestamp at time zone 'America/Toronto'
         and a.asked_at < (m.month + interval '1 month') at time zone 'America/Toronto'
     ) n on true
     group by m.month, n.recipient`,
    [[...months]],
  )
  return rows
}

/** Deletes one batch of what was counted and is published no more. @returns how many rows went */
export function sweepAskedAgain(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'asked_again', 'asked_at', before)
}
