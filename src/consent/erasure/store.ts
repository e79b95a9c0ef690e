import type { Database, Transaction } from '../../base/database/database.ts'
import type { RewrittenFiles } from '../../base/database/file-rewriting.ts'
import { present } from '../../base/values/present.ts'
import type { HeldContent, OpenYear, Plan, SharingSpan } from './plan.ts'

// SQL of this room. The rows to delete belong to many rooms, in an order that their foreign keys set: functions of the database delete
// them (migrations/functions/erasure.sql).

export type ErasureRow = {
  readonly personId: string
  readonly eventId: string
  readonly personSeq: number
  readonly rule: Plan['rule']
  readonly fromYear: number | null
  readonly throughYear: number | null
  readonly fromSeq: number | null
  readonly throughSeq: number | null
  readonly before: Date
  readonly erasedAt: Date
  /** When no file of the database had it any more; null, as the certificate: that is still to come. */
  readonly rewrittenAt: Date | null
  readonly certificate: string | null
}

const decisionsAtOnce = 1000
// A million decisions: more than a person's life holds.
const maxRounds = 1000
const nobody = '00000000-0000-0000-0000-000000000000'

export async function heldContent(
  db: Database | Transaction,
  personId: string,
): Promise<HeldContent> {
  const sharings: SharingSpan[] = await db('sharingSpans')
    .select('consentIds', 'beganAt', 'overAt')
    .where({ personId })
  const years: OpenYear[] = await db('openYears')
    .select('year', 'fromSeq', 'throughSeq')
    .where({ personId })
    .orderBy('year')
  const oldest: { overAt: Date } | undefined = await db('looseEnds')
    .select('overAt')
    .where({ personId })
    .where('overAt', '<', 'infinity')
    .orderBy('overAt')
    .first()
  return { sharings, years, oldestLoose: oldest?.overAt ?? null }
}

/** How many records go with these: their refused changes go too. */
export async function countErased(
  tx: Transaction,
  personId: string,
  consentIds: readonly string[],
): Promise<number> {
  const { rows } = await tx.raw<{ rows: { gone: number }[] }>(
    `select count(*)::integer as gone from (
       select unnest(?::uuid[]) as id union select unnest(refused_changes(?, ?::uuid[]))) g`,
    [[...consentIds], personId, [...consentIds]],
  )
  return present(rows[0], 'a count').gone
}

/** Destroys keys and deletes rows, in the transaction of the event that records the erasure. */
export async function eraseHeld(
  tx: Transaction,
  personId: string,
  { consentIds, before, years }: Plan,
  event: { readonly eventId: string; readonly recordedAt: Date },
): Promise<void> {
  const { eventId, recordedAt } = event
  const through = years.at(-1)?.year
  if (through !== undefined)
    await tx.raw('select destroy_keys(?, ?::smallint, ?, ?)', [
      personId,
      through,
      eventId,
      recordedAt,
    ])
  for (let round = 0; ; round++) {
    if (round === maxRounds) throw new Error('decisions without end')
    const { rows }: { rows: { gone: number }[] } = await tx.raw(
      'select erase_lines(?, ?, ?, ?, ?, ?) as gone',
      [personId, [...consentIds], before, eventId, recordedAt, decisionsAtOnce],
    )
    if (present(rows[0], 'a count').gone < decisionsAtOnce) break
  }
  await tx.raw('select erase_sharings(?, ?, ?)', [personId, [...consentIds], before])
}

export async function insertErasure(tx: Transaction, row: ErasureRow): Promise<void> {
  await tx('erasure').insert(row)
}

type Uncertified = Pick<ErasureRow, 'personId' | 'eventId' | 'personSeq'>

/** The oldest erasures that are not certified yet. */
export async function waitingErasures(db: Database, limit: number): Promise<Uncertified[]> {
  return db('erasure')
    .select('personId', 'eventId', 'personSeq')
    .where({ certificate: null })
    .orderBy('eventId')
    .limit(limit)
}

/** Once: a second one changes nothing. */
export async function certify(
  db: Database,
  eventId: string,
  certificate: string,
  { at, lsn }: RewrittenFiles,
): Promise<void> {
  await db('erasure')
    .where({ eventId, certificate: null })
    .update({ certificate, rewrittenAt: at, walLsn: lsn })
}

/** The certificate of an erasure; null: it is still to come. */
export async function certificateOf(db: Database, eventId: string): Promise<string | null> {
  const row: { certificate: string | null } | undefined = await db('erasure')
    .select('certificate')
    .where({ eventId })
    .first()
  return row?.certificate ?? null
}

/** When all files were written anew last. */
export async function lastRewritten(db: Database): Promise<Date | null> {
  const row: { rewrittenAt: Date | null } | undefined = await db('erasureMark')
    .select('rewrittenAt')
    .first()
  return row?.rewrittenAt ?? null
}

export async function noteRewritten(db: Database, { at }: RewrittenFiles): Promise<void> {
  await db('erasureMark').update({ rewrittenAt: at })
}

const maxErasures = 100
const erasureColumns = [
  'personId',
  'eventId',
  'personSeq',
  'rule',
  'fromYear',
  'throughYear',
  'fromSeq',
  'throughSeq',
  'before',
  'erasedAt',
  'rewrittenAt',
  'certificate',
] as const

/** Newest first. */
export async function erasuresOf(
  db: Database,
  personId: string,
  limit = maxErasures,
): Promise<ErasureRow[]> {
  return db('erasure')
    .select(erasureColumns)
    .where({ personId })
    .orderBy('eventId', 'desc')
    .limit(limit)
}

export type PeopleWalk = {
  readonly people: readonly string[]
  readonly reached: string
  readonly isOver: boolean
}

/** The next people after the mark whose oldest year with a key may hold content that is over. */
export async function nextPeople(db: Database, year: number, limit: number): Promise<PeopleWalk> {
  const { rows } = await db.raw<{ rows: { personId: string; year: number | null }[] }>(
    `select person_id, year from oldest_contents
     where person_id > (select reached from erasure_mark) order by person_id limit ?`,
    [limit],
  )
  const last = rows.length < limit ? undefined : rows.at(-1)
  return {
    people: rows.filter((row) => row.year !== null && row.year <= year).map((row) => row.personId),
    reached: last?.personId ?? nobody,
    isOver: last === undefined,
  }
}

/** Moves the mark. Two processes at once may look at a person twice, or skip her until the next walk. */
export async function moveMark(db: Database, reached: string): Promise<void> {
  await db('erasureMark').update({ reached })
}
