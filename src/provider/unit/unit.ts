import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { epochSeconds } from '../../base/values/clock.ts'
import { present } from '../../base/values/present.ts'
import type { CameBy } from '../../base/web/visit.ts'
import type { LiveRegister } from '../../registry/index.ts'
import type { BrowserMark } from './interaction-cookie.ts'
import type { UnitPending } from './pending-writes.ts'
import type { UnitSeen } from './rows-read.ts'
import { emptyRowsRead } from './rows-read.ts'
import type { UnitStore } from './unit-store.ts'
import type { Proof, WantedRows } from './unit-rows.ts'

/**
 * One request as one atomic unit (docs/design/provider.md#unit): the rows that it has read and the writes that are pending until its
 * answer is ready. The library sees the rows with the pending writes applied; the database gets all the writes or none.
 */
export type Unit = {
  readonly store: UnitStore
  readonly live: LiveRegister
  readonly request: UnitRequest
  /** The unit of the previous look, if the request is judged once more. The proofs that it inserted stay inserted. */
  readonly before: Unit | undefined
  /** Replaced by each read (`unit-reads.ts`), and only there. */
  seen: UnitSeen
  readonly pending: UnitPending
  readonly reading: UnitReading
  readonly handedOn: UnitHandover
  readonly verdict: UnitVerdict
  /** Deeds that are done once it is certain that this look's answer leaves. They cost no statement, and none fails. */
  readonly afterwards: (() => void)[]
}

/** Facts about the request itself. */
export type UnitRequest = {
  readonly now: Date
  readonly requestId: string
  readonly hints: Hints
  /** Such as "Chrome, Linux": a person recognises her sessions by this and by the truncated address in `network`. */
  readonly device: () => string
  readonly network: string | undefined
  readonly browser: () => BrowserMark
  /** Whether this process serves public terminals. */
  readonly isKiosk: boolean
  readonly canDeny: boolean
  /** What the page at which a visit begins adds to its parameters. */
  readonly locales: () => Locales
}

export type Locales = { readonly ui_locales?: string }

/** The rows that the request will probably need, taken from its cookies, path and headers, so that one read brings them all. */
export type Hints = {
  /** Of `visits` the rows of other rooms are wanted. */
  readonly wanted: Partial<WantedRows>
  /** The DPoP proof, not verified yet, of the token with which the request comes. */
  readonly proof: Proof | undefined
}

/** The progress of a unit's reads; owned by unit-reads.ts. */
export type UnitReading = {
  /** The keys (kind and id) that were asked for, each with the read that answers it. */
  readonly asked: Map<string, Promise<void>>
  /** Row ids of proofs that a read has inserted. */
  readonly notedProofs: Set<string>
  /** The keys for the next read. */
  queue: WantedRows
  next: Promise<void> | undefined
  /** Whether the first read, which includes the hints, was sent. */
  isBegun: boolean
}

/** What one model passes to others, and to the end of the request; owned by interaction-model.ts, where nothing else is said. */
export type UnitHandover = {
  signedIn: SignIn | undefined
  /** The `row:…` names of the pushed requests with which the request's visits began; owned by token-model.ts. */
  readonly parents: Set<string>
  /** The row id of the browser's session, where there is no such row; owned by session-model.ts. */
  lostSession: string | undefined
}

/** The sign-in at the end of a visit. */
export type SignIn = {
  readonly accountId: string
  readonly factorIds: readonly string[]
  readonly sessionEpoch: number
  /** The provider elsewhere at which it was. */
  readonly cameBy?: CameBy
  /** Whether the key came from another device than the one of this browser. */
  readonly otherDevice?: boolean
}

