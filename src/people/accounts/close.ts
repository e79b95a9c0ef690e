import { secondsAfter } from '../../base/values/clock.ts'
import { msOf, retention } from '../../base/values/retention.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { readId } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Origin } from '../../base/web/request-log.ts'
import { recordActivity } from './activity.ts'
import { personOfConsent, personOfDecision } from './closing-store.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { reasonOfStanding } from './standing-event.ts'
import type { StandingAuthor } from './standing-store.ts'
import { changeStanding, readPersonStanding } from './standing-store.ts'
import { standingFromJson } from './person-standing.ts'
import { tellUntrusted } from './untrusted-rows.ts'
import type { RowReader } from './untrusted-rows.ts'

export type Closure = { readonly closedAt: Date; readonly eraseAt: Date }

/**
 * Closes an account: from the commit on, only its person can open it again, until the account is erased.
 * @returns when it will be erased
 */
export async function closeAccount(
  tx: Transaction,
  vault: Vault,
  personId: string,
  { by, origin }: { readonly by: StandingAuthor; readonly origin: Origin },
  now: Date,
): Promise<Date> {
  const eraseAt = secondsAfter(now, msOf(retention.closing) / 1000)
  const told = await changeStanding(tx, vault, personId, by, ({ closedAt }) =>
    closedAt === null ? { closedAt: now, eraseAt } : undefined,
  )
  if (told === undefined) throw new Refusal('not-found', 404)
  const line = { kind: 'access.closed', personId, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: reasonOfStanding(told) }, origin, now)
  return eraseAt
}

/** @returns false when it was not closed, or is erased */
export async function reopenAccount(
  tx: Transaction,
  vault: Vault,
  personId: string,
  origin: Origin,
  now: Date,
): Promise<boolean> {
  const herself = { actor: { type: 'person' } } as const
  const told = await changeStanding(tx, vault, personId, herself, ({ eraseAt }) =>
    eraseAt !== null && eraseAt > now ? { closedAt: null, eraseAt: null } : undefined,
  )
  if (told === undefined) return false
  const line = { kind: 'access.reopened', personId, result: 'done' } as const
  await recordActivity(tx, { ...line, reason: reasonOfStanding(told) }, origin, now)
  return true
}

/**
 * The closure of an account that is closed and not yet erased.
 * @param read her row of the view `standings_told`, as JSON, where it was read already
 * @throws Refusal sign-in.refused where somebody else changed whether its person may sign in
 */
export async function findClosure(
  reading: RowReader,
  personId: string,
  read: Readonly<Record<string, unknown>> | null = null,
): Promise<Closure | undefined> {
  const { db, seals } = reading
  const standing =
    read?.['person_id'] === personId
      ? standingFromJson(seals, read)
      : await readPersonStanding(db, seals, personId)
  if (standing?.isTrusted === false) {
    const row = { what: 'standing', ref: reading.origin.requestId, personId } as const
    await tellUntrusted(reading, row, { ...reading.origin, now: reading.now })
    throw new Refusal('sign-in.refused')
  }
  const { closedAt, eraseAt } = standing ?? { closedAt: null, eraseAt: null }
  return closedAt === null || eraseAt === null ? undefined : { closedAt, eraseAt }
}

/** The person to whom a reference belongs: `con_…`, a sharing, or `dec_…`, a sending. */
export async function personOf(
  db: Database | Transaction,
  reference: string,
): Promise<string | undefined> {
  const consentId = readId('con', reference)
  if (consentId !== undefined) return personOfConsent(db, consentId)
  const decisionId = readId('dec', reference)
  return decisionId === undefined ? undefined : personOfDecision(db, decisionId)
}
