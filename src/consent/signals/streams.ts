import { secondsAfter } from '../../base/values/clock.ts'
import type { Clock } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { newUuid, readId } from '../../base/values/ids.ts'
import { callFault } from '../../base/outbound/guarded-http.ts'
import { present } from '../../base/values/present.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { RowSeals } from '../../base/sealing/row-seal.ts'
import type { Seals } from '../../base/sealing/encryption.ts'
import type { Caller } from '../../base/web/caller.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { registerEpoch } from '../record/index.ts'
import { addressOf, kindsAt, signalKinds } from './event-types.ts'
import type { StoredStream, Stream, StreamStatus } from './rows.ts'
import { isStreamAuthentic } from './seal.ts'
import {
  deleteStream,
  insertStream,
  lockStreams,
  noteVerification,
  streamsOf,
  updateStream,
} from './store.ts'
import { dropWaiting, noteTimes, queueVerification } from './outbox-store.ts'

// What a body does with its streams. A stream of another body is not there (404).

export const mostStreams = 4
export const verificationSeconds = 60

export type StreamParts = {
  readonly db: Database
  readonly seals: RowSeals
  readonly headers: Seals
  readonly live: LiveRegister
  readonly clock: Clock
  readonly issuer: string
  readonly outboundAllow: readonly string[]
}

/** What a body says of a stream. */
export type StreamRequest = {
  readonly delivery?: WantedDelivery | undefined
  readonly events_requested?: readonly string[] | undefined
  readonly description?: string | undefined
}
type WantedDelivery = {
  readonly method: string
  readonly endpoint_url?: string | undefined
  readonly authorization_header?: string | undefined
}

/** @throws Problem signals.too-many-streams (409), signals.endpoint (400) */
export async function createStream(
  parts: StreamParts,
  { orgId }: Caller,
  wanted: StreamRequest,
): Promise<Stream> {
  const { db, seals, live, clock } = parts
  const register = await live.at(await registerEpoch(db))
  const { root: party } = present(register.organisation(orgId), 'the body of a caller')
  return transact(db, async (tx) => {
    await lockStreams(tx, orgId)
    if ((await streamsOf(tx, orgId)).length >= mostStreams)
      throw new Problem('signals.too-many-streams', 409, `a body has ${mostStreams} at most`)
    const now = clock()
    const begun = { streamId: newUuid(now), orgId, party, createdAt: now, toldSince: now }
    const stream: Stream = {
      ...begun,
      ...asWanted(parts, begun.streamId, wanted),
      status: 'enabled',
      reason: null,
    }
    await insertStream(tx, seals, stream)
    return stream
  })
}

type Described = Pick<
  Stream,
  'method' | 'endpoint' | 'authorizationSealed' | 'requested' | 'kinds' | 'description'
>

function asWanted(parts: StreamParts, streamId: string, wanted: StreamRequest): Described {
  const { issuer } = parts
  const requested = wanted.events_requested ?? signalKinds.map((kind) => addressOf(issuer, kind))
  return {
    ...ledTo(parts, streamId, wanted.delivery),
    requested,
    kinds: kindsAt(issuer, requested),
    description: wanted.description ?? null,
  }
}

/** Without a delivery the body polls (SSF 1.0, section 8.1.1.1). @throws Problem signals.endpoint */
function ledTo(
  { issuer, outboundAllow, headers }: StreamParts,
  streamId: string,
  delivery: WantedDelivery | undefined,
): Pick<Stream, 'method' | 'endpoint' | 'authorizationSealed'> {
  if (delivery?.method !== 'urn:ietf:rfc:8935')
    return { method: 'poll', endpoint: null, authorizationSealed: null }
  const { endpoint_url: endpoint = '', authorization_header: header } = delivery
  const hasPart = URL.parse(endpoint)?.hash !== ''
  const fault = callFault(endpoint, { issuer, outboundAllow })
  const why = fault ?? (hasPart ? 'must have no fragment' : undefined)
  if (why !== undefined) throw new Problem('signals.endpoint', 400, `delivery.endpoint_url ${why}`)
  const authorizationSealed = header === undefined ? null : headers.seal(header, streamId)
  return { method: 'push', endpoint, authorizationSealed }
}

