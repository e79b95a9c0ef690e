import { isDeepStrictEqual } from 'node:util'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { newUuid } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import type { CameBy } from '../../base/web/visit.ts'
import { touchAfterSeconds } from '../configuration/acr-values.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { PutSession } from './pending-writes.ts'
import { ensureRead } from './unit-reads.ts'
import type { LoadedSession } from './rows-read.ts'
import type { Unit } from './unit.ts'
import { currentUnit, isKiosk, nowSeconds, rowId } from './unit.ts'
import type {
  AuthorizationContent,
  Json,
  PutSessionRow,
  SessionContent,
  Writes,
} from './unit-rows.ts'

// The model Session: one row of `oidc_sessions` for each cookie, and one row of `oidc_session_authorizations` for each of its services.

export function sessionModel(): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      await ensureRead(unit, { sessions: [rowId('Session', id)] })
      const loaded = unit.seen.sessions.get(rowId('Session', id))
      if (loaded === undefined) unit.handedOn.lostSession = rowId('Session', id)
      return payloadOf(unit, loaded, id)
    },
    findByUid: (uid) => sessionBehind(currentUnit(), uid),
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      // The library drops members that it does not know, so the marks are added again at each save.
      const marks = marksOf(unit, String(payload.uid), payload.accountId)
      const own: Json = { ...structuredClone(payload), ...marks }
      unit.pending.session.put = {
        rawId: id,
        payload: own,
        ttl: present(ttl, 'the lifetime of a session'),
      }
    },
    async destroy(id) {
      await Promise.resolve()
      const { seen, pending } = currentUnit()
      // The library rotates an id with destroy(old) and upsert(new), and signs out with destroy alone; `sessionWrites` tells them apart.
      pending.session.ended = seen.sessions.get(rowId('Session', id))
      if (pending.session.put?.rawId === id) pending.session.put = undefined
    },
  }
}

function marksOf(unit: Unit, uid: string, accountId: unknown): Json {
  // The last sign-in elsewhere counts: a proof at our own page later changes nothing about where the session came from.
  const [now, before] = proofsOf(unit, uid, accountId)
  const cameBy = now?.['cameBy'] ?? before?.['cameBy']
  // The newest proof says from which device she came.
  const { otherDevice } = now ?? before ?? {}
  return {
    ...(isKiosk(unit, uid) ? { kiosk: true } : {}),
    ...(otherDevice === true ? { otherDevice } : {}),
    ...(cameBy === undefined ? {} : { cameBy }),
  }
}

/** What this request proves of a person, and what her session has of before. */
function proofsOf({ seen, handedOn: { signedIn } }: Unit, uid: string, accountId: unknown) {
  const loaded = seen.sessionsByUid.get(uid)
  const now: Json | undefined = signedIn?.accountId === accountId ? signedIn : undefined
  return [now, loaded?.row.account_id === accountId ? loaded?.payload : undefined] as const
}

/** The session of this uid, for reading only: without the cookie its raw id is not known, so it cannot be saved. */
export async function sessionBehind(unit: Unit, uid: string): Promise<AdapterPayload | undefined> {
  await ensureRead(unit, { sessionUids: [uid] })
  return payloadOf(unit, unit.seen.sessionsByUid.get(uid), 'by-uid')
}

/** Ends a session with this request. */
export function endSession({ seen, pending }: Unit, uid: string): void {
  pending.session.ended = seen.sessionsByUid.get(uid)
}

/** What put_session takes (migrations/functions/provider.sql). */
export function sessionWrites(unit: Unit): Pick<Writes, 'sessions'> {
  const { put, ended } = unit.pending.session
  if (put === undefined)
    return { sessions: ended === undefined ? [] : [{ deed: 'end', uid: ended.uid }] }
  const loaded = ended ?? unit.seen.sessionsByUid.get(String(put.payload['uid']))
  const changes = authorizationChanges(loaded, put)
  const isWorth = isWorthWriting(unit, put, loaded, changes)
  return { sessions: isWorth ? [rowOf(unit, put, loaded, changes)] : [] }
}

function payloadOf(
  unit: Unit,
  loaded: LoadedSession | undefined,
  id: string,
): AdapterPayload | undefined {
  if (loaded === undefined || loaded.expiresAt <= nowSeconds(unit)) return undefined
  if (!isFromActive(unit, loaded)) return undefined
  return structuredClone({
    ...loaded.payload,
    authorizations: loaded.authorizations,
    kind: 'Session',
    uid: loaded.uid,
    exp: loaded.expiresAt,
    jti: id,
  }) as AdapterPayload
}

