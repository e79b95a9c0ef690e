import type { Channel } from '../accounts/index.ts'
import { accountOf } from '../accounts/index.ts'
import { earlierBy } from '../../base/values/calendar.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { retention } from '../../base/values/retention.ts'
import type { Transaction } from '../../base/database/database.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Job } from '../../base/jobs/jobs.ts'
import { enqueue } from '../../base/jobs/jobs.ts'
import type { Language } from '../../base/values/languages.ts'
import type { MessageKind, MessageNotice } from './kinds.ts'
import { kinds, templateVersion, urgencyOf } from './kinds.ts'
import type { Preference } from './preference-store.ts'
import { insertNotification, messageRecipient } from './store.ts'
import type { RecipientAddress } from './store.ts'

export const mailJob = 'notifications.mail'
export const textJob = 'notifications.text'
// With the queue's waits (jobs.ts), the tries spread over a day and a half.
const maxAttempts = 15
const daySeconds = 24 * 3600
// Repeated changes to an access must not fill a mailbox: beyond these limits only the lines in « Mon accès » go on.
// Messages that go everywhere have room that no other messages use up.
const mostADay = { chosen: 20, all: 60, every: 80 }
// A person who stops all of her sharings is told so once.
const momentSeconds = 5 * 60

/** Tells a person that something happened: in the transaction of the deed, so that no message is lost and none tells of a deed undone. */
export async function notify(
  tx: Transaction,
  personId: string,
  kind: MessageNotice,
  now: Date,
): Promise<void> {
  const reach = kinds[kind]
  const since = {
    dayAgo: secondsAfter(now, -daySeconds),
    justNow: secondsAfter(now, -momentSeconds),
  }
  const told = await messageRecipient(tx, { personId, kind }, since)
  const { preference, language, today, isRepeat } = told
  const isSilent = today >= mostADay[reach] || (reach === 'chosen' && isRepeat)
  const targets = isSilent ? [] : targetsOf(reach, preference, told.contacts, now)
  const row = { personId, kind, language }
  if (targets.length === 0) await note(tx, { ...row, channel: 'none', contactId: null }, now)
  for (const { channel, contactId } of targets) {
    await enqueueMessage(tx, { ...row, channel, contactId }, now)
  }
}

/** The addresses of a notice; none: the notice is only a line in « Mon accès ». */
function targetsOf(
  reach: 'every' | 'all' | 'chosen',
  preference: Pick<Preference, 'channel'> | undefined,
  contacts: readonly RecipientAddress[],
  now: Date,
): readonly RecipientAddress[] {
  if (reach !== 'every' && preference?.channel === 'none') return []
  const oldest = earlierBy(now, retention.removed)
  if (reach !== 'chosen')
    return contacts.filter(({ removedAt }) => removedAt === null || removedAt > oldest)
  const inUse = contacts.filter(({ removedAt }) => removedAt === null)
  const chosen = inUse.find(({ channel }) => channel === channelOf(preference, inUse))
  return chosen === undefined ? [] : [chosen]
}

/** The channel that the person chose, or the one that she has. */
export function channelOf(
  preference: Pick<Preference, 'channel'> | undefined,
  inUse: readonly { readonly channel: Channel }[],
): Channel | 'none' {
  const has = (channel: string) => inUse.some((contact) => contact.channel === channel)
  if (preference?.channel === 'none') return 'none'
  if (preference !== undefined && has(preference.channel)) return preference.channel
  return has('email') ? 'email' : has('sms') ? 'sms' : 'none'
}

export async function languageFor(
  tx: Transaction,
  personId: string,
  preference: Preference | undefined,
): Promise<Language> {
  if (preference !== undefined) return preference.language
  return (await accountOf(tx, personId))?.locale === 'en-CA' ? 'en' : 'fr'
}

type Message = {
  readonly notificationId?: string
  readonly personId: string
  readonly kind: MessageKind
  readonly language: Language
  readonly channel: Channel
  readonly contactId: string
}

export async function enqueueMessage(tx: Transaction, message: Message, now: Date): Promise<void> {
  const notificationId = await note(tx, message, now)
  await enqueue(tx, sendingJob(message.channel, message.kind, { notificationId }, maxAttempts))
}

type Sent = { readonly notificationId: string; readonly butOf?: string | undefined }

/**
 * The job that sends a message. E-mails go to one relay, in places of their own (room.ts). Texts go to one gateway, two at a time among
 * all other jobs.
 */
export function sendingJob(
  channel: Channel,
  kind: MessageKind,
  payload: Sent,
  maxAttempts: number,
): Job {
  const job = { payload, maxAttempts, priority: urgencyOf(kind) }
  if (channel === 'email') return { ...job, name: mailJob }
  return { ...job, name: textJob, receiver: { name: channel, call: payload.notificationId } }
}

type Noted = Omit<Message, 'channel' | 'contactId'> & {
  readonly channel: Channel | 'none'
  readonly contactId: string | null
}

async function note(tx: Transaction, noted: Noted, now: Date): Promise<string> {
  const notificationId = noted.notificationId ?? newUuid(now)
  await insertNotification(tx, { ...noted, notificationId, templateVersion, queuedAt: now })
  return notificationId
}
