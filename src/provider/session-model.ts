import { isDeepStrictEqual } from 'node:util'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { newUuid } from '../base/platform/ids.ts'
import { touchAfterSeconds } from './levels.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { PutSession } from './pending.ts'
import { ensureRead } from './read.ts'
import type { LoadedSession } from './seen.ts'
import type { Unit } from './unit.ts'
import { currentUnit, isKiosk, nowSeconds, rowId } from './unit.ts'
import type { Json, Writes } from './unit-store.ts'

// The model Session: one row of `oidc_sessions` a cookie, and beside it a row for each service that the session signed in to.

export function sessionModel(): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      await ensureRead(unit, { sessions: [rowId('Session', id)] })
      return payloadOf(unit, unit.seen.sessions.get(rowId('Session', id)), id)
    },
    findByUid: (uid) => sessionBehind(currentUnit(), uid),
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      // The library passes over what it does not know: the mark is put back each time.
      const mark = isKiosk(unit, String(payload.uid)) ? { kiosk: true } : {}
      const own: Json = { ...structuredClone(payload), ...mark }
      unit.pending.session.put = { rawId: id, payload: own, ttl: ttl ?? 0 }
    },
    async destroy(id) {
      await Promise.resolve()
      const { seen, pending } = currentUnit()
      // A rotation is destroy(old id) + upsert(new id); a sign-out is destroy alone. The commit tells them apart.
      pending.session.ended = seen.sessions.get(rowId('Session', id))
      if (pending.session.put?.rawId === id) pending.session.put = undefined
    },
  }
}

/** The session that something says it comes from. Without its cookie it is only looked at, never saved: the raw id is not known. */
export async function sessionBehind(unit: Unit, uid: string): Promise<AdapterPayload | undefined> {
  await ensureRead(unit, { sessionUids: [uid] })
  return payloadOf(unit, unit.seen.sessionsByUid.get(uid), 'by-uid')
}

/** Ends a session of this browser with this request. */
export function endSession({ seen, pending }: Unit, uid: string): void {
  pending.session.ended = seen.sessionsByUid.get(uid)
}

/** As put_session takes it (migrations/functions/provider.sql). */
export function sessionWrites(unit: Unit): Pick<Writes, 'sessions'> {
  const { put, ended } = unit.pending.session
  if (put === undefined)
    return { sessions: ended === undefined ? [] : [{ deed: 'end', uid: ended.uid }] }
  const loaded = ended ?? unit.seen.sessionsByUid.get(String(put.payload['uid']))
  const changes = authorizationChanges(loaded?.authorizations ?? {}, put)
  const isWorth = isWorthWriting(unit, put, loaded, changes)
  return { sessions: isWorth ? [rowOf(unit, put, loaded, changes)] : [] }
}

function payloadOf(
  unit: Unit,
  loaded: LoadedSession | undefined,
  id: string,
): AdapterPayload | undefined {
  if (loaded === undefined || loaded.expiresAt <= nowSeconds(unit)) return undefined
  return structuredClone({
    ...loaded.payload,
    authorizations: loaded.authorizations,
    kind: 'Session',
    uid: loaded.uid,
    exp: loaded.expiresAt,
    jti: id,
  }) as AdapterPayload
}

function rowOf(
  unit: Unit,
  { rawId, payload, ttl }: PutSession,
  loaded: LoadedSession | undefined,
  changes: Changes,
): Json {
  const { request } = unit
  const { loginTs, accountId, uid } = payload
  const person = typeof accountId === 'string' ? accountId : null
  return {
    deed: 'put',
    id: rowId('Session', rawId),
    old_id: loaded?.id ?? null,
    uid: String(uid),
    account_id: person,
    payload: core(payload),
    signed_in_at: typeof loginTs === 'number' ? new Date(loginTs * 1000) : null,
    device: request.device(),
    network: request.network ?? null,
    expires_at: new Date(request.now.getTime() + ttl * 1000),
    ...proofIn(unit, person),
    ...changes,
  }
}

// What the sign-in of this request proved, beside the session that the library makes of it, and the line that says so if the
// database ends another session in exchange.
function proofIn({ handedOn: { signedIn }, request }: Unit, accountId: string | null): Json {
  if (signedIn === undefined || signedIn.accountId !== accountId) return {}
  return {
    factor_ids: signedIn.factorIds,
    epoch: signedIn.sessionEpoch,
    line: {
      activity_id: newUuid(request.now),
      person_id: accountId,
      kind: 'session.replaced',
      result: 'done',
      request_id: request.requestId,
      network: request.network,
    },
  }
}

type Changes = { readonly added: Json; readonly removed: readonly string[] }

// A session read again and again is rewritten now and then only, unless something but its times changed.
function isWorthWriting(
  unit: Unit,
  { rawId, payload }: PutSession,
  loaded: LoadedSession | undefined,
  changes: Changes,
): boolean {
  // A stale cookie alone is no reason to keep a row for nobody.
  if (loaded === undefined)
    return payload['accountId'] !== undefined || payload['state'] !== undefined
  if (loaded.id !== rowId('Session', rawId)) return true
  const unwritten = nowSeconds(unit) - loaded.lastSeenAt
  if (unwritten >= touchAfterSeconds(isKiosk(unit, loaded.uid))) return true
  if (Object.keys(changes.added).length > 0 || changes.removed.length > 0) return true
  return !isDeepStrictEqual(core(payload), core(loaded.payload))
}

/** What a session says, without its times and ids. */
function core(payload: Json): Json {
  const left = new Set(['jti', 'iat', 'exp', 'kind', 'authorizations', 'factors'])
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !left.has(name)))
}

function authorizationChanges(
  before: Readonly<Record<string, Json>>,
  { payload }: PutSession,
): Changes {
  const after = (payload['authorizations'] ?? {}) as Readonly<Record<string, Json>>
  const changed = Object.entries(after).filter(
    ([client, entry]) => !isDeepStrictEqual(before[client], entry),
  )
  return {
    added: Object.fromEntries(changed),
    removed: Object.keys(before).filter((client) => after[client] === undefined),
  }
}
