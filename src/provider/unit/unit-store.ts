import type { BatchedCall } from '../../base/jobs/batches.ts'
import { makeBatches, usualBatches } from '../../base/jobs/batches.ts'
import type { Database } from '../../base/database/database.ts'
import { runPrepared } from '../../base/database/database.ts'
import type { Meter } from '../../base/logging/meter.ts'
import { noMeter } from '../../base/logging/meter.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SessionEnding } from '../../base/web/ended-session.ts'
import type { UntrustedRow } from '../../people/accounts/index.ts'
import { visitHash } from '../../base/web/visit.ts'
import { findEnding } from './ending-store.ts'
import {
  trustedAccount,
  trustedArtifact,
  trustedAuthorization,
  trustedConnection,
  trustedSession,
  withoutPast,
} from './seals.ts'
import type { PolledRequest } from '../ciba/ciba-store.ts'
import { polledRequest, servicesUsed } from '../ciba/ciba-store.ts'
import { isTrueRequest } from '../ciba/ciba-seal.ts'
import type { JsonRow } from './claim-rows.ts'
import { holdRow, trustedClaim, trustedEmail, trustedVouchedClaims } from './claim-rows.ts'
import type {
  UnitToApply,
  RowRequest,
  ClaimRow,
  EmailRow,
  HoldRow,
  VouchedRowRead,
  Json,
  Row,
  UnitRead,
  UntrustedRowRead,
  WantedRows,
} from './unit-rows.ts'
import { unitWritesOf } from './unit-writes.ts'

// The statements of units, one that reads and one that writes.

/** Reads and writes units. Units that arrive at once share one statement. A row that this broker did not write is read as untrusted. */
export type UnitStore = {
  readonly read: BatchedCall<UnitRead, Row[]>
  /** Rejects with the database's error AC001 for a lost race (`raceOf` reads it). */
  readonly apply: BatchedCall<UnitToApply, void>
  /** How a request that a person signs in stands, for the service that asks. A row that this broker did not write is not there. */
  readonly poll: (
    request: { readonly artifactId: string; readonly serviceId: string },
    asked: RowRequest,
  ) => Promise<PolledRequest | undefined>
  /** How the session of a cookie ended, if somebody else ended it. */
  readonly ending: (sessionId: string, now: Date) => Promise<SessionEnding | undefined>
  readonly servicesUsed: (personId: string) => ReturnType<typeof servicesUsed>
  /** Tells whoever watches over the broker, and the row's person, of a row that was not used. */
  readonly tell: (row: UntrustedRow, asked: RowRequest) => Promise<void>
}

export function makeUnitStore(
  db: Database,
  seals: RowSeals,
  tell: UnitStore['tell'],
  meter: Meter = noMeter,
): UnitStore {
  const sizeOf = (batch: 'unit-read' | 'unit-write') =>
    meter.isOn ? (items: number) => meter.observe('batchItems', { batch }, items) : undefined
  return {
    read: makeBatches((reads) => readRows(db, seals, reads), usualBatches, sizeOf('unit-read')),
    apply: makeBatches((units) => applyUnits(db, seals, units), usualBatches, sizeOf('unit-write')),
    async poll(request, asked) {
      const row = await polledRequest(db, request, asked.now)
      if (row === undefined || isTrueRequest(seals, row)) return row
      await tell({ what: 'token', ref: row.requestId, personId: row.personId }, asked)
      return undefined
    },
    ending: (sessionId, now) => findEnding(db, sessionId, now),
    servicesUsed: (personId) => servicesUsed(db, personId),
    tell,
  }
}

// One statement for all requests that read at once: the rows that each asked for, their session, account and live connections, the
// pushed request that a visit began with, what she lets the service be told, and the consents behind a token with details. `n` is the number of the request.
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
  select distinct on (id) id, n, until, request from (
    select *, null::bytea as request from unnest($13::int[], $14::bytea[], $15::timestamptz[]) r(n, id, until)
    union all
    select p.n, sha256(convert_to(t.client_id || p.jti, 'UTF8')), p.until, p.request
    from unnest($16::int[], $17::bytea[], $18::text[], $19::timestamptz[], $20::bytea[]) p(n, token, jti, until, request),
      lateral (select client_id from oidc_artifacts o where o.id = p.token and o.payload ? 'jkt' offset 0) t
  ) used order by id, n
), noted as (
  insert into oidc_replays as known (id, expires_at, request_sha256) select id, until, request from noting order by id
  on conflict (id) do update set expires_at = known.expires_at where known.request_sha256 = excluded.request_sha256 returning id
)
select n, 'artifact' as kind, encode(id, 'hex') as id, session_uid as uid, payload, client_id, account_id, connection_id,
  version, extract(epoch from consumed_at)::float8 as consumed_at, null::float8 as last_seen_at,
  extract(epoch from expires_at)::float8 as expires_at,
  jsonb_build_object('model', model, 'grant_id', grant_id, 'parent_id', encode(parent_id, 'hex')) as rest, seal
