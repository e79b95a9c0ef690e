import type { Database } from '../../src/base/database/database.ts'
import type { Sharer } from './sharing-load.ts'
import { uuidOf } from './sharing-load.ts'

type Columns = Readonly<Record<string, unknown>>

/** What is kept of a person who shares: the row of her consent, and the end of her chain. */
export type Whole = {
  readonly personId: string
  readonly consentId: string
  readonly row: Columns
  readonly head: Columns
}

export async function wholePerson(
  db: Database,
  { personId, ...sharer }: Pick<Sharer, 'personId' | 'consentId'>,
): Promise<Whole> {
  const consentId = uuidOf(sharer.consentId)
  const row: Columns = await db('consentCurrent')
    .where({ consentId } as never)
    .first()
  const whole: Columns = await db('personHead')
    .where({ personId } as never)
    .first()
  const { known: _generated, ...head } = whole
  return { personId, consentId, row, head }
}

/** As whoever has the whole database puts a person back: her rows, the end of her chain, what was written since. */
export async function putBack(db: Database, whole: Whole): Promise<void> {
  const { personId, consentId, row, head } = whole
  const { rows } = await db.raw<{ rows: { eventId: string }[] }>(
    'select event_id from ledger_event where person_id = ? and person_seq >= ?',
    [personId, Number(head['nextSeq'])],
  )
  const gone = rows.map(({ eventId }) => eventId)
  await db.raw('alter table ledger_event disable trigger ledger_event_is_immutable')
  await db('ledgerEvent').whereIn('eventId', gone).delete()
  await db.raw('alter table ledger_event enable trigger ledger_event_is_immutable')
  await db('ledgerPending').whereIn('eventId', gone).delete()
  await db('decisionKey').whereIn('decisionId', gone).delete()
  await db('decision').whereIn('decisionId', gone).delete()
  await db('consentCurrent')
    .where({ consentId })
    .update(row as never)
  await db('personHead')
    .where({ personId })
    .update(head as never)
}
