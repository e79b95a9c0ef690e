import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { checkValue } from '../../base/keys/key-check.ts'
import { readSecrets } from '../../base/keys/secret-files.ts'
import { guardFoldersAbove } from '../../base/keys/key-files.ts'
import type { TreeSigner } from '../../base/keys/signer-answers.ts'
import type { Clock } from '../../base/values/clock.ts'
import { epochSeconds } from '../../base/values/clock.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { writeWhole } from '../../base/settings/atomic-file.ts'
import { checkpointText } from '../../base/tlog/checkpoint.ts'
import { emptyRoot, holdsConsistency } from '../../base/tlog/merkle.ts'
import { noteSignature } from '../../base/tlog/note.ts'
import { ownLogOf, yearFault } from './own-logs.ts'
import type { SignedRecord, SignedTree } from './record.ts'
import { readRecord, RefusalToSign, writeRecord } from './record.ts'
import { signersOf } from './signers.ts'

// How a signer in a process of its own signs trees. It sees no entry of a log, and yet contradicts itself never: it remembers the last
// tree of each log, and signs one that contains it, by the proof, and no other (docs/design/domain.md#i29). It takes logs of its own
// house alone, whose number is small: nobody fills its memory with names that he invented.

/** Larger than the file ever was while it took any name: what others wrote into it does not keep a signer from starting. */
const mostMemoryBytes = 16 * 1024 * 1024

export type TreeSignerOptions = {
  readonly keysDir: string
  /** Of the file `signed.json`, as LEDGER_DIR has one. */
  readonly memoryDir: string
  readonly issuer: string
  /** Its own, not that of who asks. */
  readonly clock: Clock
}

/** @throws OperatorError without a key, or where the file cannot be relied upon, or is of another house */
export async function openTreeSigner(options: TreeSignerOptions): Promise<TreeSigner> {
  const { keysDir, memoryDir, issuer, clock } = options
  const secrets = await readSecrets(join(keysDir, 'log'))
  const lasting = await readSecrets(join(keysDir, 'log-pq'))
  if (secrets.length === 0) throw new OperatorError(`${keysDir} holds no key of purpose log.`)
  await mkdir(memoryDir, { recursive: true, mode: 0o700 })
  await guardFoldersAbove('The memory of a signer', memoryDir)
  const memory = new Map<string, SignedTree>(await memoryIn(memoryDir, issuer))
  let turn: Promise<unknown> = Promise.resolve()

  async function sign(tree: Parameters<TreeSigner['sign']>[0]): ReturnType<TreeSigner['sign']> {
    const { origin, size, root } = tree
    const log = ownLogOf(issuer, origin)
    if (log === undefined) return strangeLog
    const last = memory.get(origin) ?? { size: 0, root: emptyRoot }
    // What was signed once may be signed again, by a newer key too.
    const isNew = size !== last.size || !root.equals(last.root)
    const fault = isNew ? yearFault(log, clock()) : undefined
    if (fault !== undefined) return fault
    if (tree.old !== last.size) return last.size
    if (!holdsConsistency(last, { size, root }, tree.proof))
      return 'this tree does not contain the one that was signed last'
    // On disk before the signature exists: a process that is killed here has signed nothing.
    await writeRecord(memoryDir, new Map([...memory, [origin, { size, root }]]), writeWhole)
    memory.set(origin, { size, root })
    const text = checkpointText(tree)
    const time = epochSeconds(clock())
    const signatures = signers(origin).map((own) =>
      own.map((signer) => noteSignature(signer, text, time)),
    )
    return { log: signatures[0] ?? [], lasting: signatures[1] ?? [], time }
  }

  const signers = (origin: string) => [
    signersOf(secrets, origin),
    signersOf(
      lasting.map((secret) => ({ lasting: secret })),
      origin,
    ),
  ]

  return {
    checks: {
      log: secrets.map((secret) => checkValue('log', secret)),
      'log-pq': lasting.map((secret) => checkValue('log-pq', secret)),
    },
    publicKeys(origin) {
      if (ownLogOf(issuer, origin) === undefined) return strangeLog
      const keys = signers(origin).map((own) => own.map(({ verifier: { raw } }) => raw))
      return { log: keys[0] ?? [], lasting: keys[1] ?? [] }
    },
    // One after the other: looking at the memory and writing it are one step.
    sign(tree) {
      const signed = turn.then(() => sign(tree))
      turn = signed.catch(() => undefined)
      return signed
    },
  }
}

const strangeLog = 'this is no log of this house'

/** The logs of the house; others, which an earlier version took, are left out, for no tree of them is signed any more. */
async function memoryIn(dir: string, issuer: string): Promise<SignedRecord> {
  const all = await readRecord(dir, mostMemoryBytes).catch(
    recoverFrom(RefusalToSign, (cause) => {
      throw new OperatorError(`${cause.message}.`, { cause })
    }),
  )
  const own = [...all].filter(([origin]) => ownLogOf(issuer, origin) !== undefined)
  // Of a house with another name all would be forgotten, and signed anew.
  if (all.size > 0 && own.length === 0)
    throw new OperatorError(`${dir} remembers no log of ${issuer}: it is of another house.`)
  return new Map(own)
}
