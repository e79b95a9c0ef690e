import { later } from '../../base/platform/clock.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { deleteBatch } from '../../base/platform/sweep.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Activity } from './activity-kinds.ts'

export type Channel = 'email' | 'sms'

export async function insertPerson(
  tx: Transaction,
  personId: string,
  locale: string,
  now: Date,
): Promise<void> {
  await tx('persons').insert({ personId, createdAt: now })
  await tx('accounts').insert({ personId, locale, openedAt: now })
}

export async function insertActivity(
  writer: Transaction | Database,
  row: Activity & Origin & { activityId: string; at: Date },
): Promise<void> {
  await writer('activity').insert({
    activityId: row.activityId,
    personId: row.personId ?? null,
    kind: row.kind,
    serviceId: row.serviceId ?? null,
    acr: row.acr ?? null,
    amr: row.amr ?? null,
    result: row.result,
    reason: row.reason ?? null,
    requestId: row.requestId,
    network: row.network ?? null,
    at: row.at,
  })
}

export async function lastActivityOfKind(
  db: Database,
  personId: string,
  kind: string,
): Promise<Date | undefined> {
  const row: { at: Date } | undefined = await db('activity')
    .select('at')
    .where({ personId, kind, result: 'done' })
    .orderBy('at', 'desc')
    .first()
  return row?.at
}

const invitedAgainSeconds = 30 * 24 * 3600

/** Whether to ask a person now if she wants a passkey. She is asked again after thirty days at the earliest. */
export async function inviteToPasskey(
  tx: Transaction,
  personId: string,
  now: Date,
): Promise<boolean> {
  const updated = await tx('accounts')
    .where({ personId })
    .whereRaw('(invited_at is null or invited_at < ?)', [later(now, -invitedAgainSeconds)])
    .update({ invitedAt: now })
  return updated === 1
}

/** Locks the account's row, so that two changes at once of the ways to open it see each other. */
export async function lockAccount(tx: Transaction, personId: string): Promise<boolean> {
  const rows: object[] = await tx('accounts').select('personId').where({ personId }).forUpdate()
  return rows.length === 1
}

/** The person of a factor, and how often sessions of her account were ended, read together with the factor. */
export type ProvenFactor = {
  readonly personId: string
  readonly factorId: string
  readonly sessionEpoch: number
}

/** The number that grows each time sessions of the account are ended. */
export async function sessionEpochOf(tx: Transaction, personId: string): Promise<number> {
  const row: { sessionEpoch: number } | undefined = await tx('accounts')
    .select('sessionEpoch')
    .where({ personId })
    .first()
  if (row === undefined) throw new Error('an account that is not there has no sessions')
  return row.sessionEpoch
}

export type AccountHeld = { readonly locale: string; readonly openedAt: Date }

/** The content of an open account that its person may read. */
export async function accountOf(db: Database, personId: string): Promise<AccountHeld | undefined> {
  const row: AccountHeld | undefined = await db('openAccounts')
    .select('locale', 'openedAt')
    .where({ personId })
    .first()
  return row
}

export type ActivityHeld = {
  readonly activityId: string
  readonly at: Date
  /** `at` to the microsecond, which a Date does not hold: it tells two lines of one millisecond apart. */
  readonly place: string
  readonly kind: string
  readonly serviceId: string | null
  readonly acr: string | null
  readonly amr: readonly string[] | null
  readonly result: 'done' | 'refused'
  readonly reason: string | null
  readonly requestId: string
  readonly network: string | null
}

/** One line of a person's activity, by its id. */
export async function activityAt(
  db: Database | Transaction,
  personId: string,
  activityId: string,
): Promise<Pick<ActivityHeld, 'kind' | 'at' | 'network'> | undefined> {
  return db('activity')
    .select('kind', 'at', 'network')
    .where({ personId, activityId })
    .first<Pick<ActivityHeld, 'kind' | 'at' | 'network'> | undefined>()
}

/** Newest first; `before` is the last line of the page before. */
export async function activityOf(
  db: Database,
  personId: string,
  before: ActivityHeld | undefined,
  limit: number,
): Promise<ActivityHeld[]> {
  const rows = db('activity')
    .select('activityId', 'at', 'kind', 'serviceId', 'acr', 'amr', 'result', 'reason', 'requestId')
    .select('network', db.raw('at::text as place'))
    .where({ personId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'activityId', order: 'desc' },
    ])
    .limit(limit)
  if (before === undefined) return rows
  return rows.whereRaw('(at, activity_id) < (?::timestamptz, ?::uuid)', [
    before.place,
    before.activityId,
  ])
}

