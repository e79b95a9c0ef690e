import { createHash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import type { Foundation } from '../../base/web/foundation.ts'
import { Refusal, Unavailable } from '../../base/values/refusal.ts'
import { sessionEndingOf, tellEnded } from '../../base/web/ended-session.ts'
import type { LiveRegister } from '../../registry/index.ts'
import { deviceOf, noteService, originOf } from '../../base/web/request-log.ts'
import { asUnavailable } from '../../base/database/database-outages.ts'
import type { Log } from '../../base/logging/log.ts'
import { assertionOf } from '../clients/client-assertion.ts'
import { clientFaultLine } from '../clients/client-auth-errors.ts'
import type { BrowserMark } from './interaction-cookie.ts'
import { browserMark } from './interaction-cookie.ts'
import type { LostRace } from './commit.ts'
import { isWithoutStatement, commit, revokeAfterReplay } from './commit.ts'
import type { Needs } from '../clients/endpoints.ts'
import { isForPrograms, needsAt } from '../clients/endpoints.ts'
import { jtiReused } from '../faults/client-errors.ts'
import { objectUsedTwice } from '../faults/request-object-errors.ts'
import { proofUsed } from '../faults/token-errors.ts'
import { requestLimit, requestWaits } from '../faults/ciba-errors.ts'
import { releaseAssertion } from './replay-model.ts'
import { hintsOf, readRegister } from './unit-reads.ts'
import { objectOf } from '../tokens/request-objects.ts'
import { pushedRequestUsed } from './token-model.ts'
import type { Unit } from './unit.ts'
import { isBehind, newUnit, runInUnit } from './unit.ts'
import { answerAs, keepRequest, replayRequest } from '../tokens/replayable-request.ts'
import type { UnitStore } from './unit-store.ts'
import { localesOf } from './interaction-paths.ts'

/** Runs a piece of work as a unit. The first read of the unit brings what the work is said to need. */
export type UnitRunner = <T>(ctx: Context, needs: Needs, work: () => Promise<T>) => Promise<T>

type UnitParts = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly store: UnitStore
  readonly names: { readonly session: string }
}

/** Runs work of our own (a visit, a look at the session) as a unit. @throws Refusal visit.at-once on a lost race */
export function makeUnitRunner(parts: UnitParts): UnitRunner {
  return async (ctx, needs, work) => {
    const unit = unitFor(ctx, parts, needs, undefined)
    const result = await goOnIn(unit, work)
    await tellHowItEnded(ctx, unit)
    return result
  }
}

// A public terminal belongs to nobody: the next person there learns nothing of the one before.
async function tellHowItEnded(ctx: Context, { handedOn, request, store }: Unit): Promise<void> {
  const { lostSession } = handedOn
  if (lostSession === undefined || request.isKiosk || sessionEndingOf(ctx) !== undefined) return
  const ended = await store.ending(lostSession, request.now)
  if (ended !== undefined) tellEnded(ctx, ended, request.now)
}

/**
 * Goes on in a unit of the same request that has only read: its rows are not read again, and its writes still find out whether another
 * request was first. @throws Refusal visit.at-once on a lost race
 */
export async function goOnIn<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  const result = await runInUnit(unit, work)
  const race = unit.verdict.replayed === undefined ? await commit(unit) : unit.verdict.replayed
  // Another request answered first; the person's next page shows the new state.
  if (race !== undefined) throw new Refusal('visit.at-once', 409)
  return result
}

// The register changes a few times a day. Two changes during one request can happen by chance; more mean a fault.
const mostLooks = 3

/**
 * Runs each request of the provider as one unit: the answer leaves only after its writes are committed. The request is judged by the
 * register in this process's memory; if a read or the write finds that the register has changed, the request is judged once more.
 */
