import type { Database, Transaction } from '../../base/database/database.ts'
import { present } from '../../base/values/present.ts'
import type { Book } from '../../ledger/chain/index.ts'
import type { RawConsent } from './columns.ts'
import { columnsOf, livesOfPerson, stateColumns, stateFrom } from './columns.ts'
import type { ConsentState } from './rows.ts'

// Which consents are over without an end that is written.

// Twice as many as may live.
const maxOfPerson = 1000
export const firstUuid = '00000000-0000-0000-0000-000000000000'

// A consent is used up when its uses reach the limit and none can come back: no permit of its arrangement, earlier records included, is
// unreported. A suspended consent waits for its resumption or its term. `offset 0`: looked up for each, never all permits at once.
const isUsedUp = /* sql */ `(c.state = 'active' and c.max_uses is not null and c.uses >= c.max_uses and not exists (
  select 1 from permits_unreported p join consent_record r on r.consent_id = p.consent_id
  where p.person_id = c.person_id and r.arrangement_id = c.arrangement_id offset 0))`

export type EndedConsent = ConsentState & {
  readonly because: 'term' | 'uses'
  readonly endedAt: Date
}

/** The last row that a walk looked at; `until` is as PostgreSQL writes it. */
export type EndsPlace = { readonly until: string; readonly consentId: string }
export const beforeAllEnds: EndsPlace = { until: '-infinity', consentId: firstUuid }

/** The people of some rows of a walk. */
export type EndedPage<P> = {
  readonly people: readonly string[]
  /** Undefined: those were the last rows. */
  readonly next: P | undefined
}

/**
 * People with a consent whose term is over and whose end is not written yet, the oldest end first. A statement looks at `limit` rows,
 * however many wait behind them.
 */
export async function endedByTerm(
  db: Database,
  after: EndsPlace,
  limit: number,
): Promise<EndedPage<EndsPlace>> {
  const { rows } = await db.raw<{ rows: (EndsPlace & { personId: string })[] }>(
    `select person_id, consent_id, valid_until::text as until from consent_current
     where state in ('active', 'suspended') and valid_until <= now() + clock_offset()
       and (valid_until, consent_id) > (?::timestamptz, ?::uuid)
     order by valid_until, consent_id limit ?`,
    [after.until, after.consentId, limit],
  )
  const last = rows.length < limit ? undefined : rows.at(-1)
  return {
    people: [...new Set(rows.map(({ personId }) => personId))],
    next: last && { until: last.until, consentId: last.consentId },
  }
}

/**
 * People with a consent that is used up and whose end is not written yet, among the next `limit` whose uses are limited. No index finds
 * them: one of the uses would change with each use, and a use changes no index (docs/design/permit.md#hot-rows).
 */
export async function endedByUses(
  db: Database,
  after: string,
  limit: number,
): Promise<EndedPage<string>> {
  const { rows } = await db.raw<{ rows: { people: string[]; looked: number; last: string }[] }>(
    `with counted as materialized (
       select person_id, consent_id, arrangement_id, state, max_uses, uses from consent_current
       where state = 'active' and max_uses is not null and consent_id > ?::uuid order by consent_id limit ?
     )
     select array(select distinct c.person_id from counted c where ${isUsedUp}) as people,
       (select count(*)::integer from counted) as looked, (select max(consent_id::text) from counted) as last`,
    [after, limit],
  )
  const { people, looked, last } = present(rows[0], 'the row of an aggregate')
  return { people, next: looked < limit ? undefined : last }
}

/** A person's consents that are over by `now`, in the order of their ends; read after her lock. */
export async function endedConsents(
  tx: Transaction,
  book: Book,
  personId: string,
): Promise<EndedConsent[]> {
  const isOver = 'c.valid_until <= :now'
  const { rows } = await tx.raw<{ rows: (RawConsent<ConsentState> & Ending)[] }>(
    `select ${columnsOf(stateColumns, 'c')}, case when ${isOver} then 'term' else 'uses' end as because,
       case when ${isOver} then c.valid_until else c.last_use_at end as ended_at
     from consent_current c
     where c.person_id = :personId and ${livesOfPerson} and (${isOver} or ${isUsedUp})
     order by ended_at, c.consent_id limit :limit`,
    { personId, now: book.now, limit: maxOfPerson },
  )
  return rows.map((row) => {
    const { because, endedAt } = row
    return { ...stateFrom(book, row), because, endedAt }
  })
}

type Ending = Pick<EndedConsent, 'because' | 'endedAt'>
