import { z } from 'zod'
import type { Channel } from '../accounts/index.ts'
import { contactAt, contactSeals, isWrittenTo, tellUntrusted } from '../accounts/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { Jobs } from '../../base/jobs/jobs.ts'
import type { Letter, Mailer } from '../../base/outbound/mailer.ts'
import {
  DeliveryDeferred,
  LetterUnanswered,
  RelayUnavailable,
  Undeliverable,
} from '../../base/outbound/mailer.ts'
import type { Meter } from '../../base/logging/meter.ts'
import type { Texter } from '../../base/outbound/sms.ts'
import { makeCeilings } from './ceilings.ts'
import { makeAddressLimit } from './code-limits.ts'
import { makeCodes } from './codes.ts'
import type { MessageKind } from './kinds.ts'
import { composeEmail, composeText, isKind, kinds } from './kinds.ts'
import { codeSeconds } from './letters.ts'
import { mailJob, textJob } from './notify.ts'
import type { MessageToSend } from './store.ts'
import {
  isMailInTrouble,
  markGivenUp,
  markSent,
  noteMailFailed,
  noteMailLeft,
  noteNotTaken,
  noteRelayReached,
  noteTry,
  notificationById,
} from './store.ts'

const job = z.object({ notificationId: z.uuid(), butOf: z.uuid().optional() })
const alarm = 'the texts of this hour are used up: TEXTS_PER_HOUR'

/** The services that carry messages; undefined: this installation has no such channel. */
export type Carriers = { readonly email: Mailer | undefined; readonly sms: Texter | undefined }

/** Whether an address opens an access of anybody but one person. */
export type OpensAccess = (address: string, butOf: string | undefined) => Promise<boolean>

/** One job for each message. A failure is tried again; a message that is given up is told in the log, and to the person. */
export function notificationsJobs(
  foundation: Foundation,
  carriers: Carriers,
  opensAccess: OpensAccess,
): Jobs {
  const { db, clock, log, keys } = foundation
  const { meter } = foundation
  const sendOnce = counted(meter, makeSend(foundation, carriers, opensAccess))
  const { mayReach } = makeAddressLimit(foundation, contactSeals(keys))
  const send: Jobs[string] = async (payload, context) => {
    const { notificationId, butOf } = job.parse(payload)
    const message = await notificationById(db, notificationId)
    // The message was sent before the job was noted as done, or its person is forgotten.
    if (message === undefined || message.sentAt !== null || message.givenUpAt !== null) return
    const { channel, kind } = message
    const address = await addressOf(foundation, message)
    if (address === undefined || channel === 'none' || isOver(message, clock()))
      return markGivenUp(db, notificationId, clock())
    if (message.personId === null && message.triedAt === null && !(await mayReach(address))) {
      await markGivenUp(db, notificationId, clock())
      log.info({ job: jobOf(channel), outcome: kind }, 'one code too many')
      return
    }
    await deliver(() => sendOnce(message, channel, address, butOf), message, channel, context)
  }
  const deliver = async (
    sendNow: () => Promise<void>,
    { notificationId, kind, inHandsAt }: MessageToSend,
    channel: Channel,
    context: Parameters<Jobs[string]>[1],
  ) => {
    // The try before ended without an answer, by a kill, say: the message may be there already, and comes again under its Message-ID.
    if (inHandsAt !== null) meter.count('messagesAgain', { channel })
    try {
      await sendNow()
    } catch (error) {
      if (!(error instanceof LetterUnanswered)) await noteNotTaken(db, notificationId)
      if (!isLast(context, error)) throw error
      await markGivenUp(db, notificationId, clock())
      log.error({ job: jobOf(channel), outcome: kind, error }, 'message given up')
      return
    }
    await markSent(db, notificationId, clock())
  }
  return {
    [mailJob]: send,
    [textJob]: send,
    // Pages that promise an e-mail are closed while none leaves, so that no message of theirs would notice that the relay is back.
    'notifications.probe': async () => {
      if (carriers.email === undefined || !(await isMailInTrouble(db))) return
      if (!(await carriers.email.isReached())) return noteMailFailed(db, false, clock())
      await noteRelayReached(db)
    },
  }
}

function jobOf(channel: Channel): string {
  return channel === 'email' ? mailJob : textJob
}

function isLast({ attempt, maxAttempts }: Parameters<Jobs[string]>[1], error: unknown): boolean {
  return error instanceof Undeliverable || attempt >= maxAttempts
}

