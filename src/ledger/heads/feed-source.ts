import { join } from 'node:path'
import { readWhole } from '../../base/settings/atomic-file.ts'

/** Larger than every file of the feed. */
export const mostFileBytes = 16 * 1024 * 1024

/** Where the feed of heads is read: a file by its name; undefined where there is none. */
export type FeedSource = (name: string) => Promise<Buffer | undefined>

/** The folder of the feed below LEDGER_DIR: no server of files that serves the public log serves this one. */
export function feedFolder(ledgerDir: string): string {
  return join(ledgerDir, 'heads')
}

export function feedFromFolder(folder: string): FeedSource {
  return (name) => readWhole(join(folder, name), mostFileBytes)
}

/** So many epochs lie in one folder. */
export const epochsInFolder = 1000

export function epochName(epoch: number): string {
  return `epochs/${Math.floor(epoch / epochsInFolder)}/${epoch}`
}

export function snapshotName(generation: number, epoch: number): string {
  return `snapshots/${generation}-${epoch}`
}

const feedName =
  /^(?:newest|next|epochs\/\d{1,13}\/\d{1,16}|snapshots\/\d{1,16}-\d{1,16}\/(?:head|\d{1,6}))$/

/** Whether a file of the feed has such a name: no other file is read for somebody who asks by it. */
export function isFeedName(name: string): boolean {
  return feedName.test(name)
}
