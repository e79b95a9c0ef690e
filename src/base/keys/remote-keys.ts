import type { FarDataKey } from '../sealing/data-keys.ts'
import { farDataKeys, farLogSecrets } from './remote-secrets.ts'
import { farPairs, guardSocket, keysThere, orStartError } from './remote-signer.ts'
import type { Log } from '../logging/log.ts'
import type { FarLogSecret } from './log-keys.ts'
import type { HeldPairs } from './signer.ts'
import { signerLine } from './signer-connection.ts'

export type FarKeys = {
  readonly pairs: HeldPairs
  readonly data: readonly FarDataKey[]
  readonly log: readonly FarLogSecret[]
}

/**
 * What a signer at a socket has: public halves, and the way to its secrets.
 * @throws StartError where it cannot be had, or where anybody may use it
 */
export async function readFarKeys(path: string, log: Log): Promise<FarKeys> {
  await guardSocket(path)
  return orStartError(path, async () => {
    const line = signerLine(path)
    const there = await keysThere(line)
    return {
      pairs: await farPairs(there),
      data: there.data === undefined || there.data.length === 0 ? [] : await farDataKeys(line, log),
      log: farLogSecrets(line, there.log ?? []),
    }
  })
}
