import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { epochSeconds } from '../base/platform/clock.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { BrowserMark } from './browser.ts'
import type { UnitPending } from './pending.ts'
import { nothingPending } from './pending.ts'
import type { UnitSeen } from './seen.ts'
import { nothingSeen } from './seen.ts'
import type { Proof, UnitStore, Wanted } from './unit-store.ts'

/**
 * One request, one atomic unit (docs/design/provider.md#unit): what it read at one instant, and what it will write before its answer
 * leaves. The library sees both, what is pending over what was seen; the database sees all that is pending, or none.
 */
export type Unit = {
  readonly store: UnitStore
  readonly live: LiveRegister
  readonly request: UnitRequest
  /** It is looked at once more: what a read of the look before noted is noted still. */
  readonly before: Unit | undefined
  /** Replaced by each read (`read.ts`), and by nothing else. */
  seen: UnitSeen
  readonly pending: UnitPending
  readonly reading: UnitReading
  readonly handedOn: HandedOn
  readonly verdict: UnitVerdict
}

/** What a request itself tells. */
export type UnitRequest = {
  readonly now: Date
  readonly requestId: string
  readonly hints: Hints
  /** "Chrome, Linux" and a truncated address: what a person recognises her sessions by. */
  readonly device: () => string
  readonly network: string | undefined
  readonly browser: BrowserMark
  /** This process is the front of public terminals. */
  readonly isKiosk: boolean
}

/** What the request itself tells about the rows it will need, so that the first read brings them all. */
export type Hints = {
  readonly sessionIds: readonly string[]
  readonly artifacts: readonly { readonly model: string; readonly id: string }[]
  readonly clients: readonly string[]
  /** A proof of possession beside a token of the first of `artifacts`: not verified yet. */
  readonly proof: Omit<Proof, 'token'> | undefined
}

/** How far the reads of a unit are; of read.ts. */
export type UnitReading = {
  /** What was asked of the database, by kind and id, and the read that answers. */
  readonly asked: Map<string, Promise<void>>
  /** Row ids of proofs that a read has noted already. */
  readonly notedProofs: Set<string>
  /** For the read that is about to go out. */
  queue: Wanted
  next: Promise<void> | undefined
  /** The first read has gone out, with what the request hints at. */
  isBegun: boolean
}

/** What the visit that a request goes on with gives to what the library makes of it; of visit-model.ts. */
export type HandedOn = {
  signedIn: SignIn | undefined
  /** `row:…` names of the pushed requests that visits of this request began with. */
  readonly parents: Set<string>
}

/** A sign-in that a visit ended with. */
export type SignIn = {
  readonly accountId: string
  readonly factorIds: readonly string[]
  readonly sessionEpoch: number
}

/** What this look at the request comes to, whatever the library makes of it. */
export type UnitVerdict = {
  /** What went wrong underneath: the library turns it into a 500, the unit into a 503. */
  fault: unknown
  /** A proof that this request came with, and another had used: that is the answer. */
  replayed: string | undefined
  /** Nothing of it is kept but the proofs that it came with. */
  isRefused: boolean
  /** The epoch of the register that its client was judged by, from memory. */
  judgedBy: number | undefined
  /** The register had moved on: whatever came of this look counts for nothing. */
  isOvertaken: boolean
}

export type UnitOptions = Pick<Unit, 'store' | 'live' | 'request' | 'before'>

/** Nothing to read. */
export const noneWanted: Wanted = {
  artifacts: [],
  sessions: [],
  sessionUids: [],
  accounts: [],
  clients: [],
  connections: [],
}

const units = new AsyncLocalStorage<Unit>()

export function newUnit({ store, live, request, before }: UnitOptions): Unit {
  return {
    store,
    live,
    request,
    before,
    seen: { ...nothingSeen, usedProofs: before?.seen.usedProofs ?? nothingSeen.usedProofs },
    pending: nothingPending(),
    reading: {
      asked: new Map(),
      notedProofs: new Set(before?.reading.notedProofs),
      queue: noneWanted,
      next: undefined,
      isBegun: false,
    },
    handedOn: { signedIn: undefined, parents: new Set() },
    verdict: {
      fault: undefined,
      replayed: undefined,
      isRefused: false,
      judgedBy: undefined,
      isOvertaken: false,
    },
  }
}

export function runInUnit<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  return units.run(unit, work)
}

export function currentUnit(): Unit {
  const unit = units.getStore()
  if (unit === undefined) throw new Error('storage of the provider used outside a unit')
  return unit
}

/** Ends a look at a request: what it was judged by is not the register any more. */
export class Overtaken extends Error {}

/** Says that from here on this request is judged by what memory holds of the register. */
export function judge({ verdict, live }: Unit): void {
  verdict.judgedBy ??= live.current().epoch
}

/** Whether a look rests on a register that has moved on since. */
export function isBehind({ verdict: { judgedBy }, live }: Unit): boolean {
  return judgedBy !== undefined && judgedBy !== live.current().epoch
}

/** The row id of something a bearer holds. The model is hashed along: a token of one kind is never found as another. */
export function rowId(model: string, id: string): string {
  return createHash('sha256').update(`${model}:${id}`).digest('hex')
}

/** Whether a session was begun, or gone on with, at a public terminal: it keeps that mark in every process. */
export function isKiosk({ request, seen }: Unit, uid: string): boolean {
  return request.isKiosk || seen.sessionsByUid.get(uid)?.payload['kiosk'] === true
}

export function nowSeconds({ request }: Unit): number {
  return epochSeconds(request.now)
}

/** A reading that a request makes once, at its first use. */
export function oncePerUnit<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new WeakMap<object, Map<string, Promise<T>>>()
  return (key) => {
    const unit = currentUnit()
    const ofUnit = known.get(unit) ?? new Map<string, Promise<T>>()
    known.set(unit, ofUnit)
    const found = ofUnit.get(key) ?? read(key)
    ofUnit.set(key, found)
    return found
  }
}
