import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'

export type Reminder = {
  readonly personId: string
  readonly consentId: string
  /** `month`, `week`: before the consent's end; `year-2`: two years after it was given. */
  readonly due: string
}

/** The last row that a walk looked at, in this window; the instant is as PostgreSQL writes it. */
export type ReminderPlace = {
  readonly window: number
  readonly at: string
  readonly consentId: string
}

/** Reminders among some rows. */
export type Due = {
  readonly reminders: readonly Reminder[]
  /** Undefined: those were the last rows. */
  readonly next: ReminderPlace | undefined
}

// Each window is a stretch of one column, which an index has in its order. A consent shorter than twice a notice period gets no reminder
// of that period.
type Window = {
  readonly due: string
  readonly column: 'valid_until' | 'valid_from'
  readonly after: string
  readonly upTo: string
  readonly only: string
}

const now = ':now::timestamptz'
const ends = { column: 'valid_until' } as const
const windows: readonly Window[] = [
  {
    ...ends,
    due: 'week',
    after: now,
    upTo: `${now} + interval '7 days'`,
    only: `valid_from < valid_until - interval '14 days'`,
  },
  {
    ...ends,
    due: 'month',
    after: `${now} + interval '7 days'`,
    upTo: `${now} + interval '30 days'`,
    only: `valid_from < valid_until - interval '60 days'`,
  },
  ...Array.from({ length: 10 }, (_, n) => yearly(n + 1)),
]

function yearly(years: number): Window {
  const upTo = `${now} - interval '${years} years'`
  return {
    due: `year-${years}`,
    column: 'valid_from',
    after: `${upTo} - interval '30 days'`,
    upTo,
    only: `valid_until > ${now} + interval '30 days'`,
  }
}

const firstUuid = '00000000-0000-0000-0000-000000000000'
export const firstPlace: ReminderPlace = { window: 0, at: '-infinity', consentId: firstUuid }

type DueRow = { readonly reminders: Reminder[]; readonly looked: number } & Pick<
  ReminderPlace,
  'at' | 'consentId'
>

/** Reminders of living consents to send now, among the next `limit` rows of a walk, however many were sent before. */
export async function remindersDue(
  db: Database,
  at: Date,
  place: ReminderPlace,
  limit: number,
): Promise<Due> {
  const window = windows[place.window]
  if (window === undefined) return { reminders: [], next: undefined }
  const { due, column, after, upTo, only } = window
  const { rows } = await db.raw<{ rows: DueRow[] }>(
    `with looked as materialized (
       select person_id, consent_id, valid_from, valid_until, ${column} as at from consent_current
       where state in ('active', 'suspended') and ${column} > ${after} and ${column} <= ${upTo}
         and (${column}, consent_id) > (:at::timestamptz, :consentId::uuid)
       order by ${column}, consent_id limit :limit
     )
     select coalesce((select json_agg(json_build_object('personId', l.person_id, 'consentId', l.consent_id, 'due', :due::text))
         from looked l where ${only} and not exists (select from consent_reminder sent
           where (sent.person_id, sent.consent_id, sent.due) = (l.person_id, l.consent_id, :due) offset 0)), '[]') as reminders,
       (select count(*)::integer from looked) as looked, last.at::text as at, last.consent_id
     from (values (1)) one left join lateral (select at, consent_id from looked order by at desc, consent_id desc limit 1) last on true`,
    { now: at, due, at: place.at, consentId: place.consentId, limit },
  )
  const { reminders, looked, ...last } = present(rows[0], 'the row of an aggregate')
  if (looked === limit) return { reminders, next: { window: place.window, ...last } }
  const isLast = place.window + 1 === windows.length
  return { reminders, next: isLast ? undefined : { ...firstPlace, window: place.window + 1 } }
}

/** @returns false when another process has sent the reminder */
export async function noteReminder(
  tx: Transaction,
  reminder: Reminder,
  now: Date,
): Promise<boolean> {
  const noted = await tx('consentReminder')
    .insert({ ...reminder, remindedAt: now })
    .onConflict()
    .ignore()
    .returning('due')
  return noted.length === 1
}

export async function forgetReminders(tx: Transaction, personId: string): Promise<void> {
  await tx('consentReminder').where({ personId }).delete()
}
