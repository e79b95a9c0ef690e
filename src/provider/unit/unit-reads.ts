import type { Context } from 'koa'
import { secondsAfter } from '../../base/values/clock.ts'
import { present } from '../../base/values/present.ts'
import { jtiOf } from '../../base/web/dpop.ts'
import { isByUntrustedRegister } from '../../registry/index.ts'
import type { Needs } from '../clients/endpoints.ts'
import { proofRowOfToken, proofsOfToken, proofsToNote } from './replay-model.ts'
import { pair, withRows, withUsedProofs } from './rows-read.ts'
import type { Hints, Unit } from './unit.ts'
import { isBehind, emptyWantedRows, noteFault, Overtaken, rowId } from './unit.ts'
import type { Proof, Row, WantedRows } from './unit-rows.ts'

// The reads of a unit: usually one, which brings all rows that the request hints at. Only rows that the request could not name need
// another read.

const pushedPrefix = 'urn:ietf:params:oauth:request_uri:'
// As long as the library keeps proofs.
export const proofKeptSeconds = 300

/** What a request tells about the rows it will need, before anything was read. */
export function hintsOf(ctx: Context, needs: Needs, sessionCookie: string, now: Date): Hints {
  // The signatures are not checked here: these values only save a second read, and the library checks each before it uses the rows.
  const cookies = [ctx.cookies.get(sessionCookie, { signed: false })]
  const query = (name: string) => [ctx.query[name]].filter((value) => typeof value === 'string')
  const pushed = query('request_uri').filter((uri) => uri.startsWith(pushedPrefix))
  const token = tokenOf(ctx, needs)
  const jti = needs.jti ?? (token && jtiOf(ctx.get('DPoP')))
  return {
    wanted: {
      sessions:
        needs.session === true
          ? cookies.flatMap((id) => (id === undefined ? [] : rowId('Session', id)))
          : [],
      artifacts: [
        ...(token === undefined ? [] : [token]),
        ...pushed.map((uri) => rowId('PushedAuthorizationRequest', uri.slice(pushedPrefix.length))),
        ...(needs.resumed === undefined ? [] : [rowId('Interaction', needs.resumed)]),
      ],
      clients: query('client_id').filter((id) => /^[\w.-]{1,64}$/.test(id)),
      visits: needs.visit === undefined ? [] : [needs.visit],
    },
    proof:
      token === undefined || jti === undefined
        ? undefined
        : {
            jti,
            token,
            until: secondsAfter(now, proofKeptSeconds),
            requestSha256: needs.presented?.requestSha256,
          },
  }
}

/** The row id of the token that the request comes with. */
function tokenOf(ctx: Context, { token: model, presented }: Needs): string | undefined {
  if (presented !== undefined) return rowId('AccessToken', presented.token)
  const [, id] = /^(?:DPoP|Bearer) ([\w-]{20,256})$/i.exec(ctx.get('Authorization')) ?? []
  return model === undefined || id === undefined ? undefined : rowId(model, id)
}

/**
 * Reads the wanted rows unless they were read before. Calls in one turn of the event loop share one statement, and the first
 * statement also brings the rows that the request hints at.
 */
export async function ensureRead(unit: Unit, wanted: Partial<WantedRows>): Promise<void> {
  const { reading } = unit
  const fresh = unasked(unit, wanted)
  if (fresh !== undefined) {
    reading.queue = merge(reading.queue, fresh)
    reading.next ??= Promise.resolve().then(() => readQueued(unit))
    markAsked(unit, fresh, reading.next)
  }
  await Promise.all(
    keysOf(wanted).map((key) => present(reading.asked.get(key), 'the read of a wanted row')),
  )
}

/** Reads the connection of a person and a service unless it was read before. */
export async function ensurePairRead(unit: Unit, person: string, client: string): Promise<void> {
  const { asked } = unit.reading
  if (asked.has(pair(person, client))) return
  // If the two were read separately, no read has looked for their connection: ask for both together.
  asked.delete(`accounts:${person}`)
  asked.delete(`clients:${client}`)
  await ensureRead(unit, { accounts: [person], clients: [client] })
}

/** Reads only the register's epoch. @throws Overtaken if the request was judged by another epoch */
export async function readRegister(unit: Unit): Promise<void> {
  await learn(unit, await unit.store.read({ wanted: emptyWantedRows, replays: [], proofs: [] }))
}

// Each read also returns the register's epoch, so that everything after it is judged by that register or a later one.
async function learn(unit: Unit, rows: readonly Row[]): Promise<void> {
  const register = rows.find((row) => row.kind === 'register')
  await goOver(unit, present(register, 'the epoch of the register').payload.epoch)
  if (!isBehind(unit)) return
  unit.verdict.isOvertaken = true
  throw new Overtaken('the register moved')
}

