import type { Channel } from './contact-store.ts'
import { domainToASCII } from 'node:url'
import type { Transaction } from '../../base/database/database.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { newUuid } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Keys } from '../../base/keys/keys.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { makeRowSeals } from '../../base/sealing/row-seal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { CountedTry } from '../../base/web/limits/tries.ts'
import { makeSeals } from '../../base/sealing/encryption.ts'
import { markRemoved } from './contact-removal-store.ts'
import { lockAccount } from './store.ts'
import {
  confirmContact,
  contactToConfirm,
  countTry,
  dropUnconfirmed,
  holdsContact,
  insertContact,
} from './contact-store.ts'

/** A code confirms for a day, for it need not be given where it was asked for, and is tried five times at most. */
const confirmSeconds = 24 * 3600
export const maxTries = 5
const maxEmail = 254

/** Seals of addresses, by which they can be read, and of rows, by which they are believed. */
export type ContactSeals = Seals & { readonly rows: RowSeals }

export function contactSeals({ data, seal }: Pick<Keys, 'data' | 'seal'>): ContactSeals {
  return { ...makeSeals(data, 'contact'), rows: makeRowSeals(seal) }
}

// The addresses that every SMTP server accepts: no quotes, no comments, no second address (RFC 5321 4.1.2, a dot-string in ASCII).
const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const domainName =
  /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]*[a-z][a-z0-9-]*$/i

/**
 * Turns an e-mail address that a person typed into the form in which it is kept: the domain in ASCII and small letters, so that
 * a domain that only looks like another one is another text.
 * @throws Refusal contact.email-invalid
 */
export function readEmail(typed: string): string {
  const text = typed.trim()
  const at = text.lastIndexOf('@')
  const [local, domain] = [text.slice(0, at), domainToASCII(text.slice(at + 1)).toLowerCase()]
  const isGood = at > 0 && at <= 64 && localPart.test(local) && domainName.test(domain)
  if (!isGood || local.length + domain.length + 1 > maxEmail)
    throw new Refusal('contact.email-invalid')
  return `${local}@${domain}`
}

// North American numbers only: fraudsters rob gateways by texts to expensive foreign numbers.
const northAmerican = /^1?([2-9]\d\d[2-9]\d{6})$/
const premium = /^900|^976/

/** Turns a mobile number that a person typed into E.164. @throws Refusal contact.number-invalid */
export function readNumber(typed: string): string {
  const digits = typed
    .normalize('NFKC')
    .replace(/^\s*\+/, '')
    .replaceAll(/[\s().\-‐‑–]/gu, '')
  const number = northAmerican.exec(digits)?.[1]
  if (number === undefined || premium.test(number)) throw new Refusal('contact.number-invalid')
  return `+1${number}`
}

export type NewContact = {
  readonly personId: string
  readonly channel: Channel
  /** As `readEmail` or `readNumber` gave it. */
  readonly address: string
  /** The message that carries the code. */
  readonly messageId: string
}

/** Notes an address that waits for its code; an address that waited before is forgotten. @returns its id */
export async function proposeContact(
  tx: Transaction,
  seals: ContactSeals,
  { personId, channel, address, messageId }: NewContact,
  now: Date,
): Promise<string> {
  const contactId = newUuid(now)
  await dropUnconfirmed(tx, personId, channel)
  await insertContact(tx, seals.rows, {
    contactId,
    personId,
    channel,
    sealed: seals.seal(address, contactId),
    digest: digestOf(seals, address),
    createdAt: now,
    messageId,
    confirmBy: secondsAfter(now, confirmSeconds),
  })
  return contactId
}

export type Confirmation = {
  readonly personId: string
  readonly contactId: string
  readonly seals: RowSeals
  /** The ways in that made the session which confirms it. */
  readonly by: readonly string[]
  /** Whether this is the code of that message. */
  readonly isCode: (counted: CountedTry, messageId: string) => boolean
}

/**
 * Confirms an address by the code that was sent there. A try is counted before it is judged, so that many tries at once are five.
 * @returns the channel. @throws Refusal contact.code-refused, contact.code-over (410)
 */
export async function confirmByCode(
  counted: CountedTry,
  tx: Transaction,
  { personId, contactId, seals, by, isCode }: Confirmation,
  now: Date,
): Promise<Channel | Refusal> {
  // Before the address: whoever erases an account locks it first, too.
  await lockAccount(tx, personId)
  const waiting = await countTry(tx, personId, contactId, maxTries, now)
  if (waiting === undefined || !holdsContact(seals, waiting))
    return new Refusal('contact.code-over', 410)
  // Returned, not thrown: the try stays counted.
  if (!isCode(counted, waiting.messageId)) return new Refusal('contact.code-refused')
  await markRemoved(tx, seals, { ...waiting, by }, now)
  if (!(await confirmContact(tx, seals, waiting, now))) return new Refusal('contact.code-over', 410)
  return waiting.channel
}

export async function waitingContact(
  tx: Parameters<typeof contactToConfirm>[0],
  seals: RowSeals,
  personId: string,
  contactId: string,
  now: Date,
): Promise<{ readonly channel: Channel; readonly sealed: Buffer } | undefined> {
  const waiting = await contactToConfirm(tx, personId, contactId, now)
  return waiting !== undefined && holdsContact(seals, waiting) ? waiting : undefined
}

/** The key under which the limits count an address: its digest under the newest key. */
export function digestOf(seals: Seals, address: string): Buffer {
  return seals.digests(address.toLowerCase())[0]
}
