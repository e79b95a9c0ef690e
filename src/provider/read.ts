import { createHash } from 'node:crypto'
import { fromBase64url } from '../base/platform/base64.ts'
import type { ArtifactRow, Proof, Replay, Row, Wanted } from './unit-store.ts'
import type { Unit } from './unit.ts'
import { isBehind, noneWanted, Overtaken, pair, rowId } from './unit.ts'

// What a unit reads: once, with all that its request hints at, and again only for what nobody could have known.

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

/** Reads where the register is, and nothing else. @throws Overtaken if the request was judged by another */
export async function readRegister(unit: Unit): Promise<void> {
  await learn(unit, await unit.store.read({ wanted: noneWanted, replays: [], proofs: [] }))
}

// Each read brings the register's epoch along: what comes after it goes by that register, or a later one.
async function learn(unit: Unit, rows: readonly Row[]): Promise<void> {
  const row = rows.find(({ kind }) => kind === 'register')
  if (row?.kind !== 'register') throw new Error('a read without the epoch of the register')
  await unit.live.at(row.payload.epoch)
  if (!isBehind(unit)) return
  unit.isOvertaken = true
  throw new Overtaken('the register moved')
}

async function readQueued(unit: Unit): Promise<void> {
  const isFirst = !unit.hinted
  const hints = isFirst ? unasked(unit, hintsOf(unit)) : undefined
  unit.hinted = true
  if (hints !== undefined && unit.reading !== undefined) markAsked(unit, hints, unit.reading)
  const wanted = hints === undefined ? unit.queue : merge(unit.queue, hints)
  unit.queue = noneWanted
  unit.reading = undefined
  try {
    const replays = replaysOf(unit)
    for (const { id } of replays) unit.noted.add(id)
    const proofs = isFirst ? proofsOf(unit) : []
    const rows = await unit.store.read({ wanted, replays, proofs })
    note(unit, rows, wanted)
    const fresh = new Set(rows.flatMap((row) => (row.kind === 'replay' ? [row.id] : [])))
    unit.replayed ??= replays.find(({ id }) => !fresh.has(id))?.id
    for (const proof of proofs) noteProof(unit, proof, fresh)
    await learn(unit, rows)
  } catch (error) {
    if (!(error instanceof Overtaken)) unit.fault = error
    throw error
  }
}

/** The proofs used by this request and noted nowhere yet, as rows. */
export function replaysOf({ replays, noted }: Unit): Replay[] {
  return [...replays]
    .map(([id, until]) => ({ id: replayId(id), until }))
    .filter(({ id }) => !noted.has(id))
}

/** The row of an id of the library's ReplayDetection, SHA-256 of issuer and jti. */
export function replayId(id: string): string {
  const hash = fromBase64url(id)
  if (hash === undefined) throw new TypeError('the library hashes otherwise')
  return hash.toString('hex')
}

function proofsOf(unit: Unit): Proof[] {
  const { hints } = unit
  const [token] = hints.artifacts
  // A look before this one has noted it.
  if (token === undefined || hints.proof === undefined || unit.before?.hinted === true) return []
  return [{ ...hints.proof, token: rowId(token.model, token.id) }]
}

// Whether it was the first is known before the library asks, in the same statement as the token that it belongs to.
function noteProof(unit: Unit, { token, jti }: Proof, fresh: ReadonlySet<string>): void {
  const bound = unit.artifacts.get(token)?.payload
  if (typeof bound?.['jkt'] !== 'string') return
  const id = createHash('sha256')
    .update(`${String(bound['clientId'])}${jti}`)
    .digest('hex')
  if (fresh.has(id)) unit.noted.add(id)
  else unit.used.add(id)
}

function hintsOf(unit: Unit): Partial<Wanted> {
  return {
    artifacts: unit.hints.artifacts.map(({ model, id }) => rowId(model, id)),
    sessions: unit.hints.sessionIds.map((id) => rowId('Session', id)),
    clients: unit.hints.clients,
  }
}

