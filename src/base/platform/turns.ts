import { Unavailable } from './refusal.ts'

/** Lets one piece of work at a time go on for each key, in the order in which they came. */
export type Turns = {
  /**
   * @param work told whether it had to wait, so that what was known before may have changed
   * @throws Unavailable when too many wait for this key already
   */
  take<T>(key: string, work: (waited: boolean) => Promise<T>): Promise<T>
}

/**
 * In one process only: what must be true among several is decided by the database. It keeps those who wait for the same
 * row from holding a connection each while they do, so that one busy person takes nobody else's.
 * @param most how many may wait for one key
 */
export function makeTurns(most: number): Turns {
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
