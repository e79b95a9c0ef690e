import type { Channel, ContactPoint } from '../accounts/index.ts'
import type { Session } from '../../base/database/db-session.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Language } from '../../base/values/languages.ts'
import { present } from '../../base/values/present.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import type { MessageKind } from './kinds.ts'
import type { Preference } from './preference-store.ts'

export type NotificationRow = {
  readonly notificationId: string
  /** Null: the message goes to `sealedAddress`, an address that may be nobody's. */
  readonly personId: string | null
  readonly kind: string
  readonly channel: Channel | 'none'
  readonly contactId: string | null
  readonly sealedAddress?: Buffer | null
  readonly language: Language
  readonly templateVersion: number
  readonly queuedAt: Date
}

export async function insertNotification(tx: Transaction, row: NotificationRow): Promise<void> {
  await tx('notification').insert(row)
}

/** Whether a person was told of this since then, by any channel, or only in « Mes messages ». */
export async function wasNotified(
  tx: Transaction,
  personId: string,
  kind: MessageKind,
  since: Date,
): Promise<boolean> {
  const row: object | undefined = await tx('notification')
    .select('notificationId')
    .where({ personId, kind })
    .where('queuedAt', '>', since)
    .first()
  return row !== undefined
}

export type MessageToSend = NotificationRow & {
  /** When it was last tried to be sent. */
  readonly triedAt: Date | null
  /** Since when whoever carries it has it, and did not say what became of it. */
  readonly inHandsAt: Date | null
  readonly sentAt: Date | null
  readonly givenUpAt: Date | null
}

export async function notificationById(
  db: Database,
  id: string,
): Promise<MessageToSend | undefined> {
  const row: MessageToSend | undefined = await db('notification')
    .where({ notificationId: id })
    .first()
  return row
}

/** Call this before the message leaves, so that its receiver can check it at once. Null: the message has no code. */
export async function noteTry(
  db: Database,
  id: string,
  { kind, codeDigest }: { readonly kind: MessageKind; readonly codeDigest: Buffer | null },
  now: Date,
): Promise<void> {
  await db('notification')
    .where({ notificationId: id })
    .update({ kind, codeDigest, triedAt: now, inHandsAt: now })
}

// An address that belongs to no person is kept only until the message is sent.
export async function markSent(db: Database, id: string, now: Date): Promise<void> {
  await db('notification')
    .where({ notificationId: id, givenUpAt: null })
    .update({ sentAt: now, sealedAddress: null, inHandsAt: null })
}

/** The try ended with an answer: the message did not leave. */
export async function noteNotTaken(db: Database, id: string): Promise<void> {
  await db('notification').where({ notificationId: id }).update({ inHandsAt: null })
}

export async function markGivenUp(db: Database, id: string, now: Date): Promise<void> {
  await db('notification')
    .where({ notificationId: id, sentAt: null })
    .update({ givenUpAt: now, sealedAddress: null, inHandsAt: null })
}

/** @param reached whether the relay answered, and then did not take the message */
export async function noteMailFailed(db: Database, reached: boolean, now: Date): Promise<void> {
  await db.raw(
    'update outgoing_mail set failing_since = coalesce(failing_since, ?), failed_at = ?, reached = ?',
    [now, now, reached],
  )
}

const noTrouble = { failingSince: null, failedAt: null, reached: null }

export async function noteMailLeft(db: Database): Promise<void> {
  await db('outgoingMail').whereNotNull('failingSince').update(noTrouble)
}

/** The relay answers again, which ends a trouble of reaching it. Whether it takes messages, the next message shows. */
export async function noteRelayReached(db: Database): Promise<void> {
  await db('outgoingMail').where({ reached: false }).update(noTrouble)
}

export async function isMailInTrouble(db: Database): Promise<boolean> {
  const row: unknown = await db('outgoingMail').whereNotNull('failingSince').first()
  return row !== undefined
}

/**
 * Whether e-mail fails: every e-mail failed for an hour, the last one within that hour; or one has waited for an hour, and a day at
 * most, and no process has tried to send it.
 */
export async function isMailFailing(
  db: Database,
  { hourAgo, dayAgo }: { readonly hourAgo: Date; readonly dayAgo: Date },
): Promise<boolean> {
  const { rows } = await db.raw<{ rows: { failing: boolean }[] }>(
    `select exists (select 1 from outgoing_mail where failing_since <= ? and failed_at > ?)
       or exists (select 1 from notification where channel = 'email' and tried_at is null and sent_at is null
         and given_up_at is null and queued_at <= ? and queued_at > ?) as failing`,
    [hourAgo, hourAgo, hourAgo, dayAgo],
  )
  return rows[0]?.failing !== false
}

/** What waits to be sent since when, of messages of the last day; and since when no e-mail leaves. */
export type MessageStanding = {
  readonly waitingSince: Date | null
  readonly failingSince: Date | null
}

export async function messageStanding(db: Database, dayAgo: Date): Promise<MessageStanding> {
  const { rows } = await db.raw<{ rows: MessageStanding[] }>(
    `select (select queued_at from notification
       where queued_at > ? and channel <> 'none' and sent_at is null and given_up_at is null order by queued_at limit 1) as waiting_since,
       (select failing_since from outgoing_mail where failed_at > ?) as failing_since`,
    [dayAgo, dayAgo],
  )
  return present(rows[0], 'a row of two times')
}

export type ChannelStanding = {
  readonly channel: Channel
  readonly messages: number
  readonly oldestAt: Date
}

