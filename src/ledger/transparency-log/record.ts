import { join } from 'node:path'
import { fromBase64 } from '../../base/values/base64.ts'
import { emptyRoot, isIndex } from '../../base/tlog/merkle.ts'
import { readWhole } from '../../base/settings/atomic-file.ts'
import type { CheckpointRow, LogRow, NotedTree } from './store.ts'
import type { WriteFile } from './temporary-files.ts'

/** The last signed tree of each log: the signer's own memory, independent of the database. */
export type SignedRecord = ReadonlyMap<string, SignedTree>
export type SignedTree = { readonly size: number; readonly root: Buffer }

/** Why nothing is signed: a sentence for the operator. */
export class RefusalToSign extends Error {}

export const recordFile = 'signed.json'

/** The lease of the process that signs, and writes the record. */
export const signerLease = (shard: number): string => `log.sign/${shard}`

/** @param most bytes of the file; by default those of any file of ours. Empty where there is none. @throws RefusalToSign for a file that cannot be relied upon */
export async function readRecord(ledgerDir: string, most?: number): Promise<SignedRecord> {
  const path = join(ledgerDir, recordFile)
  const text = (await readWhole(path, most))?.toString()
  if (text === undefined) return new Map()
  const record = tryToParse(text)
  if (record === undefined)
    throw new RefusalToSign(`${path} cannot be read: restore it from its backup`)
  return record
}

/** Writes the record to disk: call it before any signature over this tree is published. */
export async function writeRecord(
  ledgerDir: string,
  record: SignedRecord,
  write: WriteFile,
): Promise<void> {
  const logs = [...record].map(([name, { size, root }]) => [
    name,
    { size, root: root.toString('base64') },
  ])
  const text = JSON.stringify({ v: 1, logs: Object.fromEntries(logs) }, null, 2)
  await write(join(ledgerDir, recordFile), `${text}\n`)
}

const nothingSigned: SignedTree = { size: 0, root: emptyRoot }

/**
 * Never signs a tree that contradicts a signed one, whatever the database says: a backup may have been restored
 * (docs/design/domain.md#i29). @throws RefusalToSign
 */
export function lastSigned(
  signed: SignedTree | undefined,
  published: Pick<CheckpointRow, 'treeSize'> | undefined,
  noted: NotedTree | undefined,
  { treeSize, root }: LogRow,
): SignedTree {
  const last = signed ?? nothingSigned
  requireWhole(last.size, published?.treeSize ?? 0, noted?.size ?? 0)
  if (treeSize < last.size)
    throw new RefusalToSign(
      `${last.size} entries were signed, but the database holds ${treeSize}: an older state of it was restored`,
    )
  if (treeSize === last.size && !root.equals(last.root))
    throw new RefusalToSign(`another tree of ${treeSize} entries was signed`)
  return last
}

function requireWhole(known: number, published: number, noted: number): void {
  if (published > known)
    throw new RefusalToSign(
      `${published} entries are published, but signed.json knows of ${known}: restore the newest backup of that file`,
    )
  // Another process with this key keeps its record elsewhere.
  if (noted > known)
    throw new RefusalToSign(
      `${noted} entries were about to be signed, but signed.json knows of ${known}: one log is signed from one LEDGER_DIR`,
    )
}

function tryToParse(text: string): SignedRecord | undefined {
  try {
    const { v, logs } = JSON.parse(text) as { v?: unknown; logs?: unknown }
    if (v !== 1 || typeof logs !== 'object' || logs === null) return undefined
    const trees = Object.entries(logs).map(([origin, tree]) => [origin, treeFrom(tree)] as const)
    const whole = trees.flatMap(([origin, tree]) =>
      tree === undefined ? [] : [[origin, tree] as const],
    )
    return whole.length === trees.length ? new Map(whole) : undefined
  } catch {
    return undefined
  }
}

function treeFrom(value: unknown): SignedTree | undefined {
  const { size, root } = (value ?? {}) as { size?: unknown; root?: unknown }
  const hash = typeof root === 'string' ? fromBase64(root) : undefined
  if (typeof size !== 'number' || !isIndex(size) || hash?.length !== 32) return undefined
  return { size, root: hash }
}
