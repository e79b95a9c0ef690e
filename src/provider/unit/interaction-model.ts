import type { Adapter, AdapterPayload, Interaction } from 'oidc-provider'
import { present } from '../../base/values/present.ts'
import { isOfBrowser } from './interaction-cookie.ts'
import { ownService } from '../../registry/index.ts'
import { emptyAdapter } from './empty-adapter.ts'
import { devicePath } from '../clients/endpoints.ts'
import type { PutVisit } from './pending-writes.ts'
import { ensureRead } from './unit-reads.ts'
import type { SignIn, Unit } from './unit.ts'
import { currentUnit, nameRow, nowSeconds, rowId } from './unit.ts'
import type { ArtifactContent, ArtifactRow, Json, Writes } from './unit-rows.ts'

// The model Interaction: a visit, one row of `oidc_artifacts`. Stored rows must not contain a bearer's values, so the ids of the visit
// and of its pushed request and the session's cookie are removed; those that the library needs are put back when the row is read.

export function visitModel(): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      await ensureRead(unit, { artifacts: [rowId('Interaction', id)] })
      const payload = shownTo(unit, id)
      unit.handedOn.signedIn = signInOf(payload)
      // The library keeps and changes the payload, so it gets a copy.
      return payload && { ...structuredClone(payload), jti: id }
    },
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      const key = rowId('Interaction', id)
      const version = unit.seen.artifacts.get(key)?.version ?? 0
      const exp = payload.exp ?? nowSeconds(unit) + present(ttl, 'the lifetime of a visit')
      const own: Json = { ...structuredClone(payload), ...ownMarks(unit, key, payload), exp }
      unit.pending.visits.put.set(key, { rawId: id, payload: own, version })
    },
    async destroy(id) {
      await Promise.resolve()
      const { put, ended } = currentUnit().pending.visits
      put.delete(rowId('Interaction', id))
      // Two answers at once must not give two codes, so the end of a visit is a conditional update.
      ended.add(rowId('Interaction', id))
    },
  }
}

/** Where a visit leads back to: to a service, or to a page of our own. */
export type VisitOrigin = { readonly clientId: string; readonly ownPath: string | undefined }

/** The state of a visit, according to its row. */
export type VisitState =
  | { readonly is: 'open'; readonly payload: Json }
  /** Never begun, or swept long after its end. */
  | { readonly is: 'unknown' }
  /** Begun in another browser: this browser learns only where to begin again. */
  | ({ readonly is: 'elsewhere' } & VisitOrigin)
  /** Resumed: only its origin is still stored. */
  | ({ readonly is: 'done' } & VisitOrigin)
  | ({ readonly is: 'expired' } & VisitOrigin)

export function visitState(unit: Unit, visitId: string): VisitState {
  const payload = visitPayload(unit, rowId('Interaction', visitId))
  if (payload === undefined) return { is: 'unknown' }
  const origin = originOf(payload)
  if (!isOfBrowser(payload['browser'], unit.request.browser()))
    return { is: 'elsewhere', ...origin }
  if (payload['consumed'] !== undefined) return { is: 'done', ...origin }
  // The library does not check the expiry of a visit, and the row stays until the sweep.
  if (Number(payload['exp']) <= nowSeconds(unit)) return { is: 'expired', ...origin }
  return { is: 'open', payload }
}

/** The state of a visit that the library did not find. One that stands open here was over a moment later, by the library's clock. */
export function closedVisit(unit: Unit, visitId: string): Exclude<VisitState, { is: 'open' }> {
  const standing = visitState(unit, visitId)
  return standing.is === 'open' ? { is: 'expired', ...originOf(standing.payload) } : standing
}

// Pending writes take precedence over the row that was read.
function visitPayload({ seen, pending }: Unit, key: string): Json | undefined {
  const { put, ended } = pending.visits
  const found = put.get(key) ?? (ended.has(key) ? undefined : seen.artifacts.get(key))
  return found?.payload
}

function originOf({ clientId, ownPath, params }: Json): VisitOrigin {
  const { client_id: asked } = (params ?? {}) as Json // the library's parameters
  return {
    clientId: String(clientId ?? asked),
    ownPath: typeof ownPath === 'string' ? ownPath : undefined,
  }
}

/** Deletes a visit that the person gave up, its origin included. */
export function leaveVisit({ pending }: Unit, id: string): void {
  pending.visits.left.add(rowId('Interaction', id))
}

