import type { Database, Transaction } from '../../base/database/database.ts'
import { runPrepared } from '../../base/database/database.ts'
import type { Session } from '../../base/database/db-session.ts'
import { endOfDay, startOfDay } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { SharingInquiry, InquiryDayRow, InquiryWhy } from './rows.ts'

// SQL of introspections of a sharing's token by its holder. A day is a day in Québec, as text.

/** More sharings of one person than the limits of consents and agreements give. */
const maxSharings = 2000
/** More decisions about one person in one day than the pairs of bodies, datasets and purposes of a register give. */
const maxDecisions = 20_000
/** Counts of a day that is over are taken so long: a process writes what it counted before midnight. */
const lateSeconds = 10 * 60
/** A decision that follows an introspection of the last minute before midnight is one of the next day. */
const followSeconds = 10 * 60

/** How often a sharing was introspected on a day, as one process counted it. */
export type CountedInquiry = SharingInquiry & { readonly introspected: number }

// In the order of the rows' keys: two processes at once wait for each other, and never in a circle.
const adding = `with counted as (
    select * from json_to_recordset($1::json) c(person_id uuid, day date, holder integer, recipient integer, dataset integer,
      purpose integer, agreement integer, consent_id uuid, introspected integer)
    where day >= quebec_day(now() + clock_offset() - $2 * interval '1 second')
    order by person_id, day, dataset, purpose, recipient, agreement, consent_id)
  insert into inquiry_tally (person_id, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected)
  select person_id, day, holder, recipient, dataset, purpose, agreement, consent_id, introspected from counted
  on conflict on constraint inquiry_tally_once do update set introspected = inquiry_tally.introspected + excluded.introspected`

/** Adds what a process counted: all of it, or none. */
export async function addCounted(db: Database, counts: readonly CountedInquiry[]): Promise<void> {
  const rows = counts.map((one) => ({
    person_id: one.personId,
    day: one.day,
    holder: one.holder,
    recipient: one.recipient,
    dataset: one.dataset,
    purpose: one.purpose,
    agreement: one.agreement,
    consent_id: one.consentId,
    introspected: one.introspected,
  }))
  const values = [JSON.stringify(rows), lateSeconds]
  await runPrepared(db, { name: 'inquiries-counted', text: adding, values })
}

/** A page of the people who have something of a day before `end` that is not closed: the oldest day first. */
export async function openInquiries(
  db: Database,
  end: string,
  after: { readonly day: string; readonly personId: string } | undefined,
  limit: number,
): Promise<{ readonly day: string; readonly personId: string }[]> {
  const { rows } = await db.raw<{ rows: { day: string; personId: string }[] }>(
    `select day::text as day, person_id from inquiries_open o
     where o.day < ?::date and (o.day, o.person_id) > (?::date, ?::uuid) order by o.day, o.person_id limit ?`,
    [end, after?.day ?? '-infinity', after?.personId ?? noUuid, limit],
  )
  return rows
}

const noUuid = '00000000-0000-0000-0000-000000000000'

export type OpenTally = SharingInquiry & {
  readonly introspected: number
  readonly askedAgain: number
}
export type OpenExcuse = SharingInquiry & { readonly why: InquiryWhy }

const sharingColumns =
  'person_id, day::text as day, holder, recipient, dataset, purpose, agreement, consent_id'

/** Takes a person's counts of a day away: what is told of them is told in the same transaction. */
export async function takeOpen(
  tx: Transaction,
  { personId, day }: Pick<SharingInquiry, 'personId' | 'day'>,
): Promise<{ readonly tallies: readonly OpenTally[]; readonly excuses: readonly OpenExcuse[] }> {
  const { rows: tallies } = await tx.raw<{ rows: OpenTally[] }>(
    `delete from inquiry_tally where person_id = ? and day = ?::date returning ${sharingColumns}, introspected, asked_again`,
    [personId, day],
  )
  const { rows: excuses } = await tx.raw<{ rows: OpenExcuse[] }>(
    `delete from inquiry_excuse where person_id = ? and day = ?::date returning ${sharingColumns}, why`,
    [personId, day],
  )
  if (tallies.length > maxSharings) throw new Error('too many sharings of a person in a day')
  return { tallies, excuses }
}

/** A decision about a person, as it says what it was asked for. */
export type DecisionAbout = {
  readonly holder: number
  readonly recipient: number | null
  readonly dataset: number
  readonly purpose: number | null
  readonly times: number
}

/** The decisions about a person that may have followed an introspection of this day. */
export async function decisionsAbout(
  tx: Transaction,
  { personId, day }: Pick<SharingInquiry, 'personId' | 'day'>,
): Promise<DecisionAbout[]> {
  const { rows } = await tx.raw<{ rows: DecisionAbout[] }>(
    `select holder, recipient, dataset, purpose, times from decisions_about
     where person_id = ? and evaluated_at >= ? and evaluated_at < ? limit ?`,
    [personId, startOfDay(day), secondsAfter(endOfDay(day), followSeconds), maxDecisions + 1],
  )
  if (rows.length > maxDecisions) throw new Error('too many decisions about a person in a day')
  return rows
}

