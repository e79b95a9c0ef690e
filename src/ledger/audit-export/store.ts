import { secondsAfter } from '../../base/values/clock.ts'
import type { Session } from '../../base/database/db-session.ts'
import { idAtTime } from '../../base/values/ids.ts'
import { present } from '../../base/values/present.ts'

/** A row that tells of a deed or of a refusal, as its room's function gives it. */
export type AuditedRow = {
  /** With microseconds, as the database has it: `2026-11-28T14:00:00.123456Z`. */
  readonly at: string
  readonly source: 'deed' | 'migration' | 'register' | 'matching-stop' | 'activity' | 'decision'
  readonly id: string
  readonly action: string
  readonly outcome: 'success' | 'failure' | 'unknown'
  readonly reason: string | null
  readonly personId: string | null
  readonly serviceId: string | null
  readonly orgId: string | null
  readonly more: Readonly<Record<string, unknown>>
}

/** A deed of operators: to it the next export holds the database. */
export type LastDeed = { readonly number: number; readonly sha256: string }

const batch = 1000
// More than a day of the largest house has in an hour.
const mostBatches = 1_000_000
// The id of a decision is made a moment before its time.
const daySeconds = 24 * 3600

/**
 * The rows from one instant until before another, in their order; deeds, those behind a number, whenever they happened. The database sorts
 * them once, and few are here at a time.
 */
export async function* auditedRows(
  session: Session,
  since: Date,
  before: Date,
  afterDeed: number,
): AsyncGenerator<readonly AuditedRow[]> {
  await session.rows('begin isolation level repeatable read read only')
  try {
    await session.rows(
      `declare audited no scroll cursor for
       select to_char(x.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, x.source, x.id, x.action, x.outcome, x.reason,
         x.person_id as "personId", x.service_id as "serviceId", x.org_id as "orgId", x.more
       from (select * from audited_deeds($5::integer, $2) union all select * from audited_migrations($1, $2)
         union all select * from audited_register($1, $2) union all select * from audited_stops($1, $2)
         union all select * from audited_access($1, $2) union all select * from audited_denies($1, $2, $3::uuid, $4::uuid)) x
       order by x.at, x.source collate "C", length(x.id), x.id collate "C"`,
      [
        since,
        before,
        idAtTime(secondsAfter(since, -daySeconds)),
        idAtTime(secondsAfter(before, daySeconds)),
        afterDeed,
      ],
    )
    for (let n = 0; n < mostBatches; n++) {
      const rows = await session.rows<AuditedRow>(`fetch ${batch} from audited`)
      if (rows.length > 0) yield rows
      if (rows.length < batch) return
    }
    throw new Error('rows without end')
  } finally {
    await session.rows('rollback')
  }
}

/** Until when nothing more will be written. */
export async function auditHorizon(session: Session): Promise<Date> {
  const [row] = await session.rows<{ at: Date }>('select audited_until() as at')
  return present(row, 'until when the deeds are settled').at
}

export async function lastDeedBefore(session: Session, before: Date): Promise<LastDeed | null> {
  const [row] = await session.rows<LastDeed>(
    'select deed_no as number, sha256 from deed_before($1)',
    [before],
  )
  return row ?? null
}

/** The deed that this row tells; undefined: it tells something else. */
export function deedIn({ source, more }: AuditedRow): LastDeed | undefined {
  const { deed_no: number, sha256 } = more
  if (source !== 'deed' || typeof number !== 'number' || typeof sha256 !== 'string')
    return undefined
  return { number, sha256 }
}

export async function hasDeed(session: Session, { number, sha256 }: LastDeed): Promise<boolean> {
  const [row] = await session.rows<{ found: string | null }>('select deed_called($1) as found', [
    number,
  ])
  return row?.found === sha256
}

/** Takes the only right to write a folder, for as long as the session lives. @returns false where another process has it */
export async function takeFolder(session: Session, folderId: string): Promise<boolean> {
  const [row] = await session.rows<{ taken: boolean }>(
    "select pg_try_advisory_lock(hashtextextended('accord.audit-export ' || $1, 0)) as taken",
    [folderId],
  )
  return row?.taken === true
}
