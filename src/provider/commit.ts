import { isDeepStrictEqual } from 'node:util'
import { sqlState } from '../base/platform/database.ts'
import { epochSeconds } from '../base/platform/clock.ts'
import { newUuid } from '../base/platform/ids.ts'
import { connectionOf } from './adapter.ts'
import { touchAfterSeconds } from './levels.ts'
import type { Json, Writes } from './unit-store.ts'
import type { Artifact, LoadedSession, SessionWrite, Unit } from './unit.ts'
import { isKiosk, rowId } from './unit.ts'
import { replaysOf } from './read.ts'

/** Something that another request did first; the whole unit is undone. */
export type LostRace = {
  readonly what: 'consumed' | 'replayed' | 'ended' | 'connection' | 'put' | 'session' | 'proof'
  /** The row, as hex, where there is one. */
  readonly id: string
}

/** The register is not the one that the unit was judged by; the whole unit is undone. */
export type Moved = { readonly what: 'register'; readonly epoch: number }

/**
 * Applies what the unit holds, in one statement, or nothing.
 * @returns the race that was lost, if one was, or where the register is now. @throws Unavailable when the database does not answer
 */
export async function commit(unit: Unit): Promise<LostRace | Moved | undefined> {
  const writes = unit.isRefused ? { ...nothing, replays: replaysOf(unit) } : writesOf(unit)
  if (isEmpty(writes)) return undefined
  try {
    await unit.store.apply({ now: unit.now, writes, judgedBy: unit.judgedBy })
    return undefined
  } catch (error) {
    const race = raceOf(error)
    if (race === undefined) throw error
    return race
  }
}

/** Whether neither a read has brought the register's epoch along nor a write will. */
export function asksNothing(unit: Unit): boolean {
  return !unit.hinted && isEmpty(writesOf(unit))
}

/** After a replay was noticed by the database: the tokens of its grant go, and the proofs of this try stay used up. */
export async function revokeAfterReplay(unit: Unit, id: string): Promise<void> {
  const grantId = unit.artifacts.get(id)?.payload?.['grantId']
  const revoked = typeof grantId === 'string' ? [grantId] : []
  await unit.store.apply({ now: unit.now, writes: { ...nothing, revoked } })
  for (const replay of replaysOf(unit)) {
    // The very same proof may be what the winner used up.
    const writes = { ...nothing, replays: [replay] }
    await unit.store.apply({ now: unit.now, writes }).catch((error: unknown) => {
      if (raceOf(error) === undefined) throw error
    })
  }
}

const nothing: Writes = {
  consumed: [],
  replays: [],
  ended: [],
  dropped: [],
  revoked: [],
  opened: [],
  artifacts: [],
  sessions: [],
  activities: [],
  jobs: [],
}

function writesOf(unit: Unit): Writes {
  const put = [...unit.put].map((key) => ({ key, artifact: unit.artifacts.get(key) }))
  const artifacts = put.flatMap(({ key, artifact }) =>
    artifact === undefined ? [] : [artifactWrite(key, artifact)],
  )
  const codes = put.flatMap(({ artifact }) =>
    artifact?.model === 'AuthorizationCode' ? [artifact] : [],
  )
  return {
    consumed: [...unit.consumed],
    replays: replaysOf(unit),
    ended: [...unit.ended],
    dropped: [...unit.dropped],
    revoked: [...unit.revoked],
    opened: codes.map((code) => connectionUse(unit, code)),
    artifacts,
    sessions: sessionWrites(unit),
    activities: codes.map((code) => signInActivity(unit, code)),
    jobs: unit.jobs,
  }
}

function isEmpty(writes: Writes): boolean {
  return Object.values(writes).every((part) => part.length === 0)
}

// A visit lives an hour and is extended by activity; the library's own figure is its absolute limit.
const visitIdleSeconds = 3600

function artifactWrite(key: string, artifact: Artifact): Json {
  const { jti: _raw, consumed: _consumed, exp, ...payload } = artifact.payload ?? {}
  const isVisit = artifact.model === 'Interaction'
  // A visit stands by itself: the connection that its Grant is a view of is opened with the code, after it.
  const grantId = isVisit ? null : text(payload['grantId'])
  return {
    id: key,
    model: artifact.model,
    payload: isVisit ? withoutBearers(withoutCookie(payload), artifact.rawId) : payload,
    grant_id: grantId,
    connection_id: grantId === null ? null : connectionOf(grantId),
    client_id: text(payload['clientId']) ?? text(field(payload['params'], 'client_id')),
    account_id: isVisit ? visitAccount(payload) : text(payload['accountId']),
    session_uid: text(payload['sessionUid']),
    parent_id: isVisit ? parentOf(payload) : null,
    version: artifact.version,
    expires_at: new Date(expirySeconds(artifact, Number(exp)) * 1000),
  }
}

function expirySeconds(artifact: Artifact, exp: number): number {
  if (artifact.model === 'Interaction' && artifact.version === 0) {
    const started = Number(artifact.payload?.['iat'])
    return Math.min(exp, started + visitIdleSeconds)
  }
  // A pushed request is over after 60 s, and looked up again at the end of its visit: the sweep waits a day.
  return exp
}

// The library notes the session's cookie in an interaction; at rest nothing holds what a bearer holds.
function withoutCookie(payload: Json): Json {
  const { cookie: _cookie, ...session } = (payload['session'] ?? {}) as Json
  return payload['session'] === undefined ? payload : { ...payload, session }
}

