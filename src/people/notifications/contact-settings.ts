import { isDeepStrictEqual } from 'node:util'
import type { Channel, ContactSeals } from '../accounts/index.ts'
import {
  accountOf,
  confirmByCode,
  contactSeals,
  contactsOf,
  markRemoved,
  noteAdded,
  noteNotice,
  proposeContact,
  readEmail,
  readNumber,
  recordActivity,
  refuseChange,
} from '../accounts/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { newUuid } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { CountedTry, Tries } from '../../base/web/limits/tries.ts'
import { makeCeilings } from './ceilings.ts'
import type { CodeSent } from './code-limits.ts'
import { makeCodeLimits } from './code-limits.ts'
import { makeCodes, readCode } from './codes.ts'
import { channelOf, enqueueMessage, languageFor, notify } from './notify.ts'
import type { Preference } from './preference-store.ts'
import { preferenceOf, savePreference } from './preference-store.ts'

/** The person whose addresses and choices change, and where the request comes from. */
export type ContactOwner = {
  readonly personId: string
  /** The ways in that made the session. */
  readonly factorIds: readonly string[]
  readonly origin: Origin
  /** As `peerOf`. */
  readonly peer: string
}

/** What a person chooses; undefined: as it is. */
export type MessageChoice = Pick<Preference, 'channel' | 'language'> & {
  readonly sendings: Preference['sendings'] | undefined
  readonly questionReminders: boolean | undefined
}

/** An address that is confirmed by a session of a recovery belongs to the recovery. */
type Confirming = ContactOwner & { readonly factorIds: readonly string[] }

/** Where and how a person is reached, and the changes that she may make. */
export type ContactSettings = {
  channels: readonly Channel[]
  /** Whether nobody can warn this person, though this installation could. */
  isUnreached(personId: string): Promise<boolean>
  /** Sends a code to an address. @returns the contact that waits for it. @throws Refusal contact.…, too-many-attempts */
  propose(asking: ContactOwner, channel: Channel, typed: string): Promise<string>
  /** @throws Refusal contact.code-refused, contact.code-over (410) */
  confirm(asking: Confirming, contactId: string, code: string): Promise<void>
  remove(asking: ContactOwner, channel: Channel): Promise<void>
  /** @throws Refusal contact.none (409): there is no address for that channel */
  choose(asking: Omit<ContactOwner, 'peer'>, choice: MessageChoice): Promise<void>
}

export function makeContactSettings(foundation: Foundation, tries: Tries): ContactSettings {
  const { db, clock, keys, config } = foundation
  const seals = contactSeals(keys)
  const codes = makeCodes(keys.data)
  const limits = makeCodeLimits(foundation, seals, tries)
  const ceilings = makeCeilings(foundation)
  const channels = channelsOf(config)
  return {
    channels,
    isUnreached: async (personId) => channels.length > 0 && !(await hasAddress(db, personId)),
    async propose(asking, channel, typed) {
      if (!channels.includes(channel)) throw new Refusal('contact.no-channel', 409)
      if (channel === 'sms' && (await ceilings.areTextsOver())) throw new Refusal('texts.over', 503)
      const address = channel === 'email' ? readEmail(typed) : readNumber(typed)
      await refuseReplacing(db, seals.rows, asking, clock())
      const now = clock()
      const sent = await limits.sendingTo(address, asking, () =>
        transact(db, (tx) => sendCode(tx, seals, asking.personId, { channel, address }, now)),
      )
      return sent.contactId
    },
    async confirm(asking, contactId, typed) {
      const code = readCode(typed)
      let sent: CodeSent | undefined
      const isCode = (counted: CountedTry, messageId: string) => {
        sent = { messageId }
        return codes.isCodeOf(counted, code, messageId)
      }
      await confirmed({ db, seals, tries }, asking, { contactId, isCode }, clock())
      if (sent !== undefined) await limits.cameBack(sent)
    },
    remove: ({ personId, factorIds: by, origin }, channel) =>
      transact(db, async (tx) => {
        const now = clock()
        await refuseChange(tx, seals.rows, { personId, factorIds: by }, now)
        if (!(await markRemoved(tx, seals.rows, { personId, channel, by }, now))) return
        await recordActivity(tx, { kind: 'contact.removed', personId, result: 'done' }, origin, now)
        await notify(tx, personId, 'contact.changed', now)
      }),
    choose: ({ personId, factorIds, origin }, choice) =>
      transact(db, async (tx) => {
        const now = clock()
        await refuseChange(tx, seals.rows, { personId, factorIds }, now)
        const before = await chosenMessages(tx, personId)
        const preference = chosenAfter(before, choice)
        if (preference.channel !== 'none' && !before.has.includes(preference.channel))
          throw new Refusal('contact.none', 409)
        if (isDeepStrictEqual({ ...before, ...preference }, before)) return
        const entry = { kind: 'messages.changed', personId, result: 'done' } as const
        await recordActivity(tx, entry, origin, now)
        // Before the change: the last message then tells the owner that somebody with a stolen session silences our messages.
        await notify(tx, personId, 'messages.changed', now)
        await savePreference(tx, personId, preference, now)
      }),
  }
}

