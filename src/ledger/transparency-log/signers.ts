import { hkdfSync } from 'node:crypto'
import type { Signer, Verifier } from '../../base/tlog/note.ts'
import { signerFrom } from '../../base/tlog/note.ts'
import { originOf } from '../chain/index.ts'

/**
 * A log's signers, newest first: one Ed25519 key for each secret of purpose `log`, and another for each log, since a policy
 * tells logs apart by their keys (RFC 5869; C2SP tlog-policy).
 */
export function signersOf(secrets: readonly Buffer[], origin: string): Signer[] {
  return secrets.map((secret) => {
    const seed = hkdfSync('sha256', secret, '', `accord log ${origin}`, 32)
    return signerFrom(origin, 'ed25519', Buffer.from(seed))
  })
}

/** The verifiers of these secrets for the logs of this year and the next: a log that has signed nothing yet may be among them. */
export function logVerifiers(
  secrets: readonly Buffer[],
  issuer: string,
  now: Date,
): readonly Verifier[] {
  return [0, 1].flatMap((ahead) =>
    signersOf(secrets, originOf(issuer, now.getUTCFullYear() + ahead)).map(
      ({ verifier }) => verifier,
    ),
  )
}
