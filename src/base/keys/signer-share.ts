// How much of a signer each of its sockets has. Who may open one socket takes nothing from those who ask at the others, and at his own he
// makes nobody else wait for connections on which nothing is asked.

/** At one socket: those of the processes of a machine, which have one each. */
export const mostConnections = 64

/** Whether a question may be answered now. */
export type Take = () => boolean

/**
 * The shares of sockets of what is answered in a second. Half is for all together, as each needs it; the other half is theirs alone, in
 * equal parts.
 */
export function sharesOf(perSecond: number, sockets: number): Take[] {
  const common = bucketOf(perSecond / 2)
  return Array.from({ length: sockets }, () => {
    const own = bucketOf(perSecond / 2 / sockets)
    return () => own() || common()
  })
}

/** Fills evenly, and holds one second, or one question. */
function bucketOf(perSecond: number): Take {
  const most = Math.max(1, perSecond)
  let [left, filledAt] = [most, performance.now()]
  return () => {
    const now = performance.now()
    left = Math.min(most, left + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
    if (left < 1) return false
    left -= 1
    return true
  }
}

type Ends = { destroy(): void }
export type OpenConnections<C extends Ends> = {
  add(connection: C): void
  /** Something is asked on it. */
  used(connection: C): void
  gone(connection: C): void
  endAll(): void
}

/** The connections of a socket. Where one comes that is too many, the one on which nothing was asked for the longest time makes room. */
export function openConnections<C extends Ends>(): OpenConnections<C> {
  const open = new Set<C>() // in the order of the last question
  return {
    add(connection) {
      const [idle] = open
      if (open.size >= mostConnections && idle !== undefined) {
        open.delete(idle)
        idle.destroy()
      }
      open.add(connection)
    },
    used(connection) {
      if (open.delete(connection)) open.add(connection)
    },
    gone: (connection) => void open.delete(connection),
    endAll() {
      for (const connection of open) connection.destroy()
    },
  }
}

/** Of questions that are too many, so many are refused in a second at one socket: to refuse without end would be all that a signer does. */
const refusedPerSecond = 4000

export type Queue = {
  isEmpty(): boolean
  /** Nothing is read of a connection before its turn, which comes the later, the more was refused. */
  wait(refused: number, goesOn: () => void): void
  leave(goesOn: () => void): void
}

/** Those of a socket of which nothing is read for a moment, because too much was asked there. One goes on after the other. */
export function makeQueue(): Queue {
  const waiting = new Set<() => void>()
  let [freeAt, isSet] = [0, false]
  function next(): void {
    isSet = false
    const [first] = waiting
    if (first !== undefined && performance.now() >= freeAt) {
      waiting.delete(first)
      first()
    }
    set()
  }
  function set(): void {
    if (isSet || waiting.size === 0) return
    isSet = true
    setTimeout(next, Math.max(1, freeAt - performance.now())).unref()
  }
  return {
    isEmpty: () => waiting.size === 0,
    wait(refused, goesOn) {
      freeAt = Math.max(freeAt, performance.now()) + (refused * 1000) / refusedPerSecond
      waiting.add(goesOn)
      set()
    },
    leave: (goesOn) => void waiting.delete(goesOn),
  }
}
