import type { Projection, StoredRow, ToldRow } from '../../ledger/fold/index.ts'
import { idOf, isOfYears, textIn } from '../../ledger/fold/index.ts'

type Telling = {
  readonly personId: string
  readonly hasAccount: boolean
  readonly erasedYears: ReadonlySet<number>
}

/** Tells the rows of this room. */
export function remarkTeller({ personId, hasAccount, erasedYears }: Telling): Projection {
  const rows = new Map<string, ToldRow>()
  return {
    tell({ kind, payload, recordedAt }) {
      if (kind !== 'remark.made') return
      const reference = textIn(payload, 'reference')
      rows.set(reference, {
        reference,
        person_id: personId,
        service_id: textIn(payload, 'service'),
        word: textIn(payload, 'word'),
        made_at: recordedAt,
      })
    },
    tables: () => [
      {
        name: 'remark',
        rows,
        key: referenceOf,
        called: referenceOf,
        mayStand: (row) => isOfYears(row['made_at'], erasedYears),
        mayLack: () => !hasAccount,
      },
    ],
  }
}

function referenceOf(row: StoredRow | ToldRow): string {
  return idOf(row, 'reference')
}
