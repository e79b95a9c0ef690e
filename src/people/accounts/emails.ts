import type { Database, Transaction } from '../../base/database/database.ts'
import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Channel, SealedContact } from './contact-store.ts'
import { emailRow, isWrittenTo } from './contact-store.ts'
import type { ContactSeals } from './contacts.ts'
import type { ListedWays } from './ways.ts'

// The confirmed e-mail address that a person has now, for a service that may be told it. It is opened here, and nowhere else for that.

type Json = Readonly<Record<string, unknown>>
/** A confirmed address as its row has it: sealed. */
export type EmailHeld = SealedContact & ListedWays

/** A row of the view `emails_in_use`, as JSON. @returns undefined: it is not as this broker wrote it */
export function believedEmail(seals: RowSeals, json: Json): EmailHeld | undefined {
  const text = (name: string) => json[name] as string // as PostgreSQL writes the column
  const bytes = (name: string) => bytesOfJson(text(name))
  const at = (name: string) => new Date(text(name))
  const row = {
    contactId: text('contact_id'),
    personId: text('person_id'),
    channel: text('channel') as Channel, // the table has no others
    sealed: bytes('sealed'),
    digest: bytes('digest'),
    createdAt: at('created_at'),
    messageId: text('message_id'),
    confirmBy: at('confirm_by'),
    confirmedAt: at('confirmed_at'),
    removedAt: null,
    seal: json['seal'] === null ? null : bytes('seal'),
    ways: json['ways'] as ListedWays['ways'],
    waysSeal: json['ways_seal'] === null ? null : bytes('ways_seal'),
  }
  return isWrittenTo(seals, row) ? row : undefined
}

/** The address in words. */
export function openEmail(seals: ContactSeals, { sealed, contactId }: EmailHeld): string {
  return seals.open(sealed, contactId)
}

/** The confirmed address that she has now; undefined: none that is believed. */
export async function emailOf(
  db: Database | Transaction,
  seals: ContactSeals,
  personId: string,
): Promise<string | undefined> {
  const row = await emailRow(db, personId)
  return row !== undefined && isWrittenTo(seals.rows, row) ? openEmail(seals, row) : undefined
}
