import type { Context } from 'koa'
import { Problem } from '../../base/values/refusal.ts'
import type { Callers, OwnApi } from '../../base/web/caller.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { readJson, readQuery } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { AnswerOf } from '../../base/web/operation.ts'
import type { At } from '../../base/web/router.ts'
import { routes } from '../../base/web/router.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import type { Pairwise } from '../../people/accounts/index.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { addressOf, kindsAt, signalKinds } from './event-types.ts'
import { makePoll } from './poll.ts'
import type { Stream } from './rows.ts'
import { headerSeals, isStreamAuthentic } from './seal.ts'
import type { MetadataShape, PollShape, StatusShape, StreamShape } from './shapes.ts'
import {
  changedStream,
  mostAtOnce,
  newStatus,
  newStream,
  oneStreamQuery,
  operations,
  pollBody,
  pollMethod,
  pushMethod,
  streamQuery,
  subjectBody,
  verificationBody,
} from './shapes.ts'
import { streamsOf } from './store.ts'
import {
  changeStream,
  createStream,
  endStream,
  setStatus,
  streamCalled,
  verificationSeconds,
  verifyStream,
} from './streams.ts'
import { chooseSubject } from './stream-subjects.ts'
import { publishedKeys, streamName } from './security-event-token.ts'

type Parts = Parameters<typeof makePoll>[0]
type SignalsContext = {
  readonly vault: Vault
  readonly live: LiveRegister
  readonly pairwise: Pairwise
}

const manages: OwnApi = { path: '/ssf', scope: 'ssf.manage' }
const reads: OwnApi = { path: '/ssf', scope: 'ssf.read' }

/** The transmitter (OpenID Shared Signals Framework 1.0). Without a key of purpose `signals` it is not there. It reads no cookie. */
export function signalsRoutes(
  foundation: Foundation,
  callers: Callers,
  { vault, live, pairwise }: SignalsContext,
): ServedRoutes {
  const { config, keys, db, clock, signer, log } = foundation
  const { issuer, outboundAllow } = config
  const telling = { issuer, keys, signer, pairwise }
  const headers = headerSeals(keys)
  const own = { db, vault, live, clock, log, seals: vault.seals, headers, outboundAllow }
  const parts: Parts = { ...telling, ...own }
  const door = doorOf(parts, callers)
  const poll = makePoll(parts, mostAtOnce)
  return routes('programs')
    .on(operations.ssfMetadata, (ctx) => door.open(ctx, metadataOf(issuer)))
    .on(operations.ssfKeys, (ctx) => door.open(ctx, publishedKeys(keys)))
    .on(operations.readStreams, (ctx) => showStreams(ctx, door, parts))
    .on(operations.createStream, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      const stream = await createStream(parts, caller, await readJson(ctx, newStream))
      ctx.status = 201
      ctx.body = answerOf(issuer, stream)
    })
    .on(operations.updateStream, (ctx) => changeAs(ctx, door, parts, 'part'))
    .on(operations.replaceStream, (ctx) => changeAs(ctx, door, parts, 'whole'))
    .on(operations.deleteStream, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      await endStream(parts, caller, readQuery(ctx, oneStreamQuery).stream_id)
      ctx.status = 204
    })
    .on(operations.readStatus, async (ctx) => {
      const { orgId } = await door.caller(ctx, reads)
      const { stream_id: name } = readQuery(ctx, oneStreamQuery)
      ctx.body = statusOf(await streamCalled(db, vault.seals, orgId, name))
    })
    .on(operations.setStatus, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      ctx.body = statusOf(await setStatus(parts, caller, await readJson(ctx, newStatus)))
    })
    .on(operations.addSubject, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      await chooseSubject(parts, caller, await readJson(ctx, subjectBody), 'add')
      ctx.body = {}
    })
    .on(operations.removeSubject, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      await chooseSubject(parts, caller, await readJson(ctx, subjectBody), 'remove')
      ctx.status = 204
    })
    .on(operations.verify, async (ctx) => {
      const caller = await door.caller(ctx, manages)
      await verifyStream(parts, caller, await readJson(ctx, verificationBody))
      ctx.status = 204
    })
    .on(operations.poll, (ctx) => takePoll(ctx, door, poll), 'stop')
    .served('page')
}

