import { randomBytes, randomUUID } from 'node:crypto'
import type { Database } from '../../src/base/database/database.ts'
import type { Authenticator } from './authenticator.ts'

export async function personOfKey(db: Database, { credentialId }: Authenticator): Promise<string> {
  const row = await db('passkeys').select('personId').where({ credentialId }).first<{
    personId: string
  }>()
  return row.personId
}

/** Sessions of a person as so many sign-ins would have left them, the first one unused for longest; each was at one service. */
export async function fillSessions(
  db: Database,
  personId: string,
  count: number,
  factorIds: readonly string[] = [],
): Promise<readonly string[]> {
  const now = Date.now()
  const uids = Array.from({ length: count }, () => randomUUID())
  await db('oidcSessions').insert(
    uids.map((uid, i) => ({
      id: randomBytes(32),
      uid,
      accountId: personId,
      payload: {},
      device: 'Firefox, Linux',
      signedInAt: new Date(now - 3_600_000),
      lastSeenAt: new Date(now - (count - i) * 1000),
      expiresAt: new Date(now + 3_600_000),
      factorIds: [...factorIds],
    })),
  )
  await db('oidcSessionAuthorizations').insert(
    uids.map((uid) => ({ sessionUid: uid, clientId: 'library', content: { sid: `sid-${uid}` } })),
  )
  return uids
}

export async function sessionsOf(db: Database, personId: string): Promise<readonly string[]> {
  const rows = await db('oidcSessions').where({ accountId: personId }).orderBy('uid')
  return rows.map(({ uid }: { uid: string }) => uid)
}

/** The services for which a logout notice of these sessions is queued. */
export async function toldOf(db: Database, uids: readonly string[]): Promise<number> {
  // Each notice waits in one of the two queues of its service.
  const { rows } = await db.raw<{ rows: { told: number }[] }>(
    `select count(*)::int as told from graphile_worker._private_jobs j
     join graphile_worker._private_job_queues q on q.id = j.job_queue_id
     where payload->>'sid' = any(?) and queue_name ~ ('^service ' || (payload->>'clientId') || ' [01]$')`,
    [uids.map((uid) => `sid-${uid}`)],
  )
  return rows[0]?.told ?? 0
}
