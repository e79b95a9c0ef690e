import type { Database, Transaction } from '../foundation/database.ts'
import { prepared } from '../foundation/database.ts'
import { deleteBatch } from '../foundation/sweep.ts'

// All SQL of this room. Ids are hex of SHA-256 here: bytea leaves PostgreSQL's JSON in that form.

export type Json = Readonly<Record<string, unknown>>

export type ArtifactRow = {
  readonly id: string
  readonly payload: Json
  readonly version: number
  readonly consumed_at: number | null
  readonly expires_at: number
  readonly client_id: string | null
  readonly account_id: string | null
  readonly connection_id: string | null
  readonly session_uid: string | null
}
export type SessionRow = {
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly account_id: string | null
  readonly last_seen_at: number
  readonly expires_at: number
}
export type AuthorizationRow = {
  readonly session_uid: string
  readonly client_id: string
  readonly content: Json
}
export type ConnectionRow = {
  readonly connection_id: string
  readonly person_id: string
  readonly service_id: string
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
}

/** What a person who has given a token its details allows at this instant, as JSON of `consent_states`. */
export type SharingRow = {
  readonly person_id: string
  readonly consents: readonly Json[]
  readonly epoch: number
  readonly at: string
}

/** Everything a request needs to know, read at one instant. Times are seconds since the epoch. */
export type Bundle = {
  readonly artifacts: readonly ArtifactRow[]
  readonly sessions: readonly SessionRow[]
  readonly authorizations: readonly AuthorizationRow[]
  readonly accounts: readonly string[]
  readonly connections: readonly ConnectionRow[]
  readonly sharings: readonly SharingRow[]
  /** Of the replays to be noted: those that nobody had noted before. */
  readonly noted: readonly string[]
}

export type Wanted = {
  readonly artifacts: readonly string[]
  readonly sessions: readonly string[]
  readonly sessionUids: readonly string[]
  readonly accounts: readonly string[]
  readonly clients: readonly string[]
  readonly connections: readonly string[]
}

// One statement: the rows asked for, their session, account and live connections, the pushed request
// an interaction came from, and the consents behind a token with details.
const readText = /* sql */ `
with noted as (
  insert into oidc_replays (id, expires_at) select * from unnest($7::bytea[], $8::timestamptz[])
  on conflict do nothing returning id
), wanted as materialized (
  select * from oidc_artifacts where id in (select decode(unnest($1::text[]), 'hex'))
), artifacts as materialized (
  select * from wanted
  union all
  select p.* from oidc_artifacts p join wanted w on p.id = w.parent_id
), sessions as materialized (
  select * from oidc_sessions where id in (select decode(unnest($2::text[]), 'hex'))
  union
  select * from oidc_sessions where uid = any($3::text[] || array(select session_uid from wanted where session_uid is not null))
), people as materialized (
  select account_id from sessions where account_id is not null
  union select account_id from wanted where account_id is not null
  union select unnest($4::uuid[])
), clients as materialized (
  select unnest($5::text[]) as client_id union select client_id from wanted where client_id is not null
)
select
  (select coalesce(jsonb_agg(jsonb_build_object('id', encode(id, 'hex'), 'payload', payload, 'version', version,
     'consumed_at', extract(epoch from consumed_at)::bigint, 'expires_at', extract(epoch from expires_at)::bigint,
     'client_id', client_id, 'account_id', account_id, 'connection_id', connection_id,
     'session_uid', session_uid)), '[]') from artifacts) as artifacts,
  (select coalesce(jsonb_agg(jsonb_build_object('id', encode(id, 'hex'), 'uid', uid, 'payload', payload,
     'account_id', account_id, 'last_seen_at', extract(epoch from last_seen_at)::bigint,
     'expires_at', extract(epoch from expires_at)::bigint) order by last_seen_at), '[]') from sessions) as sessions,
  (select coalesce(jsonb_agg(to_jsonb(a)), '[]') from oidc_session_authorizations a
     where session_uid in (select uid from sessions)) as authorizations,
  (select coalesce(jsonb_agg(person_id), '[]') from open_accounts where person_id in (select account_id from people)) as accounts,
  (select coalesce(jsonb_agg(jsonb_build_object('connection_id', connection_id, 'person_id', person_id,
     'service_id', service_id, 'scopes', scopes, 'claims', claims)), '[]') from (
       select * from live_connections
       where person_id in (select account_id from people) and service_id in (select client_id from clients)
       union
       select * from live_connections
       where connection_id = any($6::uuid[] || array(select connection_id from wanted where connection_id is not null))
     ) live) as connections,
  (select coalesce(jsonb_agg(jsonb_build_object('person_id', account_id, 'at', now(),
     'epoch', (select epoch from register_epoch),
     'consents', (select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (
        select * from consent_states where person_id = account_id and state in ('active', 'suspended') limit 500) s))), '[]')
     from (select distinct account_id from wanted where account_id is not null and payload ? 'rar') asking) as sharings,
  array(select encode(id, 'hex') from noted) as noted`