from artifacts
union all
select n, 'session', encode(id, 'hex'), uid, payload, null, account_id, null,
  null, null, extract(epoch from last_seen_at)::float8, extract(epoch from expires_at)::float8,
  jsonb_build_object('device', device, 'network', network, 'signed_in_at', extract(epoch from signed_in_at)::float8,
    'factor_ids', factor_ids, 'session_epoch', session_epoch), seal
from (select * from sessions order by last_seen_at) s
union all
select s.n, 'authorization', null, s.uid, a.content, a.client_id, null, null, null, null, null, null, null, a.seal
from (select distinct n, uid from sessions) s,
  lateral (select * from oidc_session_authorizations o where o.session_uid = s.uid offset 0) a
union all
select n, 'account', null, null, to_jsonb(a), null, account_id, null, null, null, null, null,
  jsonb_build_object('nickname', (select encode(o.nickname, 'hex') from nicknames o where o.person_id = account_id)), null
from people, lateral (
  select * from standings_told o
  where o.person_id = account_id and o.closed_at is null and o.suspended_at is null and o.status = 'active' offset 0) a
union all
select n, 'connection', null, null, jsonb_build_object('scopes', scopes, 'claims', claims), service_id, person_id,
  connection_id, null, null, null, null, jsonb_build_object('first_used_at', extract(epoch from first_used_at)::float8), seal
from (
  select p.n, l.* from people p join clients c on c.n = p.n,
    lateral (select * from live_connections o where o.person_id = p.account_id and o.service_id = c.client_id offset 0) l
  union
  select i.n, l.* from (
    select * from unnest($11::int[], $12::uuid[]) union select n, connection_id from asked where connection_id is not null
  ) i(n, id), lateral (select * from live_connections o where o.connection_id = i.id offset 0) l
) live
union all
select p.n, 'claim', null, null, to_jsonb(g), c.client_id, p.account_id, null, null, null, null, null, null, null
from people p join clients c on c.n = p.n,
  lateral (select * from claim_answers o where o.person_id = p.account_id and o.service_id = c.client_id offset 0) g
union all
select distinct on (p.n, p.account_id) p.n, 'email', null, null, to_jsonb(e), c.client_id, p.account_id,
  null, null, null, null, null, null::jsonb, null::bytea
from people p join clients c on c.n = p.n,
  lateral (select person_id from claim_answers o
    where o.person_id = p.account_id and o.service_id = c.client_id and o.claim = 'email' and o.is_given offset 0) g,
  lateral (select * from emails_in_use o where o.person_id = g.person_id offset 0) e
union all
select distinct on (p.n, p.account_id) p.n, 'hold', null, null, to_jsonb(h), c.client_id, p.account_id,
  null, null, null, null, null, null::jsonb, null::bytea
from people p join clients c on c.n = p.n,
  lateral (select person_id from claim_answers o
    where o.person_id = p.account_id and o.service_id = c.client_id and o.is_given limit 1) g,
  lateral (select * from holds_seen o where o.person_id = g.person_id offset 0) h
union all
select p.n, 'vouched', null, null, to_jsonb(v), c.client_id, p.account_id, null, null, null, null, null, null, null
from people p join clients c on c.n = p.n,
  lateral (select person_id from claim_answers o
    where o.person_id = p.account_id and o.service_id = c.client_id
      and o.claim in ('given_name', 'family_name', 'birthdate') and o.is_given limit 1) g,
  lateral (select * from vouched_in_use o where o.person_id = g.person_id offset 0) v
union all
select n, 'sharing', null, null, jsonb_build_object('at', now() + clock_offset(), 'epoch', (select epoch from register_epoch),
    'restored', (select is_restored from log_standing), 'head', (
    select to_jsonb(h) from (
      select next_seq, head_commitment, updated_at, live, head_seal from ledger_heads where person_id = account_id) h), 'consents', (
    select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (
      select * from consent_states where person_id = account_id
        and state in ('active', 'suspended', 'expired') and state || '' in ('active', 'suspended') limit 1000) s)),
  null, account_id, null, null, null, null, null, null, null
