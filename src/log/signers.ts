import { hkdfSync } from 'node:crypto'
import type { Signer } from '../foundation/note.ts'
import { signerFrom } from '../foundation/note.ts'

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
