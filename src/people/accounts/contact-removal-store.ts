import type { Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { contactTable } from './contact-seal.ts'
import type { Channel, SealedContact } from './contact-store.ts'
import { contactColumns, holdsContact, wayTo } from './contact-store.ts'
import { lockAccount } from './store.ts'
import { letStand, letWait, maxWaitingWays, waitingWays } from './waiting-ways.ts'
import { dropWays } from './ways-store.ts'

type Removing = {
  readonly personId: string
  readonly channel: Channel
  /** The ways in that made the session which removes it. */
  readonly by: readonly string[]
}

/**
 * Removes the address in use: for 72 hours it waits, is told what happens to the access, and can be put back.
 * @returns whether an address was in use. @throws Refusal contact.too-many (409)
 */
export async function markRemoved(
  tx: Transaction,
  seals: RowSeals,
  { personId, channel, by }: Removing,
  now: Date,
): Promise<boolean> {
  // Before the address: whoever erases an account locks it first, too.
  await lockAccount(tx, personId)
  const row = await tx('contactPoint')
    .select(contactColumns)
    .where({ personId, channel, removedAt: null })
    .whereNotNull('confirmedAt')
    .forUpdate()
    .first<SealedContact | undefined>()
  if (row === undefined) return false
  const waiting = await waitingWays(tx, seals, personId, now)
  if (waiting.filter(({ kind }) => kind === 'contact').length >= 2 * maxWaitingWays)
    throw new Refusal('contact.too-many', 409)
  // A row that somebody changed gets no seal by a deed of ours, and waits for nothing.
  const isTrue = holdsContact(seals, row)
  if (isTrue)
    await letWait(tx, seals, personId, [wayTo(row)], { since: now, because: 'removed', by })
  else await dropWays(tx, seals, personId, [wayTo(row)])
  const seal = isTrue ? seals.seal(contactTable, { ...row, removedAt: now }) : null
  await tx('contactPoint').where({ contactId: row.contactId }).update({ removedAt: now, seal })
  return true
}

/** Puts a removed address in use again, in place of the one that came after it. @returns false when it is gone, or was changed */
export async function putContactBack(
  tx: Transaction,
  seals: RowSeals,
  { personId, contactId, by }: Omit<Removing, 'channel'> & { readonly contactId: string },
  now: Date,
): Promise<boolean> {
  await lockAccount(tx, personId)
  const row = await tx('contactPoint')
    .select(contactColumns)
    .where({ personId, contactId })
    .whereNotNull('removedAt')
    .forUpdate()
    .first<SealedContact | undefined>()
  if (row === undefined || !holdsContact(seals, row)) return false
  // First, so that as many wait as before.
  await letStand(tx, seals, personId, { kind: 'contact', name: contactId }, now)
  await markRemoved(tx, seals, { personId, channel: row.channel, by }, now)
  const seal = seals.seal(contactTable, { ...row, removedAt: null })
  await tx('contactPoint').where({ contactId }).update({ removedAt: null, seal })
  return true
}
