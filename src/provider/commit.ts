import { sqlState } from '../base/platform/database.ts'
import { noticeWrites } from './logout-notices.ts'
import { proofWrites } from './proof-model.ts'
import { sessionWrites } from './session-model.ts'
import { grantIdOf, tokenWrites } from './token-model.ts'
import type { Unit } from './unit.ts'
import type { Writes } from './unit-store.ts'
import { visitWrites } from './visit-model.ts'

/** Something that another request did first; the whole unit is undone. */
export type LostRace = {
  readonly what: 'consumed' | 'replayed' | 'ended' | 'connection' | 'put' | 'session' | 'proof'
  /** The row, as hex, where there is one. */
  readonly id: string
}

/** The register is not the one that the unit was judged by; the whole unit is undone. */
export type Moved = { readonly what: 'register'; readonly epoch: number }

/**
 * Applies what is pending, in one statement, or nothing.
 * @returns the race that was lost, if one was, or where the register is now. @throws Unavailable when the database does not answer
 */
export async function commit(unit: Unit): Promise<LostRace | Moved | undefined> {
  const { request, verdict } = unit
  const writes = verdict.isRefused ? { ...nothing, ...proofWrites(unit) } : writesOf(unit)
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

/** Whether neither a read has brought the register's epoch along nor a write will. */
export function asksNothing(unit: Unit): boolean {
  return !unit.reading.isBegun && isEmpty(writesOf(unit))
}

/** After a replay was noticed by the database: the tokens of its grant go, and the proofs of this try stay used up. */
export async function revokeAfterReplay(unit: Unit, id: string): Promise<void> {
  const { now } = unit.request
  const grantId = grantIdOf(unit, id)
  const revoked = grantId === undefined ? [] : [grantId]
  await unit.store.apply({ now, writes: { ...nothing, revoked } })
  for (const replay of proofWrites(unit).replays) {
    // The very same proof may be what the winner used up.
    const writes = { ...nothing, replays: [replay] }
    await unit.store.apply({ now, writes }).catch((error: unknown) => {
      if (raceOf(error) === undefined) throw error
    })
  }
}

const nothing: Writes = {
  consumed: [],
  replays: [],
  ended: [],
  dropped: [],
  revoked: [],
  opened: [],
  artifacts: [],
  sessions: [],
  activities: [],
  jobs: [],
}

// The rows of each part of what is pending, in one list a kind.
function writesOf(unit: Unit): Writes {
  const parts: Partial<Writes>[] = [
    tokenWrites(unit),
    visitWrites(unit),
    sessionWrites(unit),
    proofWrites(unit),
    noticeWrites(unit),
  ]
  return {
    consumed: parts.flatMap(({ consumed = [] }) => consumed),
    replays: parts.flatMap(({ replays = [] }) => replays),
    ended: parts.flatMap(({ ended = [] }) => ended),
    dropped: parts.flatMap(({ dropped = [] }) => dropped),
    revoked: parts.flatMap(({ revoked = [] }) => revoked),
    opened: parts.flatMap(({ opened = [] }) => opened),
    artifacts: parts.flatMap(({ artifacts = [] }) => artifacts),
    sessions: parts.flatMap(({ sessions = [] }) => sessions),
    activities: parts.flatMap(({ activities = [] }) => activities),
    jobs: parts.flatMap(({ jobs = [] }) => jobs),
  }
}

function isEmpty(writes: Writes): boolean {
  return Object.values(writes).every((part) => part.length === 0)
}

function raceOf(error: unknown): LostRace | Moved | undefined {
  if (sqlState(error) === '23505') return { what: 'put', id: '' }
  if (sqlState(error) !== 'AC001' || !(error instanceof Error)) return undefined
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : ''
  if (error.message === 'register') return { what: 'register', epoch: Number(detail) }
  return { what: error.message as LostRace['what'], id: detail } // the words of lost_race() in migrations/functions/provider.sql
}
