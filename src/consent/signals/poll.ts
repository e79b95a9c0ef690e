import { setTimeout as pause } from 'node:timers/promises'
import { transact } from '../../base/database/database.ts'
import type { Log } from '../../base/logging/log.ts'
import { readId } from '../../base/values/ids.ts'
import type { Caller } from '../../base/web/caller.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { dueAfter } from './retry-schedule.ts'
import type { Stream } from './rows.ts'
import type { StreamParts } from './streams.ts'
import { streamCalled } from './streams.ts'
import { Problem } from '../../base/values/refusal.ts'
import { acknowledgeEvents } from './acknowledge.ts'
import type { TokenMaking } from './security-event-token.ts'
import { nameOf, signedToken } from './security-event-token.ts'
import { headsOf, noteTimes, postponeSignal, waitingSignals } from './outbox-store.ts'
import { claimsNow } from './claims-now.ts'

// Delivery on asking (RFC 8936). What was returned waits until it is acknowledged, and is returned again until then.

/** How long an empty answer waits for something, and how often it looks. At most so many wait in a process at a time. */
const [waitMs, lookMs, mostWaiting] = [5000, 500, 20]

/** Looks of one answer, where what waits is not told any more. */
const maxRounds = 20

export type PollRequest = {
  readonly maxEvents: number
  readonly returnImmediately: boolean
  readonly ack: readonly string[]
  readonly setErrs: Readonly<Record<string, object>>
}

type PollParts = StreamParts & TokenMaking & { readonly vault: Vault; readonly log: Log }

export type PollAnswer = {
  readonly sets: Readonly<Record<string, string>>
  readonly moreAvailable: boolean
}

/** @returns a way to poll that counts who waits in this process */
export function makePoll(parts: PollParts, mostAtOnce: number) {
  let waiting = 0
  return async (caller: Caller, name: string, asked: PollRequest): Promise<PollAnswer> => {
    const stream = await streamCalled(parts.db, parts.seals, caller.orgId, name)
    if (stream.method !== 'poll')
      throw new Problem('signals.not-polled', 409, 'this stream is pushed')
    await takeWords(parts, stream, asked)
    const most = Math.min(asked.maxEvents, mostAtOnce)
    const isPatient = !asked.returnImmediately && most > 0 && stream.status === 'enabled'
    if (!isPatient || waiting >= mostWaiting) return nextOf(parts, stream, most)
    waiting++
    try {
      for (let waited = 0; waited < waitMs; waited += lookMs) {
        const found = await nextOf(parts, stream, most)
        if (Object.keys(found.sets).length > 0) return found
        await pause(lookMs)
      }
      return await nextOf(parts, stream, most)
    } finally {
      waiting--
    }
  }
}

async function takeWords(
  parts: PollParts,
  stream: Stream,
  { ack, setErrs }: PollRequest,
): Promise<void> {
  const names = [...new Set(ack)]
  const jtis = names.flatMap((one) => readId('set', one) ?? [])
  const taken = jtis.length === 0 ? 0 : await acknowledgeEvents(parts, stream, jtis)
  const now = parts.clock()
  await noteTimes(parts.db, stream, { what: 'unknown-ack', times: names.length - taken }, now)
  const refused = Object.keys(setErrs).flatMap((one) => readId('set', one) ?? [])
  if (refused.length === 0) return
  // The body may have had a fault of its own, which gets mended: the event is offered again, later.
  await transact(parts.db, async (tx) => {
    const waiting = await waitingSignals(tx, stream.streamId, refused)
    for (const event of waiting)
      await postponeSignal(tx, event, dueAfter(event.tries, event.queuedAt, now))
    await noteTimes(tx, stream, { what: 'refused', times: waiting.length }, now)
  })
}

async function nextOf(parts: PollParts, stream: Stream, most: number): Promise<PollAnswer> {
  if (stream.status !== 'enabled') return { sets: {}, moreAvailable: false }
  const sets: Record<string, string> = {}
  let isMore = false
  // What is not told any more makes way for what comes after it.
  for (let round = 0; round < maxRounds; round++) {
    const heads = await headsOf(parts.db, stream.streamId, parts.clock(), most + 1)
    let dropped = 0
    for (const event of heads.slice(0, most)) {
      if (sets[nameOf(event)] !== undefined) continue
      const claims = await claimsNow(parts, stream, event)
      if (claims === 'dropped') dropped += 1
      else if (claims !== 'put off') sets[nameOf(event)] = await signedToken(parts, claims)
    }
    isMore = heads.length > most
    if (dropped === 0) break
  }
  return { sets, moreAvailable: isMore }
}