/** More of them are not counted. */
const mostUnsent = 100_000

/** The messages since an instant that have not left, by channel. */
export function unsentByChannel(session: Session, since: Date): Promise<ChannelStanding[]> {
  return session.rows(
    `select channel, count(*)::integer as messages, min(queued_at) as "oldestAt" from (
       select channel, queued_at from notification
       where queued_at > $1 and channel <> 'none' and sent_at is null and given_up_at is null
       order by queued_at limit ${mostUnsent}) unsent
     group by channel`,
    [since],
  )
}

/** Since when the relay has taken no e-mail, where that was seen since an instant. */
export async function mailFailingSince(session: Session, since: Date): Promise<Date | undefined> {
  const [row] = await session.rows<{ at: Date | null }>(
    'select failing_since as at from outgoing_mail where failed_at > $1',
    [since],
  )
  return row?.at ?? undefined
}

export type CheckedMessage = {
  readonly kind: string
  readonly channel: Channel
  readonly language: Language
  readonly templateVersion: number
  readonly queuedAt: Date
  /** How often this code was looked up, this time included. */
  readonly checks: number
}

/** Finds the message of a code, and counts one more look at it. */
export async function checkCode(
  _: CountedTry,
  db: Database,
  digests: readonly Buffer[],
): Promise<CheckedMessage | undefined> {
  const [row] = await db('notification')
    .whereIn('codeDigest', [...digests])
    .increment('checks', 1)
    .returning<CheckedMessage[]>([
      'kind',
      'channel',
      'language',
      'templateVersion',
      'queuedAt',
      'checks',
    ])
  return row
}

export type NotificationListed = Pick<
  MessageToSend,
  'notificationId' | 'kind' | 'channel' | 'queuedAt' | 'sentAt' | 'givenUpAt'
>

/** Newest first; `before` is the last one of the page before; `kinds`: of these kinds alone. */
export function notificationsOf(
  db: Database,
  personId: string,
  {
    before,
    kinds,
    limit,
  }: {
    readonly before?: string | undefined
    readonly kinds?: readonly MessageKind[] | undefined
    readonly limit: number
  },
): Promise<NotificationListed[]> {
  const rows = db('notification')
    .select('notificationId', 'kind', 'channel', 'queuedAt', 'sentAt', 'givenUpAt')
    .where({ personId })
    .orderBy('notificationId', 'desc')
    .limit(limit)
  if (before !== undefined) void rows.where('notificationId', '<', before)
  return kinds === undefined ? rows : rows.whereIn('kind', [...kinds])
}

/** Deletes one batch of rows of messages queued before this instant. @returns how many rows went */
export function sweepNotifications(db: Database, before: Date): Promise<number> {
  return deleteBatch(db, 'notification', 'queued_at', before)
}

/** Deletes what a person was told, and how she wanted it: the codes of those messages can no longer be checked. */
export async function forgetMessages(tx: Transaction, personId: string): Promise<void> {
  for (const table of ['notification', 'notificationPreference'] as const)
    await tx(table).where({ personId }).delete()
}

// What is read, by one statement, before a person is told of something.

export type MessageRecipient = {
  /** What she chose of messages; undefined: nothing. */
  readonly preference: Pick<Preference, 'channel'> | undefined
  readonly language: Language
  /** How many messages left, or are to leave, for her since a day ago, and whether one of this kind did just now. */
  readonly today: number
  readonly isRepeat: boolean
  /** Her confirmed addresses, in use or removed lately. */
  readonly contacts: readonly RecipientAddress[]
}

export type RecipientAddress = Pick<ContactPoint, 'contactId' | 'channel' | 'removedAt'>

type RecipientRow = {
  readonly locale: string | null
  readonly channel: Preference['channel'] | null
  readonly language: Language | null
  readonly today: number
  readonly isRepeat: boolean
  readonly contacts: readonly (Omit<RecipientAddress, 'removedAt'> & {
    readonly removedAt: string | null
  })[]
}

export async function messageRecipient(
  tx: Transaction,
  { personId, kind }: { readonly personId: string; readonly kind: string },
  { dayAgo, justNow }: { readonly dayAgo: Date; readonly justNow: Date },
): Promise<MessageRecipient> {
  const { rows } = await tx.raw<{ rows: RecipientRow[] }>(
    `select a.locale, p.channel, p.language, n.today, n.is_repeat, c.contacts
     from (select cast(:personId as uuid) as person_id) who
     left join open_accounts a using (person_id)
     left join notification_preference p using (person_id)
     cross join lateral (
       select count(*)::int as today, coalesce(bool_or(o.kind = :kind and o.queued_at > :justNow), false) as is_repeat
       from notification o where o.person_id = who.person_id and o.channel <> 'none' and o.queued_at > :dayAgo) n
     cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('contactId', o.contact_id, 'channel', o.channel, 'removedAt', o.removed_at)
         order by o.channel), '[]') as contacts
       from confirmed_contacts o where o.person_id = who.person_id) c`,
    { personId, kind, justNow, dayAgo },
  )
  const row = present(rows[0], 'the row of a person who is told')
  const { locale, channel, language, today, isRepeat } = row
  return {
    preference: channel === null ? undefined : { channel },
    language: language ?? (locale === 'en-CA' ? 'en' : 'fr'),
    today,
    isRepeat,
    contacts: row.contacts.map(({ removedAt, ...contact }) => ({
      ...contact,
      removedAt: removedAt === null ? null : new Date(removedAt),
    })),
  }
}