/** Facts that decide the outcome of this look at the request, whatever the library answers. */
export type UnitVerdict = {
  /** An error of the database. The library would answer 500; the unit turns it into 503. */
  fault: unknown
  /** The row id of a proof of this request that another request had used; the answer then says so. */
  replayed: string | undefined
  /** Whether nothing is written but the used proofs. */
  isRefused: boolean
  /** The epoch of the register in memory by which the client was judged. */
  judgedBy: number | undefined
  /** Whether the register has changed since: the result of this look is then dropped. */
  isOvertaken: boolean
}

export type UnitOptions = Pick<Unit, 'store' | 'live' | 'request' | 'before'>

/** Wants no row. */
export const emptyWantedRows: WantedRows = {
  artifacts: [],
  sessions: [],
  sessionUids: [],
  accounts: [],
  clients: [],
  connections: [],
  visits: [],
}

const units = new AsyncLocalStorage<Unit>()

export function newUnit({ store, live, request, before }: UnitOptions): Unit {
  return {
    store,
    live,
    request,
    before,
    seen: { ...emptyRowsRead, usedProofs: before?.seen.usedProofs ?? emptyRowsRead.usedProofs },
    pending: emptyPendingWrites(),
    reading: {
      asked: new Map(),
      notedProofs: new Set(before?.reading.notedProofs),
      queue: emptyWantedRows,
      next: undefined,
      isBegun: false,
    },
    handedOn: { signedIn: undefined, parents: new Set(), lostSession: undefined },
    verdict: {
      fault: undefined,
      replayed: undefined,
      isRefused: false,
      judgedBy: undefined,
      isOvertaken: false,
    },
    afterwards: [],
  }
}

function emptyPendingWrites(): UnitPending {
  return {
    tokens: { put: new Map(), consumed: new Set(), dropped: new Set(), revoked: new Set() },
    visits: { put: new Map(), ended: new Set(), left: new Set() },
    session: { put: undefined, ended: undefined },
    connections: new Map(),
    proofs: new Map(),
    requests: [],
    notices: [],
  }
}

export function runInUnit<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  return units.run(unit, work)
}

export function currentUnit(): Unit {
  return present(units.getStore(), 'the unit of a request')
}

/** Ends a look at a request, because the register has changed since the request was judged. */
export class Overtaken extends Error {}

/** Notes an error of the database, by which the unit answers 503 whatever the library has answered. */
export function noteFault({ verdict }: Unit, error: unknown): void {
  verdict.fault ??= error
}

/** Notes that this request is judged by the register in memory, with its present epoch. */
export function noteJudged({ verdict, live }: Unit): void {
  verdict.judgedBy ??= live.current().epoch
}

/** Whether the register in memory has changed since this look was judged by it. */
export function isBehind({ verdict: { judgedBy }, live }: Unit): boolean {
  return judgedBy !== undefined && judgedBy !== live.current().epoch
}

/** The row id of a bearer's value. The hash includes the model, so that a token is never found as a token of another kind. */
export function rowId(model: string, id: string): string {
  return createHash('sha256').update(`${model}:${id}`).digest('hex')
}

/** Whether a session was ever used at a public terminal. Its row keeps that mark, so every process knows. */
export function isKiosk({ request, seen }: Unit, uid: string): boolean {
  return request.isKiosk || seen.sessionsByUid.get(uid)?.payload['kiosk'] === true
}

export function nowSeconds({ request }: Unit): number {
  return epochSeconds(request.now)
}

/** Makes a read that runs at most once for each unit and key. */
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

/** The name of a row whose secret nobody gave: the request with which a visit began, or the code of a device that a person typed. */
export function nameRow({ handedOn }: Unit, key: string): string {
  const name = `row:${key}`
  handedOn.parents.add(name)
  return name
}

/** The id of the row of a token, by its value or by the name that `nameRow` gave. */
export function keyOf(unit: Unit, model: string, id: string): string {
  return isParent(unit, id) ? id.slice('row:'.length) : rowId(model, id)
}

/** Whether a name is that of a row that this request may use without its secret. */
function isParent({ handedOn }: Unit, name: string): boolean {
  return handedOn.parents.has(name)
}