/** The address of a message; undefined: the person it was for is forgotten, or somebody changed where she is written to. */
async function addressOf(
  { db, keys, log, clock }: Foundation,
  { notificationId, contactId, personId, kind, sealedAddress: own }: MessageToSend,
): Promise<string | undefined> {
  const seals = contactSeals(keys)
  // The address of such a message is sealed for this message alone.
  if (own !== null && own !== undefined)
    return isToAnyAddress(kind) ? seals.open(own, notificationId) : undefined
  const contact = contactId === null ? undefined : await contactAt(db, contactId)
  if (contact === undefined || isToAnyAddress(kind)) return undefined
  const isHers = contact.personId === personId
  // The code of an address goes to that address; everything else, to one that was confirmed.
  const isFor =
    kind === 'contact.confirm' ? contact.messageId === notificationId : contact.confirmedAt !== null
  if (isHers && isFor && isWrittenTo(seals.rows, contact))
    return seals.open(contact.sealed, contact.contactId)
  const row = { what: 'contact', ref: contact.contactId, personId: personId ?? undefined } as const
  const origin = { requestId: notificationId, network: undefined, now: clock() }
  await tellUntrusted({ db, log }, row, origin)
  return undefined
}

function isToAnyAddress(kind: string): boolean {
  return kind === 'address.code' || kind === 'address.taken'
}

// A code that has expired is not sent.
function isOver({ personId, queuedAt }: MessageToSend, now: Date): boolean {
  return personId === null && secondsAfter(queuedAt, codeSeconds) <= now
}

type Send = ReturnType<typeof makeSend>

function counted(meter: Meter, send: Send): Send {
  return async (message, channel, ...more) => {
    try {
      await send(message, channel, ...more)
    } catch (error) {
      const result = error instanceof Undeliverable ? 'refused' : 'failed'
      meter.count('messages', { channel, result })
      throw error
    }
    meter.count('messages', { channel, result: 'sent' })
  }
}

function makeSend(foundation: Foundation, carriers: Carriers, opensAccess: OpensAccess) {
  const { db, clock, config, log, words, keys } = foundation
  const codes = makeCodes(keys.data)
  const ceilings = makeCeilings(foundation)
  return async (
    message: MessageToSend,
    channel: Channel,
    to: string,
    butOf: string | undefined,
  ): Promise<void> => {
    const { notificationId, language } = message
    // A message is counted at its first try only: a later try is the same message.
    if (message.triedAt === null) {
      if (!(await ceilings.isLeftFor(to))) throw new Undeliverable('too many to one address')
      if (channel === 'sms') await takeText()
    }
    const kind = await kindOf(message, () => opensAccess(to, butOf))
    const stamp = { brand: config.brand, code: codes.codeOf(notificationId, kind) }
    const id = codes.nameOf(notificationId)
    const codeDigest = kinds[kind] === 'codeless' ? null : codes.digests(stamp.code)[0]
    await noteTry(db, notificationId, { kind, codeDigest }, clock())
    if (channel === 'email')
      return mail(carriers, { to, language, id, ...composeEmail(words, language, kind, stamp) })
    if (carriers.sms === undefined) throw new Error('SMS_GATEWAY_URL is absent: no text is sent')
    return carriers.sms({ to, id, text: composeText(words, language, kind, stamp) })
  }

  /** A text beyond the ceiling waits for its next try, in the next hour at the latest. The last text below it alarms the operator. */
  async function takeText(): Promise<void> {
    const text = await ceilings.takeText()
    if (text === 'last') log.error({ job: textJob, outcome: 'texts.ceiling' }, alarm)
    if (text === 'over') throw new Error('no more texts leave in this hour')
  }

  /** Notes failures of the relay itself, for pages that promise an e-mail; not what the relay says about one recipient. */
  async function mail({ email }: Carriers, letter: Letter): Promise<void> {
    try {
      if (email === undefined) throw new Error('SMTP_URL is absent: no e-mail is sent')
      await email.send(letter)
    } catch (error) {
      const isOfRecipient = error instanceof Undeliverable || error instanceof DeliveryDeferred
      if (!isOfRecipient) await noteMailFailed(db, !(error instanceof RelayUnavailable), clock())
      throw error
    }
    await noteMailLeft(db)
  }
}

/** Where an address opens an access already, the message tells the address so; the page of the person who asked tells nothing. */
async function kindOf(
  { kind }: MessageToSend,
  opensAccess: () => Promise<boolean>,
): Promise<MessageKind> {
  if (!isKind(kind)) throw new Error('a message of a kind that is not known')
  if (kind !== 'address.code' && kind !== 'address.taken') return kind
  return (await opensAccess()) ? 'address.taken' : 'address.code'
}
