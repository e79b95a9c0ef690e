import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Load, Machine } from '../../observing/load.ts'
import { makeLoad } from '../../observing/load.ts'
import type { Meter } from '../../logging/meter.ts'
import type { Endpoint, Rank } from '../endpoints.ts'
import { endpointIn, ranks } from '../endpoints.ts'
import type { Refuse } from './overload.ts'
import { targetOf } from './overload.ts'

// Where a process gets more than it can do, it refuses at once what can wait longest, instead of answering everybody too late.
// As CoDel does for packets (RFC 8289), what comes is judged by how long it would wait, and a queue that goes away by itself is let be.

export type Refusable = Exclude<Rank, 'watch'>

type Limits = {
  /** So many at once are never refused: a closed circle of callers that wait for their answers overloads nobody. */
  readonly callers: number
  /** A turn of the event loop: a refusal waits for about one, an answer for a few. */
  readonly turnMs: number
  /** The work of the event loop for all that was begun before. */
  readonly workMs: number
  /** Requests that wait for a connection to the database. */
  readonly waiting: number
}

const limits: Readonly<Record<Refusable, Limits>> = {
  stop: { callers: 160, turnMs: 40, workMs: 90, waiting: 160 },
  decision: { callers: 128, turnMs: 30, workMs: 60, waiting: 130 },
  'sign-in': { callers: 80, turnMs: 14, workMs: 36, waiting: 100 },
  beginning: { callers: 72, turnMs: 10, workMs: 24, waiting: 80 },
  page: { callers: 64, turnMs: 6, workMs: 16, waiting: 64 },
}

/** How long a queue must stand before anything is refused; after how long without a refusal it must stand so long anew. */
const [standingMs, calmMs] = [50, 1000]

export type Crowd = {
  /** Requests that were begun in the last second, and are not answered. */
  readonly underWay: number
  /** Requests that came in one turn of the event loop. */
  readonly inOneTurn: number
}

export type Gate = {
  /** Whether somebody was refused a moment ago: while nobody was, so few callers are let in without a look. */
  isClosing(atMs: number): boolean
  /** Whether a request is begun. */
  takes(rank: Refusable, crowd: Crowd, load: Load, atMs: number): boolean
}

export function makeGate(): Gate {
  let [queuedSinceMs, closedAtMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  // When a rank was refused last, in the order of ranks.
  const refusedAtMs = ranks.map(() => Number.NEGATIVE_INFINITY)
  const isAfter = (place: number, atMs: number) =>
    refusedAtMs.some((ms, other) => other < place && atMs - ms < standingMs)
  const isClosing = (atMs: number) => atMs - closedAtMs < calmMs
  return {
    isClosing,
    takes(rank, crowd, load, atMs) {
      const isQueued = isOver(limits.page, crowd, load)
      queuedSinceMs = isQueued ? Math.min(queuedSinceMs, atMs) : Number.POSITIVE_INFINITY
      if (atMs - queuedSinceMs < standingMs && !isClosing(atMs)) return true
      const [most, place] = [limits[rank], ranks.indexOf(rank)]
      const isTaken = callersIn(crowd) <= most.callers || !isOver(most, crowd, load)
      // No page is begun where a decision was just refused.
      if (isTaken && !isAfter(place, atMs)) return true
      if (!isTaken) refusedAtMs[place] = atMs
      closedAtMs = atMs
      return false
    },
  }
}

function isOver({ turnMs, workMs, waiting }: Limits, { underWay }: Crowd, load: Load): boolean {
  return load.turnMs > turnMs || underWay * load.workMs > workMs || load.waiting > waiting
}

function callersIn({ underWay, inOneTurn }: Crowd): number {
  return Math.max(underWay, inOneTurn)
}

export type Admission = (
  request: IncomingMessage,
  response: ServerResponse,
  begin: () => Promise<void>,
) => void

/** Begins requests, or refuses them: before a context, a cookie or a body is looked at, so that a refusal costs little. */
export function makeAdmission(
  machine: Machine,
  meter: Meter,
  endpoints: readonly Endpoint[],
  refuse: Refuse,
): Admission {
  const { nowMs, busyMs, turn, waiting } = machine
  const at = endpointIn(endpoints)
  const gate = makeGate()
  const crowd = makeCrowd(turn)
  const load = makeLoad((atMs) => ({
    atMs,
    busyMs: busyMs(),
    turns: turn(),
    done: crowd.done(),
    waiting: waiting(),
  }))

  function isRefused(request: IncomingMessage, response: ServerResponse): boolean {
    const atMs = nowMs()
    const now = crowd.comes(atMs)
    // Nobody looks further where there is room for all.
    if (callersIn(now) <= limits.page.callers && !gate.isClosing(atMs)) return false
    const asked = targetOf(request.url ?? '')
    const endpoint = at(asked.path)
    // Files that belong to pages are no endpoints.
    const { rank } = endpoint ?? { rank: 'page' }
    if (rank === 'watch' || gate.takes(rank, now, load(atMs), atMs)) return false
    meter.count('overloaded', { rank })
    refuse(request, response, { ...asked, endpoint, atMs })
    return true
  }

  return (request, response, begin) => {
    if (isRefused(request, response)) return
    void begin().finally(crowd.begins())
  }
}

const generationMs = 500
const fewTurns = 3

type Counting = {
  comes(atMs: number): Crowd
  /** @returns what is called once the request is answered */
  begins(): () => void
  /** How many were begun and are answered. */
  done(): number
}

/**
 * Counts who is there. What was begun more than a second ago counts no longer: a caller who sends its body slowly, and waits for an event
 * that has not happened, costs nothing and shuts nobody out.
 */
function makeCrowd(turnNow: () => number): Counting {
  let [now, before] = [{ underWay: 0 }, { underWay: 0 }]
  let [since, turn, inTurn, inLastTurn, done] = [0, 0, 0, 0, 0]
  return {
    comes(atMs) {
      if (atMs - since > generationMs) {
        before = atMs - since > 2 * generationMs ? { underWay: 0 } : now
        now = { underWay: 0 }
        since = atMs
      }
      const turnOfThis = turnNow()
      // A crowd that came some turns ago is gone.
      if (turnOfThis !== turn)
        [turn, inTurn, inLastTurn] = [turnOfThis, 0, turnOfThis - turn > fewTurns ? 0 : inTurn]
      inTurn += 1
      return {
        underWay: now.underWay + before.underWay,
        inOneTurn: Math.max(inTurn, inLastTurn),
      }
    },
    begins() {
      const own = now
      own.underWay += 1
      return () => {
        own.underWay -= 1
        done += 1
      }
    },
    done: () => done,
  }
}
