import type { FeedKeys } from '../../base/sealing/feed-keys.ts'
import { rootOf } from '../../base/tlog/merkle.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { FeedFault, readFeedFile } from './feed-format.ts'
import { openFeed } from './feed.ts'
import type { FeedSource } from './feed-source.ts'
import type { LogTree } from './feed-work.ts'

// Whether the files of the feed are as the sequencer wrote them, and lead to the trees of the log.

export type SealedFeed = { readonly source: FeedSource; readonly keys: FeedKeys }

/**
 * Reads the feed from its newest snapshot on, and keeps nothing of it.
 * @param trees of the logs, read before; each a tree that the feed has passed since its snapshot
 * @returns what is wrong, each with the name of a file or of a log
 */
export async function checkFeed(
  { source, keys }: SealedFeed,
  trees: readonly LogTree[],
): Promise<readonly string[]> {
  const passed = new Map<string, Map<number, string>>()
  const feed = openFeed(source, keys, {
    pass: (origin, tree) => {
      const sizes = passed.get(origin) ?? new Map<number, string>()
      passed.set(origin, sizes.set(tree.size, rootOf(tree).toString('base64')))
    },
  })
  const fault = await feed.catchUp().then(
    () => undefined,
    recoverFrom(FeedFault, ({ message }) => message),
  )
  if (fault !== undefined) return [fault]
  if (feed.place() === undefined) return []
  await passNext()
  return trees.flatMap(({ origin, tree }) => {
    const sizes = passed.get(origin) ?? new Map<number, string>()
    const root = sizes.get(tree.size)
    // A tree of before the snapshot: the feed goes on from a later one.
    if (root === undefined && tree.size < Math.min(...sizes.keys()) && sizes.size > 0) return []
    return root === rootOf(tree).toString('base64')
      ? []
      : [`${origin}: the feed of heads does not lead to the tree of ${tree.size} entries`]
  })

  // A sequencer that was killed has told what it took in this file alone.
  async function passNext(): Promise<void> {
    const file = await source('next')
    const header =
      file &&
      attempt(
        () => readFeedFile(keys, 'epoch', file).header,
        recoverFrom(FeedFault, () => undefined),
      )
    if (header !== undefined) passed.get(header.origin)?.set(header.end, header.root)
  }
}
