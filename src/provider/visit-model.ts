import type { Adapter, AdapterPayload } from 'oidc-provider'
import { isOfBrowser } from './browser.ts'
import { ownService } from '../registry/index.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { PutVisit } from './pending.ts'
import { ensureRead } from './read.ts'
import type { SignIn, Unit } from './unit.ts'
import { currentUnit, nowSeconds, rowId } from './unit.ts'
import type { Json, Writes } from './unit-store.ts'

// The model Interaction: a visit, one row of `oidc_artifacts`. At rest nothing holds what a bearer holds, so its row has neither the
// visit's id nor that of its pushed request nor the session's cookie; what the library needs of these is put back when it is found.

export function visitModel(): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      await ensureRead(unit, { artifacts: [rowId('Interaction', id)] })
      const payload = shownTo(unit, id)
      unit.handedOn.signedIn = signInOf(payload)
      // The library keeps and mutates what it gets: it gets a copy.
      return payload && { ...structuredClone(payload), jti: id }
    },
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      const key = rowId('Interaction', id)
      const version = unit.seen.artifacts.get(key)?.version ?? 0
      const exp = payload.exp ?? nowSeconds(unit) + (ttl ?? 0)
      const own: Json = { ...structuredClone(payload), ...ownMarks(unit, key, payload), exp }
      unit.pending.visits.put.set(key, { rawId: id, payload: own, version })
    },
    async destroy(id) {
      await Promise.resolve()
      const { put, ended } = currentUnit().pending.visits
      put.delete(rowId('Interaction', id))
      // A visit answered twice at once would give two codes: its end is conditional.
      ended.add(rowId('Interaction', id))
    },
  }
}

/** Where a visit leads back to: to a service, or to a page of our own. */
export type VisitOrigin = { readonly clientId: string; readonly ownPath: string | undefined }

/** What the row of a visit says, once it was read. */
export type Standing =
  | { readonly is: 'open'; readonly payload: Json }
  /** Never begun, or over for so long that its row was swept. */
  | { readonly is: 'unknown' }
  /** Begun in another browser: whoever asks learns where to begin again, and nothing else. */
  | ({ readonly is: 'elsewhere' } & VisitOrigin)
  /** Resumed: nothing of it is left but where it came from. */
  | ({ readonly is: 'done' } & VisitOrigin)
  | ({ readonly is: 'expired' } & VisitOrigin)

export function standingOf(unit: Unit, visitId: string): Standing {
  const payload = visitPayload(unit, rowId('Interaction', visitId))
  if (payload === undefined) return { is: 'unknown' }
  const origin = originOf(payload)
  if (!isOfBrowser(payload['browser'], unit.request.browser)) return { is: 'elsewhere', ...origin }
  if (payload['consumed'] !== undefined) return { is: 'done', ...origin }
  // The library asks no visit whether it is over: until the sweep comes, its row is still there.
  if (Number(payload['exp']) <= nowSeconds(unit)) return { is: 'expired', ...origin }
  return { is: 'open', payload }
}

// What is pending stands over what was seen.
function visitPayload({ seen, pending }: Unit, key: string): Json | undefined {
  const { put, ended } = pending.visits
  const found = put.get(key) ?? (ended.has(key) ? undefined : seen.artifacts.get(key))
  return found?.payload
}

function originOf({ clientId, ownPath, params }: Json): VisitOrigin {
  const { client_id: asked } = (params ?? {}) as Json // as the library pushed them
  return {
    clientId: String(clientId ?? asked),
    ownPath: typeof ownPath === 'string' ? ownPath : undefined,
  }
}

/** Not even where it came from is kept. */
export function leaveVisit({ pending }: Unit, id: string): void {
  pending.visits.left.add(rowId('Interaction', id))
}

/** Whether something is the name of a pushed request that a visit of this request began with. */
export function isParent({ handedOn }: Unit, name: string): boolean {
  return handedOn.parents.has(name)
}

export function visitWrites({ pending }: Unit): Pick<Writes, 'ended' | 'dropped' | 'artifacts'> {
  const { put, ended, left } = pending.visits
  const artifacts = [...put].map(([key, visit]) => rowOf(key, visit))
  return { ended: [...ended], dropped: [...left], artifacts }
}

// The library, too, finds a visit only in the browser that began it, while it is open.
function shownTo(unit: Unit, id: string): Json | undefined {
  const standing = standingOf(unit, id)
  if (standing.is !== 'open') return undefined
  const { parJti, returnTo } = standing.payload
  if (typeof parJti === 'string' && parJti.startsWith('row:')) unit.handedOn.parents.add(parJti)
  return typeof returnTo === 'string'
    ? { ...standing.payload, returnTo: returnTo.replaceAll('*', id) }
    : standing.payload
}

// The library passes over what it does not know: the mark of the browser is put back each time.
function ownMarks(unit: Unit, key: string, { params }: AdapterPayload): Json {
  const before = visitPayload(unit, key)
  const { client_id: clientId, state } = (params ?? {}) as Json
  return {
    browser: before === undefined ? unit.request.browser.make() : before['browser'],
    ...(clientId === ownService ? { ownPath: state } : {}),
  }
}

// The library deletes the visit, and passes over what its result says beyond what the library knows.
function signInOf(visit: Json | undefined): SignIn | undefined {
  const { login } = (visit?.['result'] ?? {}) as { login?: SignIn } // as visits.ts writes it
  return login
}

/** As put_artifacts takes it. A visit has no Grant: the connection that its Grant would be a view of is opened with the code, after it. */
function rowOf(key: string, { rawId, payload, version }: PutVisit): Json {
  const { jti: _raw, consumed: _consumed, exp, ...rest } = payload
  return {
    id: key,
    model: 'Interaction',
    payload: withoutBearers(withoutCookie(rest), rawId),
    grant_id: null,
    connection_id: null,
    client_id: text(field(rest['params'], 'client_id')),
    account_id: accountOf(rest),
    session_uid: null,
    parent_id: parentOf(rest),
    version,
    expires_at: new Date(expirySeconds(rest, version, Number(exp)) * 1000),
  }
}

// A visit lives an hour and is extended by activity; the library's own figure is its absolute limit.
const visitIdleSeconds = 3600

function expirySeconds({ iat }: Json, version: number, exp: number): number {
  return version === 0 ? Math.min(exp, Number(iat) + visitIdleSeconds) : exp
}

function withoutCookie(payload: Json): Json {
  const { cookie: _cookie, ...session } = (payload['session'] ?? {}) as Json
  return payload['session'] === undefined ? payload : { ...payload, session }
}

function withoutBearers(payload: Json, rawId: string): Json {
  const { returnTo, ...rest } = payload
  const parent = parentOf(payload)
  return {
    ...rest,
    ...(typeof returnTo === 'string' ? { returnTo: returnTo.replaceAll(rawId, '*') } : {}),
    ...(parent === null ? {} : { parJti: `row:${parent}` }),
  }
}

function accountOf(payload: Json): string | null {
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

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Json)[name] : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
