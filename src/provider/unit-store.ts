import type { Batched } from '../base/platform/batches.ts'
import { makeBatches } from '../base/platform/batches.ts'
import type { Database } from '../base/platform/database.ts'
import { prepared } from '../base/platform/database.ts'

// The statements of units, one that reads and one that writes, and the shapes of their rows. Ids are SHA-256: hex here, bytea in tables.

export type Json = Readonly<Record<string, unknown>>

/** A row that a unit has read. All rows of one read are of one instant. Times are seconds since the epoch. */
export type Row =
  | ArtifactRow
  | SessionRow
  | AuthorizationRow
  | ConnectionRow
  | SharingRow
  | { readonly kind: 'account'; readonly account_id: string }
  /** A proof that was unused until now; the read has inserted it. */
  | { readonly kind: 'replay'; readonly id: string }
  /** The register's epoch at that instant. */
  | { readonly kind: 'register'; readonly payload: { readonly epoch: number } }

export type ArtifactRow = {
  readonly kind: 'artifact'
  readonly id: string
  readonly payload: Json
  readonly version: number
  readonly consumed_at: number | null
  readonly expires_at: number
  readonly client_id: string | null
  readonly account_id: string | null
  readonly connection_id: string | null
  /** The uid of its session. */
  readonly uid: string | null
}
export type SessionRow = {
  readonly kind: 'session'
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly account_id: string | null
  readonly last_seen_at: number
  readonly expires_at: number
}
export type AuthorizationRow = {
  readonly kind: 'authorization'
  readonly uid: string
  readonly client_id: string
  readonly payload: Json
}
export type ConnectionRow = {
  readonly kind: 'connection'
  readonly connection_id: string
  readonly account_id: string
  readonly client_id: string
  readonly payload: { readonly scopes: readonly string[]; readonly claims: readonly string[] }
}

/** The live consents behind a token with details: the rows of `consent_states` of its person, as JSON. */
export type SharingRow = {
  readonly kind: 'sharing'
  readonly account_id: string
  readonly payload: {
    readonly consents: readonly Json[]
    readonly epoch: number
    readonly at: string
    /** The end of her chain, as a row of `ledger_heads`; null: there is none. */
    readonly head: Json | null
  }
}

export type WantedRows = {
  readonly artifacts: readonly string[]
  readonly sessions: readonly string[]
  readonly sessionUids: readonly string[]
  readonly accounts: readonly string[]
  readonly clients: readonly string[]
  readonly connections: readonly string[]
}

export type Replay = { readonly id: string; readonly until: Date }

/** The DPoP proof of a token. The read that finds the token inserts the proof, if the token is bound to a key. */
export type Proof = { readonly token: string; readonly jti: string; readonly until: Date }

/** The rows that one request wants, and the proofs that it has used so far. */
export type UnitRead = {
  readonly wanted: WantedRows
  readonly replays: readonly Replay[]
  readonly proofs: readonly Proof[]
}

/** The writes of one unit, in the shapes that migrations/functions/provider.sql takes. */
export type Writes = {
  readonly consumed: readonly string[]
  readonly replays: readonly Replay[]
  readonly ended: readonly string[]
  readonly dropped: readonly string[]
  readonly revoked: readonly string[]
  readonly opened: readonly Json[]
  readonly artifacts: readonly Json[]
  readonly sessions: readonly Json[]
  readonly activities: readonly Json[]
  readonly jobs: readonly Json[]
}

/** Reads and writes units. Units that arrive at once share one statement. */
export type UnitStore = {
  readonly read: Batched<UnitRead, Row[]>
  /** Rejects with the database's error AC001 for a lost race (`raceOf` reads it). */
  readonly apply: Batched<Applied, void>
}
type Applied = {
  readonly now: Date
  readonly writes: Writes
  /** The epoch of the register that the unit was judged by, if it was. */
  readonly judgedBy?: number | undefined
}

