import { setTimeout as rest } from 'node:timers/promises'
import type { Clock } from '../../base/values/clock.ts'
import { earlierBy } from '../../base/values/calendar.ts'
import { retention } from '../../base/values/retention.ts'
import type { Database } from '../../base/database/database.ts'
import type { Duty } from '../../base/jobs/duty.ts'
import type { Session } from '../../base/database/db-session.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Lease } from '../../base/jobs/lease.ts'
import type { Log } from '../../base/logging/log.ts'
import type { KnownPerson, Vault } from '../chain/index.ts'
import { countEvents, endOfChain } from '../chain/index.ts'
import { doubtPerson } from './doubt.ts'
import type { EndNow } from './fallen-ends.ts'
import type { FoldParts } from './fold.ts'
import type { OpenWalk } from './walk-store.ts'
import { forgetWalks, insertWalk, lastWalk, noteWalk, openWalkOf } from './walk-store.ts'
import { nextBatch, walkBatch, walkStrays } from './walk.ts'

// The walk of a night: a job begins it, and one process at a time walks. A process that ends in the midst of it is followed by
// another, which goes on after the last batch that was noted.

// Above so many events a night looks at a seventh of the people, and at whoever had an event since the walk before.
const mostEvents = 7_000_000
const notNoted = 'a difference about a person could not be noted'
const longAgo = new Date(0)

/** Begins the walk of a night, unless one is still open. */
export async function beginWalk(db: Database, now: Date, most = mostEvents): Promise<void> {
  const session = readingSession(db)
  if ((await openWalkOf(session)) !== undefined) return
  const last = await lastWalk(session)
  const isTooMuch = (await countEvents(session)) > most
  await insertWalk(session, {
    walkId: newUuid(now),
    beganAt: now,
    seventh: isTooMuch ? ((last?.seventh ?? -1) + 1) % 7 : null,
    since: last?.beganAt ?? longAgo,
  })
  await forgetWalks(session, earlierBy(now, retention.walks))
}

export type NightlyFold = {
  readonly vault: Vault
  /** The rooms' parts, with a register that knows whatever was written until now. */
  partsNow(): Promise<FoldParts>
  readonly clock: Clock
  readonly log: Log
  /** Where it is noted that something was found about a person. */
  readonly db: Database
}

/** Walks while a walk is open. After each batch it rests as long as the batch took: half of one core at most. */
export function nightlyFoldDuty(nightly: NightlyFold): Duty {
  return {
    name: 'ledger.fold',
    paceMs: 5000,
    pollMs: 5000,
    async turn(session, lease) {
      const began = performance.now()
      const walk = await openWalkOf(session)
      if (walk === undefined) return false
      await walkOn(session, nightly, walk, lease)
      await rest(performance.now() - began)
      return true
    },
  }
}

async function walkOn(
  session: Session,
  nightly: NightlyFold,
  walk: OpenWalk,
  lease: Lease,
): Promise<void> {
  const { vault, clock, log, db } = nightly
  await session.rows('begin isolation level repeatable read read only')
  const batch = await nextBatch(session, walk.reached, (person) => isDue(person, walk))
  // Read after the instant of the batch: the register knows all that its events name.
  const parts = await nightly.partsNow()
  const looked = await walkBatch({ session, vault, parts, endNow: endNowIn(db) }, batch, walk)
  const walked = batch.isLast ? await walkStrays(session, parts, looked.walked) : looked.walked
  await session.rows('commit')
  // Before the batch is noted: a process that ends here is followed by one that looks at it again.
  await isolateEach(looked.doubted, log, notNoted, (one) =>
    doubtPerson({ db, vault, log }, one, 'night'),
  )
  const endedAt = batch.isLast ? clock() : null
  await noteWalk(session, lease, { ...walk, ...walked, reached: batch.reached, endedAt })
  if (!batch.isLast) return
  const outcome = `${walked.people} people, ${walked.events} events, ${walked.differences} differences`
  if (walked.differences === 0) log.info({ job: 'ledger.fold', outcome }, 'rows are as events tell')
  else log.error({ job: 'ledger.fold', outcome }, 'rows are not as events tell')
}

function endNowIn(db: Database): EndNow {
  return (chainId) => endOfChain(readingSession(db), chainId)
}

function isDue({ personId, updatedAt }: KnownPerson, { seventh, since }: OpenWalk): boolean {
  if (seventh === null || seventhOf(personId) === seventh) return true
  return updatedAt !== null && updatedAt >= since
}

/** A person's id is random: its first digits share people out evenly. */
export function seventhOf(personId: string): number {
  return Number.parseInt(personId.slice(0, 8), 16) % 7
}