// Neither the visit's own id nor its pushed request's: the adapter puts them back (`visitPayload`).
function withoutBearers(payload: Json, rawId: string): Json {
  const { returnTo, ...rest } = payload
  const parent = parentOf(payload)
  return {
    ...rest,
    ...(typeof returnTo === 'string' ? { returnTo: returnTo.replaceAll(rawId, '*') } : {}),
    ...(parent === null ? {} : { parJti: `row:${parent}` }),
  }
}

function visitAccount(payload: Json): string | null {
  return (
    text(field(field(payload['result'], 'login'), 'accountId')) ??
    text(field(payload['session'], 'accountId'))
  )
}

function parentOf(payload: Json): string | null {
  const parJti = text(payload['parJti'])
  if (parJti?.startsWith('row:')) return parJti.slice('row:'.length)
  return parJti === null ? null : rowId('PushedAuthorizationRequest', parJti)
}

function connectionUse(unit: Unit, code: Artifact): Json {
  const id = connectionOf(String(code.payload?.['grantId']))
  return {
    connection_id: id,
    person_id: code.payload?.['accountId'],
    service_id: code.payload?.['clientId'],
    is_new: unit.opening.has(id),
  }
}

function signInActivity(unit: Unit, code: Artifact): Json {
  return {
    activity_id: newUuid(unit.now),
    person_id: code.payload?.['accountId'],
    kind: 'service.signed-in',
    service_id: code.payload?.['clientId'],
    acr: code.payload?.['acr'],
    amr: code.payload?.['amr'],
    result: 'done',
    request_id: unit.requestId,
    network: unit.network,
  }
}

function sessionWrites(unit: Unit): Json[] {
  const { session, endedSession } = unit
  if (session === undefined) {
    return endedSession === undefined ? [] : [{ deed: 'end', uid: endedSession.uid }]
  }
  const uid = String(session.payload['uid'])
  const loaded = endedSession ?? unit.sessions.get(`uid:${uid}`)
  const changes = authorizationChanges(loaded?.authorizations ?? {}, session)
  if (!isWorthWriting(unit, session, loaded, changes)) return []
  const { loginTs, accountId } = session.payload
  const put = {
    deed: 'put',
    id: rowId('Session', session.rawId),
    old_id: loaded?.id ?? null,
    uid,
    account_id: text(accountId),
    payload: core(session.payload),
    signed_in_at: typeof loginTs === 'number' ? new Date(loginTs * 1000) : null,
    device: unit.device(),
    network: unit.network ?? null,
    expires_at: new Date(unit.now.getTime() + session.ttl * 1000),
    ...proofIn(unit, text(accountId)),
    ...changes,
  }
  return [put]
}

// What the sign-in of this request proved, beside the session that the library makes of it, and the line that says so if the
// database ends another session in exchange.
function proofIn({ signedIn, requestId, network, now }: Unit, accountId: string | null): Json {
  if (signedIn === undefined || signedIn.accountId !== accountId) return {}
  return {
    factor_ids: signedIn.factorIds,
    epoch: signedIn.sessionEpoch,
    line: {
      activity_id: newUuid(now),
      person_id: accountId,
      kind: 'session.replaced',
      result: 'done',
      request_id: requestId,
      network,
    },
  }
}

type Changes = { readonly added: Json; readonly removed: readonly string[] }

// A session read again and again is rewritten now and then only, unless something but its times changed.
function isWorthWriting(
  unit: Unit,
  session: SessionWrite,
  loaded: LoadedSession | undefined,
  changes: Changes,
): boolean {
  const { accountId, state } = session.payload
  // A stale cookie alone is no reason to keep a row for nobody.
  if (loaded === undefined) return accountId !== undefined || state !== undefined
  if (loaded.id !== rowId('Session', session.rawId)) return true
  const unwritten = epochSeconds(unit.now) - loaded.lastSeenAt
  if (unwritten >= touchAfterSeconds(isKiosk(unit, loaded.uid))) return true
  if (Object.keys(changes.added).length > 0 || changes.removed.length > 0) return true
  return !isDeepStrictEqual(core(session.payload), core(loaded.payload))
}

/** What a session says, without its times and ids. */
function core(payload: Json): Json {
  const left = new Set(['jti', 'iat', 'exp', 'kind', 'authorizations', 'factors'])
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !left.has(name)))
}

function authorizationChanges(
  before: Readonly<Record<string, Json>>,
  session: SessionWrite,
): Changes {
  const after = (session.payload['authorizations'] ?? {}) as Readonly<Record<string, Json>>
  const changed = Object.entries(after).filter(
    ([client, entry]) => !isDeepStrictEqual(before[client], entry),
  )
  return {
    added: Object.fromEntries(changed),
    removed: Object.keys(before).filter((client) => after[client] === undefined),
  }
}

function raceOf(error: unknown): LostRace | Moved | undefined {
  if (sqlState(error) === '23505') return { what: 'put', id: '' }
  if (sqlState(error) !== 'AC001' || !(error instanceof Error)) return undefined
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : ''
  if (error.message === 'register') return { what: 'register', epoch: Number(detail) }
  return { what: error.message as LostRace['what'], id: detail } // the words of lost_race() in migrations/functions/provider.sql
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Json)[name] : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