/** Reads, and notes what proofs were used on the way here: they were verified before anything had to be read. */
export async function readBundle(
  db: Database,
  wanted: Wanted,
  replays: Writes['replays'],
): Promise<Bundle> {
  const values = [
    wanted.artifacts,
    wanted.sessions,
    wanted.sessionUids,
    wanted.accounts,
    wanted.clients,
    wanted.connections,
    bytes(replays.map((replay) => replay.id)),
    replays.map((replay) => replay.until),
  ]
  const [bundle] = await prepared<Bundle>(db, { name: 'unit-read', text: readText, values })
  if (bundle === undefined) throw new Error('a select without from gives one row')
  return bundle
}

/** The writes of one unit, in the shapes that migrations/0008_provider_unit.ts takes. */
export type Writes = {
  readonly consumed: readonly string[]
  readonly replays: readonly { readonly id: string; readonly until: Date }[]
  readonly ended: readonly string[]
  readonly dropped: readonly string[]
  readonly revoked: readonly string[]
  readonly opened: readonly Json[]
  readonly artifacts: readonly Json[]
  readonly session: Json | undefined
  readonly activities: readonly Json[]
  readonly jobs: readonly Json[]
}

const applyText = /* sql */ `
select apply_unit($1::timestamptz, $2::bytea[], $3::bytea[], $4::timestamptz[], $5::bytea[], $6::bytea[], $7::text[],
  $8::jsonb, $9::jsonb, $10::jsonb, $11::jsonb, $12::jsonb)`

/** Applies a unit, all or nothing. A lost race comes out as the database's error AC001 (`lostRace` reads it). */
export async function applyUnit(db: Database, writes: Writes, now: Date): Promise<void> {
  const values = [
    now,
    bytes(writes.consumed),
    bytes(writes.replays.map((replay) => replay.id)),
    writes.replays.map((replay) => replay.until),
    bytes(writes.ended),
    bytes(writes.dropped),
    writes.revoked,
    JSON.stringify(writes.opened),
    JSON.stringify(writes.artifacts),
    writes.session === undefined ? null : JSON.stringify(writes.session),
    JSON.stringify(writes.activities),
    JSON.stringify(writes.jobs),
  ]
  await prepared(db, { name: 'unit-apply', text: applyText, values })
}

function bytes(ids: readonly string[]): Buffer[] {
  return ids.map((id) => Buffer.from(id, 'hex'))
}

export type SessionSummary = {
  readonly uid: string
  readonly device: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
}

const maxListed = 50

export async function sessionsOfAccount(
  db: Database,
  accountId: string,
  now: Date,
): Promise<SessionSummary[]> {
  return db('oidc_sessions')
    .distinctOn('uid')
    .select('uid', 'device', 'signedInAt', 'lastSeenAt')
    .where({ accountId })
    .where('expiresAt', '>', now)
    .orderBy(['uid', { column: 'lastSeenAt', order: 'desc' }])
    .limit(maxListed)
}

/** Ends sessions of an account by uid. @returns what each had signed in to, for the notices. */
export async function deleteSessions(
  tx: Transaction,
  accountId: string,
  uids: readonly string[],
): Promise<{ clientId: string; content: Json }[]> {
  const ended = await tx('oidc_sessions')
    .where({ accountId })
    .whereIn('uid', uids)
    .delete()
    .returning('uid')
  const gone = ended.map((row: { uid: string }) => row.uid)
  return tx('oidc_session_authorizations')
    .whereIn('sessionUid', gone)
    .delete()
    .returning(['clientId', 'content'])
}

/** The last sign of life of a session read by our own pages, at most once a minute. */
export async function touchSession(
  db: Database,
  id: string,
  now: Date,
  expiresAt: Date,
): Promise<void> {
  await db('oidc_sessions')
    .where({ id: Buffer.from(id, 'hex') })
    .update({ lastSeenAt: now, expiresAt })
}

export async function extendArtifact(db: Database, id: string, expiresAt: Date): Promise<void> {
  await db('oidc_artifacts')
    .where({ id: Buffer.from(id, 'hex') })
    .where('expiresAt', '<', expiresAt)
    .update({ expiresAt })
}

const sweepBatch = 2000

/** Deletes one batch of what expired long enough ago. @returns how many rows went. */
export async function sweepExpired(db: Database, before: Date): Promise<number> {
  let gone = 0
  for (const table of ['oidc_artifacts', 'oidc_replays', 'oidc_sessions']) {
    gone += await deleteBatch(db, table, 'expires_at', before)
  }
  const orphans = await db.raw<{ rowCount: number }>(
    `delete from oidc_session_authorizations where ctid in (
       select a.ctid from oidc_session_authorizations a
       where not exists (select 1 from oidc_sessions s where s.uid = a.session_uid) limit ? for update skip locked)`,
    [sweepBatch],
  )
  return gone + orphans.rowCount
}
