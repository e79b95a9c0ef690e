import type { Channel } from '../accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'

// SQL of what people choose about messages.

/** Whether a person is told that there are new sendings: at most once a week, or soon after each. */
export type SendingsNotified = 'never' | 'weekly' | 'each'

export type Preference = {
  readonly channel: Channel | 'none'
  readonly language: Language
  readonly sendings: SendingsNotified
  /** Whether she is reminded of a question that waits, three days before its end. */
  readonly questionReminders: boolean
}

export async function preferenceOf(
  db: Database | Transaction,
  personId: string,
): Promise<Preference | undefined> {
  const row: Preference | undefined = await db('notificationPreference')
    .select('channel', 'language', 'sendings', 'questionReminders')
    .where({ personId })
    .first()
  return row
}

/** Who begins to be told of sendings is told of those from now on. */
export async function savePreference(
  tx: Transaction,
  personId: string,
  { channel, language, sendings, questionReminders }: Preference,
  now: Date,
): Promise<void> {
  const toldUntil = sendings === 'never' ? null : now
  await tx.raw(
    `insert into notification_preference as p
       (person_id, channel, language, sendings, sendings_told_until, question_reminders, changed_at)
     values (?, ?, ?, ?, ?, ?, ?)
     on conflict (person_id) do update set
       channel = excluded.channel, language = excluded.language, sendings = excluded.sendings,
       sendings_told_until = case when excluded.sendings_told_until is not null
         then coalesce(p.sendings_told_until, excluded.sendings_told_until) end,
       question_reminders = excluded.question_reminders, changed_at = excluded.changed_at`,
    [personId, channel, language, sendings, toldUntil, questionReminders, now],
  )
}

/** A person who is to be told when there are sendings of after this instant. */
export type AwaitsSendings = { readonly personId: string; readonly toldUntil: Date }

export type WhoAwaits = {
  readonly people: readonly AwaitsSendings[]
  /** The last person who was looked at; undefined: nobody comes after her. */
  readonly next: string | undefined
}

// `offset 0`: looked up for each person. Joined, all accounts would be walked over before the first person who is asked for.
const hasOpenAccount = /* sql */ `exists (select from open_accounts o where o.person_id = p.person_id offset 0)`

/**
 * People who want to be told of sendings and were not told too lately, among the next `limit` after one who want it: however many were told
 * this week, a statement looks at no more.
 */
export async function awaitingSendings(
  db: Database,
  {
    after,
    weekAgo,
    limit,
  }: { readonly after: string; readonly weekAgo: Date; readonly limit: number },
): Promise<WhoAwaits> {
  const { rows } = await db.raw<{ rows: (AwaitsSendings & { awaits: boolean })[] }>(
    `with looked as materialized (
       select person_id, sendings, sendings_told_until from notification_preference
       where sendings <> 'never' and person_id > ?::uuid order by person_id limit ?
     )
     select p.person_id, p.sendings_told_until as told_until,
       (p.sendings = 'each' or p.sendings_told_until <= ?) and ${hasOpenAccount} as awaits
     from looked p order by p.person_id`,
    [after, limit, weekAgo],
  )
  return {
    people: rows.filter(({ awaits }) => awaits),
    next: rows.length < limit ? undefined : rows.at(-1)?.personId,
  }
}

/** Moves what a person was told forwards. @returns false where another process did, or where she wants to be told no more */
export async function moveToldUntil(
  tx: Transaction,
  { personId, toldUntil }: AwaitsSendings,
  until: Date,
): Promise<boolean> {
  const moved = await tx('notificationPreference')
    .where({ personId, sendingsToldUntil: toldUntil })
    .update({ sendingsToldUntil: until })
  return moved === 1
}

/** People who want to be reminded of questions that wait, by their ids: those after one. */
export async function awaitingReminders(
  db: Database,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { personId: string }[] }>(
    `select p.person_id from notification_preference p
     where p.question_reminders and p.person_id > ?::uuid and ${hasOpenAccount} order by p.person_id limit ?`,
    [after, limit],
  )
  return rows.map(({ personId }) => personId)
}

/** Locks the choices of a person who wants to be reminded. @returns false where she does not */
export async function lockReminders(tx: Transaction, personId: string): Promise<boolean> {
  const row: object | undefined = await tx('notificationPreference')
    .select('personId')
    .where({ personId, questionReminders: true })
    .forUpdate()
    .first()
  return row !== undefined
}