/** Replaces what a body says of a stream: all of it, or the parts that are given. @throws Problem signals.not-found, signals.endpoint */
export function changeStream(
  parts: StreamParts,
  caller: Caller,
  { stream_id: name, ...wanted }: StreamRequest & { readonly stream_id: string },
  how: 'whole' | 'part',
): Promise<Stream> {
  return withStream(parts, caller, name, async (tx, known) => {
    const whole = asWanted(parts, known.streamId, wanted)
    const { method, endpoint, authorizationSealed, requested, kinds, description } = known
    const led = wanted.delivery === undefined ? { method, endpoint, authorizationSealed } : whole
    const chosen = wanted.events_requested === undefined ? { requested, kinds } : whole
    const part = {
      method: led.method,
      endpoint: led.endpoint,
      authorizationSealed: led.authorizationSealed,
      requested: chosen.requested,
      kinds: chosen.kinds,
      description: wanted.description ?? description,
    }
    const changed = { ...unsealed(known), ...(how === 'whole' ? whole : part) }
    const isSame = changed.kinds.join() === known.kinds.join()
    const stream = { ...changed, toldSince: isSame ? known.toldSince : parts.clock() }
    await updateStream(tx, parts.seals, stream)
    return stream
  })
}

/** A stream that is disabled gets nothing any more, and what waited for it is dropped. @throws Problem signals.not-found */
export function setStatus(
  parts: StreamParts,
  caller: Caller,
  said: {
    readonly stream_id: string
    readonly status: StreamStatus
    readonly reason?: string | undefined
  },
): Promise<Stream> {
  return withStream(parts, caller, said.stream_id, async (tx, known) => {
    // What happened while a stream was disabled is not told afterwards.
    const toldSince = known.status === 'disabled' ? parts.clock() : known.toldSince
    const { status, reason = null } = said
    const stream = { ...unsealed(known), status, reason, toldSince }
    await updateStream(tx, parts.seals, stream)
    if (said.status === 'disabled') await dropAll(tx, parts, known)
    return stream
  })
}

/** @throws Problem signals.not-found */
export function endStream(parts: StreamParts, caller: Caller, name: string): Promise<void> {
  return withStream(parts, caller, name, async (tx, known) => {
    await dropAll(tx, parts, known)
    await deleteStream(tx, known.streamId)
  })
}

async function dropAll(tx: Transaction, { clock }: StreamParts, stream: Stream): Promise<void> {
  const times = await dropWaiting(tx, stream.streamId)
  await noteTimes(tx, stream, { what: 'dropped-disabled', times }, clock())
}

/** Queues a verification event (SSF 1.0, section 8.1.4). @throws Problem signals.not-found, signals.too-often (429), signals.disabled (409) */
export function verifyStream(
  parts: StreamParts,
  caller: Caller,
  { stream_id: name, state }: { readonly stream_id: string; readonly state?: string | undefined },
): Promise<void> {
  return withStream(parts, caller, name, async (tx, known) => {
    const now = parts.clock()
    if (known.status === 'disabled')
      throw new Problem('signals.disabled', 409, 'a disabled stream gets nothing')
    const since = secondsAfter(now, -verificationSeconds)
    if (!(await noteVerification(tx, known.streamId, now, since)))
      throw new Problem(
        'signals.too-often',
        429,
        `once in ${verificationSeconds} seconds`,
        verificationSeconds,
      )
    const content = state === undefined ? {} : { state }
    await queueVerification(
      tx,
      known,
      { jti: crypto.randomUUID(), kind: 'verification', content },
      now,
    )
  })
}

/** A stream of the caller, in a transaction in which nobody else changes it. @throws Problem signals.not-found */
export function withStream<T>(
  { db, seals }: Pick<StreamParts, 'db' | 'seals'>,
  { orgId }: Caller,
  name: string,
  deed: (tx: Transaction, stream: StoredStream) => Promise<T>,
): Promise<T> {
  return transact(db, async (tx) => {
    await lockStreams(tx, orgId)
    return deed(tx, await streamCalled(tx, seals, orgId, name))
  })
}

/** @throws Problem signals.not-found */
export async function streamCalled(
  db: Database | Transaction,
  seals: RowSeals,
  orgId: string,
  name: string,
): Promise<StoredStream> {
  const streamId = readId('str', name)
  const found = (await streamsOf(db, orgId)).find((stream) => stream.streamId === streamId)
  if (found === undefined || !isStreamAuthentic(seals, found)) throw notThere()
  return found
}

function unsealed({
  seal: _seal,
  verifiedAt: _at,
  failures: _times,
  ...stream
}: StoredStream): Stream {
  return stream
}

function notThere(): Problem {
  return new Problem('signals.not-found', 404, 'no such stream of yours')
}
