import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { epochSeconds } from '../base/platform/clock.ts'
import type { BrowserMark } from './browser.ts'
import type { LiveRegister } from '../registry/index.ts'
import type { ConnectionRow, Json, Proof, SharingRow, UnitStore, Wanted } from './unit-store.ts'

// One request, one atomic unit (docs/design/provider.md#unit): what it read at one instant, and what it will write before its answer
// leaves. The library sees its own writes through this overlay; the database sees them all or none.

/** What the request itself tells about the rows it will need, so that the first read brings them all. */
export type Hints = {
  readonly sessionIds: readonly string[]
  readonly artifacts: readonly { readonly model: string; readonly id: string }[]
  readonly clients: readonly string[]
  /** A proof of possession beside a token of the first of `artifacts`: not verified yet. */
  readonly proof: Omit<Proof, 'token'> | undefined
}

export type UnitOptions = {
  readonly store: UnitStore
  readonly now: Date
  readonly requestId: string
  readonly hints: Hints
  /** "Chrome, Linux" and a truncated address: what a person recognises her sessions by. */
  readonly device: () => string
  readonly network: string | undefined
  readonly browser: BrowserMark
  /** This process is the front of public terminals. */
  readonly isKiosk: boolean
  readonly live: LiveRegister
  /** It is looked at once more: what a read of the look before noted is noted still. */
  readonly before: Unit | undefined
}

export type Artifact = {
  readonly model: string
  /** The id as the bearer holds it; the database has its hash only. */
  readonly rawId: string
  readonly payload: Json | undefined
  /** 0: not in the database yet. */
  readonly version: number
}

export type LoadedSession = {
  readonly id: string
  readonly uid: string
  readonly payload: Json
  readonly authorizations: Readonly<Record<string, Json>>
  readonly lastSeenAt: number
  readonly expiresAt: number
}

export type SignIn = {
  readonly accountId: string
  readonly factorIds: readonly string[]
  readonly sessionEpoch: number
}

export type SessionWrite = {
  readonly rawId: string
  readonly payload: Json
  readonly ttl: number
}

export type Unit = UnitOptions & {
  readonly artifacts: Map<string, Artifact>
  readonly sessions: Map<string, LoadedSession>
  readonly accounts: Set<string>
  readonly connections: Map<string, ConnectionRow>
  /** By person: what came along with a token that has details. */
  readonly sharings: Map<string, SharingRow>
  /** What was asked of the database, by kind and id, and the read that answers. */
  readonly asked: Map<string, Promise<void>>
  readonly consumed: Set<string>
  readonly replays: Map<string, Date>
  /** Row ids of proofs that a read has noted already, and of those that were used before. */
  readonly noted: Set<string>
  readonly used: Set<string>
  readonly ended: Set<string>
  readonly dropped: Set<string>
  readonly revoked: Set<string>
  readonly put: Set<string>
  /** `row:…` names that a visit of this request gave to its pushed request. */
  readonly parents: Set<string>
  readonly opening: Map<string, ConnectionRow>
  readonly jobs: Json[]
  session: SessionWrite | undefined
  endedSession: LoadedSession | undefined
  /** The sign-in that the visit of this request ended with. */
  signedIn: SignIn | undefined
  /** What went wrong underneath: the library turns it into a 500, the unit into a 503. */
  fault: unknown
  /** A proof that this request came with, and another had used: whatever the library makes of the request, this is the answer. */
  replayed: string | undefined
  /** Nothing of it is kept but the proofs that it came with. */
  isRefused: boolean
  /** The epoch of the register that its client was judged by, from memory. */
  judgedBy: number | undefined
  /** The register had moved on: whatever came of this look counts for nothing. */
  isOvertaken: boolean
  reading: Promise<void> | undefined
  queue: Wanted
  hinted: boolean
}

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

export function newUnit(options: UnitOptions): Unit {
  const { before } = options
  return {
    ...options,
    artifacts: new Map(),
    sessions: new Map(),
    accounts: new Set(),
    connections: new Map(),
    sharings: new Map(),
    asked: new Map(),
    consumed: new Set(),
    replays: new Map(),
    noted: new Set(before?.noted),
    used: new Set(before?.used),
    ended: new Set(),
    dropped: new Set(),
    revoked: new Set(),
    put: new Set(),
    parents: new Set(),
    opening: new Map(),
    jobs: [],
    session: undefined,
    endedSession: undefined,
    signedIn: undefined,
    fault: undefined,
    replayed: undefined,
    isRefused: false,
    judgedBy: undefined,
    isOvertaken: false,
    reading: undefined,
    queue: noneWanted,
    hinted: false,
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
export function judge(unit: Unit): void {
  unit.judgedBy ??= unit.live.current().epoch
}

/** Whether a look rests on a register that has moved on since. */
export function isBehind({ judgedBy, live }: Unit): boolean {
  return judgedBy !== undefined && judgedBy !== live.current().epoch
}

/** The row id of something a bearer holds. The model is hashed along: a token of one kind is never found as another. */
export function rowId(model: string, id: string): string {
  return createHash('sha256').update(`${model}:${id}`).digest('hex')
}

export function pair(person: string, client: string): string {
  return `pair:${person} ${client}`
}

/** Whether a session was begun, or gone on with, at a public terminal: it keeps that mark in every process. */
export function isKiosk(unit: Unit, uid: string): boolean {
  return unit.isKiosk || unit.sessions.get(`uid:${uid}`)?.payload['kiosk'] === true
}

export function nowSeconds(unit: Unit): number {
  return epochSeconds(unit.now)
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
