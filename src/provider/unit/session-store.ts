import { earlierBy } from '../../base/values/calendar.ts'
import { retention } from '../../base/values/retention.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { EndedSessions, UpstreamLogout } from '../../base/ports/sessions-port.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { afterEnd, lockStanding, sealOfStanding } from '../../people/accounts/index.ts'
import { deleteBatch, takeBatch } from '../../base/database/sweep.ts'
import { sealOfArtifact, sealOfSession } from './seals.ts'
import type { ArtifactRow, SessionRow } from './unit-rows.ts'

// The SQL of this room outside its units (unit-store.ts): lists, ends and extends sessions, extends visits, sweeps expired rows.

export type SessionSummary = {
  readonly uid: string
  readonly device: string
  readonly signedInAt: Date
  readonly lastSeenAt: Date
  readonly network: string | null
}

/** The most sessions of a person; the database function `put_session` enforces it. */
export const maxSessions = 50

const summary = ['uid', 'device', 'signedInAt', 'lastSeenAt', 'network'] as const

export async function sessionsOfAccount(
  db: Database,
  accountId: string,
  now: Date,
): Promise<SessionSummary[]> {
  const rows = db('oidcSessions')
    .distinctOn('uid')
    .select(...summary)
    .where({ accountId })
    // Not by the index of expiry, which knows nobody.
    .whereRaw("expires_at + interval '0' > ?", [now])
    .orderBy(['uid', { column: 'lastSeenAt', order: 'desc' }])
  return db
    .select(...summary)
    .from(rows.as('sessions'))
    .orderBy('lastSeenAt', 'desc')
    .limit(maxSessions)
}

/** @returns how many sessions ended */
export async function endSessions(
  tx: Transaction,
  seals: RowSeals,
  accountId: string,
  which: EndedSessions & { readonly withTokens: boolean },
): Promise<number> {
  const before = await lockStanding(tx, seals, accountId)
  if (before === undefined) return 0
  const after = afterEnd(before, which)
  const { but, only, madeBy, withTokens } = which
  const { rows } = await tx.raw<{ rows: { ended: number }[] }>(
    'select end_sessions(?, ?, ?, ?::uuid[], ?, ?, ?, ?, ?::bytea) as ended',
    [
      accountId,
      but ?? null,
      only ?? null,
      madeBy === undefined ? null : [...madeBy],
      withTokens,
      after.sessionEpoch,
      after.sessionsFrom,
      after.sessionKept,
      before.isTrusted ? sealOfStanding(seals, after) : null,
    ],
  )
  return present(rows[0], 'the count of ended sessions').ended
}

/** @returns how many sessions ended */
export async function endSessionsOfUpstream(
  tx: Transaction,
  seals: RowSeals,
  accountId: string,
  { factorId, provider, session, isUnnamedToo }: UpstreamLogout,
): Promise<number> {
  // Under the lock of the account, as each end: a session that begins meanwhile comes before or finds the proof used up.
  if ((await lockStanding(tx, seals, accountId)) === undefined) return 0
  const rows: { uid: string }[] = await tx('oidcSessions')
    .distinct('uid')
    .where({ accountId })
    .whereRaw(
      `factor_ids && array[?]::uuid[] and payload #>> '{cameBy,provider}' = ?
        and (?::text is null or coalesce(payload #>> '{cameBy,session}' = ?, ?))`,
      [factorId, provider, session ?? null, session ?? null, isUnnamedToo],
    )
    .limit(maxSessions)
  const uids = rows.map(({ uid }) => uid)
  let ended = 0
  // Where none has begun yet, the end still counts for what she has begun to prove.
  for (const only of uids.length === 0 ? ['none'] : uids)
    ended += await endSessions(tx, seals, accountId, { only, withTokens: false })
  return ended
}

export async function endTokensSince(
  tx: Transaction,
  accountId: string,
  { since, but }: { readonly since: Date; readonly but: string },
): Promise<void> {
  await tx.raw('select end_tokens_since(?, ?, ?)', [accountId, since, but])
}