// A provider that the register suspends vouches for nobody, from the next request on: who came by it signs in again.
function isFromActive({ live }: Unit, { payload }: LoadedSession): boolean {
  const { provider } = (payload['cameBy'] ?? {}) as Partial<CameBy> // as interactions.ts writes it
  return provider === undefined || live.current().identityProviders.has(provider)
}

function rowOf(
  unit: Unit,
  { rawId, payload, ttl }: PutSession,
  loaded: LoadedSession | undefined,
  changes: Changes,
): PutSessionRow {
  const { request } = unit
  const { loginTs, accountId, uid } = payload
  const person = typeof accountId === 'string' ? accountId : null
  const { factor_ids, session_epoch } = proofBehind(unit, person, loaded)
  return {
    deed: 'put',
    row: {
      id: rowId('Session', rawId),
      uid: String(uid),
      account_id: person,
      payload: core(payload),
      signed_in_at: typeof loginTs === 'number' ? loginTs : null,
      device: request.device(),
      network: request.network ?? null,
      expires_at: request.now.getTime() / 1000 + ttl,
      factor_ids,
      session_epoch,
    },
    old_id: loaded?.id ?? null,
    signIn: signInOf(unit, person),
    ...changes,
  }
}

/** The factors that proved this person in this session, with those of a sign-in in this request; none: nobody knows them. */
export function factorsOf(
  unit: Unit,
  personId: string,
  uid: string | undefined,
): readonly string[] {
  return proofBehind(unit, personId, unit.seen.sessionsByUid.get(uid ?? '')).factor_ids
}

// The factors of the session's sign-ins and of this request's, which the library's session leaves out.
function proofBehind(
  { handedOn: { signedIn } }: Unit,
  person: string | null,
  loaded: LoadedSession | undefined,
): Pick<SessionContent, 'factor_ids' | 'session_epoch'> {
  const before =
    loaded !== undefined && loaded.row.account_id === person ? loaded.row : nothingProved
  if (signedIn === undefined || signedIn.accountId !== person) return before
  // Those that proved last stand last: a way in is taken away at once only by what proved afresh.
  const earlier = before.factor_ids.filter((id) => !signedIn.factorIds.includes(id))
  return { factor_ids: [...earlier, ...signedIn.factorIds], session_epoch: signedIn.sessionEpoch }
}

const nothingProved = { factor_ids: [], session_epoch: null }

// What put_session compares at a sign-in, and the activity that it records if it ends another session to make place for this one.
function signInOf({ handedOn: { signedIn }, request }: Unit, accountId: string | null): Json {
  if (signedIn === undefined || signedIn.accountId !== accountId) return {}
  return {
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

type Changes = {
  readonly added: readonly AuthorizationContent[]
  readonly removed: readonly string[]
  readonly untrusted: readonly string[]
}

// A session whose times alone changed is written only once in a while.
function isWorthWriting(
  unit: Unit,
  { rawId, payload }: PutSession,
  loaded: LoadedSession | undefined,
  changes: Changes,
): boolean {
  // A stale cookie alone must not make a row in which nobody is signed in.
  if (loaded === undefined)
    return payload['accountId'] !== undefined || payload['state'] !== undefined
  if (loaded.id !== rowId('Session', rawId)) return true
  const unwritten = nowSeconds(unit) - loaded.lastSeenAt
  if (unwritten >= touchAfterSeconds(isKiosk(unit, loaded.uid))) return true
  if (changes.added.length > 0 || changes.removed.length > 0) return true
  return !isDeepStrictEqual(core(payload), core(loaded.payload))
}

/** The payload of a session without its times, ids and joined parts. */
function core(payload: Json): Json {
  const left = new Set(['jti', 'iat', 'exp', 'kind', 'authorizations'])
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !left.has(name)))
}

function authorizationChanges(loaded: LoadedSession | undefined, { payload }: PutSession): Changes {
  const before = loaded?.authorizations ?? {}
  const after = (payload['authorizations'] ?? {}) as Readonly<Record<string, Json>>
  const changed = Object.entries(after).filter(
    ([client, entry]) => !isDeepStrictEqual(before[client], entry),
  )
  const uid = String(payload['uid'])
  return {
    added: changed.map(([client_id, entry]) => ({ uid, client_id, payload: entry })),
    removed: Object.keys(before).filter((client) => after[client] === undefined),
    untrusted: loaded?.untrusted ?? [],
  }
}
