import type { Adapter, AdapterPayload } from 'oidc-provider'
import { ownService } from '../registry/index.ts'
import { connectionById } from './connections.ts'
import type { ConnectionRow, Json } from './unit-store.ts'
import type { LoadedSession, SignIn, Unit } from './unit.ts'
import { currentUnit, isKiosk, nowSeconds, rowId } from './unit.ts'
import { ensureRead, replayId } from './read.ts'
import { standingOf } from './visit-row.ts'

/** What of the register a Grant shows: decided by the caller, from memory. */
export type ResourcesOf = (clientId: string) => Readonly<Record<string, string>>

/** The library's storage: reads through the request's unit, writes into it. A Grant is a view of a connection. */
export function makeAdapter(resourcesOf: ResourcesOf): (model: string) => Adapter {
  return (model) => {
    if (model === 'Grant') return grantAdapter(resourcesOf)
    if (model === 'Session') return sessionAdapter()
    if (model === 'ReplayDetection') return replayAdapter()
    return artifactAdapter(model)
  }
}

const nothing = {
  destroy: noop,
  consume: noop,
  revokeByGrantId: noop,
  findByUid: absent,
  findByUserCode: absent,
}

function grantAdapter(resourcesOf: ResourcesOf): Adapter {
  return {
    ...nothing,
    // Found, never made: neither logout nor a replayed code ends a connection.
    upsert: noop,
    async find(id) {
      const unit = currentUnit()
      const connection = await connectionById(unit, connectionOf(id))
      if (connection === undefined) return undefined
      return grantPayload(id, connection, resourcesOf(connection.client_id), nowSeconds(unit))
    },
  }
}

const viewSeconds = 600

/**
 * What a live connection looks like to OpenID Connect (docs/design/provider.md#grant). It holds every scope and resource scope that the
 * service may ask for, or the library would ask again without end; never `rar`, which would leak into plain logins.
 */
function grantPayload(
  id: string,
  connection: ConnectionRow,
  resources: Readonly<Record<string, string>>,
  nowSeconds: number,
): AdapterPayload {
  const { payload } = connection
  return {
    kind: 'Grant',
    jti: id,
    iat: nowSeconds,
    exp: nowSeconds + viewSeconds,
    accountId: connection.account_id,
    clientId: connection.client_id,
    openid: { scope: payload.scopes.join(' '), claims: [...payload.claims] },
    resources: { ...resources },
  }
}

/** `<connection>.<session uid>` → the connection: the library revokes by the whole, a person's choice is the first part. */
export function connectionOf(grantId: string): string {
  return grantId.split('.', 1)[0] ?? ''
}

function sessionAdapter(): Adapter {
  return {
    ...nothing,
    async find(id) {
      const unit = currentUnit()
      await ensureRead(unit, { sessions: [rowId('Session', id)] })
      return sessionPayload(unit, unit.sessions.get(`id:${rowId('Session', id)}`), id)
    },
    async findByUid(uid) {
      const unit = currentUnit()
      await ensureRead(unit, { sessionUids: [uid] })
      return sessionPayload(unit, unit.sessions.get(`uid:${uid}`), undefined)
    },
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      // The library passes over what it does not know: the mark is put back each time.
      const mark = isKiosk(unit, String(payload.uid)) ? { kiosk: true } : {}
      const own: Json = { ...structuredClone(payload), ...mark }
      unit.session = { rawId: id, payload: own, ttl: ttl ?? 0 }
    },
    async destroy(id) {
      const unit = currentUnit()
      const loaded = unit.sessions.get(`id:${rowId('Session', id)}`)
      // A rotation is destroy(old id) + upsert(new id); a sign-out is destroy alone. The flush tells them apart.
      unit.endedSession = loaded
      if (unit.session?.rawId === id) unit.session = undefined
      await Promise.resolve()
    },
  }
}

function sessionPayload(
  unit: Unit,
  loaded: LoadedSession | undefined,
  id: string | undefined,
): AdapterPayload | undefined {
  if (loaded === undefined || loaded.expiresAt <= nowSeconds(unit)) return undefined
  return structuredClone({
    ...loaded.payload,
    authorizations: loaded.authorizations,
    kind: 'Session',
    uid: loaded.uid,
    exp: loaded.expiresAt,
    // Without its cookie a session is only looked at, never saved: the raw id is not known.
    jti: id ?? 'by-uid',
  }) as AdapterPayload
}

function replayAdapter(): Adapter {
  return {
    ...nothing,
    // Whether it was seen before is decided by the insert, so that two at once cannot both be first: the one that came with
    // the token, or the one at the end of the unit.
    async find(id) {
      await Promise.resolve()
      const { replays, used } = currentUnit()
      const isKnown = replays.has(id) || used.has(replayId(id))
      return isKnown ? { jti: id, exp: Number.MAX_SAFE_INTEGER } : undefined
    },
    async upsert(id, _payload, ttl) {
      const unit = currentUnit()
      unit.replays.set(id, new Date(unit.now.getTime() + (ttl ?? 0) * 1000))
      await Promise.resolve()
    },
  }
}