export function makeUnitStore(db: Database): UnitStore {
  return {
    read: makeBatches((reads) => readRows(db, reads)),
    apply: makeBatches((units) => applyUnits(db, units)),
  }
}

// One statement for all requests that read at once: the rows that each asked for, their session, account and live connections, the
// pushed request that a visit began with, and the consents behind a token with details. `n` is the number of the request.
const readText = /* sql */ `
with asked as materialized (
  select i.n, a.* from unnest($1::int[], $2::bytea[]) i(n, id),
    lateral (select * from oidc_artifacts o where o.id = i.id offset 0) a
), artifacts as materialized (
  select * from asked
  union all
  select a.n, p.* from asked a, lateral (select * from oidc_artifacts o where o.id = a.parent_id offset 0) p
), sessions as materialized (
  select i.n, s.* from unnest($3::int[], $4::bytea[]) i(n, id),
    lateral (select * from oidc_sessions o where o.id = i.id offset 0) s
  union
  select u.n, s.* from (
    select * from unnest($5::int[], $6::text[]) union select n, session_uid from asked where session_uid is not null
  ) u(n, uid), lateral (select * from oidc_sessions o where o.uid = u.uid offset 0) s
), people as materialized (
  select n, account_id from sessions where account_id is not null
  union select n, account_id from asked where account_id is not null
  union select * from unnest($7::int[], $8::uuid[])
), clients as materialized (
  select * from unnest($9::int[], $10::text[]) c(n, client_id)
  union select n, client_id from asked where client_id is not null
), noting as (
  select distinct on (id) id, n, until from (
    select * from unnest($13::int[], $14::bytea[], $15::timestamptz[]) r(n, id, until)
    union all
    select p.n, sha256(convert_to(t.client_id || p.jti, 'UTF8')), p.until
    from unnest($16::int[], $17::bytea[], $18::text[], $19::timestamptz[]) p(n, token, jti, until),
      lateral (select client_id from oidc_artifacts o where o.id = p.token and o.payload ? 'jkt' offset 0) t
  ) used order by id, n
), noted as (
  insert into oidc_replays (id, expires_at) select id, until from noting order by id on conflict do nothing returning id
)
select n, 'artifact' as kind, encode(id, 'hex') as id, session_uid as uid, payload, client_id, account_id, connection_id,
  version, extract(epoch from consumed_at)::float8 as consumed_at, null::float8 as last_seen_at,
  extract(epoch from expires_at)::float8 as expires_at
from artifacts
union all
select n, 'session', encode(id, 'hex'), uid, payload || jsonb_build_object('factors', factor_ids), null, account_id, null,
  null, null, extract(epoch from last_seen_at)::float8, extract(epoch from expires_at)::float8
from (select * from sessions order by last_seen_at) s
union all
select s.n, 'authorization', null, s.uid, a.content, a.client_id, null, null, null, null, null, null
from (select distinct n, uid from sessions) s,
  lateral (select * from oidc_session_authorizations o where o.session_uid = s.uid offset 0) a
union all
select n, 'account', null, null, null, null, account_id, null, null, null, null, null
from people, lateral (select 1 from open_accounts o where o.person_id = account_id offset 0) a
union all
select n, 'connection', null, null, jsonb_build_object('scopes', scopes, 'claims', claims), service_id, person_id,
  connection_id, null, null, null, null
from (
  select p.n, l.* from people p join clients c on c.n = p.n,
    lateral (select * from live_connections o where o.person_id = p.account_id and o.service_id = c.client_id offset 0) l
  union
  select i.n, l.* from (
    select * from unnest($11::int[], $12::uuid[]) union select n, connection_id from asked where connection_id is not null
  ) i(n, id), lateral (select * from live_connections o where o.connection_id = i.id offset 0) l
) live
union all
select n, 'sharing', null, null, jsonb_build_object('at', now() + clock_offset(), 'epoch', (select epoch from register_epoch), 'head', (
    select to_jsonb(h) from (
      select next_seq, head_commitment, updated_at, live, head_seal from ledger_heads where person_id = account_id) h), 'consents', (
    select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (
      select * from consent_states where person_id = account_id and state in ('active', 'suspended') limit 1000) s)),
  null, account_id, null, null, null, null, null
from (select distinct n, account_id from asked where account_id is not null and payload ? 'rar') t
union all
select n, 'replay', encode(id, 'hex'), null, null, null, null, null, null, null, null, null from noting join noted using (id)
union all
select null, 'register', null, null, jsonb_build_object('epoch', epoch), null, null, null, null, null, null, null from register_epoch`

