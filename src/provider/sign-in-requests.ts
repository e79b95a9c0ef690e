import { randomBytes } from 'node:crypto'
import { epochSeconds } from '../base/platform/clock.ts'
import type { Transaction } from '../base/platform/database.ts'
import type { Foundation } from '../base/web/foundation.ts'
import { newUuid } from '../base/platform/ids.ts'
import { Refusal } from '../base/platform/refusal.ts'
import type { RowSeals } from '../base/platform/row-seal.ts'
import type { SignInRequest, SignInRequests } from '../base/platform/sign-in-requests.ts'
import type { LiveRegister } from '../registry/index.ts'
import { mayAsk } from './backchannel.ts'
import {
  sealOfAuthorization,
  sealOfConnection,
  trustedAuthorization,
  trustedConnection,
} from './seals.ts'
import type { Joined } from './joining-store.ts'
import {
  noteConnectionUsed,
  putAuthorization,
  putConnection,
  sessionAndConnection,
} from './joining-store.ts'
import type { StoredSignInRequest } from './sign-in-request-store.ts'
import {
  dropSilence,
  endRequests,
  lockedRequest,
  putApproval,
  putSilence,
  silencesOf,
  tellAnswered,
  waitingRequests,
} from './sign-in-request-store.ts'

/** What a person sees and does with requests of services that she signs in there. */
export function makeSignInRequests(
  { db, clock }: Pick<Foundation, 'db' | 'clock'>,
  seals: RowSeals,
  live: LiveRegister,
): SignInRequests {
  return {
    async waiting(personId) {
      const rows = await waitingRequests(db, seals, personId, clock())
      return rows.filter((row) => mayAsk(live.current(), row.serviceId)).map(asked)
    },
    async approve(tx, by, requestId) {
      const now = clock()
      const row = await lockedRequest(tx, seals, by.personId, requestId)
      if (row === undefined || !waits(row, now) || !mayAsk(live.current(), row.serviceId))
        throw new Refusal('sign-in-request.over', 410, { nextHref: '/acces' })
      const joined = { ...by, serviceId: row.serviceId }
      const { grantId, sid } = await join(tx, seals, joined, now)
      const { sessionUid, acr, amr } = by
      const authTime = epochSeconds(by.authTime)
      await putApproval(tx, seals, row, { grantId, sid, sessionUid, acr, amr, authTime })
      if (row.ping !== null) await tellAnswered(tx, row)
    },
    async refuse(tx, personId, requestId) {
      const now = clock()
      const row = await lockedRequest(tx, seals, personId, requestId)
      if (row === undefined || !waits(row, now)) return undefined
      await endRequests(tx, personId, { requestId }, now)
      return asked(row)
    },
    async silence(tx, personId, orgId) {
      const now = clock()
      const isNew = await putSilence(tx, personId, orgId, now)
      await endRequests(tx, personId, { orgId }, now)
      return isNew
    },
    allow: dropSilence,
    silences: (personId) => silencesOf(db, personId),
  }
}

function waits({ approval, endedAt, expiresAt }: StoredSignInRequest, now: Date): boolean {
  return approval === null && endedAt === null && expiresAt > now
}

function asked(row: StoredSignInRequest): SignInRequest {
  const { requestId, orgId, serviceId, words, level, requestedAt, expiresAt } = row
  return { requestId, orgId, serviceId, words, level: level ?? undefined, requestedAt, expiresAt }
}

/**
 * Makes her session one of the service too, as a sign-in there would have: so its end ends the tokens, and the service is told. Under the
 * lock of her account, and while the session lives.
 */
async function join(
  tx: Transaction,
  seals: RowSeals,
  joined: Joined,
  now: Date,
): Promise<{ readonly grantId: string; readonly sid: string }> {
  const { sessionUid, serviceId } = joined
  const held = await sessionAndConnection(tx, joined)
  const connectionId = await connected(tx, seals, joined, held.connection, now)
  const names = { uid: sessionUid, client_id: serviceId }
  const { content, seal = null } = held.authorization ?? {}
  const known =
    content === undefined
      ? undefined
      : trustedAuthorization(seals, { kind: 'authorization', ...names, payload: content, seal })
  const before = known?.kind === 'authorization' ? known.payload : {}
  const { sid: knownSid } = before
  const sid = typeof knownSid === 'string' ? knownSid : randomBytes(16).toString('base64url')
  const payload = { ...before, sid, grantId: `${connectionId}.${sessionUid}` }
  await putAuthorization(tx, joined, payload, sealOfAuthorization(seals, { ...names, payload }))
  return { grantId: payload.grantId, sid }
}

async function connected(
  tx: Transaction,
  seals: RowSeals,
  joined: Joined,
  stored: Awaited<ReturnType<typeof sessionAndConnection>>['connection'],
  now: Date,
): Promise<string> {
  const { personId: account_id, serviceId: client_id } = joined
  const known = stored && {
    kind: 'connection' as const,
    connection_id: stored.connectionId,
    account_id,
    client_id,
    first_used_at: stored.firstUsedAt.getTime() / 1000,
    payload: { scopes: stored.scopes, claims: stored.claims },
    seal: stored.seal,
  }
  if (known !== undefined && trustedConnection(seals, known).kind === 'connection') {
    await noteConnectionUsed(tx, known.connection_id, now)
    return known.connection_id
  }
  const opened = {
    connection_id: newUuid(now),
    account_id,
    client_id,
    first_used_at: now.getTime() / 1000,
    payload: { scopes: ['openid'], claims: [] },
  }
  const seal = sealOfConnection(seals, opened)
  const put = { connectionId: opened.connection_id, seal, untrusted: known?.connection_id }
  if (!(await putConnection(tx, joined, put, now))) throw new Refusal('session.ended', 409)
  return opened.connection_id
}