export function requestUnit(parts: UnitParts, oidc: Middleware): Middleware {
  return async (ctx) => {
    const looked = keepRequest(ctx)
    let look: Context = ctx
    const needs = needsAt(ctx.path)
    let unit = unitFor(look, parts, needs, undefined)
    try {
      for (let looks = 1; !(await isJudged(look, unit, oidc, parts.foundation.log)); looks++) {
        if (looks === mostLooks) throw new Unavailable(new Error('the register moves on and on'))
        look = replayRequest(ctx, looked)
        unit = unitFor(look, parts, needs, unit)
      }
    } finally {
      noteService(ctx, clientIn(look))
    }
    if (look !== ctx) answerAs(ctx, look)
    // Where another request was first, the answer is an error.
    if (look.status < 400) for (const deed of unit.afterwards) deed()
    // The library gives the browser another cookie now: this is the last request that brings the one of the session.
    await tellHowItEnded(ctx, unit)
  }
}

// The library has found it in the register.
function clientIn(ctx: Context): string | undefined {
  return (ctx as { oidc?: { client?: { clientId: string } } }).oidc?.client?.clientId
}

/** @returns false if the register has changed since the request was judged: then nothing is written and the answer is dropped */
async function isJudged(ctx: Context, unit: Unit, oidc: Middleware, log: Log): Promise<boolean> {
  await unlessOvertaken(unit, () => runInUnit(unit, () => Promise.resolve(oidc(ctx, nothingMore))))
  await unlessOvertaken(unit, () => settle(ctx, unit, log))
  return !unit.verdict.isOvertaken
}

// Ignores any error of a look whose result is dropped anyway.
async function unlessOvertaken(unit: Unit, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!unit.verdict.isOvertaken) throw error
  }
}

async function settle(ctx: Context, unit: Unit, log: Log): Promise<void> {
  const { verdict } = unit
  if (verdict.fault !== undefined) throw asUnavailable(verdict.fault)
  // Another request has used this proof, which holds for every register. No further look: it would take the proof for its own.
  if (verdict.replayed !== undefined) {
    verdict.isOvertaken = false
    return answerLostRace(ctx, unit, log, { what: 'replayed', id: verdict.replayed })
  }
  if (isBehind(unit)) verdict.isOvertaken = true
  // The writes of a 4xx are committed too, because a replay uses up and revokes rows. A 5xx writes nothing.
  if (verdict.isOvertaken || ctx.status >= 500) return
  spareAssertion(ctx, unit)
  // The client was judged from memory and no statement has compared the epoch. A refusal may rest on an old register; a grant must not.
  if (verdict.judgedBy !== undefined && ctx.status < 400 && isWithoutStatement(unit))
    await readRegister(unit)
  const race = await commit(unit)
  if (race?.what === 'register') {
    await unit.live.at(race.epoch)
    verdict.isOvertaken = true
  } else if (race !== undefined) await answerLostRace(ctx, unit, log, race)
}

function nothingMore(): Promise<void> {
  return Promise.resolve()
}

// Many clients send the same assertion again when they are asked for a nonce (RFC 9449, section 8), so that answer must not use it
// up. The library registers the assertion before it checks the proof and reads nothing in between, so it is not in the database yet.
function spareAssertion(ctx: Context, unit: Unit): void {
  const assertion = assertionOf(ctx)
  const { error } = (ctx.body ?? {}) as { error?: unknown }
  if (assertion === undefined || error !== 'use_dpop_nonce') return
  releaseAssertion(unit, assertion)
}

function unitFor(
  ctx: Context,
  { foundation: { clock, config }, live, store, names }: UnitParts,
  needs: Needs,
  before: Unit | undefined,
): Unit {
  const { requestId, network } = originOf(ctx)
  const now = clock()
  let mark: BrowserMark | undefined
  const hints = hintsOf(ctx, needs, names.session, now)
  const request = {
    now,
    requestId,
    hints,
    network,
    device: () => deviceOf(ctx),
    browser: () => (mark ??= browserMark(ctx)),
    isKiosk: config.kiosk,
    canDeny: needs.canDeny === true,
    locales: () => localesOf(ctx),
  }
  return newUnit({ store, live, request, before })
}

