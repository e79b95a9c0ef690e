import type { StoredRow, Teller, ToldRow } from '../../ledger/fold/index.ts'
import { idOf, textIn, Untellable } from '../../ledger/fold/index.ts'

type Telling = {
  readonly personId: string
  readonly hasAccount: boolean
  readonly erasedYears: ReadonlySet<number>
}

/** Tells the rows of this room: each answer is an event, with all that its row has. */
export function matchingTeller({ personId, hasAccount, erasedYears }: Telling): Teller {
  const rows = new Map<string, ToldRow>()
  return {
    tell({ kind, payload, recordedAt }) {
      if (kind !== 'file.compared') return
      const reference = textIn(payload, 'reference')
      rows.set(reference, {
        reference,
        person_id: personId,
        org_id: askerIn(payload['actor']),
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
        mayStand: () => erasedYears.size > 0,
        // With the account of a person who closed it the rows go; her events stay.
        mayLack: () => !hasAccount || erasedYears.size > 0,
      },
    ],
  }
}

function referenceOf(row: StoredRow | ToldRow): string {
  return idOf(row, 'reference')
}

function askerIn(actor: unknown): string {
  const { organisation } = (actor ?? {}) as { readonly organisation?: unknown } // as the event has it
  if (typeof organisation !== 'string') throw new Untellable('it has no body')
  return organisation
}
