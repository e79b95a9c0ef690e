import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFarKeys } from '../../src/base/keys/remote-keys.ts'
import { serveSigner } from '../../src/base/keys/signer-service.ts'
import { openLog } from '../../src/base/logging/log.ts'
import { systemClock } from '../../src/base/values/clock.ts'
import { OperatorError } from '../../src/base/values/operator-error.ts'
import type { Session } from '../../src/base/database/db-session.ts'
import { originOf } from '../../src/ledger/chain/index.ts'
import { consistencyProof } from '../../src/ledger/transparency-log/export.ts'
import { folderOf } from '../../src/ledger/transparency-log/files.ts'
import { openTreeSigner } from '../../src/ledger/transparency-log/index.ts'
import { readRecord, recordFile, RefusalToSign } from '../../src/ledger/transparency-log/record.ts'
import { signTree } from '../../src/ledger/transparency-log/signers.ts'
import { logRows } from '../../src/ledger/transparency-log/store.ts'
import { issuer } from './broker.ts'
import type { FileVersions, TamperedFile } from './tamper-files.ts'
import { withTamperedFile } from './tamper-files.ts'
import type { Chance } from './tampering.ts'

// The memory of a signer in another process, changed: somebody who has its disk and no key. The signer does not start, or refuses a tree
// that the house signed last, or it writes the memory anew, as it was.

/** Makes one change in a copy of what a signer remembers, which is what the house does (docs/operate.md), and looks at it. */
export async function withTamperedMemory<T>(
  ledgerDir: string,
  drawing: { readonly chance: Chance; readonly versions: FileVersions },
  look: (file: TamperedFile) => Promise<T>,
): Promise<T> {
  const memory = mkdtempSync(join(tmpdir(), 'accord-memory-'))
  try {
    cpSync(join(ledgerDir, recordFile), join(memory, recordFile))
    const own = [...drawing.versions].filter(([path]) => path === recordFile)
    return await withTamperedFile(memory, { ...drawing, versions: new Map(own) }, look)
  } finally {
    rmSync(memory, { recursive: true, force: true })
  }
}

/** What a signer says that starts with this memory, and is asked for each tree that was signed last. */
export async function farSignerSays(
  session: Session,
  { keysDir, ledgerDir }: { readonly keysDir: string; readonly ledgerDir: string },
  { ledgerDir: memoryDir, before }: TamperedFile,
): Promise<string[]> {
  const own = { keysDir, issuer, clock: systemClock }
  const socket = join(memoryDir, 'log')
  let served: Awaited<ReturnType<typeof serveSigner>> | undefined
  try {
    const trees = await openTreeSigner({ ...own, memoryDir })
    const sockets = [{ purpose: 'log', path: socket }] as const
    const serving = { ...own, purposes: ['log'] as const, sockets, trees }
    served = await serveSigner({ ...serving, perSecond: 1000, log: openLog('silent') })
    await signAll(session, ledgerDir, socket)
  } catch (error) {
    if (!(error instanceof RefusalToSign) && !(error instanceof OperatorError)) throw error
    return [error.message]
  } finally {
    await served?.close()
  }
  return (await isAsBefore(memoryDir, before)) ? ['the signer put it right'] : []
}

async function signAll(session: Session, ledgerDir: string, socket: string): Promise<void> {
  const { log: secrets } = await readFarKeys({ log: socket }, openLog('silent'))
  for (const { year, shard, treeSize: size, root } of await logRows(session)) {
    if (size === 0) continue
    const folder = folderOf(ledgerDir, year, shard)
    const tree = { origin: originOf(issuer, year, shard), size, root }
    await signTree(secrets, tree, (old) => consistencyProof(folder, old, size))
  }
}

/**
 * Whether each log that was signed is remembered as it was. A name of this house that somebody wrote there besides says nothing of them:
 * of that log nothing was signed yet, and nothing would be.
 */
async function isAsBefore(memoryDir: string, before: Buffer): Promise<boolean> {
  if (!existsSync(join(memoryDir, recordFile))) return false
  await readRecord(memoryDir)
  const now = logsOf(readFileSync(join(memoryDir, recordFile), 'utf8'))
  return Object.entries(logsOf(before.toString())).every(
    ([origin, tree]) => JSON.stringify(now[origin]) === JSON.stringify(tree),
  )
}

function logsOf(text: string): Readonly<Record<string, object>> {
  return (JSON.parse(text) as { readonly logs: Readonly<Record<string, object>> }).logs
}
