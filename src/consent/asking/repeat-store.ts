import type { State } from '../record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { deleteBatch } from '../../base/database/sweep.ts'

// Questions that are asked again after a no: her earlier answers, the questions that she silenced, and counts for each body.

type Raw<T> = { [K in keyof T]: T[K] extends bigint ? string : T[K] }

/** A person's answer with its state today: categories are masks over its version of the dataset. */
export type AnswerGiven = {
  readonly holder: number
  readonly dataset: number
  readonly categories: bigint
  readonly declined: bigint
  readonly state: State
  readonly stateAt: Date
  readonly createdAt: Date
}

// The newest answers are read first: beyond this many to one body within thirty days, the oldest do not count.
const maxAnswers = 1000

/** Her answers to this recipient, and her stops, since `since`. */
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

const silencedColumns = [
  'silenceId',
  'recipient',
  'holder',
  'dataset',
  'categories',
  'silencedAt',
  'times',
  'lastAt',
] as const satisfies (keyof SilencedQuestion)[]

// Two silences about the same two bodies share no category: a person has fewer of them than the register has categories.
const maxSilenced = 1000

/** Newest first. */
export async function silencedQuestionsOf(
  db: Database | Transaction,
  personId: string,
): Promise<SilencedQuestion[]> {
  const rows: Raw<SilencedQuestion>[] = await db('silencedQuestion')
    .select(...silencedColumns)
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

/** @returns how often the question was answered for her; undefined where she has no such silence, or another press was first */
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

/** How a question that was asked again ended. */
export type RepeatOutcome = 'reminded' | 'kept' | 'seen' | 'silenced'

/** How the questions that this visit asks again ended, by item number. */
export async function outcomesOfVisit(
  db: Database,
  visit: Buffer,
): Promise<ReadonlyMap<number, RepeatOutcome>> {
  const rows: { itemNo: number; became: RepeatOutcome }[] = await db('askedAgain')
    .select('itemNo', 'became')
    .where({ visit })
  return new Map(rows.map(({ itemNo, became }) => [itemNo, became]))
}

export type RepeatedQuestion = {
  readonly visit: Buffer
  readonly recipient: number
  readonly itemNos: readonly number[]
}

/** Notes that she was reminded: once a visit, however often the page is read. */
export async function noteReminded(
  db: Database,
  { visit, recipient, itemNos }: RepeatedQuestion,
  now: Date,
): Promise<void> {
  const rows = itemNos.map((itemNo) => ({ visit, recipient, itemNo, askedAt: now }))
  await db('askedAgain')
    .insert(rows.map((row) => ({ ...row, became: 'reminded' })))
    .onConflict(['visit', 'itemNo'])
    .ignore()
}

/** Notes that these items were answered for her: once a visit, and as a count on the silence that answered each. */
export async function noteSilenced(
  db: Database,
  { visit, recipient, itemNos }: RepeatedQuestion,
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

/** Notes the button that she pressed under a reminder, unless another press was first. */
export async function settleReminded(
  db: Database | Transaction,
  visit: Buffer,
  itemNos: readonly number[],
  became: RepeatOutcome,
): Promise<void> {
  await db('askedAgain')
    .where({ visit, became: 'reminded' })
    .whereIn('itemNo', [...itemNos])
    .update({ became })
}

/** One body in one month of Québec's calendar: `2026-11-01`. */
export type NoesOfMonth = {
  readonly month: string
  readonly recipient: number
  readonly refused: number
  readonly askedAgain: number
}

/** In each of these months: how often each body was told no, and how often it asked again after a no. */
export async function noesByMonth(
  db: Database,
  months: readonly string[],
): Promise<readonly NoesOfMonth[]> {
  const { rows } = await db.raw<{ rows: NoesOfMonth[] }>(
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

/** Deletes one batch of counts that are no longer published. @returns how many rows went */
export function sweepRepeatedQuestions(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'asked_again', 'asked_at', before)
}
