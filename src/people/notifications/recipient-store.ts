import type { ContactPoint } from '../accounts/index.ts'
import type { Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Preference } from './preference-store.ts'

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

type Row = {
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
  const { rows } = await tx.raw<{ rows: Row[] }>(
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
