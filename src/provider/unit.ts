import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { Database } from '../foundation/database.ts'
import { epochSeconds } from '../foundation/clock.ts'
import type { Bundle, ConnectionRow, Json, SharingRow, Wanted, Writes } from './store.ts'
import { readBundle } from './store.ts'

// One request, one atomic unit (PERFORMANCE 3): what it read at one instant, and what it will write before its answer
// leaves. The library sees its own writes through this overlay; the database sees them all or none.

/** What the request itself tells about the rows it will need, so that the first read brings them all. */
export type Hints = {
  readonly sessionIds: readonly string[]
  readonly artifacts: readonly { readonly model: string; readonly id: string }[]
  readonly clients: readonly string[]
}

export type UnitOptions = {
  readonly db: Database
  readonly now: Date
  readonly requestId: string
  readonly hints: Hints
  /** "Chrome, Linux" and a truncated address: what a person recognises her sessions by. */
  readonly device: string
  readonly network: string | undefined
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
  /** Those of them that a read has noted already. */
  readonly noted: Set<string>
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
  /** What went wrong underneath: the library turns it into a 500, the unit into a 503. */
  fault: unknown
  /** A proof that this request came with, and another had used: whatever the library makes of the request, this is the answer. */
  replayed: string | undefined
  reading: Promise<void> | undefined
  queue: Wanted
  hinted: boolean
}

const nothing: Wanted = {
  artifacts: [],
  sessions: [],
  sessionUids: [],
  accounts: [],
  clients: [],
  connections: [],
}

const units = new AsyncLocalStorage<Unit>()

