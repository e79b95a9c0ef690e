import type { FarDataKey } from '../sealing/data-keys.ts'
import { farDataKeys, farLogSecrets } from './remote-secrets.ts'
import { farPairs, guardSocket, keysThere, orOperatorError } from './remote-signer.ts'
import type { Log } from '../logging/log.ts'
import type { FarLogSecret } from './log-keys.ts'
import type { KeyPair } from './key-pairs.ts'
import type { FarPurpose, HeldPairs } from './signer.ts'
import { farPurposes, forEachPurpose } from './signer.ts'
import type { SignerLine } from './signer-connection.ts'
import type { ServedPurpose, SignerSockets } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'
import { signerLine } from './signer-connection.ts'

export type FarKeys = {
  readonly pairs: HeldPairs
  readonly data: readonly FarDataKey[]
  readonly log: readonly FarLogSecret[]
  readonly logPq: readonly FarLogSecret[]
}

/**
 * What a signer has at the sockets of its purposes: public halves, and the way to its secrets.
 * @throws OperatorError where it cannot be had, or where others may use it
 */
export async function readFarKeys(sockets: SignerSockets, log: Log): Promise<FarKeys> {
  const { data, log: logPath, ...paths } = sockets
  const pairs = await Promise.all(
    farPurposes.map(async (purpose) => [purpose, await pairsAt(purpose, paths[purpose])] as const),
  )
  const secrets = logPath === undefined ? [] : await logAt(logPath)
  const pairsBy = new Map<FarPurpose, readonly KeyPair[]>(pairs)
  return {
    pairs: forEachPurpose((purpose) => pairsBy.get(purpose) ?? []),
    data: data === undefined ? [] : await dataAt(data, log),
    log: secrets.filter(({ purpose }) => purpose === 'log'),
    logPq: secrets.filter(({ purpose }) => purpose === 'log-pq'),
  }
}

async function pairsAt(purpose: FarPurpose, path: string | undefined): Promise<readonly KeyPair[]> {
  if (path === undefined) return []
  return atSocket(path, purpose, async (line) => farPairs(await keysThere(line), purpose))
}

function dataAt(path: string, log: Log): Promise<readonly FarDataKey[]> {
  return atSocket(path, 'data', async (line) => {
    const { data = [] } = await keysThere(line)
    return data.length === 0 ? [] : farDataKeys(line, log)
  })
}

function logAt(path: string): Promise<readonly FarLogSecret[]> {
  return atSocket(path, 'log', async (line) => farLogSecrets(line, await keysThere(line)))
}

/** @throws OperatorError also where the signer has no key of the purpose that its socket is named after */
async function atSocket<T>(
  path: string,
  purpose: ServedPurpose,
  ask: (line: SignerLine) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  await guardSocket(path)
  const keys = await orOperatorError(path, () => ask(signerLine(path)))
  if (keys.length === 0)
    throw new OperatorError(
      `SIGNER_SOCKETS: the signer at ${path} has no key of purpose ${purpose}.`,
    )
  return keys
}
