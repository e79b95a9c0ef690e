import type { Adapter } from 'oidc-provider'
import { newUuid } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'
import { connectionOf, connectionOpenedByUnit } from './grant-model.ts'
import { emptyAdapter } from './empty-adapter.ts'
import type { PutToken } from './pending-writes.ts'
import { ensureRead } from './unit-reads.ts'
import { pair } from './rows-read.ts'
import { sessionBehind } from './session-model.ts'
import type { Unit } from './unit.ts'
import { currentUnit, keyOf, nowSeconds } from './unit.ts'
import type { ArtifactContent, Json, UsedRow, Writes, ConnectionUse } from './unit-rows.ts'

// The models of tokens, codes and pushed requests: each is one row of `oidc_artifacts`, found by the hash of its value
// (docs/lives/token.md).

export function tokenModel(model: string): Adapter {
  return {
    ...emptyAdapter,
    async find(id) {
      const unit = currentUnit()
      const key = keyOf(unit, model, id)
      await ensureRead(unit, { artifacts: [key] })
      const payload = payloadOf(unit, key)
      if (payload === undefined) return undefined
      const shown = model === 'RefreshToken' ? await refreshed(unit, payload) : payload
      // The library keeps and changes the payload, so it gets a copy.
      return { ...structuredClone(shown), jti: id }
    },
    async upsert(id, payload, ttl) {
      await Promise.resolve()
      const unit = currentUnit()
      const key = keyOf(unit, model, id)
      const version = unit.seen.artifacts.get(key)?.version ?? 0
      const exp = payload.exp ?? nowSeconds(unit) + present(ttl, 'the lifetime of a token')
      const own: Json = { ...structuredClone(payload), exp }
      unit.pending.tokens.put.set(key, { model, payload: own, version })
    },
    async consume(id) {
      await Promise.resolve()
      const unit = currentUnit()
      unit.pending.tokens.consumed.add(keyOf(unit, model, id))
    },
    async destroy(id) {
      await Promise.resolve()
      const unit = currentUnit()
      const key = keyOf(unit, model, id)
      unit.pending.tokens.put.delete(key)
      unit.pending.tokens.dropped.add(key)
    },
    async revokeByGrantId(grantId) {
      await Promise.resolve()
      currentUnit().pending.tokens.revoked.add(grantId)
    },
  }
}

/** Adds a row that leads to a token: who has no secret of the token finds it so. */
export function leadTo(unit: Unit, from: string, { id, exp }: { id: string; exp: unknown }): void {
  const leading = { model: 'UserCode', payload: { exp }, version: 0, parentId: id }
  unit.pending.tokens.put.set(from, leading)
}

type TokenWrites = Pick<
  Writes,
  'consumed' | 'dropped' | 'revoked' | 'artifacts' | 'opened' | 'activities'
>

/** The writes of tokens. A sign-in also marks its connection as used and makes a line of activity. */
export function tokenWrites(unit: Unit): TokenWrites {
  const { put, consumed, dropped, revoked } = unit.pending.tokens
  const codes = [...put.values()].filter(isSignIn)
  return {
    consumed: [...consumed].map((key) => usedRow(unit, key)),
    dropped: [...dropped],
    revoked: [...revoked],
    artifacts: [...put].map(([key, token]) => rowOf(key, token)),
    opened: codes.map((code) => connectionUse(unit, code)),
    activities: codes.map((code) => signInActivity(unit, code)),
  }
}

// A sign-in at a service: a code, or a device's code once a person has said yes.
function isSignIn({ model, payload }: PutToken): boolean {
  const isOfDevice = model === 'DeviceCode' && payload['accountId'] !== undefined
  return isOfDevice || model === 'AuthorizationCode'
}

/** The grant id of a token, by the token's row id. */
export function grantIdOf(unit: Unit, key: string): string | undefined {
  return text(payloadOf(unit, key)?.['grantId']) ?? undefined
}

/** When a token that this unit puts is over, in seconds. */
export function pendingExpiry({ pending }: Unit, key: string): number {
  return Number(pending.tokens.put.get(key)?.payload['exp'])
}

/** The row id of the pushed request that this request uses up. */
export function pushedRequestUsed(unit: Unit): string | undefined {
  return [...unit.pending.tokens.consumed].find(
    (key) => typeof payloadOf(unit, key)?.['request'] === 'string',
  )
}

// Pending writes take precedence over the rows that were read.
function payloadOf(unit: Unit, key: string): Json | undefined {
  const { put, consumed, dropped } = unit.pending.tokens
  const seen = dropped.has(key) ? undefined : unit.seen.artifacts.get(key)
  const { payload } = put.get(key) ?? seen ?? {}
  if (payload === undefined || !consumed.has(key)) return payload
  return { ...payload, consumed: nowSeconds(unit) }
}

// An ID token from a refresh has no nonce (OpenID Connect Core, section 12.2). It has `sid` only while that session is live at this
// service: after its end no logout notice would name it.
async function refreshed(unit: Unit, payload: Json): Promise<Json> {
  const { nonce: _nonce, sid, ...rest } = payload
  const session = await sessionBehind(unit, String(payload['sessionUid']))
  const isHers = session?.accountId === payload['accountId']
  const { [String(payload['clientId'])]: here } = session?.authorizations ?? {}
  return isHers && here?.sid === sid ? { ...rest, sid } : rest
}

function usedRow({ seen, request }: Unit, id: string): UsedRow {
  const row = present(seen.artifacts.get(id)?.row, 'the row of a token')
  return { id, row: { ...row, consumed_at: request.now.getTime() / 1000 } }
}

function rowOf(key: string, { model, payload, version, parentId }: PutToken): ArtifactContent {
  // A pushed request expires after 60 s but is read again at the end of its visit, so its row stays until the sweep, a day later.
  const { jti: _raw, consumed: _consumed, exp, ...rest } = payload
  const grantId = text(rest['grantId'])
  return {
    id: key,
    model,
    payload: rest,
    grant_id: grantId,
    connection_id: grantId === null ? null : connectionOf(grantId),
    client_id: text(rest['clientId']),
    account_id: text(rest['accountId']),
    uid: text(rest['sessionUid']),
    parent_id: parentId ?? null,
    version,
    consumed_at: null,
    expires_at: Number(exp),
  }
}

function connectionUse(unit: Unit, { payload }: PutToken): ConnectionUse {
  const connection_id = connectionOf(String(payload['grantId']))
  const [account_id, client_id] = [String(payload['accountId']), String(payload['clientId'])]
  return {
    row: { connection_id, account_id, client_id },
    opened: connectionOpenedByUnit(unit, connection_id),
    untrusted: unit.seen.untrustedConnections.get(pair(account_id, client_id)),
  }
}

function signInActivity({ request }: Unit, { model, payload }: PutToken): Json {
  return {
    activity_id: newUuid(request.now),
    person_id: payload['accountId'],
    kind: model === 'DeviceCode' ? 'service.signed-in-on-device' : 'service.signed-in',
    service_id: payload['clientId'],
    acr: payload['acr'],
    amr: payload['amr'],
    result: 'done',
    request_id: request.requestId,
    network: request.network,
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