export function visitWrites(unit: Unit): Pick<Writes, 'ended' | 'dropped' | 'artifacts'> {
  const { put, ended, left } = unit.pending.visits
  const artifacts = [...put].map(([key, visit]) => rowOf(key, visit))
  return { ended: [...ended].map((key) => endOf(unit, key)), dropped: [...left], artifacts }
}

// Until the sweep the row keeps only its end and the way on, and nothing about the person. The version grows, so that an answer which
// is under way cannot overwrite the row.
function endOf({ seen, request }: Unit, id: string): Writes['ended'][number] {
  const row = present(seen.artifacts.get(id)?.row, 'the row of a visit')
  const { browser, ownPath } = row.payload
  const payload = { browser, clientId: row.client_id ?? undefined, ownPath }
  const nobody = { account_id: null, uid: null, parent_id: null }
  const used = { version: row.version + 1, consumed_at: request.now.getTime() / 1000 }
  return { id, row: { ...row, ...nobody, payload, ...used }, known: row.seal }
}

/** The row of a visit that this request has read. */
export function visitRow({ seen }: Unit, visitId: string): ArtifactRow | undefined {
  return seen.artifacts.get(rowId('Interaction', visitId))?.row
}

// The library finds a visit only while it is open, and only in the browser that began it.
function shownTo(unit: Unit, id: string): Json | undefined {
  const standing = visitState(unit, id)
  if (standing.is !== 'open') return undefined
  const { returnTo } = standing.payload
  const parent = parentOf(standing.payload)
  if (parent !== null) nameRow(unit, parent)
  return typeof returnTo === 'string'
    ? { ...standing.payload, returnTo: returnTo.replaceAll('*', id) }
    : standing.payload
}

// The library drops members that it does not know, so the browser's mark is added again at each save.
function ownMarks(unit: Unit, key: string, { params, deviceCode }: AdapterPayload): Json {
  const before = visitPayload(unit, key)
  const { client_id: clientId, state } = (params ?? {}) as Json
  return {
    ...(params === undefined ? {} : { params: { ...params, ...unit.request.locales() } }),
    browser: before === undefined ? unit.request.browser().make() : before['browser'],
    ...(clientId === ownService ? { ownPath: state } : {}),
    // A device has no page to begin again at.
    ...(deviceCode === undefined ? {} : { ownPath: devicePath }),
  }
}

// The library deletes the visit and ignores the parts of its result that it does not know, so they are kept for the session here.
function signInOf(visit: Json | undefined): SignIn | undefined {
  const { login } = (visit?.['result'] ?? {}) as { login?: SignIn } // written by interactions.ts
  return login
}

/** The row. A visit has no connection: that is opened later, with the code. */
function rowOf(key: string, { rawId, payload, version }: PutVisit): ArtifactContent {
  const { jti: _raw, consumed: _consumed, exp, ...rest } = payload
  return {
    id: key,
    model: 'Interaction',
    payload: withoutBearers(withoutCookie(rest), rawId),
    grant_id: null,
    connection_id: null,
    client_id: text(field(rest['params'], 'client_id')),
    account_id: accountOf(rest),
    uid: null,
    parent_id: parentOf(rest),
    version,
    consumed_at: null,
    expires_at: expirySeconds(rest, version, Number(exp)),
  }
}

// A visit expires after an hour without activity. The lifetime in configuration.ts is its absolute limit.
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
    ...(parent === null ? {} : { [beganWith(payload)]: `row:${parent}` }),
  }
}

function accountOf(payload: Json): string | null {
  return (
    text(field(field(payload['result'], 'login'), 'accountId')) ??
    text(field(payload['session'], 'accountId'))
  )
}

// A visit of a device is begun with the row of its code, whose secret the device alone has.
function parentOf(payload: Json): string | null {
  const name = text(payload[beganWith(payload)])
  if (name?.startsWith('row:')) return name.slice('row:'.length)
  return name === null ? null : rowId('PushedAuthorizationRequest', name)
}

function beganWith({ deviceCode }: Json): 'deviceCode' | 'parJti' {
  return deviceCode === undefined ? 'parJti' : 'deviceCode'
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Json)[name] : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

// The provider checked these details when they were pushed.
export function detailsOf({ params }: Pick<Interaction, 'params'>): readonly unknown[] {
  const { authorization_details: text } = params
  return typeof text === 'string' ? (JSON.parse(text) as readonly unknown[]) : []
}
