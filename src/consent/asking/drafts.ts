import { createHash } from 'node:crypto'
import type { ConsentListed } from '../record/index.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { Register } from '../../registry/index.ts'
import { showsChanged, showsWhatIs } from './earlier-answers.ts'
import type { ItemAnswer } from './choice.ts'
import { asChoice, readChoice } from './choice.ts'
import type { AnswerDraft, RequestRow } from './rows.ts'
import { keepDrafts, presentationsOf, requestsOfVisit } from './store.ts'

// A service asks several items at once: each has a page and an answer of its own, kept as a draft. No answer counts until the person
// sends all of them from the page that shows them together.

export type DecidedItem<Row extends RequestRow = RequestRow> = {
  readonly row: Row
  readonly draft: AnswerDraft
}

/** Drafts that may still be sent: an item may have been answered meanwhile in the person's own space. */
export function decidedItems<Row extends RequestRow>(
  rows: readonly Row[],
  drafts: readonly AnswerDraft[],
): DecidedItem<Row>[] {
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

/** Whether a draft may be sent as it is. Where the consent that it would change was stopped or replaced, or a body or category became another one, its page is read again. */
export async function isSendable(db: Database, decided: DecidedItem, now: Now): Promise<boolean> {
  const { row, draft } = decided
  if (!fits(decided, now.register, now.at)) return false
  if (draft.answer === 'later') return true
  const pages = await presentationsOf(db, row)
  const shown = pages.find(({ presentationId }) => presentationId === draft.presentationId)
  if (shown === undefined || !showsWhatIs(shown, row, now.register)) return false
  return draft.answer !== 'granted' || showsChanged(shown, now.held, row, now.at)
}

// Whether the choice is still allowed: the last day that she chose may have passed.
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

/** The answer that a draft is; undefined where she puts it off. */
export function answerInDraft(draft: AnswerDraft): ItemAnswer | undefined {
  const { presentationId, answer } = draft
  if (presentationId === null || answer === 'later') return undefined
  return { ...asChoice(draft), presentationId, granted: answer === 'granted' }
}

/** The hash by which a page names the answers that it shows: either these are recorded, or none. */
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

/** Keeps a yes that needs a stronger sign-in: her choices are there, ready to be sent, when she comes back. */
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
