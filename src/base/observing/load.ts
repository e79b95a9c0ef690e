import { performance } from 'node:perf_hooks'
import type { Database } from '../database/database.ts'
import { poolsOf } from '../database/database.ts'

// How long what comes now would wait. A request waits at three places: at the event loop, which takes what has arrived once each turn;
// behind the work for what was begun before; and for a connection to the database.

/** What a process can see of itself at a moment; what is counted is counted since its start. */
export type Look = {
  readonly atMs: number
  /** How long the event loop has worked. */
  readonly busyMs: number
  /** The turns of the event loop. */
  readonly turns: number
  /** Requests that were begun and are answered. */
  readonly done: number
  /** Requests that wait for a connection to the database now. */
  readonly waiting: number
}

export type Load = {
  /** How long a turn of the event loop takes, over the last few turns. */
  readonly turnMs: number
  /** How long the event loop works for one request, all its steps together. */
  readonly workMs: number
  readonly waiting: number
}

// A look costs less than a microsecond, and one each few milliseconds is enough.
const lookEveryMs = 10
const [turnsOverMs, workOverMs] = [30, 300]

export function makeLoad(look: (atMs: number) => Look): (atMs: number) => Load {
  let last: Look | undefined
  let load: Load = { turnMs: 0, workMs: 0, waiting: 0 }
  return (atMs) => {
    if (last !== undefined && atMs - last.atMs < lookEveryMs) return load
    const next = look(atMs)
    if (last !== undefined) load = later(load, last, next)
    last = next
    return load
  }
}

function later(load: Load, last: Look, next: Look): Load {
  const [passed, busy] = [next.atMs - last.atMs, next.busyMs - last.busyMs]
  const turnMs = busy / Math.max(1, next.turns - last.turns)
  const done = next.done - last.done
  return {
    turnMs: smoothed(load.turnMs, turnMs, passed / turnsOverMs),
    workMs: done === 0 ? load.workMs : smoothed(load.workMs, busy / done, passed / workOverMs),
    waiting: next.waiting,
  }
}

function smoothed(before: number, now: number, share: number): number {
  return before + Math.min(1, share) * (now - before)
}

/** Where it is looked. Tests have clocks and loops of their own. */
export type Machine = {
  nowMs(): number
  busyMs(): number
  turn(): number
  /** Requests that wait for a connection to the database now. */
  waiting(): number
}

/** This process: what Node itself counts of its event loop, and the pools of its database. */
export function thisMachine(db: Database): Machine {
  return {
    nowMs: () => performance.now(),
    busyMs: () => performance.eventLoopUtilization().active,
    turn: () => performance.nodeTiming.uvMetricsInfo.loopCount,
    waiting() {
      const { web, prepared } = poolsOf(db)
      return web.waiting + prepared.waiting
    },
  }
}