async function readRows(db: Database, reads: readonly UnitRead[]): Promise<Row[][]> {
  const wanted = (kind: keyof WantedRows) => numbered(reads, (read) => read.wanted[kind])
  const asBytes = ([n, ids]: [number[], string[]]) => [n, bytes(ids)]
  const [replayN, replays] = numbered(reads, (read) => read.replays)
  const [proofN, proofs] = numbered(reads, (read) => read.proofs)
  const values = [
    ...asBytes(wanted('artifacts')),
    ...asBytes(wanted('sessions')),
    ...wanted('sessionUids'),
    ...wanted('accounts'),
    ...wanted('clients'),
    ...wanted('connections'),
    replayN,
    bytes(replays.map(({ id }) => id)),
    replays.map(({ until }) => until),
    proofN,
    bytes(proofs.map(({ token }) => token)),
    proofs.map(({ jti }) => jti),
    proofs.map(({ until }) => until),
  ]
  const statement = { name: 'unit-read', text: readText, values }
  const rows = await prepared<Row & { readonly n: number | null }>(db, statement)
  const answers: Row[][] = reads.map(() => [])
  // A row without `n` is for every request.
  for (const row of rows)
    for (const answer of row.n === null ? answers : [answers[row.n]]) answer?.push(row)
  return answers
}

/** The items of all reads in one list, and beside it the number of the read that each item belongs to. */
function numbered<T>(
  reads: readonly UnitRead[],
  items: (read: UnitRead) => readonly T[],
): [number[], T[]] {
  const [whose, all]: [number[], T[]] = [[], []]
  for (const [n, read] of reads.entries()) {
    for (const item of items(read)) {
      whose.push(n)
      all.push(item)
    }
  }
  return [whose, all]
}

/** Applies all the units or none. */
async function applyUnits(db: Database, units: readonly Applied[]): Promise<void[]> {
  const text = 'select require_epoch($1::bigint), apply_units($2::jsonb)'
  const values = [oldestOf(units), JSON.stringify(unitWritesOf(units))]
  await prepared(db, { name: 'unit-apply', text, values })
  return units.map(() => undefined)
}

/** The writes of units as the SQL function `apply_units` has them. */
function unitWritesOf(
  units: readonly Applied[],
): Readonly<Record<keyof Writes | 'moment', unknown>> {
  const all = <K extends keyof Writes>(kind: K) => units.flatMap(({ writes }) => [...writes[kind]])
  const replays = units.flatMap(({ writes }) => writes.replays)
  return {
    moment: new Date(Math.max(...units.map(({ now }) => now.getTime()))),
    consumed: all('consumed').map(idInJson),
    replays: replays.map(({ id, until }) => ({ id: idInJson(id), until })),
    ended: all('ended').map(idInJson),
    dropped: all('dropped').map(idInJson),
    revoked: all('revoked'),
    opened: all('opened'),
    artifacts: all('artifacts'),
    sessions: all('sessions'),
    activities: all('activities'),
    jobs: all('jobs'),
  }
}

// If the units rest on different epochs, the batch fails and each unit is applied alone.
function oldestOf(units: readonly Applied[]): number | null {
  const epochs = units.flatMap(({ judgedBy }) => judgedBy ?? [])
  return epochs.length === 0 ? null : Math.min(...epochs)
}

function bytes(ids: readonly string[]): Buffer[] {
  return ids.map((id) => Buffer.from(id, 'hex'))
}

function idInJson(id: string): string {
  return `\\x${id}`
}
