import { dayAfter, dayBefore, dayOf, timeZone } from '../../base/values/calendar.ts'
import { isolateEach } from '../../base/jobs/isolate-each.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { DayClosing } from '../../base/jobs/day-closing.ts'
import { closedDays, firstOpenDay } from '../../base/jobs/day-closing.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { transact } from '../../base/database/database.ts'
import { readingSession } from '../../base/database/db-session.ts'
import { newUuid } from '../../base/values/ids.ts'
import type { Log } from '../../base/logging/log.ts'
import type { Book, Vault } from '../../ledger/chain/index.ts'
import { openBook, openChain, openDelayedHead } from '../../ledger/chain/index.ts'
import type { RefusedRow } from './refused-digest.ts'
import { refusedDigest } from './refused-digest.ts'
import { moveClosedDay, noteRefusedDay, refusedRowsOf, refusedPage } from './refused-store.ts'
import { chainOf, tieOf, visibleFromOf } from './rows.ts'

// The job that writes the refusals of a day into the ledger (decision 0080). Whoever changes, adds or removes a row of a day that is
// closed is found by its hash.

/** After midnight in Québec a day waits so long: the database takes denies of that day for ten minutes more. */
const marginSeconds = 30 * 60
const unwritten = 'the refusals of a day could not be written'
const pageSize = 500
// A million denies in a day, and more than a year of days: the next run goes on.
const maxPages = 2000
const maxDays = 400

/** The refusals of a day. */
export const refusalsClosing: DayClosing = { name: 'refusals', view: 'refusals_closed' }

type Closing = {
  readonly db: Database
  readonly vault: Vault
  readonly log: Log
  readonly now: Date
}

/**
 * Closes the days in Québec that are over, the oldest first: writes `decisions.refused` for each person about whom there was a deny.
 * Several processes may do so at once, and a run that was stopped is taken up by the next one: a person's day has one event. A failure
 * for one person does not hold up the others; her day is tried again.
 * @returns how many events were written
 */
export async function closeDays(db: Database, vault: Vault, now: Date, log: Log): Promise<number> {
  const end = dayOf(secondsAfter(now, -marginSeconds))
  const closed = await closedDays(readingSession(db), refusalsClosing)
  let day = firstOpenDay(closed) ?? dayBefore(end, 'P1D')
  let [written, failed] = [0, 0]
  for (let n = 0; day < end && n < maxDays; n++) {
    const run = await closeForAll({ db, vault, log, now }, day)
    written += run.written
    failed += run.failed
    if (!run.isWhole) break
    if (failed === 0) await moveClosedDay(db, day)
    day = dayAfter(day, 'P1D')
  }
  if (failed > 0) log.warn({ outcome: `${failed} people` }, 'refusals of a day are left to write')
  return written
}

async function closeForAll(closing: Closing, day: string) {
  let [written, failed] = [0, 0]
  let after: string | undefined
  for (let n = 0; n < maxPages; n++) {
    const { people, last } = await refusedPage(closing.db, day, after, pageSize)
    const run = await isolateEach(people, closing.log, unwritten, (personId) =>
      closeFor(closing, personId, day),
    )
    ;[written, failed] = [written + run.done, failed + run.failed]
    if (last === undefined) return { written, failed, isWhole: true }
    after = last
  }
  return { written, failed, isWhole: false }
}

/** Writes the events of one person's day, all or none. @returns how many */
async function closeFor(closing: Closing, personId: string, day: string): Promise<number> {
  return transact(closing.db, async (tx) => {
    // Her lock first: an erasure is before this, and so is all that it deletes, or it is behind.
    const own = await openBook(tx, closing.vault, personId)
    const denies = await refusedRowsOf(tx, personId, day)
    const shownTogether = Map.groupBy(denies, ({ visibleFrom }) => visibleFrom?.getTime())
    let written = 0
    for (const rows of shownTogether.values()) {
      const refusals = { personId, day, visibleFrom: rows[0]?.visibleFrom ?? null, rows }
      if (await writeRefusals(tx, closing, { ...refusals, own })) written += 1
    }
    return written
  })
}

type Refusals = {
  readonly personId: string
  readonly day: string
  readonly visibleFrom: Date | null
  readonly rows: readonly RefusedRow[]
  /** Her own chain. */
  readonly own: Book
}

/**
 * Writes the event of refusals that are shown together. One that the person sees later has a chain of its own
 * (docs/design/domain.md#i20). @returns false where another process has written it
 */
async function writeRefusals(
  tx: Transaction,
  { vault, now }: Closing,
  { personId, day, visibleFrom, rows, own }: Refusals,
): Promise<boolean> {
  const eventId = newUuid(now)
  if (!(await noteRefusedDay(tx, { personId, day, visibleFrom, eventId }))) return false
  // The event names its chain as a permit that is shown later does.
  const bearer = { decisionId: eventId, personId, visibleFrom }
  const whose = visibleFrom === null ? {} : { whose: tieOf(bearer) }
  if (visibleFrom !== null) await openDelayedHead(tx, eventId)
  const book =
    visibleFrom === null ? own : await openChain(tx, vault, { personId, chainId: chainOf(bearer) })
  await book.append({
    kind: 'decisions.refused',
    actor: { type: 'broker' },
    eventId,
    visibleFrom: visibleFromOf(bearer, book.now),
    fields: { day, tz: timeZone, ...refusedDigest(rows), ...whose },
  })
  return true
}
