import { createHash } from 'node:crypto'
import { Refusal } from '../foundation/refusal.ts'
import type { Register } from '../registry/index.ts'
import { asChoice, readChoice } from './choice.ts'
import type { Draft, RequestRow } from './rows.ts'

// Several things that a service asks at once: each on a page of its own, one answer each, and nothing counts before all of
// them are sent from the page that shows them. A notice that is only to be read would be one more kind of `Draft['answer']`.

export type Decided = { readonly row: RequestRow; readonly draft: Draft }

/** What was decided and may still be sent: an item may have been answered where it waits, meanwhile. */
export function decidedOf(rows: readonly RequestRow[], drafts: readonly Draft[]): Decided[] {
  return rows.flatMap((row) => {
    const draft = drafts.find(({ itemNo }) => itemNo === row.itemNo)
    return draft !== undefined && row.state === 'requested' ? [{ row, draft }] : []
  })
}

/** Whether it may be sent as it was decided: a last day that she chose may have passed since. */
export function fits({ row, draft }: Decided, register: Register, now: Date): boolean {
  if (draft.answer !== 'granted') return true
  try {
    readChoice(row, asChoice(draft), register, now)
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Names the answers that a page shows: sent from it, these are recorded or none. */
export function hashOfAnswers(decided: readonly Decided[]): Buffer {
  const said = decided.map(({ draft }) => [
    draft.itemNo,
    draft.presentationId,
    draft.answer,
    draft.chosen.toSorted(),
    draft.express.toSorted(),
    draft.until,
  ])
  return createHash('sha256').update(JSON.stringify(said)).digest()
}