/** Deletes one batch of what is older than its 13 months: activity, browsers not seen since, notices. @returns how many rows went */
export async function sweepActivity(db: Database, before: Date): Promise<number> {
  let gone = await deleteBatch(db, 'activity', 'at', before)
  gone += await deleteBatch(db, 'known_devices', 'last_seen_at', before)
  return gone + (await deleteBatch(db, 'notices', 'at', before))
}

type ContactRow = {
  readonly contactId: string
  readonly personId: string
  readonly channel: Channel
  readonly sealed: Buffer
  readonly digest: Buffer
  readonly createdAt: Date
  readonly messageId: string
  readonly confirmBy: Date
}

export async function insertContact(tx: Transaction, row: ContactRow): Promise<void> {
  await tx('contactPoint').insert(row)
}

export async function dropUnconfirmed(
  tx: Transaction,
  personId: string,
  channel: Channel,
): Promise<void> {
  await tx('contactPoint').where({ personId, channel, confirmedAt: null }).delete()
}

/** Counts a try of a code, if one is left. @returns the contact that waits for the code */
export async function countTry(
  tx: Transaction,
  personId: string,
  contactId: string,
  tries: number,
  now: Date,
): Promise<{ channel: Channel; messageId: string } | undefined> {
  const [row] = await tx('contactPoint')
    .where({ personId, contactId, confirmedAt: null })
    .where('tries', '<', tries)
    .where('confirmBy', '>', now)
    .increment('tries', 1)
    .returning<{ channel: Channel; messageId: string }[]>(['channel', 'messageId'])
  return row
}

export async function contactToConfirm(
  db: Database | Transaction,
  personId: string,
  contactId: string,
  now: Date,
): Promise<{ channel: Channel; sealed: Buffer } | undefined> {
  const row: { channel: Channel; sealed: Buffer } | undefined = await db('contactPoint')
    .select('channel', 'sealed')
    .where({ personId, contactId, confirmedAt: null })
    .where('confirmBy', '>', now)
    .first()
  return row
}

export async function confirmContact(
  tx: Transaction,
  contactId: string,
  now: Date,
): Promise<boolean> {
  const changed = await tx('contactPoint')
    .where({ contactId, confirmedAt: null })
    .update({ confirmedAt: now })
  return changed === 1
}

/** @returns whether an address was in use */
export async function markRemoved(
  tx: Transaction,
  personId: string,
  channel: Channel,
  now: Date,
): Promise<boolean> {
  const changed = await tx('contactPoint')
    .where({ personId, channel, removedAt: null })
    .whereNotNull('confirmedAt')
    .update({ removedAt: now })
  return changed > 0
}

export type ContactPoint = {
  readonly contactId: string
  readonly channel: Channel
  readonly sealed: Buffer
  readonly confirmedAt: Date
  /** Set for an address that the person removed lately: for some days more it is told what happens to the access. */
  readonly removedAt: Date | null
}

/** A person's confirmed addresses: in use, or removed lately. */
export function contactsOf(db: Database | Transaction, personId: string): Promise<ContactPoint[]> {
  return db('contactPoint')
    .select('contactId', 'channel', 'sealed', 'confirmedAt', 'removedAt')
    .where({ personId })
    .whereNotNull('confirmedAt')
    .orderBy('channel')
}

/** The address of a contact, confirmed or not: the code goes to an address that is not confirmed yet. */
export async function sealedAddress(db: Database, contactId: string): Promise<Buffer | undefined> {
  const row: { sealed: Buffer } | undefined = await db('contactPoint')
    .select('sealed')
    .where({ contactId })
    .first()
  return row?.sealed
}

/** Deletes one batch of addresses that were removed, or never confirmed, before. @returns how many rows went */
export async function sweepContacts(db: Database, before: Date): Promise<number> {
  const removed = await deleteBatch(db, 'contact_point', 'removed_at', before)
  const { rowCount } = await db.raw<{ rowCount: number }>(
    `delete from contact_point where ctid in (
       select ctid from contact_point where confirmed_at is null and confirm_by < ? limit 2000 for update skip locked)`,
    [before],
  )
  return removed + rowCount
}
