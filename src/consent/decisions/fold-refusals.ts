import type { Difference, StoredRow } from '../../ledger/fold/index.ts'
import { idOf } from '../../ledger/fold/index.ts'
import { rowFromJson } from '../../base/database/stored-row.ts'
import { unsweptSince } from '../../base/jobs/sweep-jobs.ts'
import { dayOf } from '../../base/values/calendar.ts'
import { retention } from '../../base/values/retention.ts'
import { writeId } from '../../base/values/ids.ts'
import type { Payload } from '../../ledger/chain/index.ts'
import type { RefusedRow } from './refused-digest.ts'
import { refusedColumns, refusedDigest } from './refused-digest.ts'

// The denies of a day against the event that closed the day (decision 0080).

/** An event that tells of the denies of a day which are shown together. */
export type RefusedDayClosing = {
  readonly eventId: string
  readonly day: string
  readonly visibleFrom: Date | null
  readonly recordedAt: Date
  readonly payload: Payload
}

type Judging = {
  readonly now: Date
  /** Before when what was over went, of each erasure. */
  readonly befores: readonly Date[]
  /** When each erasure was. */
  readonly erasedAt: readonly Date[]
}

/** @param rows of the table, permits and denies */
export function faultsOfDenies(
  closings: readonly RefusedDayClosing[],
  rows: readonly StoredRow[],
  judging: Judging,
): Difference[] {
  const denies = rows.filter((row) => row['outcome'] === 'deny')
  const groups = Map.groupBy(denies, (row) => groupOf(dayOfRow(row), row['visible_from']))
  const closed = closings.flatMap((closing) => {
    const key = groupOf(closing.day, closing.visibleFrom?.toISOString())
    const group = groups.get(key) ?? []
    groups.delete(key)
    const because = faultOf(closing, group, judging)
    return because === undefined ? [] : [{ called: writeId('evt', closing.eventId), because }]
  })
  // A worker closes a person's days in their order.
  const last = closings.reduce((newest, { day }) => (day > newest ? day : newest), '')
  const untold = [...groups.values()].flat().filter((row) => isClosed(row, last, judging))
  const found = untold.map((row) => ({
    called: writeId('dec', idOf(row, 'decision_id')),
    because: 'no event tells of it',
  }))
  const odd = denies
    .filter((row) => !isDeny(row))
    .map((row) => ({
      called: writeId('dec', idOf(row, 'decision_id')),
      because: 'it has what no refusal has',
    }))
  return [...closed, ...found, ...odd].map((one) => ({ table: 'decision', ...one }))
}

// No hash has these columns, since the table demands their values of a deny: its owner may take that demand away.
function isDeny(row: StoredRow): boolean {
  return row['person_seq'] === null && row['status'] === null && row['permitted'] === 0
}

function groupOf(day: string, visibleFrom: unknown): string {
  const shown = typeof visibleFrom === 'string' ? new Date(visibleFrom).toISOString() : ''
  return `${day} ${shown}`
}

function dayOfRow(row: StoredRow): string {
  return dayOf(new Date(idOf(row, 'evaluated_at')))
}

// More rows, or as many others, are a change at any time; fewer are none where they were swept, or erased since the event counted them: who
// closes a day has her lock, as who erases.
function faultOf(
  { day, recordedAt, payload }: RefusedDayClosing,
  rows: readonly StoredRow[],
  { now, erasedAt }: Judging,
): string | undefined {
  const isOld =
    day < dayOf(unsweptSince(now, retention.traces)) || erasedAt.some((at) => at >= recordedAt)
  if (rows.length < Number(payload['denies'])) return isOld ? undefined : 'refusals are missing'
  const told = refusedDigest(
    rows.map((row): RefusedRow => rowFromJson('decision', refusedColumns, row)),
  )
  const isSame = told['refused_sha256'] === payload['refused_sha256']
  return isSame ? undefined : 'refusals are not what was written'
}

// Of a day that nobody closed yet no event tells; the events of days that were erased are told no more. Whoever changes rows could change
// the mark of closed days too, and no event of hers.
function isClosed(row: StoredRow, last: string, { befores }: Judging): boolean {
  const day = dayOfRow(row)
  const isTold = row['is_closed'] === true || (row['is_due'] === true && day <= last)
  return isTold && !befores.some((before) => day < dayOf(before))
}
