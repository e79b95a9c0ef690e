import type { StatementKeys, StatementSigner } from '../../src/base/keys/jws.ts'
import { pairsOf, signerOf } from '../../src/base/keys/signer.ts'

/** Signs statements by keys that are at hand. */
export function statementsBy(keys: StatementKeys): StatementSigner {
  return { keys, signer: signerOf(pairsOf(keys)) }
}
