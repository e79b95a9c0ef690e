import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lease } from '../../base/jobs/lease.ts'
import { LeaseLost } from '../../base/jobs/lease.ts'
import { codeOf } from '../../base/settings/data-folder.ts'
import { syncFolder, writeWhole } from '../../base/settings/atomic-file.ts'

// Each file of the log is begun in a folder that bears the number of the signer's lease, and then moved to its place. The next
// signer renames that folder: from then on the one before can finish no file, wherever it was frozen. The number is on disk before
// anything is written under it.

/** Writes a file whole, while no younger lease signs here. @throws LeaseLost */
export type WriteFile = (path: string, bytes: Buffer | string) => Promise<void>

const draftsFolder = 'signing'
/** The same of the sequencer, for the feed of heads. */
export const feedDraftsFolder = 'sequencing'
const numbered = /^\d{1,15}$/
const mostFolders = 1000

/** Takes the folder over from every older lease. @throws LeaseLost where a younger one has it */
export async function takeDrafts(
  ledgerDir: string,
  { number }: Lease,
  folder = draftsFolder,
): Promise<WriteFile> {
  const all = join(ledgerDir, folder)
  const mine = join(all, String(number))
  requireYoungest(await numbersIn(all), number)
  if ((await mkdir(mine, { recursive: true })) !== undefined) await syncFolder(all)
  // A look around after the own folder is there: of two processes that do this at once, one sees the other.
  const others = await numbersIn(all)
  requireYoungest(others, number)
  for (const other of others) if (other < number) await fence(join(all, String(other)))
  return async (path, bytes) => {
    const draft = join(mine, crypto.randomUUID())
    try {
      await writeWhole(path, bytes, { draft })
    } catch (cause) {
      // A disk that is full must not fill up with drafts.
      await rm(draft, { force: true })
      if (codeOf(cause) !== 'ENOENT') throw cause
      throw new LeaseLost('a younger lease has the folder', { cause })
    }
  }
}

/** The largest number of a lease that ever wrote into this folder. */
export async function youngestIn(ledgerDir: string, folder = draftsFolder): Promise<number> {
  return Math.max(0, ...(await numbersIn(join(ledgerDir, folder))))
}

function requireYoungest(others: readonly number[], number: number): void {
  if (others.some((other) => other > number))
    throw new LeaseLost('a younger lease writes into this folder')
}

async function fence(folder: string): Promise<void> {
  const gone = `${folder}.${crypto.randomUUID()}`
  try {
    await rename(folder, gone)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return // another process was quicker
    throw cause
  }
  await rm(gone, { recursive: true, force: true })
}

async function numbersIn(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return []
    throw cause
  })
  if (names.length > mostFolders) throw new Error(`${folder} holds too much`)
  return names.filter((name) => numbered.test(name)).map(Number)
}