export async function insertInquiryDay(tx: Transaction, row: InquiryDayRow): Promise<void> {
  await tx('inquiryDay').insert({ ...row, excused: JSON.stringify(row.excused) })
}

/** Adds one person's day to what its holders introspected in all. */
export async function addTotals(
  tx: Transaction,
  day: string,
  totals: readonly InquiryTotal[],
): Promise<void> {
  for (const { holder, introspected, undecided } of totals)
    await tx.raw(
      `insert into inquiry_total (day, holder, introspected, undecided) values (?::date, ?, ?, ?)
       on conflict (day, holder) do update set introspected = inquiry_total.introspected + excluded.introspected,
         undecided = inquiry_total.undecided + excluded.undecided`,
      [day, holder, introspected, undecided],
    )
}

export type InquiryTotal = {
  readonly holder: number
  readonly introspected: number
  readonly undecided: number
}

/** What each holder introspected on the last day that has a total, if that is one of the last two: an older one is told no more. */
export function lastTotals(session: Session): Promise<InquiryTotal[]> {
  return session.rows(
    `select holder, introspected::float8 as introspected, undecided::float8 as undecided from inquiry_total t
     where t.day = (select max(day) from inquiry_total) and t.day >= quebec_day(now() + clock_offset()) - 2`,
  )
}

/** Deletes one batch of totals of days before this one. @returns how many rows were deleted */
export function sweepTotals(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'inquiry_total', 'day', before)
}

/** Notes an excuse. @returns false where the same one was noted */
export async function insertExcuse(
  tx: Transaction,
  row: OpenExcuse & { readonly excuseId: string; readonly saidAt: Date },
): Promise<boolean> {
  const noted = await tx('inquiryExcuse')
    .insert(row)
    .onConflict('excuseId')
    .ignore()
    .returning('excuseId')
  return noted.length > 0
}

export async function excuseOf(
  tx: Transaction,
  excuseId: string,
): Promise<{ readonly why: InquiryWhy; readonly saidAt: Date } | undefined> {
  return tx('inquiryExcuse')
    .select('why', 'saidAt')
    .where({ excuseId })
    .first<{ why: InquiryWhy; saidAt: Date } | undefined>()
}

/** A day of a sharing, as its person reads it. */
export type InquiryListed = Omit<InquiryDayRow, 'personSeq'>

const listedColumns = [
  'inquiryId',
  'personId',
  'day',
  'holder',
  'recipient',
  'dataset',
  'purpose',
  'agreement',
  'consentId',
  'introspected',
  'decided',
  'excused',
  'undecided',
  'recordedAt',
] as const

/** One page of the days of introspections about a person, newest first. @param before the last one of the page before */
export async function inquiryPage(
  db: Database,
  personId: string,
  before: InquiryListed | undefined,
  limit: number,
): Promise<InquiryListed[]> {
  return db('inquiryHistory')
    .select(...listedColumns)
    .where({ personId })
    .where('inquiryId', '<', before?.inquiryId ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff')
    .orderBy('inquiryId', 'desc')
    .limit(limit)
}

/** The closed days of these consents of a person, the newest first. */
export async function inquiriesUnder(
  db: Database,
  personId: string,
  consentIds: readonly string[],
  limit: number,
): Promise<InquiryListed[]> {
  return db('inquiryHistory')
    .select(...listedColumns)
    .where({ personId })
    .whereIn('consentId', [...consentIds])
    .orderBy('inquiryId', 'desc')
    .limit(limit)
}

/**
 * The consents of a person whose tokens a holder introspected without a decision, or today, when nobody knows yet what follows: of these
 * it is not known that nothing was sent.
 */
export async function inquiredConsents(
  db: Database,
  personId: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await db.raw<{ rows: { consentId: string }[] }>(
    `select consent_id from inquiry_day where person_id = ? and consent_id is not null
     union select consent_id from inquiry_tally where person_id = ? and consent_id is not null and introspected > 0 limit ?`,
    [personId, personId, maxSharings],
  )
  return new Set(rows.map(({ consentId }) => consentId))
}

/** What was counted about a person, of a day that is not closed. */
export type InquiryOpen = SharingInquiry & { readonly introspected: number }

export async function openInquiriesOf(db: Database, personId: string): Promise<InquiryOpen[]> {
  const { rows } = await db.raw<{ rows: InquiryOpen[] }>(
    `select ${sharingColumns}, introspected from inquiry_tally where person_id = ? and introspected > 0
     order by day, dataset, purpose, recipient, agreement, consent_id limit ?`,
    [personId, maxSharings],
  )
  return rows
}

/** These days, of one person. */
export async function inquiriesOf(
  db: Database,
  personId: string,
  inquiryIds: readonly string[],
): Promise<InquiryListed[]> {
  if (inquiryIds.length === 0) return []
  return db('inquiryHistory')
    .select(...listedColumns)
    .where({ personId })
    .whereIn('inquiryId', [...inquiryIds])
}
