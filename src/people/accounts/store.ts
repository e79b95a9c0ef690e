import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import type { AccessUse } from '../../ledger/chain/index.ts'
import type { Origin } from '../../base/web/request-log.ts'
import type { Activity } from './activity-kinds.ts'
import { accessChanges } from './activity-kinds.ts'
import { newStanding, sealOfStanding } from './person-standing.ts'
import { putWays } from './ways-store.ts'

type NewAccess = {
  readonly personId: string
  readonly locale: string
  readonly use: AccessUse
}

export async function insertPerson(
  tx: Transaction,
  seals: RowSeals,
  { personId, locale, use }: NewAccess,
  now: Date,
): Promise<void> {
  const seal = sealOfStanding(seals, newStanding(personId, now, use))
  await tx('persons').insert({ personId, createdAt: now })
  await tx('accounts').insert({ personId, locale, use, openedAt: now, seal })
  await putWays(tx, seals, personId, [])
}

/** When this person came to be known here. */
export async function personCreatedAt(db: Database, personId: string): Promise<Date> {
  const row = await db('persons').select('createdAt').where({ personId }).first()
  return present(row, 'the person of a signed-in session').createdAt
}

export async function isKnownPerson(db: Database, personId: string): Promise<boolean> {
  const row = await db('persons').select('personId').where({ personId }).first()
  return row !== undefined
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
    device: row.device ?? null,
    at: row.at,
  })
}

/** A line of this id stands once, however many requests read the same row at once. Nobody who is not known gets one. */
export async function insertUntrusted(
  db: Database | Transaction,
  row: Origin & { activityId: string; personId: string; what: string; at: Date },
): Promise<void> {
  const { activityId, personId, what, requestId, network = null, at } = row
  await db.raw(
    `insert into activity (activity_id, person_id, kind, result, reason, request_id, network, at)
     select :activityId, person_id, 'record.untrusted', 'refused', :what, :requestId, :network, :at from persons
     where person_id = :personId on conflict (activity_id) do nothing`,
    { activityId, personId, what, requestId, network, at },
  )
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

/** The ways in that made the sign-in of this instant: all rows of a deed have one `now`. */
export async function factorsOfSignIn(
  tx: Transaction,
  personId: string,
  at: Date,
): Promise<readonly string[]> {
  const row: { factorIds: readonly string[] | null } | undefined = await tx('activity')
    .select('factorIds')
    .where({ personId, at, kind: 'access.signed-in', result: 'done' })
    .first()
  return row?.factorIds ?? []
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
  return present(row, 'the account of a recovery').sessionEpoch
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
  readonly device: string | null
  /** Of a service that was told of the end of a session: when it confirmed, or was given up. */
  readonly settledAt: Date | null
}

/** What became of a notice that a session has ended; undefined: the service takes no notices, and the line goes. */
export async function settleTold(
  db: Database,
  activityId: string,
  outcome: 'confirmed' | 'given-up' | undefined,
  now: Date,
): Promise<void> {
  const line = db('activity').where({ activityId, kind: 'session.told' })
  await (outcome === undefined ? line.delete() : line.update({ reason: outcome, settledAt: now }))
}

/** One line of a person's activity, by its id. */
export async function activityAt(
  db: Database | Transaction,
  personId: string,
  activityId: string,
): Promise<Pick<ActivityHeld, 'kind' | 'at' | 'network' | 'device'> | undefined> {
  return db('activity')
    .select('kind', 'at', 'network', 'device')
    .where({ personId, activityId })
    .first<Pick<ActivityHeld, 'kind' | 'at' | 'network' | 'device'> | undefined>()
}

/** Newest first; `before` is the last line of the page before. */
export async function activityOf(
  db: Database,
  personId: string,
  before: Pick<ActivityHeld, 'place' | 'activityId'> | undefined,
  limit: number,
): Promise<ActivityHeld[]> {
  const rows = db('activity')
    .select('activityId', 'at', 'kind', 'serviceId', 'acr', 'amr', 'result', 'reason', 'requestId')
    .select('settledAt', 'network', 'device', db.raw('at::text as place'))
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

/** The newest lines that say that who gets in, or who is told, changed. */
export async function changesOf(
  db: Database,
  personId: string,
  limit: number,
): Promise<Pick<ActivityHeld, 'activityId' | 'kind' | 'at' | 'device'>[]> {
  return db('activity')
    .select('activityId', 'kind', 'at', 'device')
    .where({ personId, result: 'done' })
    .whereIn('kind', [...accessChanges])
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'activityId', order: 'desc' },
    ])
    .limit(limit)
}

/** Deletes one batch of what is older than this instant: activity, browsers not seen since, notices. @returns how many rows went */
export async function sweepActivity(db: Database, before: Date): Promise<number> {
  let gone = await deleteBatch(db, 'activity', 'at', before)
  gone += await deleteBatch(db, 'known_devices', 'last_seen_at', before)
  return gone + (await deleteBatch(db, 'notices', 'at', before))
}