export async function leaveService(
  tx: Transaction,
  accountId: string,
  serviceId: string,
): Promise<void> {
  await tx.raw('select leave_service(?, ?)', [accountId, serviceId])
}

export async function isSessionAlive(
  tx: Transaction,
  accountId: string,
  uid: string,
  now: Date,
): Promise<boolean> {
  const row: object | undefined = await tx('oidcSessions')
    .select('uid')
    .where({ accountId, uid })
    .where('expiresAt', '>', now)
    .first()
  return row !== undefined
}

/**
 * Extends a session that our own pages have read; called at most once a minute, or at each step at a terminal. Where the row is no
 * longer as it was read, another request has extended it.
 * @param row as it was read, with its new end
 */
export async function touchSession(
  db: Database,
  seals: RowSeals,
  row: SessionRow,
  now: Date,
): Promise<void> {
  const expiresAt = new Date(row.expires_at * 1000)
  await db('oidcSessions')
    .where({ id: Buffer.from(row.id, 'hex'), seal: row.seal })
    .update({ lastSeenAt: now, expiresAt, seal: sealOfSession(seals, row) })
}

/** Extends a visit. @param row as it was read, with its new end */
export async function extendArtifact(
  db: Database,
  seals: RowSeals,
  row: ArtifactRow,
): Promise<void> {
  const expiresAt = new Date(row.expires_at * 1000)
  await db('oidcArtifacts')
    .where({ id: Buffer.from(row.id, 'hex'), seal: row.seal })
    .update({ expiresAt, seal: sealOfArtifact(seals, row) })
}

/** Deletes one batch of rows that expired long enough ago, and of visits that nobody answers for any more. @returns how many */
export async function sweepOver(db: Database, now: Date): Promise<number> {
  const expired = await sweepExpired(db, earlierBy(now, retention.over))
  return expired + (await sweepUnpushed(db, now))
}

/** Deletes one batch of rows that expired before the given time. @returns how many rows were deleted */
export async function sweepExpired(db: Database, before: Date): Promise<number> {
  let gone = await sweepSessions(db, before)
  for (const table of ['oidc_artifacts', 'oidc_replays', 'session_ending', 'sign_in_request']) {
    gone += await deleteBatch(db, table, 'expires_at', before)
  }
  return gone
}

/**
 * Deletes one batch of sessions, and what their services hold of those that have no other row. They are looked for among the sessions of
 * the batch: to look for them among all of a province takes seconds.
 */
function sweepSessions(db: Database, before: Date): Promise<number> {
  return transact(db, async (tx) => {
    const gone = await takeBatch(tx, 'oidc_sessions', 'expires_at', before, { told: 'uid' })
    if (gone.length === 0) return 0
    await tx.raw(
      `delete from oidc_session_authorizations where session_uid = any(array(
         select g.uid from unnest(?::text[]) g(uid)
         where not exists (select from oidc_sessions s where s.uid = g.uid offset 0)))`,
      [gone],
    )
    return gone.length
  })
}

/**
 * Deletes a batch of the visits that began with a request in the address and are over: anybody can make their rows, without being a
 * service. All others stay a day longer, so that their pages can say where to begin again.
 */
export function sweepUnpushed(db: Database, now: Date): Promise<number> {
  const unpushed = `model = 'Interaction' and parent_id is null and consumed_at is null`
  return deleteBatch(db, 'oidc_artifacts', 'expires_at', now, unpushed)
}

/** Deletes the sessions and refresh tokens of a person. Rows that live for minutes were swept a month before. */
export async function forgetArtifacts(tx: Transaction, accountId: string): Promise<void> {
  const gone: { uid: string }[] = await tx('oidcSessions')
    .where({ accountId })
    .delete()
    .returning('uid')
  await tx('oidcSessionAuthorizations')
    .whereIn(
      'sessionUid',
      gone.map(({ uid }) => uid),
    )
    .delete()
  await tx('oidcArtifacts').where({ accountId, model: 'RefreshToken' }).delete()
}