from (select distinct n, account_id from asked where account_id is not null and payload ? 'rar') t
union all
select n, 'replay', encode(id, 'hex'), null, null, null, null, null, null, null, null, null, null, null from noting join noted using (id)
union all
select null, 'register', null, null, jsonb_build_object('epoch', epoch), null, null, null, null, null, null, null, null, null
from register_epoch`

// The same with what other rooms keep of visits: most requests have none, and their statement is planned and run without this.
const readVisitsText = /* sql */ `${readText}
union all
select v.n, 'visit', null, null, jsonb_build_object(
    'attempt', a.attempt,
    'standing', (select to_jsonb(s) from standings_told s where s.person_id = a.person_id),
    'password', (select to_jsonb(p) from passwords_given p where p.visit_id_sha256 = v.visit),
    'arrival', (select to_jsonb(w) from arrivals w where w.errand_sha256 = v.visit)),
  null, null, null, null, null, null, null, null, null
from unnest($21::int[], $22::bytea[]) v(n, visit)
  left join lateral (
    select to_jsonb(o) as attempt, o.person_id from attempts_that_count o where o.visit_id_sha256 = v.visit offset 0) a on true`

async function readRows(
  db: Database,
  seals: RowSeals,
  reads: readonly UnitRead[],
): Promise<Row[][]> {
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
    proofs.map(({ requestSha256 }) => requestSha256 ?? null),
  ]
  const [visitN, visits] = wanted('visits')
  const ofVisits = [visitN, visits.map(visitHash)]
  const statement =
    visits.length === 0
      ? { name: 'unit-read', text: readText, values }
      : { name: 'unit-read-visits', text: readVisitsText, values: [...values, ...ofVisits] }
  const rows = await runPrepared<RawRow>(db, statement)
  const answers: Row[][] = reads.map(() => [])
  for (const { n, rest, ...columns } of rows) {
    const row = judged(seals, { ...columns, ...rest } as ReadRow) // as `readText` gives it
    // A row without `n` is for every request.
    for (const answer of n === null ? answers : [answers[n]]) answer?.push(row)
  }
  return answers.map(withoutPast)
}

/** `rest`: the columns that only some kinds of rows have. */
type RawRow = { readonly n: number | null; readonly rest: Json | null }
type ReadRow =
  | Exclude<Row, UntrustedRowRead | ClaimRow | EmailRow | HoldRow | VouchedRowRead>
  | (JsonRow & { readonly kind: 'claim' | 'email' | 'hold' | 'vouched' })

// Either nothing opens by them, or another room says whether it believes them.
const unjudged = ['sharing', 'visit', 'replay', 'register'] as const

function isUnjudged(row: ReadRow): row is Extract<Row, { kind: (typeof unjudged)[number] }> {
  return unjudged.some((kind) => kind === row.kind)
}

function judged(seals: RowSeals, row: ReadRow): Row {
  if (isUnjudged(row)) return row
  switch (row.kind) {
    case 'artifact':
      return trustedArtifact(seals, row)
    case 'session':
      return trustedSession(seals, row)
    case 'authorization':
      return trustedAuthorization(seals, row)
    case 'connection':
      return trustedConnection(seals, row)
    case 'account':
      return trustedAccount(seals, row)
    case 'claim':
      return trustedClaim(seals, row)
    case 'email':
      return trustedEmail(seals, row)
    case 'hold':
      return holdRow(row)
    case 'vouched':
      return trustedVouchedClaims(seals, row)
  }
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
async function applyUnits(
  db: Database,
  seals: RowSeals,
  units: readonly UnitToApply[],
): Promise<void[]> {
  const text = 'select require_epoch($1::bigint), apply_units($2::jsonb)'
  const values = [oldestOf(units), JSON.stringify(unitWritesOf(seals, units))]
  await runPrepared(db, { name: 'unit-apply', text, values })
  return units.map(() => undefined)
}

// If the units rest on different epochs, the batch fails and each unit is applied alone.
function oldestOf(units: readonly UnitToApply[]): number | null {
  const epochs = units.flatMap(({ judgedBy }) => judgedBy ?? [])
  return epochs.length === 0 ? null : Math.min(...epochs)
}

function bytes(ids: readonly string[]): Buffer[] {
  return ids.map((id) => Buffer.from(id, 'hex'))
}
