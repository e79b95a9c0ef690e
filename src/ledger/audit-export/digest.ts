import { createHash } from 'node:crypto'
import type { PublishedKeys, StatementSigner } from '../../base/keys/jws.ts'
import { readByPublishedKeys, signStatement } from '../../base/keys/jws.ts'
import type { DigestClaims, OpenClaims, ProgressClaims } from './shapes.ts'
import { digestClaims, openClaims, progressClaims } from './shapes.ts'

/** The same hour gives the same digest, by whichever run: Ed25519 draws nothing. */
export function signDigest(statements: StatementSigner, claims: DigestClaims): Promise<string> {
  return signStatement(statements, 'audit-digest+jwt', claims)
}

/** What a digest says of an hour that is over; undefined: none of these keys signed it, or it is of an hour that was open. */
export async function readDigest(
  keys: PublishedKeys,
  jws: string,
): Promise<DigestClaims | undefined> {
  const claims = digestClaims.safeParse(await readByPublishedKeys(keys, 'audit-digest+jwt', jws))
  return claims.data?.until === claims.data?.from ? undefined : claims.data
}

export function signOpenHour(statements: StatementSigner, claims: OpenClaims): Promise<string> {
  return signStatement(statements, 'audit-digest+jwt', claims)
}

/** What was signed of an hour that is not over; undefined: none of these keys signed it. */
export async function readOpenHour(
  keys: PublishedKeys,
  jws: string,
): Promise<OpenClaims | undefined> {
  const claims = openClaims.safeParse(await readByPublishedKeys(keys, 'audit-digest+jwt', jws))
  return claims.data?.until === claims.data?.from ? claims.data : undefined
}

export function signProgress(statements: StatementSigner, claims: ProgressClaims): Promise<string> {
  return signStatement(statements, 'audit-digest+jwt', claims)
}

/** Until when an export has come; undefined: none of these keys signed it. */
export async function readProgress(keys: PublishedKeys, jws: string): Promise<Date | undefined> {
  const claims = progressClaims.safeParse(await readByPublishedKeys(keys, 'audit-digest+jwt', jws))
  return claims.data && new Date(claims.data.until)
}

/** The name of a digest in the next one. */
export function hashOfDigest(jws: string): string {
  return createHash('sha256').update(jws).digest('hex')
}