export function newUnit(options: UnitOptions): Unit {
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
    noted: new Set(),
    ended: new Set(),
    dropped: new Set(),
    revoked: new Set(),
    put: new Set(),
    parents: new Set(),
    opening: new Map(),
    jobs: [],
    session: undefined,
    endedSession: undefined,
    fault: undefined,
    replayed: undefined,
    reading: undefined,
    queue: nothing,
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

/** The row id of something a bearer holds. The model is hashed along: a token of one kind is never found as another. */
export function rowId(model: string, id: string): string {
  return createHash('sha256').update(`${model}:${id}`).digest('hex')
}

/**
 * Makes sure that what is wanted was read. Calls of one turn of the event loop share one statement,
 * and the first one brings along what the request hints at.
 */
export async function ensureRead(unit: Unit, wanted: Partial<Wanted>): Promise<void> {
  const fresh = unasked(unit, wanted)
  if (fresh !== undefined) {
    unit.queue = merge(unit.queue, fresh)
    unit.reading ??= Promise.resolve().then(() => readQueued(unit))
    markAsked(unit, fresh, unit.reading)
  }
  await Promise.all(keysOf(wanted).flatMap((key) => unit.asked.get(key) ?? []))
}

async function readQueued(unit: Unit): Promise<void> {
  const hints = unit.hinted ? undefined : unasked(unit, hintsOf(unit))
  unit.hinted = true
  if (hints !== undefined && unit.reading !== undefined) markAsked(unit, hints, unit.reading)
  const wanted = hints === undefined ? unit.queue : merge(unit.queue, hints)
  unit.queue = nothing
  unit.reading = undefined
  try {
    const replays = replaysOf(unit)
    for (const id of unit.replays.keys()) unit.noted.add(id)
    const bundle = await readBundle(unit.db, wanted, replays)
    unit.replayed ??= replays.find(({ id }) => !bundle.noted.includes(id))?.id
    note(unit, bundle, wanted)
  } catch (error) {
    unit.fault = error
    throw error
  }
}

/** The proofs used by this request and noted nowhere yet, as rows. */
export function replaysOf({ replays, noted }: Unit): Writes['replays'] {
  return [...replays]
    .filter(([id]) => !noted.has(id))
    .map(([id, until]) => ({ id: Buffer.from(id, 'base64url').toString('hex'), until }))
}

function hintsOf(unit: Unit): Partial<Wanted> {
  return {
    artifacts: unit.hints.artifacts.map(({ model, id }) => rowId(model, id)),
    sessions: unit.hints.sessionIds.map((id) => rowId('Session', id)),
    clients: unit.hints.clients,
  }
}

function keysOf(wanted: Partial<Wanted>): string[] {
  return Object.entries(wanted).flatMap(([kind, ids]) => ids.map((id) => `${kind}:${id}`))
}

function markAsked(unit: Unit, wanted: Partial<Wanted>, read: Promise<void>): void {
  for (const key of keysOf(wanted)) unit.asked.set(key, read)
}

function unasked(unit: Unit, wanted: Partial<Wanted>): Wanted | undefined {
  const fresh: Wanted = Object.assign(
    { ...nothing },
    ...Object.entries(wanted).map(([kind, ids]) => ({
      [kind]: ids.filter((id) => !unit.asked.has(`${kind}:${id}`)),
    })),
  )
  return keysOf(fresh).length === 0 ? undefined : fresh
}

function merge(a: Wanted, b: Wanted): Wanted {
  return {
    artifacts: [...a.artifacts, ...b.artifacts],
    sessions: [...a.sessions, ...b.sessions],
    sessionUids: [...a.sessionUids, ...b.sessionUids],
    accounts: [...a.accounts, ...b.accounts],
    clients: [...a.clients, ...b.clients],
    connections: [...a.connections, ...b.connections],
  }
}

function note(unit: Unit, bundle: Bundle, wanted: Wanted): void {
  for (const row of bundle.artifacts) {
    if (unit.artifacts.has(row.id)) continue
    const consumed = row.consumed_at === null ? {} : { consumed: row.consumed_at }
    const payload = { ...row.payload, ...consumed, exp: row.expires_at }
    unit.artifacts.set(row.id, { model: '', rawId: '', payload, version: row.version })
  }
  for (const row of bundle.sessions) {
    const own = bundle.authorizations.filter((entry) => entry.session_uid === row.uid)
    const authorizations = Object.fromEntries(own.map((entry) => [entry.client_id, entry.content]))
    const session = {
      ...row,
      authorizations,
      lastSeenAt: row.last_seen_at,
      expiresAt: row.expires_at,
    }
    unit.sessions.set(`id:${row.id}`, session)
    unit.sessions.set(`uid:${row.uid}`, session)
  }
  for (const account of bundle.accounts) unit.accounts.add(account)
  for (const sharing of bundle.sharings) unit.sharings.set(sharing.person_id, sharing)
  for (const row of bundle.connections) {
    unit.connections.set(row.connection_id, row)
    unit.connections.set(pair(row.person_id, row.service_id), row)
  }
  noteAnswered(unit, bundle, wanted)
}

// What came along without being asked for by name need not be asked again: the joins answered for it, found or not.
function noteAnswered(unit: Unit, bundle: Bundle, wanted: Wanted): void {
  const rows = [...bundle.sessions, ...bundle.artifacts]
  const answered = {
    artifacts: bundle.artifacts.map((row) => row.id),
    sessionUids: [
      ...bundle.sessions.map((row) => row.uid),
      ...present(bundle.artifacts.map((row) => row.session_uid)),
    ],
    accounts: [...present(rows.map((row) => row.account_id)), ...wanted.accounts],
    connections: present(bundle.artifacts.map((row) => row.connection_id)),
  }
  markAsked(unit, answered, done)
  const clients = [...present(bundle.artifacts.map((row) => row.client_id)), ...wanted.clients]
  for (const person of answered.accounts) {
    for (const client of clients) unit.asked.set(pair(person, client), done)
  }
}

const done = Promise.resolve()

function present(values: readonly (string | null)[]): string[] {
  return values.filter((value) => value !== null)
}

export function pair(person: string, client: string): string {
  return `pair:${person} ${client}`
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