async function payloadOf(
  unit: Unit,
  model: string,
  id: string,
  key: string,
): Promise<Json | undefined> {
  if (model === 'Interaction') return visitPayload(unit, id)
  const payload = unit.artifacts.get(key)?.payload
  if (model !== 'RefreshToken' || payload === undefined) return payload
  return refreshed(unit, payload)
}

// An ID token of a refresh has no nonce (OpenID Connect Core, section 12.2), and `sid` only as long as that session lives at this
// service: a sign-out cannot name it any more.
async function refreshed(unit: Unit, payload: Json): Promise<Json> {
  const { nonce: _nonce, sid, ...rest } = payload
  const uid = String(payload['sessionUid'])
  await ensureRead(unit, { sessionUids: [uid] })
  const session = sessionPayload(unit, unit.sessions.get(`uid:${uid}`), undefined)
  const isHers = session?.accountId === payload['accountId']
  const { [String(payload['clientId'])]: here } = session?.authorizations ?? {}
  return isHers && here?.sid === sid ? { ...rest, sid } : rest
}

function artifactAdapter(model: string): Adapter {
  return {
    ...nothing,
    async find(id) {
      const unit = currentUnit()
      const key = rowOf(unit, model, id)
      await ensureRead(unit, { artifacts: [key] })
      const payload = await payloadOf(unit, model, id, key)
      if (model === 'Interaction') unit.signedIn = signInOf(payload)
      // The library keeps and mutates what it gets: it gets a copy.
      return payload && { ...structuredClone(payload), jti: id }
    },
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      const exp = payload.exp ?? nowSeconds(unit) + (ttl ?? 0)
      const mark = model === 'Interaction' ? visitMark(unit, id, payload) : {}
      overlay(unit, model, id, { ...structuredClone(payload), ...mark, exp })
      unit.put.add(rowId(model, id))
    },
    async consume(id) {
      await Promise.resolve()
      const unit = currentUnit()
      const key = rowOf(unit, model, id)
      const payload = unit.artifacts.get(key)?.payload
      if (payload !== undefined)
        overlay(unit, model, id, { ...payload, consumed: nowSeconds(unit) })
      unit.consumed.add(key)
    },
    async destroy(id) {
      await Promise.resolve()
      const unit = currentUnit()
      overlay(unit, model, id, undefined)
      unit.put.delete(rowId(model, id))
      // An interaction answered twice at once would give two codes: its end is conditional.
      const gone = model === 'Interaction' ? unit.ended : unit.dropped
      gone.add(rowId(model, id))
    },
    async revokeByGrantId(grantId) {
      await Promise.resolve()
      currentUnit().revoked.add(grantId)
    },
  }
}

// A pushed request is also known by its row, to the visit that began with it and to nobody else.
function rowOf(unit: Unit, model: string, id: string): string {
  return unit.parents.has(id) ? id.slice('row:'.length) : rowId(model, id)
}

// The library, too, finds a visit only in the browser that began it, while it is open.
function visitPayload(unit: Unit, id: string): Json | undefined {
  const standing = standingOf(unit, id)
  if (standing.is !== 'open') return undefined
  const { parJti, returnTo } = standing.payload
  if (typeof parJti === 'string' && parJti.startsWith('row:')) unit.parents.add(parJti)
  return typeof returnTo === 'string'
    ? { ...standing.payload, returnTo: returnTo.replaceAll('*', id) }
    : standing.payload
}

// The library passes over what it does not know: the mark of the browser is put back each time.
function visitMark(unit: Unit, id: string, { params }: AdapterPayload): Json {
  const before = unit.artifacts.get(rowId('Interaction', id))?.payload
  const { client_id: clientId, state } = (params ?? {}) as Json
  return {
    browser: before === undefined ? unit.browser.make() : before['browser'],
    ...(clientId === ownService ? { ownPath: state } : {}),
  }
}

// The library deletes the visit, and passes over what its result says beyond what the library knows.
function signInOf(visit: Json | undefined): SignIn | undefined {
  const { login } = (visit?.['result'] ?? {}) as { login?: SignIn } // as visits.ts writes it
  return login
}

function overlay(unit: Unit, model: string, id: string, payload: Json | undefined): void {
  const key = rowOf(unit, model, id)
  const version = unit.artifacts.get(key)?.version ?? 0
  unit.artifacts.set(key, { model, rawId: id, payload, version })
}

async function noop(): Promise<void> {
  await Promise.resolve()
}

async function absent(): Promise<undefined> {
  await Promise.resolve()
  return undefined
}
