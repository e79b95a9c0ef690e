import { Unavailable } from '../values/refusal.ts'

/** Runs one piece of work at a time for each key, in the order of arrival. */
export type KeyedMutex = {
  /**
   * @param work told whether it had to wait: after a wait, facts that were read before may have changed
   * @throws Unavailable when too many wait for this key already
   */
  take<T>(key: string, work: (waited: boolean) => Promise<T>): Promise<T>
}

/**
 * Works in one process only; the database decides what must hold among several processes. Requests that wait for the same
 * row hold no connection while they wait, so that one busy person takes no connection from others.
 * @param most how many may wait for one key
 */
export function makeKeyedMutex(most: number): KeyedMutex {
  const lines = new Map<string, { last: Promise<unknown>; waiting: number }>()
  return {
    async take(key, work) {
      const line = lines.get(key) ?? { last: Promise.resolve(), waiting: 0 }
      if (line.waiting >= most) throw new Unavailable(new Error('too many wait for one key'))
      lines.set(key, line)
      line.waiting += 1
      const waited = line.waiting > 1
      const mine = line.last.then(() => work(waited))
      line.last = mine.catch(() => undefined)
      try {
        return await mine
      } finally {
        line.waiting -= 1
        if (line.waiting === 0) lines.delete(key)
      }
    },
  }
}