/** Answers as if the request had come after the request that won the race. The unit was undone. */
async function answerLostRace(ctx: Context, unit: Unit, log: Log, race: LostRace): Promise<void> {
  forget(ctx)
  switch (race.what) {
    case 'consumed':
      return answerUsed(ctx, unit, race)
    case 'replayed':
      return answerReplay(ctx, unit, log, race)
    case 'put':
      return answerLostPut(ctx)
    case 'request-waits':
    case 'request-limit':
      return answerOAuth(ctx, 403, 'access_denied', tooMany[race.what])
    case 'proof':
      // The person's sessions were ended during this sign-in.
      throw new Refusal('sign-in.overtaken', 409)
    case 'ended':
    case 'connection':
    case 'session':
      if (ctx.method === 'GET') return asItIsNow(ctx)
      throw new Refusal(race.what === 'session' ? 'session.ended' : 'visit.at-once', 409)
  }
}

// The token's connection has ended meanwhile, or the visit was answered meanwhile.
function answerLostPut(ctx: Context): void {
  if (isBackChannel(ctx)) return answerOAuth(ctx, 400, 'invalid_grant')
  // Somebody else was first with the code of a device, and the page then says so.
  if (ctx.method === 'GET' && ctx.path.startsWith('/device/')) return asItIsNow(ctx)
  throw new Refusal('visit.at-once', 409)
}

const tooMany = { 'request-waits': requestWaits, 'request-limit': requestLimit } as const

async function answerUsed(ctx: Context, unit: Unit, race: LostRace): Promise<void> {
  const isPushed = race.id === pushedRequestUsed(unit)
  if (isPushed && ctx.method === 'GET') return asItIsNow(ctx)
  await revokeAfterReplay(unit, race.id)
  return answerOAuth(ctx, 400, 'invalid_grant')
}

// Redirects to the same URL, which then shows the new state. Nothing was used up.
function asItIsNow(ctx: Context): void {
  ctx.redirect(ctx.url)
  ctx.status = 303
}

function answerReplay(ctx: Context, { live }: Unit, log: Log, race: LostRace): void {
  const assertion = assertionOf(ctx)
  if (assertion !== undefined && race.id === replayRow(assertion)) {
    log.info(clientFaultLine(ctx, jtiReused, live.current()), 'a client was refused')
    // The assertion's signature was good, so the service may learn the cause.
    return answerOAuth(ctx, 401, 'invalid_client', jtiReused)
  }
  const object = objectOf(ctx)
  if (object !== undefined && race.id === replayRow(object)) {
    if (!isBackChannel(ctx)) throw new Refusal('request.expired', 400)
    return answerOAuth(ctx, 400, 'invalid_request_object', objectUsedTwice)
  }
  // Else the replay is of a DPoP proof (RFC 9449, sections 5 and 7.1).
  if (ctx.path !== '/userinfo') return answerOAuth(ctx, 400, 'invalid_dpop_proof', proofUsed)
  ctx.set('WWW-Authenticate', 'DPoP error="invalid_dpop_proof", algs="ES256"')
  return answerOAuth(ctx, 401, 'invalid_dpop_proof', proofUsed)
}

function forget(ctx: Context): void {
  for (const name of ['Location', 'Set-Cookie', 'Content-Type', 'WWW-Authenticate'])
    ctx.remove(name)
}

function answerOAuth(ctx: Context, status: number, error: string, says?: string): void {
  ctx.status = status
  ctx.type = 'application/json'
  ctx.set('Cache-Control', 'no-store')
  ctx.body = { error, ...(says === undefined ? {} : { error_description: says }) }
}

function isBackChannel(ctx: Context): boolean {
  return isForPrograms(ctx.path)
}

function replayRow(issAndJti: string): string {
  return createHash('sha256').update(issAndJti).digest('hex')
}