const kinds = Object.keys(noneWanted) as (keyof Wanted)[]

function keysOf(wanted: Partial<Wanted>): string[] {
  const keys: string[] = []
  for (const kind of kinds) for (const id of wanted[kind] ?? []) keys.push(`${kind}:${id}`)
  return keys
}

function markAsked(unit: Unit, wanted: Partial<Wanted>, read: Promise<void>): void {
  for (const key of keysOf(wanted)) unit.asked.set(key, read)
}

function unasked(unit: Unit, wanted: Partial<Wanted>): Wanted | undefined {
  const fresh: { -readonly [K in keyof Wanted]: Wanted[K] } = { ...noneWanted }
  let isAny = false
  for (const kind of kinds) {
    const ids = wanted[kind]?.filter((id) => !unit.asked.has(`${kind}:${id}`)) ?? []
    if (ids.length === 0) continue
    fresh[kind] = ids
    isAny = true
  }
  return isAny ? fresh : undefined
}

function merge(a: Wanted, b: Wanted): Wanted {
  const both: { -readonly [K in keyof Wanted]: Wanted[K] } = { ...a }
  for (const kind of kinds) if (b[kind].length > 0) both[kind] = [...a[kind], ...b[kind]]
  return both
}

function note(unit: Unit, rows: readonly Row[], wanted: Wanted): void {
  const authorizations = Object.groupBy(
    rows.filter((row) => row.kind === 'authorization'),
    (row) => row.uid,
  )
  for (const row of rows) {
    switch (row.kind) {
      case 'artifact':
        noteArtifact(unit, row)
        break
      case 'session': {
        const own = (authorizations[row.uid] ?? []).map((one) => [one.client_id, one.payload])
        const { last_seen_at: lastSeenAt, expires_at: expiresAt, id, uid, payload } = row
        const times = { lastSeenAt, expiresAt }
        const session = { id, uid, payload, authorizations: Object.fromEntries(own), ...times }
        unit.sessions.set(`id:${id}`, session)
        unit.sessions.set(`uid:${uid}`, session)
        break
      }
      case 'account':
        unit.accounts.add(row.account_id)
        break
      case 'connection':
        unit.connections.set(row.connection_id, row)
        unit.connections.set(pair(row.account_id, row.client_id), row)
        break
      case 'sharing':
        unit.sharings.set(row.account_id, row)
        break
      case 'authorization': // with their sessions
      case 'replay': // looked at by whoever asked
      case 'register': // as above
        break
    }
  }
  noteAnswered(unit, rows, wanted)
}

function noteArtifact(unit: Unit, row: ArtifactRow): void {
  if (unit.artifacts.has(row.id)) return
  const consumed = row.consumed_at === null ? {} : { consumed: Math.floor(row.consumed_at) }
  const payload = { ...row.payload, ...consumed, exp: Math.floor(row.expires_at) }
  unit.artifacts.set(row.id, { model: '', rawId: '', payload, version: row.version })
}

// What came along without being asked for by name need not be asked again: the joins answered for it, found or not.
function noteAnswered(unit: Unit, rows: readonly Row[], wanted: Wanted): void {
  const artifacts = rows.filter((row) => row.kind === 'artifact')
  const sessions = rows.filter((row) => row.kind === 'session')
  const accounts = [...sessions, ...artifacts].map((row) => row.account_id)
  const answered = {
    artifacts: artifacts.map((row) => row.id),
    sessionUids: [...sessions.map((row) => row.uid), ...present(artifacts.map((row) => row.uid))],
    accounts: [...present(accounts), ...wanted.accounts],
    connections: present(artifacts.map((row) => row.connection_id)),
  }
  markAsked(unit, answered, done)
  const clients = [...present(artifacts.map((row) => row.client_id)), ...wanted.clients]
  for (const person of answered.accounts) {
    for (const client of clients) unit.asked.set(pair(person, client), done)
  }
}

const done = Promise.resolve()

function present(values: readonly (string | null)[]): string[] {
  return values.filter((value) => value !== null)
}
