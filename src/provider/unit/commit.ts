import { sqlState } from '../../base/database/database.ts'
import { logoutTokenWrites } from './backchannel-logout.ts'
import type { UnitPending } from './pending-writes.ts'
import { proofWrites } from './replay-model.ts'
import { sessionWrites } from './session-model.ts'
import { signInRequestWrites } from './ciba-model.ts'
import { grantIdOf, tokenWrites } from './token-model.ts'
import type { Unit } from './unit.ts'
import type { Writes } from './unit-rows.ts'
import { visitWrites } from './interaction-model.ts'

/** Another request was first to change this row; the whole unit is undone. */
export type LostRace = {
  readonly what:
    | 'consumed'
    | 'replayed'
    | 'ended'
    | 'connection'
    | 'put'
    | 'session'
    | 'proof'
    | 'request-waits'
    | 'request-limit'
  /** The id of the row, as hex; empty where no single row is known. */
  readonly id: string
}

/** The register has changed since the unit was judged by it; the whole unit is undone. */
export type RegisterMoved = { readonly what: 'register'; readonly epoch: number }

/**
 * Applies all pending writes in one statement, or none.
 * @returns the lost race or the register's new epoch, if the unit was undone. @throws Unavailable when the database does not answer
 */
export async function commit(unit: Unit): Promise<LostRace | RegisterMoved | undefined> {
  const { request, verdict } = unit
  const writes = verdict.isRefused ? { ...nothingToWrite, ...proofWrites(unit) } : writesOf(unit)
  if (isEmpty(writes)) return undefined
  try {
    await unit.store.apply({ now: request.now, writes, judgedBy: verdict.judgedBy })
    return undefined
  } catch (error) {
    const race = raceOf(error)
    if (race === undefined) throw error
    return race
  }
}

/** Whether this unit neither reads nor writes the database, so that no statement compares the register's epoch. */
export function isWithoutStatement(unit: Unit): boolean {
  return !unit.reading.isBegun && isEmpty(writesOf(unit))
}

/** After the database noticed a replay: revokes the tokens of the grant, and keeps the proofs of this request used up. */
export async function revokeAfterReplay(unit: Unit, id: string): Promise<void> {
  const { now } = unit.request
  const grantId = grantIdOf(unit, id)
  const revoked = grantId === undefined ? [] : [grantId]
  await unit.store.apply({ now, writes: { ...nothingToWrite, revoked } })
  for (const replay of proofWrites(unit).replays) {
    // The request that won the race may have used up the same proof.
    const writes = { ...nothingToWrite, replays: [replay] }
    await unit.store.apply({ now, writes }).catch((error: unknown) => {
      if (raceOf(error) === undefined) throw error
    })
  }
}

export const nothingToWrite: Writes = {
  consumed: [],
  replays: [],
  ended: [],
  dropped: [],
  revoked: [],
  opened: [],
  artifacts: [],
  sessions: [],
  requests: [],
  activities: [],
  jobs: [],
}

/** The parts that become rows by themselves: those of `connections` are written with the codes that lead to them. */
type PartWithWrites = Exclude<keyof UnitPending, 'connections'>

// How each part becomes rows.
const writers: Readonly<Record<PartWithWrites, (unit: Unit) => Partial<Writes>>> = {
  tokens: tokenWrites,
  visits: visitWrites,
  session: sessionWrites,
  proofs: proofWrites,
  requests: signInRequestWrites,
  notices: logoutTokenWrites,
}

// Collects the rows of the parts that have some, in one list for each kind of write.
function writesOf(unit: Unit): Writes {
  const parts = partsWithWrites(unit.pending).map((part) => writers[part](unit))
  return {
    consumed: parts.flatMap(({ consumed = [] }) => consumed),
    replays: parts.flatMap(({ replays = [] }) => replays),
    ended: parts.flatMap(({ ended = [] }) => ended),
    dropped: parts.flatMap(({ dropped = [] }) => dropped),
    revoked: parts.flatMap(({ revoked = [] }) => revoked),
    opened: parts.flatMap(({ opened = [] }) => opened),
    artifacts: parts.flatMap(({ artifacts = [] }) => artifacts),
    sessions: parts.flatMap(({ sessions = [] }) => sessions),
    requests: parts.flatMap(({ requests = [] }) => requests),
    activities: parts.flatMap(({ activities = [] }) => activities),
    jobs: parts.flatMap(({ jobs = [] }) => jobs),
  }
}

/** The parts that have something to write, in the order in which their rows are written. */
function partsWithWrites(all: UnitPending): PartWithWrites[] {
  const { tokens, visits, session } = all
  const counts: Readonly<Record<PartWithWrites, number>> = {
    tokens: tokens.put.size + tokens.consumed.size + tokens.dropped.size + tokens.revoked.size,
    visits: visits.put.size + visits.ended.size + visits.left.size,
    session: session.put === undefined && session.ended === undefined ? 0 : 1,
    proofs: all.proofs.size,
    requests: all.requests.length,
    notices: all.notices.length,
  }
  return (Object.keys(counts) as PartWithWrites[]).filter((part) => counts[part] > 0)
}

function isEmpty(writes: Writes): boolean {
  return Object.values(writes).every((part) => part.length === 0)
}

function raceOf(error: unknown): LostRace | RegisterMoved | undefined {
  if (sqlState(error) === '23505') return { what: 'put', id: '' }
  if (sqlState(error) !== 'AC001') return undefined
  // lost_race() in migrations/functions/provider.sql has these words, and gives a detail with each.
  const { message, detail } = error as Error & { readonly detail: string }
  if (message === 'register') return { what: 'register', epoch: Number(detail) }
  return { what: message as LostRace['what'], id: detail }
}
