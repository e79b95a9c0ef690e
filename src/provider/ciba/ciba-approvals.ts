import { randomBytes } from 'node:crypto'
import { epochSeconds } from '../../base/values/clock.ts'
import type { Transaction } from '../../base/database/database.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { newUuid } from '../../base/values/ids.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { SignInRequest, SignInRequests } from '../../base/ports/ciba-port.ts'
import { tellUntrusted } from '../../people/accounts/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { mayInitiateCiba } from './backchannel-authentication.ts'
import {
  sealOfAuthorization,
  sealOfConnection,
  trustedAuthorization,
  trustedConnection,
} from '../unit/seals.ts'
import type { SessionJoin } from '../unit/session-join-store.ts'
import {
  noteConnectionUsed,
  putAuthorization,
  putConnection,
  sessionAndConnection,
} from '../unit/session-join-store.ts'
import type { UntrustedRowRead } from '../unit/unit-rows.ts'
import type { StoredSignInRequest } from './ciba-store.ts'
import {
  dropSilence,
  endRequests,
  lockedRequest,
  putApproval,
  putSilence,
  silencesOf,
  tellAnswered,
  waitingRequests,
} from './ciba-store.ts'

/** What a person sees and does with requests of services that she signs in there. */
export function makeSignInRequests(
  { db, clock, log }: Pick<Foundation, 'db' | 'clock' | 'log'>,
  seals: RowSeals,
  live: LiveRegister,
): SignInRequests {
  return {
    async waiting(personId) {
      const rows = await waitingRequests(db, seals, personId, clock())
      return rows.filter((row) => mayInitiateCiba(live.current(), row.serviceId)).map(asked)
    },
    async approve(tx, gate, by, requestId, from) {
      const now = clock()
      const row = await lockedRequest(tx, seals, by.personId, requestId)
      if (row === undefined || !waits(row, now) || !mayInitiateCiba(live.current(), row.serviceId))
        throw new Refusal('sign-in-request.over', 410, { nextHref: '/acces' })
      const joined = { ...by, serviceId: row.serviceId }
      const tell = async ({ row }: UntrustedRowRead) =>
        tellUntrusted({ db: tx, log }, { ...row, personId: by.personId }, { ...from, now })
      const { grantId, sid } = await join({ tx, seals, joined, now, tell })
      const { sessionUid, acr, amr } = by
      const authTime = epochSeconds(by.authTime)
      await putApproval(tx, seals, gate, row, { grantId, sid, sessionUid, acr, amr, authTime })
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

type Joining = {
  readonly tx: Transaction
  readonly seals: RowSeals
  readonly joined: SessionJoin
  readonly now: Date
  /** Tells her of a row that somebody else wrote, and who watches over the broker. */
  readonly tell: (untrusted: UntrustedRowRead) => Promise<void>
}

/**
 * Makes her session one of the service too, as a sign-in there would have: so its end ends the tokens, and the service is told. Under the
 * lock of her account, and while the session lives.
 */
async function join(joining: Joining): Promise<{ readonly grantId: string; readonly sid: string }> {
  const { tx, seals, joined, tell } = joining
  const { sessionUid, serviceId } = joined
  const held = await sessionAndConnection(tx, joined)
  const connectionId = await connected(joining, held.connection)
  const names = { uid: sessionUid, client_id: serviceId }
  const { content, seal = null } = held.authorization ?? {}
  const known =
    content === undefined
      ? undefined
      : trustedAuthorization(seals, { kind: 'authorization', ...names, payload: content, seal })
  if (known?.kind === 'untrusted') await tell(known)
  const before = known?.kind === 'authorization' ? known.payload : {}
  const { sid: knownSid } = before
  const sid = typeof knownSid === 'string' ? knownSid : randomBytes(16).toString('base64url')
  const payload = { ...before, sid, grantId: `${connectionId}.${sessionUid}` }
  await putAuthorization(tx, joined, payload, sealOfAuthorization(seals, { ...names, payload }))
  return { grantId: payload.grantId, sid }
}

async function connected(
  { tx, seals, joined, now, tell }: Joining,
  stored: Awaited<ReturnType<typeof sessionAndConnection>>['connection'],
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
  const trusted = known && trustedConnection(seals, known)
  if (trusted?.kind === 'connection') {
    await noteConnectionUsed(tx, trusted.connection_id, now)
    return trusted.connection_id
  }
  if (trusted !== undefined) await tell(trusted)
  const opened = {
    connection_id: newUuid(now),
    account_id,
    client_id,
    first_used_at: now.getTime() / 1000,
    payload: { scopes: ['openid'], claims: [] },
  }
  const seal = sealOfConnection(seals, opened)
  const put = { connectionId: opened.connection_id, seal, untrusted: known?.connection_id }
  // A page of hers opened one at the same moment; her request still waits.
  if (!(await putConnection(tx, joined, put, now)))
    throw new Refusal('visit.at-once', 409, { nextHref: '/acces' })
  return opened.connection_id
}
