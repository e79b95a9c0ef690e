import type { Clock } from '../../base/values/clock.ts'
import type { Database } from '../../base/database/database.ts'
import type { Duty } from '../../base/jobs/duty.ts'
import type { Log } from '../../base/logging/log.ts'
import { CallFailed } from '../../base/values/outbound-error.ts'
import { recoverFrom } from '../../base/values/expected-errors.ts'
import { postToken } from '../../base/outbound/guarded-http.ts'
import { present } from '../../base/values/present.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { dueAfter, isLate } from './retry-schedule.ts'
import type { StoredStream, WaitingEvent } from './rows.ts'
import { isStreamAuthentic } from './seal.ts'
import { dueStreams, restStream, streamsOf } from './store.ts'
import { acknowledgeEvents } from './acknowledge.ts'
import type { TokenMaking } from './security-event-token.ts'
import { signedToken } from './security-event-token.ts'
import { crowdedStreams, headsOf, noteTimes, postponeSignal } from './outbox-store.ts'
import { claimsNow } from './claims-now.ts'

// Pushes what waits for streams (RFC 8935). One process at a time does it, so that a person's events go out in their order. Each stream
// has a run of its own: a receiver that hangs holds up no other, and after a round in vain it is left alone for a while.

const atOnce = 8
/** Rounds of one run, so that a stream on which much waits gives place to the look at the others. */
const maxRounds = 50
const paceMs = 250
const crowd = 1000
const looksAgainMs = 3_600_000

export type PushPorts = TokenMaking & {
  readonly db: Database
  readonly vault: Vault
  readonly live: LiveRegister
  readonly clock: Clock
  readonly log: Log
  readonly headers: Pick<Seals, 'open'>
  readonly outboundAllow: readonly string[]
}

/** @returns the duty, and a way to wait for what it has begun */
export function makePushDuty(parts: PushPorts): {
  readonly duty: Duty
  readonly idle: () => Promise<void>
} {
  const runs = new Map<string, Promise<void>>()
  const lookAtCrowds = crowdWatch(parts)
  const begin = (stream: StoredStream) => {
    const run = pushTo(parts, stream)
      .catch((error: unknown) => rest(parts, stream, error))
      .finally(() => runs.delete(stream.streamId))
    runs.set(stream.streamId, run)
  }
  return {
    duty: {
      name: 'signals.push',
      paceMs,
      async turn() {
        for (const stream of await dueStreams(parts.db, parts.clock(), [...runs.keys()]))
          if (isStreamAuthentic(parts.vault.seals, stream)) begin(stream)
          else parts.log.error({ job: 'signals.push', why: stream.orgId }, notOurs)
        await lookAtCrowds()
        return false
      },
    },
    async idle() {
      await Promise.all(runs.values())
    },
  }
}

/** Nothing could be signed, or the database was away: not to be tried again at once. */
async function rest({ db, clock, log }: PushPorts, stream: StoredStream, error: unknown) {
  log.error({ job: 'signals.push', error }, 'a stream broke off')
  const until = dueAfter(stream.failures, clock(), clock())
  await restStream(db, stream.streamId, stream.failures + 1, until).catch(() => undefined)
}

const notOurs = 'a stream is not as the broker wrote it: nothing is sent to it'

/** Pushes to one stream until nothing is due, or its receiver is not there. */
export async function pushTo(parts: PushPorts, stream: StoredStream): Promise<void> {
  let { failures } = stream
  for (let round = 0; round < maxRounds; round++) {
    // A body may pause, change or end its stream while much waits.
    if (!(await isUnchanged(parts.db, stream))) return
    const heads = await headsOf(parts.db, stream.streamId, parts.clock(), atOnce)
    if (heads.length === 0) return
    const ends = await Promise.all(heads.map((event) => pushOne(parts, stream, event)))
    const isThere = ends.some((end) => end !== 'away')
    if (!isThere) {
      const now = parts.clock()
      return restStream(parts.db, stream.streamId, failures + 1, dueAfter(failures, now, now))
    }
    if (failures > 0) await restStream(parts.db, stream.streamId, 0, undefined)
    failures = 0
  }
}

async function isUnchanged(
  db: Database,
  { orgId, streamId, seal }: StoredStream,
): Promise<boolean> {
  const streams = await streamsOf(db, orgId)
  return streams.some((now) => now.streamId === streamId && now.seal.equals(seal))
}

/** `away`: the receiver did not answer, or had a fault of its own. */
type End = 'taken' | 'refused' | 'away' | 'dropped'

async function pushOne(parts: PushPorts, stream: StoredStream, event: WaitingEvent): Promise<End> {
  const { db, clock, log } = parts
  const claims = await claimsNow(parts, stream, event)
  if (claims === 'dropped' || claims === 'put off') return 'dropped'
  const status = await statusOf(parts, stream, await signedToken(parts, claims))
  if (status >= 200 && status < 300) {
    await acknowledgeEvents(parts, stream, [event.jti])
    return 'taken'
  }
  const now = clock()
  await postponeSignal(db, event, dueAfter(event.tries, event.queuedAt, now))
  const isAway = status === 0 || status >= 500 || status === 429
  if (!isAway) await noteTimes(db, stream, { what: 'refused', times: 1 }, now)
  if (isLate(event.queuedAt, now)) await noteTimes(db, stream, { what: 'late', times: 1 }, now)
  log.warn(
    { job: 'signals.push', attempt: event.tries + 1, status, why: stream.orgId },
    'an event was not taken',
  )
  return isAway ? 'away' : 'refused'
}

/** 0: no answer. */
async function statusOf(
  { headers, outboundAllow }: PushPorts,
  { streamId, endpoint, authorizationSealed }: StoredStream,
  token: string,
): Promise<number> {
  const wanted =
    authorizationSealed === null
      ? {}
      : { Authorization: headers.open(authorizationSealed, streamId) }
  const receiver = present(endpoint, 'the endpoint of a pushed stream')
  return postToken(receiver, token, wanted, outboundAllow).catch(recoverFrom(CallFailed, () => 0))
}

/** Says aloud, once an hour, that much waits for a stream. */
function crowdWatch({ db, clock, log }: PushPorts): () => Promise<void> {
  const told = new Map<string, number>()
  let lookedAt = 0
  return async () => {
    const now = clock().getTime()
    if (now - lookedAt < 60_000) return
    lookedAt = now
    for (const { streamId, orgId } of await crowdedStreams(db, crowd, clock())) {
      if (now - (told.get(streamId) ?? 0) < looksAgainMs) continue
      told.set(streamId, now)
      log.error({ job: 'signals.push', why: orgId }, 'a thousand events wait for a stream')
    }
  }
}
