import type { Log } from '../logging/log.ts'

export type IsolatedOutcome = {
  /** The sum of what `work` says: how many it was done for, or how many things were done. */
  readonly done: number
  readonly failed: number
}

/**
 * Does a piece of a job for each of these people, one after another. One for whom it fails, because their data key is gone, say, holds up no
 * other: the log tells that it failed, and not for whom.
 * @param failure what did not happen, in the words of the log
 * @param work says whether there was something to do, or how many things were done
 */
export async function isolateEach<Item>(
  items: Iterable<Item>,
  log: Log,
  failure: string,
  work: (item: Item) => Promise<boolean | number>,
): Promise<IsolatedOutcome> {
  let [done, failed] = [0, 0]
  for (const item of items) {
    try {
      done += Number(await work(item))
    } catch (error) {
      failed += 1
      log.error({ error }, failure)
    }
  }
  return { done, failed }
}