type ConfirmingWith = {
  readonly db: Database
  readonly seals: ContactSeals
  readonly tries: Tries
}

type Typed = {
  readonly contactId: string
  readonly isCode: (counted: CountedTry, messageId: string) => boolean
}

/** @throws Refusal contact.code-refused, contact.code-over (410), too-many-attempts */
async function confirmed(
  { db, seals, tries }: ConfirmingWith,
  { personId, factorIds, origin, peer }: Confirming,
  typed: Typed,
  now: Date,
): Promise<void> {
  const confirmation = { personId, seals: seals.rows, by: factorIds, ...typed }
  await tries.judge({ kind: 'contact-code', peer, account: personId }, async (counted) => {
    const outcome = await transact(db, async (tx) => {
      await refuseReplacing(tx, seals.rows, { personId, factorIds }, now)
      const channel = await confirmByCode(counted, tx, confirmation, now)
      if (channel instanceof Refusal) return channel
      const { contactId } = typed
      // What a recovery added goes if the recovery is undone, addresses too.
      await noteAdded(tx, seals.rows, { personId, factorIds }, contactId, now)
      await recordActivity(tx, { kind: 'contact.added', personId, result: 'done' }, origin, now)
      await noteNotice(tx, { kind: 'address-added', personId, factorId: contactId }, origin, now)
      await notify(tx, personId, 'contact.changed', now)
      return channel
    })
    if (outcome instanceof Refusal) throw outcome
  })
}

// While a recovery is held no address is replaced, and none stands beside one that is there: messages could go to it in the place of that one.
// Where there is none, a first address takes nothing from anybody.
async function refuseReplacing(
  db: Database | Transaction,
  seals: ContactSeals['rows'],
  who: Pick<ContactOwner, 'personId' | 'factorIds'>,
  now: Date,
): Promise<void> {
  if (await hasAddress(db, who.personId)) await refuseChange(db, seals, who, now)
}

async function hasAddress(db: Database | Transaction, personId: string): Promise<boolean> {
  return (await contactsOf(db, personId)).some(({ removedAt }) => removedAt === null)
}

function channelsOf({ smtpUrl, smsGatewayUrl }: Foundation['config']): Channel[] {
  return [
    ...(smtpUrl === undefined ? [] : (['email'] as const)),
    ...(smsGatewayUrl === undefined ? [] : (['sms'] as const)),
  ]
}

async function sendCode(
  tx: Transaction,
  seals: ContactSeals,
  personId: string,
  { channel, address }: { readonly channel: Channel; readonly address: string },
  now: Date,
): Promise<CodeSent & { readonly contactId: string }> {
  const messageId = newUuid(now)
  const contactId = await proposeContact(tx, seals, { personId, channel, address, messageId }, now)
  const language = await languageFor(tx, personId, await preferenceOf(tx, personId))
  const message = { notificationId: messageId, personId, kind: 'contact.confirm' } as const
  await enqueueMessage(tx, { ...message, language, channel, contactId }, now)
  return { messageId, contactId }
}

/** What a person chose, and the channels for which she has an address. */
export type ChosenMessages = Preference & { readonly has: readonly Channel[] }

function chosenAfter(before: ChosenMessages, choice: MessageChoice): Preference {
  return {
    channel: choice.channel,
    language: choice.language,
    sendings: choice.sendings ?? before.sendings,
    questionReminders: choice.questionReminders ?? before.questionReminders,
  }
}

/** What a person chose; the channel that follows from her addresses, and no message that she did not ask for. */
export async function chosenMessages(
  db: Database | Transaction,
  personId: string,
): Promise<ChosenMessages> {
  const preference = await preferenceOf(db, personId)
  const contacts = await contactsOf(db, personId)
  const inUse = contacts.filter(({ removedAt }) => removedAt === null)
  const account = preference === undefined ? await accountOf(db, personId) : undefined
  return {
    channel: channelOf(preference, inUse),
    language: preference?.language ?? (account?.locale === 'en-CA' ? 'en' : 'fr'),
    sendings: preference?.sendings ?? 'never',
    questionReminders: preference?.questionReminders ?? false,
    has: inUse.map(({ channel }) => channel),
  }
}
