import type { Database, Transaction } from '../../base/platform/database.ts'

export type Reminder = {
  readonly personId: string
  readonly consentId: string
  /** `month`, `week`: before the consent's end; `year-2`: two years after it was given. */
  readonly due: string
}

/** Reminders of living consents to send now. A consent shorter than twice a notice period gets no reminder of that period. */
export async function remindersDue(db: Database, now: Date, limit: number): Promise<Reminder[]> {
  const { rows } = await db.raw<{ rows: Reminder[] }>(
    `select * from (
       select person_id, consent_id,
              case when valid_until <= :now::timestamptz + interval '7 days' then 'week' else 'month' end as due
       from consent_current
       where state in ('active', 'suspended') and valid_until > :now
         and (valid_until <= :now::timestamptz + interval '30 days' and valid_from < valid_until - interval '60 days'
           or valid_until <= :now::timestamptz + interval '7 days' and valid_from < valid_until - interval '14 days')
       union all
       select person_id, consent_id, 'year-' || n
       from generate_series(1, 10) n join consent_current on valid_from <= :now::timestamptz - make_interval(years => n)
         and valid_from > :now::timestamptz - make_interval(years => n, days => 30)
       where state in ('active', 'suspended') and valid_until > :now::timestamptz + interval '30 days'
     ) due
     where not exists (select from consent_reminder sent
                       where (sent.person_id, sent.consent_id, sent.due) = (due.person_id, due.consent_id, due.due))
     limit :limit`,
    { now, limit },
  )
  return rows
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
