import { Unavailable } from '../values/refusal.ts'

/** Runs a few pieces of work at once, and gives each key its turn: a key that brings much work waits behind its own work. */
export type FairQueue = {
  /** @throws Unavailable when too many wait, of this key or of all */
  take<T>(key: string, work: () => Promise<T>): Promise<T>
}

export type Widths = {
  readonly atOnce: number
  readonly waiting: number
  readonly ofOneNetwork: number
}

/** A bounded line in one process. */
export function makeFairQueue({ atOnce, waiting, ofOneNetwork }: Widths): FairQueue {
  // The order of the map is the order in which the keys have their turn.
  const lines = new Map<string, (() => void)[]>()
  let [working, inLine] = [0, 0]

  function wait(key: string): Promise<void> {
    const line = lines.get(key) ?? []
    if (inLine >= waiting || line.length >= ofOneNetwork)
      throw new Unavailable(new Error('too many wait in one line'))
    lines.set(key, line)
    inLine += 1
    return new Promise((resolve) => line.push(resolve))
  }

  function callNext(): void {
    const [next] = lines
    if (next === undefined) {
      working -= 1
      return
    }
    const [key, line] = next
    const call = line.shift()
    lines.delete(key)
    if (line.length > 0) lines.set(key, line)
    inLine -= 1
    call?.()
  }

  return {
    async take(key, work) {
      if (working >= atOnce) await wait(key)
      else working += 1
      try {
        return await work()
      } finally {
        callNext()
      }
    },
  }
}
