import { createHash } from 'node:crypto'
import type { Database, Transaction } from '../../base/database/database.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import { upstreamSessionTable } from './seal.ts'
import { visitHash } from '../../base/web/visit.ts'

// In which session elsewhere the proof of a visit came. Sessions here bear the same hash, so that a logout there finds them.

/** More sign-ins than these by one session elsewhere are not looked for at once. */
const mostFound = 50

/** The name of a session elsewhere: issuer and `sid`, as they are spelt. */
export function sessionHash(issuer: string, sid: string): Buffer {
  return createHash('sha256').update(`upstream-session:${issuer}\n${sid}`).digest()
}

export type UpstreamSession = {
  readonly providerId: string
  readonly identitySha256: Buffer
  /** Null: the provider named no session. */
  readonly sessionSha256: Buffer | null
  readonly expiresAt: Date
}

type SessionRow = UpstreamSession & { readonly errandSha256: Buffer; readonly seal: Buffer }

/** The last one of a visit counts. */
export async function putUpstreamSession(
  db: Database,
  seals: RowSeals,
  errand: string,
  there: UpstreamSession,
): Promise<void> {
  const row = { errandSha256: visitHash(errand), ...there }
  await db('upstreamSessions')
    .insert({ ...row, seal: seals.seal(upstreamSessionTable, row) })
    .onConflict('errandSha256')
    .merge()
}

/** Undefined too for a row that is not as this broker wrote it. */
export async function findUpstreamSession(
  db: Database,
  seals: RowSeals,
  errand: string,
  now: Date,
): Promise<UpstreamSession | undefined> {
  const row: SessionRow | undefined = await db('upstreamSessions')
    .where({ errandSha256: visitHash(errand) })
    .where('expiresAt', '>', now)
    .first()
  return row && trustedUpstreamSession(seals, row)
}

export function trustedUpstreamSession(seals: RowSeals, row: SessionRow): SessionRow | undefined {
  return seals.holds(upstreamSessionTable, row, row.seal) ? row : undefined
}

/** Whose sign-ins came by a session elsewhere: the hashes of accounts there. */
export async function identitiesInSession(
  tx: Transaction,
  seals: RowSeals,
  { providerId, sessionSha256 }: { readonly providerId: string; readonly sessionSha256: Buffer },
  now: Date,
): Promise<Buffer[]> {
  const rows: SessionRow[] = await tx('upstreamSessions')
    .where({ sessionSha256, providerId })
    .where('expiresAt', '>', now)
    .limit(mostFound)
  const found = rows.flatMap((row) => trustedUpstreamSession(seals, row)?.identitySha256 ?? [])
  return [...new Map(found.map((hash) => [hash.toString('hex'), hash])).values()]
}

type Gone = {
  readonly identitySha256: Buffer
  readonly sessionSha256: Buffer | undefined
  readonly isUnnamedToo: boolean
}

/** Who came and has not gone on yet comes anew: what waits for her in a visit is forgotten. */
export async function forgetComing(
  tx: Transaction,
  { identitySha256, sessionSha256, isUnnamedToo }: Gone,
): Promise<void> {
  const named = sessionSha256 ?? null
  const visits: { errandSha256: Buffer }[] = await tx('upstreamSessions')
    .where({ identitySha256 })
    .whereRaw('(?::bytea is null or coalesce(session_sha256 = ?, ?))', [named, named, isUnnamedToo])
    .delete()
    .returning('errandSha256')
  const errands = visits.map(({ errandSha256 }) => errandSha256)
  await tx('upstreamArrivals').where({ identitySha256 }).whereIn('errandSha256', errands).delete()
}

/** Uses a logout token. @returns false: it was used before */
export async function useLogoutToken(
  tx: Transaction,
  tokenSha256: Buffer,
  expiresAt: Date,
): Promise<boolean> {
  const rows = await tx('upstreamLogouts')
    .insert({ tokenSha256, expiresAt })
    .onConflict('tokenSha256')
    .ignore()
    .returning('tokenSha256')
  return rows.length === 1
}
