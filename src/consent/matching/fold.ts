import type { Payload } from '../../ledger/chain/index.ts'
import type { ErasedEvent, StoredRow, Projection, ToldRow } from '../../ledger/fold/index.ts'
import { idOf, isErasedAt, memberIn, textIn, InvalidEvent } from '../../ledger/fold/index.ts'

type Telling = {
  readonly personId: string
  readonly hasAccount: boolean
  readonly erased: readonly ErasedEvent[]
}

/** Tells the rows of this room: each answer is an event, with all that its row has. */
export function matchingTeller({ personId, hasAccount, erased }: Telling): Projection {
  const rows = new Map<string, ToldRow>()
  return {
    tell({ kind, payload, recordedAt }) {
      if (kind !== 'file.compared') return
      const reference = textIn(payload, 'reference')
      rows.set(reference, {
        reference,
        person_id: personId,
        org_id: askerIn(payload),
        service_id: textIn(payload, 'service'),
        result: textIn(payload, 'result'),
        reason: textIn(payload, 'reason'),
        answered_at: recordedAt,
      })
    },
    tables: () => [
      {
        name: 'matching_answer',
        rows,
        key: referenceOf,
        called: referenceOf,
        mayStand: (row) => isErasedAt(row['answered_at'], ['file.compared'], erased),
        // With the account of a person who closed it the rows go; her events stay.
        mayLack: () => !hasAccount,
      },
    ],
  }
}

function referenceOf(row: StoredRow | ToldRow): string {
  return idOf(row, 'reference')
}

function askerIn(payload: Payload): string {
  const organisation = memberIn(payload, 'actor', 'organisation')
  if (typeof organisation !== 'string') throw new InvalidEvent('it has no body')
  return organisation
}