async function goOver({ live, request }: Unit, epoch: number): Promise<void> {
  try {
    await live.at(epoch)
  } catch (error) {
    // What follows finds the same register, and denies.
    if (!request.canDeny || !isByUntrustedRegister(error)) throw error
  }
}

async function readQueued(unit: Unit): Promise<void> {
  const { reading, verdict } = unit
  const isFirst = !reading.isBegun
  const hints = isFirst ? unasked(unit, unit.request.hints.wanted) : undefined
  reading.isBegun = true
  if (hints !== undefined && reading.next !== undefined) markAsked(unit, hints, reading.next)
  const wanted = hints === undefined ? reading.queue : merge(reading.queue, hints)
  reading.queue = emptyWantedRows
  reading.next = undefined
  try {
    const replays = proofsToNote(unit)
    for (const { id } of replays) reading.notedProofs.add(id)
    const proofs = isFirst ? proofsOfToken(unit) : []
    const rows = await unit.store.read({ wanted, replays, proofs })
    unit.seen = withRows(unit.seen, rows)
    markAnswered(unit, rows, wanted)
    const fresh = new Set(rows.flatMap((row) => (row.kind === 'replay' ? [row.id] : [])))
    verdict.replayed ??= replays.find(({ id }) => !fresh.has(id))?.id
    noteProofs(unit, proofs, fresh)
    await tellUntrusted(unit, rows)
    await learn(unit, rows)
  } catch (error) {
    if (!(error instanceof Overtaken)) noteFault(unit, error)
    throw error
  }
}

async function tellUntrusted({ store, request, seen }: Unit, rows: readonly Row[]): Promise<void> {
  for (const row of rows) {
    if (row.kind !== 'untrusted') continue
    const session = seen.sessionsByUid.get(row.authorization?.uid ?? '')
    const personId = row.row.personId ?? session?.row.account_id ?? undefined
    await store.tell({ ...row.row, personId }, request)
  }
}

// Notes for each inserted proof whether it was unused, so that the library's later question needs no statement of its own.
function noteProofs(unit: Unit, proofs: readonly Proof[], fresh: ReadonlySet<string>): void {
  const rows = proofs.flatMap((proof) => proofRowOfToken(unit.seen, proof) ?? [])
  for (const id of rows) if (fresh.has(id)) unit.reading.notedProofs.add(id)
  const used = rows.filter((id) => !fresh.has(id))
  if (used.length > 0) unit.seen = withUsedProofs(unit.seen, used)
}

const kinds = Object.keys(emptyWantedRows) as (keyof WantedRows)[]

function keysOf(wanted: Partial<WantedRows>): string[] {
  const keys: string[] = []
  for (const kind of kinds) for (const id of wanted[kind] ?? []) keys.push(`${kind}:${id}`)
  return keys
}

function markAsked({ reading }: Unit, wanted: Partial<WantedRows>, read: Promise<void>): void {
  for (const key of keysOf(wanted)) reading.asked.set(key, read)
}

function unasked({ reading }: Unit, wanted: Partial<WantedRows>): WantedRows | undefined {
  const fresh: { -readonly [K in keyof WantedRows]: WantedRows[K] } = { ...emptyWantedRows }
  let isAny = false
  for (const kind of kinds) {
    const ids = wanted[kind]?.filter((id) => !reading.asked.has(`${kind}:${id}`)) ?? []
    if (ids.length === 0) continue
    fresh[kind] = ids
    isAny = true
  }
  return isAny ? fresh : undefined
}

function merge(a: WantedRows, b: WantedRows): WantedRows {
  const both: { -readonly [K in keyof WantedRows]: WantedRows[K] } = { ...a }
  for (const kind of kinds) if (b[kind].length > 0) both[kind] = [...a[kind], ...b[kind]]
  return both
}

// The joins also looked for rows that were not asked for by name. Those count as answered, whether a row was found or not.
function markAnswered(unit: Unit, rows: readonly Row[], wanted: WantedRows): void {
  const artifacts = rows.filter((row) => row.kind === 'artifact')
  const sessions = rows.filter((row) => row.kind === 'session')
  const accounts = [...sessions, ...artifacts].map((row) => row.account_id)
  const answered = {
    artifacts: artifacts.map((row) => row.id),
    sessionUids: [...sessions.map((row) => row.uid), ...named(artifacts.map((row) => row.uid))],
    accounts: [...named(accounts), ...wanted.accounts],
    connections: named(artifacts.map((row) => row.connection_id)),
  }
  markAsked(unit, answered, done)
  const clients = [...named(artifacts.map((row) => row.client_id)), ...wanted.clients]
  for (const person of answered.accounts) {
    for (const client of clients) unit.reading.asked.set(pair(person, client), done)
  }
}

const done = Promise.resolve()

function named(values: readonly (string | null)[]): string[] {
  return values.filter((value) => value !== null)
}
