import type { Session } from '../../base/database/db-session.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { DeliveryRow, WaitingRow } from './rows.ts'

// SQL of this room. A trigger on consent_current inserts the rows in the transaction of the stop.

const maxConsents = 500

export async function deliveryOf(
  db: Database | Transaction,
  consentId: string,
  party: number,
): Promise<DeliveryRow | undefined> {
  return db('revocationDelivery')
    .select('*')
    .where({ consentId, party })
    .first<DeliveryRow | undefined>()
}

export async function writeEffect(
  tx: Transaction,
  { consentId, party, ...said }: DeliveryRow,
): Promise<void> {
  await tx('revocationDelivery').where({ consentId, party }).update(said)
}

export async function writeDelivered(
  tx: Transaction,
  { consentId, party }: Pick<DeliveryRow, 'consentId' | 'party'>,
  deliveredAt: Date,
): Promise<void> {
  await tx('revocationDelivery').where({ consentId, party }).update({ deliveredAt })
}

/** The place of a stop in its body's list. */
export type StopPlace = { readonly at: string; readonly consentId: string }

const firstPlace: StopPlace = {
  at: '-infinity',
  consentId: '00000000-0000-0000-0000-000000000000',
}

/** Stops that wait for this body's final report, oldest first. */
export async function stopsWaitingFor(
  db: Database,
  party: number,
  { at, consentId }: StopPlace = firstPlace,
  limit = 1,
): Promise<WaitingRow[]> {
  const { rows } = await db.raw<{
    rows: (Omit<WaitingRow, 'categories'> & { readonly categories: string })[]
  }>(
    `select d.*, d.queued_at::text as at, c.holder, c.recipient, c.dataset, c.categories
     from (
       select * from revocation_delivery
       where party = ? and (effect is null or effect = 'pending') and (queued_at, consent_id) > (?::timestamptz, ?::uuid)
       order by queued_at, consent_id limit ?
     ) d join consent_states c using (person_id, consent_id)
     order by d.queued_at, d.consent_id`,
    [party, at, consentId, limit],
  )
  return rows.map((row) => ({ ...row, categories: BigInt(row.categories) }))
}

/** Of each body so many are counted at most. */
const mostCounted = 10_000

// The bodies for which stops wait, one look at the index `revocation_delivery_waiting` each: a list of them from all that waits would
// read all of it.
const bodies = /* sql */ `recursive body(party) as (
    (select party from revocation_delivery where effect is null or effect = 'pending' order by party limit 1)
    union all
    select (select d.party from revocation_delivery d where (d.effect is null or d.effect = 'pending') and d.party > b.party
            order by d.party limit 1)
    from body b where b.party is not null
  )`

/** How many of the stops between two instants a body has not answered, or has answered with « not yet » alone. */
export async function overdueBetween(
  db: Database,
  { from, to, isSilent }: { readonly from: Date; readonly to: Date; readonly isSilent: boolean },
): Promise<readonly { readonly party: number; readonly times: number }[]> {
  const { rows } = await db.raw<{ rows: { party: number; times: number }[] }>(
    `with ${bodies}
     select b.party, n.times from body b cross join lateral (
       select count(*)::integer as times from (
         select from revocation_delivery d
         where d.party = b.party and (d.effect is null or d.effect = 'pending') and (d.effect is null or not ?::boolean)
           and d.queued_at >= ? and d.queued_at < ? order by d.queued_at limit ${mostCounted}) overdue) n
     where b.party is not null and n.times > 0 limit 1000`,
    [isSilent, from, to],
  )
  return rows
}

/** The effects of these stops at both bodies, the holder first. */
export async function effectsOf(
  db: Database | Transaction,
  consentIds: readonly string[],
): Promise<DeliveryRow[]> {
  if (consentIds.length === 0) return []
  return db('revocationDelivery')
    .select('*')
    .whereIn('consentId', consentIds.slice(0, maxConsents))
    .orderBy(['consentId', 'role'])
}

/** One page of a person's stops, newest first; `before` is the last stop of the page before. */
export async function effectsPage(
  db: Database,
  personId: string,
  before: DeliveryRow | undefined,
  limit: number,
): Promise<DeliveryRow[]> {
  const { consentId = 'ffffffff-ffff-ffff-ffff-ffffffffffff', party = 0 } = before ?? {}
  return db('revocationDelivery')
    .select('*')
    .where({ personId })
    .whereRaw('(consent_id, party) < (?::uuid, ?::integer)', [consentId, party])
    .orderBy([
      { column: 'consentId', order: 'desc' },
      { column: 'party', order: 'desc' },
    ])
    .limit(limit)
}

/** The stops of which a body has not said the effect, by body, for who watches the house. */
export function unreportedStops(
  session: Session,
): Promise<{ readonly party: number; readonly stops: number; readonly oldestAt: Date }[]> {
  return session.rows(
    `with ${bodies}
     select b.party, n.stops, n.oldest_at as "oldestAt" from body b cross join lateral (
       select count(*)::integer as stops, min(u.queued_at) as oldest_at from (
         select d.queued_at from revocation_delivery d
         where d.party = b.party and (d.effect is null or d.effect = 'pending')
         order by d.queued_at limit ${mostCounted}) u) n
     where b.party is not null limit 1000`,
  )
}
