import type { Config } from '../../base/settings/config.ts'
import { feedFromAddress } from './feed-address.ts'
import type { FeedSource } from './feed-source.ts'
import { feedFolder, feedFromFolder } from './feed-source.ts'

type Here = Pick<Config, 'ledgerDir' | 'heads'>

/** Where this machine reads the feed of heads; undefined: it has neither folder nor address. */
export function feedHere(config: Here): FeedSource | undefined {
  const { url } = config.heads
  if (url !== undefined) return feedFromAddress(url)
  const folder = folderHere(config)
  return folder === undefined ? undefined : feedFromFolder(folder)
}

/** The folder of the feed, where this machine has it, or a share of it. */
export function folderHere({ ledgerDir, heads: { dir } }: Here): string | undefined {
  return dir ?? (ledgerDir === '' ? undefined : feedFolder(ledgerDir))
}
