import { isOutage } from '../database/database-outages.ts'
import { Unavailable } from '../values/refusal.ts'

/** Adds an item to the next batch, and waits for its result. Items that arrive while a batch runs form the next one. */
export type BatchedCall<Item, Result> = (item: Item) => Promise<Result>

export type BatchLimits = {
  /** How many items one batch may hold. */
  readonly most: number
  /** How many batches may run at once: more than one only while an older one takes longer than `patienceMs`. */
  readonly lanes: number
  readonly patienceMs: number
  /** How many items may wait. */
  readonly waiting: number
}

export const usualBatches: BatchLimits = { most: 64, lanes: 8, patienceMs: 20, waiting: 1024 }

type Waiting<Item, Result> = {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Joins the items of several requests into one piece of work (docs/design/permit.md#batches). It waits by no timer: a lone item
 * waits for the end of its turn of the event loop; under load, an item waits for the batch before it.
 * @param run succeeds or fails for the whole batch; its results are in the order of the items. If it fails, the items run again
 *   in halves, so that one bad item fails alone; an outage fails all of them at once
 * @param counted hears how many items each batch has
 */
export function makeBatches<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  limits: BatchLimits = usualBatches,
  counted: (items: number) => void = () => undefined,
): BatchedCall<Item, Result> {
  const line: Waiting<Item, Result>[] = []
  let running = 0
  let isHeld = false
  let isComing = false

  function next(): void {
    if (isComing || isHeld || running >= limits.lanes || line.length === 0) return
    isComing = true
    setImmediate(start)
  }

  function start(): void {
    const batch = line.splice(0, limits.most)
    counted(batch.length)
    isComing = false
    isHeld = true
    running += 1
    let holds = true
    // A batch that is stuck, for example behind a lock, must not hold up the batches after it.
    const letGo = () => {
      if (holds) isHeld = false
      holds = false
      next()
    }
    const timer = setTimeout(letGo, limits.patienceMs)
    void settle(run, batch).finally(() => {
      clearTimeout(timer)
      running -= 1
      letGo()
    })
  }

  return (item) =>
    new Promise((resolve, reject) => {
      if (line.length >= limits.waiting) {
        reject(new Unavailable(new Error('too many wait')))
        return
      }
      line.push({ item, resolve, reject })
      next()
    })
}

async function settle<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  batch: readonly Waiting<Item, Result>[],
): Promise<void> {
  try {
    const results = await run(batch.map(({ item }) => item))
    if (results.length !== batch.length) throw new Error('a result for each item')
    for (const [i, result] of results.entries()) batch[i]?.resolve(result)
  } catch (error) {
    if (batch.length === 1 || isOutage(error)) {
      for (const { reject } of batch) reject(error)
      return
    }
    const half = batch.length >> 1
    await settle(run, batch.slice(0, half))
    await settle(run, batch.slice(half))
  }
}