type Door = ReturnType<typeof doorOf>

function doorOf({ keys }: Parts, callers: Callers) {
  const requireKey = () => {
    if (keys.signals.length === 0)
      throw new Problem('signals.none', 404, 'this broker sends no signals')
  }
  return {
    open(ctx: Context, body: object): void {
      requireKey()
      ctx.set('Cache-Control', 'public, max-age=3600')
      ctx.body = body
    },
    caller(ctx: Context, api: OwnApi) {
      requireKey()
      ctx.set('Cache-Control', 'no-store')
      return callers.require(ctx, api)
    },
  }
}

async function showStreams(ctx: Context, door: Door, parts: Parts): Promise<void> {
  const { orgId } = await door.caller(ctx, reads)
  const { stream_id: name } = readQuery(ctx, streamQuery)
  const { db, seals, issuer } = parts
  if (name !== undefined) {
    ctx.body = answerOf(issuer, await streamCalled(db, seals, orgId, name))
    return
  }
  const streams = (await streamsOf(db, orgId)).filter((stream) => isStreamAuthentic(seals, stream))
  ctx.body = streams.map((stream) => answerOf(issuer, stream))
}

async function changeAs(
  ctx: Context,
  door: Door,
  parts: Parts,
  how: 'whole' | 'part',
): Promise<void> {
  const caller = await door.caller(ctx, manages)
  const wanted = await readJson(ctx, changedStream)
  ctx.body = answerOf(parts.issuer, await changeStream(parts, caller, wanted, how))
}

async function takePoll(
  ctx: At<'stream'>,
  door: Door,
  poll: ReturnType<typeof makePoll>,
): Promise<void> {
  const caller = await door.caller(ctx, reads)
  const asked = await readJson(ctx, pollBody)
  const { sets, moreAvailable } = await poll(caller, ctx.params.stream, asked)
  const answer: AnswerOf<PollShape> = { sets, ...(moreAvailable ? { moreAvailable } : {}) }
  ctx.body = answer
}

function answerOf(issuer: string, stream: Stream): AnswerOf<StreamShape> {
  const name = streamName(stream)
  const addresses = (kinds: readonly (typeof signalKinds)[number][]) =>
    kinds.map((kind) => addressOf(issuer, kind))
  return {
    stream_id: name,
    iss: issuer,
    aud: stream.orgId,
    // The header that the body wants is a secret of the body: it is not shown again.
    delivery:
      stream.endpoint === null
        ? { method: pollMethod, endpoint_url: `${issuer}/ssf/poll/${name}` }
        : { method: pushMethod, endpoint_url: stream.endpoint },
    events_supported: addresses(signalKinds),
    events_requested: [...stream.requested],
    events_delivered: addresses(kindsAt(issuer, stream.requested)),
    min_verification_interval: verificationSeconds,
    ...(stream.description === null ? {} : { description: stream.description }),
  }
}

function statusOf(stream: Stream): AnswerOf<StatusShape> {
  const { status, reason } = stream
  return { stream_id: streamName(stream), status, ...(reason === null ? {} : { reason }) }
}

function metadataOf(issuer: string): AnswerOf<MetadataShape> {
  return {
    spec_version: '1_0',
    issuer,
    jwks_uri: `${issuer}/ssf/jwks`,
    delivery_methods_supported: [pushMethod, pollMethod],
    configuration_endpoint: `${issuer}/ssf/streams`,
    status_endpoint: `${issuer}/ssf/status`,
    add_subject_endpoint: `${issuer}/ssf/subjects/add`,
    remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
    verification_endpoint: `${issuer}/ssf/verification`,
    authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
    default_subjects: 'ALL',
  }
}
