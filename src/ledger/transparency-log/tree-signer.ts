import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { checkValue } from '../../base/keys/key-check.ts'
import { readSecrets } from '../../base/keys/secret-files.ts'
import type { TreeSigner } from '../../base/keys/signer-service.ts'
import { StartError } from '../../base/values/start-error.ts'
import { writeWhole } from '../../base/settings/atomic-file.ts'
import { checkpointText } from '../../base/tlog/checkpoint.ts'
import { emptyRoot, holdsConsistency } from '../../base/tlog/merkle.ts'
import { noteSignature } from '../../base/tlog/note.ts'
import type { SignedRecord, SignedTree } from './record.ts'
import { readRecord, RefusalToSign, writeRecord } from './record.ts'
import { signersOf } from './signers.ts'

// How a signer in a process of its own signs trees. It sees no entry of a log, and yet contradicts itself never: it remembers the last
// tree of each log, and signs one that contains it, by the proof, and no other (docs/design/domain.md#i29).

/** More logs than a house has in centuries: whoever may ask cannot fill the disk. */
const mostLogs = 1000

/** @param memoryDir of the file `signed.json`, as LEDGER_DIR has one. @throws StartError without a key, or where the file cannot be relied upon */
export async function openTreeSigner(keysDir: string, memoryDir: string): Promise<TreeSigner> {
  const secrets = await readSecrets(join(keysDir, 'log'))
  if (secrets.length === 0) throw new StartError(`${keysDir} holds no key of purpose log.`)
  await mkdir(memoryDir, { recursive: true, mode: 0o700 })
  const memory = new Map<string, SignedTree>(await memoryIn(memoryDir))
  let turn: Promise<unknown> = Promise.resolve()

  async function sign(tree: Parameters<TreeSigner['sign']>[0]): ReturnType<TreeSigner['sign']> {
    const { origin, size, root } = tree
    const last = memory.get(origin) ?? { size: 0, root: emptyRoot }
    if (tree.old !== last.size) return last.size
    if (!holdsConsistency(last, { size, root }, tree.proof))
      return 'this tree does not contain the one that was signed last'
    if (!memory.has(origin) && memory.size >= mostLogs) return 'too many logs'
    // On disk before the signature exists: a process that is killed here has signed nothing.
    await writeRecord(memoryDir, new Map([...memory, [origin, { size, root }]]), writeWhole)
    memory.set(origin, { size, root })
    const text = checkpointText(tree)
    return signersOf(secrets, origin).map((signer) => noteSignature(signer, text))
  }

  return {
    checks: secrets.map((secret) => checkValue('log', secret)),
    publicKeys: (origin) =>
      signersOf(secrets, origin).map(({ verifier: { key } }) =>
        key.export({ format: 'der', type: 'spki' }).subarray(-32),
      ),
    // One after the other: looking at the memory and writing it are one step.
    sign(tree) {
      const signed = turn.then(() => sign(tree))
      turn = signed.catch(() => undefined)
      return signed
    },
  }
}

function memoryIn(dir: string): Promise<SignedRecord> {
  return readRecord(dir).catch(
    recoverFrom(RefusalToSign, (cause) => {
      throw new StartError(`${cause.message}.`, { cause })
    }),
  )
}
