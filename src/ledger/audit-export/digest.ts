import { createHash } from 'node:crypto'
import type { PublishedKeys, StatementSigner } from '../../base/keys/jws.ts'
import { readByPublishedKeys, signStatement } from '../../base/keys/jws.ts'
import type { DigestClaims } from './shapes.ts'
import { digestClaims } from './shapes.ts'

/** The same hour gives the same digest, by whichever run: Ed25519 draws nothing. */
export function signDigest(statements: StatementSigner, claims: DigestClaims): Promise<string> {
  return signStatement(statements, 'audit-digest+jwt', claims)
}

/** What a digest says; undefined: none of these keys signed it. */
export async function readDigest(
  keys: PublishedKeys,
  jws: string,
): Promise<DigestClaims | undefined> {
  const claims = await readByPublishedKeys(keys, 'audit-digest+jwt', jws)
  return digestClaims.safeParse(claims).data
}

/** The name of a digest in the next one. */
export function hashOfDigest(jws: string): string {
  return createHash('sha256').update(jws).digest('hex')
}
