import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import { bytesOfJson } from '../../base/database/column-names.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { deleteBatch } from '../../base/database/sweep.ts'
import { visitHash } from '../../base/web/visit.ts'
import { arrivalTable, errandTable } from './seal.ts'

// Who was sent to a provider, and who came back with an account that opens no access here yet.

/** A page that is loaded again and again keeps its newest ways there only. */
const maxErrands = 5

export function stateHash(state: string): Buffer {
  return createHash('sha256').update(`upstream-state:${state}`).digest()
}

export type ErrandRow = {
  readonly stateSha256: Buffer
  readonly errandSha256: Buffer
  readonly providerId: string
  readonly nonce: string
  readonly verifier: string
  readonly maxAge: number
  readonly begunAt: Date
  readonly expiresAt: Date
}

export async function insertErrand(db: Database, seals: RowSeals, row: ErrandRow): Promise<void> {
  await db.raw(
    `with trimmed as (
       delete from upstream_errands where state_sha256 in (
         select state_sha256 from upstream_errands where errand_sha256 = :errandSha256
         order by begun_at desc offset :others for update skip locked)
     )
     insert into upstream_errands (state_sha256, errand_sha256, provider_id, nonce, verifier, max_age, begun_at, expires_at, seal)
     values (:stateSha256, :errandSha256, :providerId, :nonce, :verifier, :maxAge, :begunAt, :expiresAt, :seal)`,
    // The statement does not see the row that it inserts.
    { ...row, seal: seals.seal(errandTable, row), others: maxErrands - 1 },
  )
}

export type ErrandTaken = ErrandRow & { readonly isUntrusted: boolean }

/** Takes an errand: of two answers with one state, one finds it. */
export async function takeErrand(
  db: Database,
  seals: RowSeals,
  stateSha256: Buffer,
): Promise<ErrandTaken | undefined> {
  const [row]: (ErrandRow & { readonly seal: Buffer })[] = await db('upstreamErrands')
    .where({ stateSha256 })
    .delete()
    .returning('*')
  if (row === undefined) return undefined
  const { seal, ...errand } = row
  return { ...errand, isUntrusted: !seals.holds(errandTable, errand, seal) }
}

/** Somebody who came back with an account that opens no access here. */
export type Arrival = {
  readonly providerId: string
  readonly issuer: string
  readonly identitySha256: Buffer
  readonly level: Level
  readonly provedAt: Date
  /** What the provider vouches for, sealed and bound to the name of the account; null: nothing. */
  readonly vouched: Buffer | null
  /** She wants to link it to the access with which she signs in next. */
  readonly links: boolean
  readonly expiresAt: Date
}

type ArrivalRow = Arrival & { readonly errandSha256: Buffer; readonly seal: Buffer }

const arrivalColumns = [
  'errandSha256',
  'providerId',
  'issuer',
  'identitySha256',
  'level',
  'provedAt',
  'vouched',
  'links',
  'expiresAt',
  'seal',
] as const satisfies readonly (keyof ArrivalRow)[]

export async function putArrival(
  db: Database,
  seals: RowSeals,
  errand: string,
  {
    vouched,
    ...arrival
  }: Omit<Arrival, 'links' | 'vouched'> & { readonly vouched: Buffer | null | undefined },
): Promise<void> {
  const row = { errandSha256: visitHash(errand), ...arrival, vouched: vouched ?? null }
  await db('upstreamArrivals')
    .insert({ ...row, links: false, seal: seals.seal(arrivalTable, row) })
    .onConflict('errandSha256')
    .merge()
}

/** Undefined too for a row that is not as this broker wrote it: she comes back anew. */
export async function findArrival(
  db: Database | Transaction,
  seals: RowSeals,
  errand: string,
  now: Date,
): Promise<Arrival | undefined> {
  const row: ArrivalRow | undefined = await db('upstreamArrivals')
    .select(arrivalColumns)
    .where({ errandSha256: visitHash(errand) })
    .where('expiresAt', '>', now)
    .first()
  return row && trustedArrival(seals, row)
}

/** As `findArrival`, of a row of the view `arrivals`, as JSON. */
export function arrivalFromJson(
  seals: RowSeals,
  errand: string,
  json: Readonly<Record<string, unknown>>,
  now: Date,
): Arrival | undefined {
  const text = (name: string) => json[name] as string // as PostgreSQL writes the column
  const row = {
    // Of the errand that was asked for: a row of another one has another seal.
    errandSha256: visitHash(errand),
    providerId: text('provider_id'),
    issuer: text('issuer'),
    identitySha256: bytesOfJson(text('identity_sha256')),
    level: text('level') as Level, // the table has no others
    provedAt: new Date(text('proved_at')),
    vouched: json['vouched'] === null ? null : bytesOfJson(text('vouched')),
    links: json['links'] === true,
    expiresAt: new Date(text('expires_at')),
    seal: bytesOfJson(text('seal')),
  }
  return row.expiresAt > now ? trustedArrival(seals, row) : undefined
}

/** Takes an arrival for a deed: of two at once, one gets it. */
export async function takeArrival(
  tx: Transaction,
  seals: RowSeals,
  errand: string,
  now: Date,
): Promise<Arrival | undefined> {
  const [row]: ArrivalRow[] = await tx('upstreamArrivals')
    .where({ errandSha256: visitHash(errand) })
    .where('expiresAt', '>', now)
    .delete()
    .returning(arrivalColumns)
  return row && trustedArrival(seals, row)
}

export function trustedArrival(seals: RowSeals, row: ArrivalRow): Arrival | undefined {
  return seals.holds(arrivalTable, row, row.seal) ? row : undefined
}

export async function markLinking(db: Database, errand: string): Promise<void> {
  await db('upstreamArrivals')
    .where({ errandSha256: visitHash(errand) })
    .update({ links: true })
}

export async function dropArrival(db: Database, errand: string): Promise<void> {
  await db('upstreamArrivals')
    .where({ errandSha256: visitHash(errand) })
    .delete()
}

const swept = ['upstream_errands', 'upstream_arrivals', 'upstream_sessions', 'upstream_logouts']

export async function sweepUpstream(db: Database, before: Date): Promise<number> {
  let gone = 0
  for (const table of swept) gone += await deleteBatch(db, table, 'expires_at', before)
  return gone
}
