import { createHash } from 'node:crypto'
import type { ConsentListed } from '../record/index.ts'
import type { Database, Transaction } from '../../base/platform/database.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { Register } from '../../registry/index.ts'
import { showsChanged } from './answered.ts'
import { asChoice, readChoice } from './choice.ts'
import type { AnswerDraft, RequestRow } from './rows.ts'
import { keepDrafts, presentationsOf, requestsOfVisit } from './store.ts'

// Several things that a service asks at once: each on a page of its own, one answer each, and nothing counts before all of
// them are sent from the page that shows them. A notice that is only to be read would be one more kind of `Draft['answer']`.

export type DecidedItem = { readonly row: RequestRow; readonly draft: AnswerDraft }

/** What was decided and may still be sent: an item may have been answered where it waits, meanwhile. */
export function decidedOf(
  rows: readonly RequestRow[],
  drafts: readonly AnswerDraft[],
): DecidedItem[] {
  return rows.flatMap((row) => {
    const draft = drafts.find(({ itemNo }) => itemNo === row.itemNo)
    return draft !== undefined && row.state === 'requested' ? [{ row, draft }] : []
  })
}

type Now = {
  readonly register: Register
  readonly held: readonly ConsentListed[]
  readonly at: Date
}

/** Whether it may be sent as it was decided: what it would change may be stopped since, or changed, and then its page is read again. */
export async function isGood(db: Database, decided: DecidedItem, now: Now): Promise<boolean> {
  const { row, draft } = decided
  if (!fits(decided, now.register, now.at)) return false
  if (row.amends === null || draft.answer !== 'granted') return true
  const pages = await presentationsOf(db, row)
  const shown = pages.find(({ presentationId }) => presentationId === draft.presentationId)
  return shown !== undefined && showsChanged(shown, now.held, row, now.at)
}

// A last day that she chose may have passed.
function fits({ row, draft }: DecidedItem, register: Register, now: Date): boolean {
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
export function hashOfAnswers(decided: readonly DecidedItem[]): Buffer {
  const said = decided.map(({ draft }) => [
    draft.itemNo,
    draft.presentationId,
    draft.answer,
    draft.chosen.toSorted(),
    draft.express.toSorted(),
    draft.until,
    draft.resumes,
  ])
  return createHash('sha256').update(JSON.stringify(said)).digest()
}

type Kept = Omit<AnswerDraft, 'itemNo' | 'answer'>

/** A yes that lacks a proof of who gives it: what she chose is there when she comes back, to be sent. */
export async function keepAnswer(
  tx: Transaction,
  { key, itemNo }: { readonly key: Buffer; readonly itemNo?: number },
  kept: Kept,
  now: Date,
): Promise<void> {
  const rows = await requestsOfVisit(tx, key)
  const row = rows.find((one) => one.itemNo === (itemNo ?? one.itemNo))
  if (row === undefined) throw new Refusal('consent.expired', 410)
  await keepDrafts(tx, row.requestId, [{ ...kept, itemNo: row.itemNo, answer: 'granted' }], now)
}
