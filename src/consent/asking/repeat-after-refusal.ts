import type { AnsweringActor, Visit } from '../../base/web/visit.ts'
import { createHash } from 'node:crypto'
import { categoriesIn } from '../record/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import type { Database, Transaction } from '../../base/database/database.ts'
import { newUuid, writeId } from '../../base/values/ids.ts'
import type { Vault } from '../../ledger/chain/index.ts'
import { openBook } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNo } from '../../registry/index.ts'
import type { AnswerGiven, SilencedQuestion } from './repeat-store.ts'
import {
  answersSince,
  outcomesOfVisit,
  deleteSilenced,
  insertSilenced,
  settleReminded,
  silencedQuestionsOf,
} from './repeat-store.ts'
import type { AskedItem } from './ask.ts'
import type { ResolvedQuestion } from './details.ts'
import { namesIn } from './terms.ts'

// A question is the same one after a no (decision 0058) where the same recipient asks for one of the same categories from the same
// holder. Purpose, agreement, text, dataset, service and further categories may differ.

const remindedSeconds = 30 * 24 * 3600

/** Her last answer about categories that are asked for: a no, or a yes that she stopped. */
export type EarlierNo = {
  readonly kind: 'refused' | 'stopped'
  readonly at: Date
  /** Those of the categories asked for that she said no to. */
  readonly about: readonly string[]
}

/** An item that is asked again after a no. */
export type RepeatedItem = AskedItem & { readonly no: EarlierNo }

type Parties = { readonly recipient: number; readonly holder: number }

function partiesOf({ agreement }: ResolvedQuestion, register: Register): Parties {
  return {
    recipient: bodyNo(register, agreement.recipient),
    holder: bodyNo(register, agreement.holder),
  }
}

function categoriesAsked({ dataset, required, optional }: ResolvedQuestion): string[] {
  return categoriesIn(dataset, required | optional)
}

/**
 * Her no of the last thirty days to these categories, each judged by her last word: a later yes to a category lifts its no. Pure.
 * @param answers her answers to the recipient that asks
 */
export function lastNo(
  asked: ResolvedQuestion,
  answers: readonly AnswerGiven[],
  register: Register,
  now: Date,
): EarlierNo | undefined {
  const { holder } = partiesOf(asked, register)
  const last = new Map<string, Omit<Word, 'ids'>>()
  const said = answers
    .filter((answer) => answer.holder === holder)
    .flatMap((answer) => wordsOf(answer, register))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
  for (const { ids, at, says } of said) for (const id of ids) last.set(id, { at, says })
  const since = secondsAfter(now, -remindedSeconds)
  const noes = categoriesAsked(asked).flatMap((id) => {
    const word = last.get(id)
    const isNo = word !== undefined && word.says !== 'yes' && word.at > since
    return isNo ? [{ id, kind: word.says, at: word.at }] : []
  })
  const [newest] = noes.toSorted((a, b) => b.at.getTime() - a.at.getTime())
  return newest && { kind: newest.kind, at: newest.at, about: noes.map(({ id }) => id) }
}

// An optional category that a yes left out counts as no refusal: the page offered it as a choice.
function wordsOf(
  { dataset, categories, declined, state, stateAt, createdAt }: AnswerGiven,
  register: Register,
): Word[] {
  if (state === 'refused')
    return [
      {
        at: createdAt,
        says: 'refused',
        ids: namesIn({ dataset, categories: declined }, register),
      },
    ]
  const ids = namesIn({ dataset, categories }, register)
  const yes: Word = { at: createdAt, says: 'yes', ids }
  return state === 'revoked' ? [yes, { at: stateAt, says: 'stopped', ids }] : [yes]
}

type Word = {
  readonly at: Date
  readonly says: 'yes' | EarlierNo['kind']
  readonly ids: readonly string[]
}

/** The silence that answers this question for her, if there is one. Pure. */
export function silenceFor(
  asked: ResolvedQuestion,
  silenced: readonly SilencedQuestion[],
  register: Register,
): SilencedQuestion | undefined {
  const { recipient, holder } = partiesOf(asked, register)
  const ids = categoriesAsked(asked)
  return silenced.find(
    (silence) =>
      silence.recipient === recipient &&
      silence.holder === holder &&
      namesIn(silence, register).some((id) => ids.includes(id)),
  )
}

/** The items of a visit, sorted before any of them is shown. */
export type SortedItems = {
  /** Items that she is asked. */
  readonly asked: readonly AskedItem[]
  /** Those of the asked items that she said no to lately, and has not looked at again in this visit. */
  readonly again: readonly RepeatedItem[]
  /** Items that are answered with no for her. */
  readonly silenced: readonly { readonly itemNo: number; readonly silenceId: string }[]
}

type Sorting = { readonly personId: string; readonly register: Register; readonly now: Date }

/** @param items the items of one visit; all have one recipient */
export async function sortItems(
  db: Database,
  key: Buffer,
  items: readonly AskedItem[],
  { personId, register, now }: Sorting,
): Promise<SortedItems> {
  const [first] = items
  if (first === undefined) return { asked: [], again: [], silenced: [] }
  const { recipient } = partiesOf(first.asked, register)
  const since = secondsAfter(now, -remindedSeconds)
  const answers = await answersSince(db, personId, recipient, since)
  const silences = await silencedQuestionsOf(db, personId)
  const became = await outcomesOfVisit(db, key)
  const silenced = items.flatMap(({ itemNo, asked }) => {
    const silence = silenceFor(asked, silences, register)
    return silence === undefined ? [] : [{ itemNo, silenceId: silence.silenceId }]
  })
  const asked = items.filter(
    ({ itemNo }) =>
      became.get(itemNo) !== 'kept' && !silenced.some((item) => item.itemNo === itemNo),
  )
  const again = asked.flatMap((item) => {
    const no = lastNo(item.asked, answers, register, now)
    return no === undefined || became.get(item.itemNo) === 'seen' ? [] : [{ ...item, no }]
  })
  return { asked, again, silenced }
}

/** A visit's key in the table of questions asked again. It differs from the key of its request, from which a person can be found. */
export function againKey({ id }: Pick<Visit, 'id'>): Buffer {
  return createHash('sha256').update(`again:${id}`).digest()
}

export type SilenceRequest = {
  readonly personId: string
  readonly acr: string
  readonly visit: Buffer
  readonly items: readonly RepeatedItem[]
  readonly register: Register
}

/** « Ne plus me le demander »: writes one event for each question, and none for a question that is silenced already. */
export async function silence(
  tx: Transaction,
  vault: Vault,
  silencing: SilenceRequest,
): Promise<void> {
  const { personId, acr, visit, items, register } = silencing
  const book = await openBook(tx, vault, personId)
  for (const { asked } of items) {
    if (silenceFor(asked, await silencedQuestionsOf(tx, personId), register) !== undefined) continue
    const { dataset, agreement, required, optional } = asked
    const silenceId = newUuid(book.now)
    await insertSilenced(tx, personId, {
      silenceId,
      ...partiesOf(asked, register),
      dataset: dataset.no,
      categories: required | optional,
      silencedAt: book.now,
      times: 0,
      lastAt: null,
    })
    await book.append({
      kind: 'question.silenced',
      actor: { type: 'person', acr },
      fields: {
        silence_id: writeId('sil', silenceId),
        recipient: agreement.recipient,
        holder: agreement.holder,
        dataset: dataset.ref,
        categories: categoriesAsked(asked),
      },
    })
  }
  const itemNos = items.map(({ itemNo }) => itemNo)
  await settleReminded(tx, visit, itemNos, 'silenced')
}

export type ReopenRequest = { readonly by: AnsweringActor; readonly silenceId: string }

/** Lifts a silence: from now on she may be asked again. A second press, or another person's silence, changes nothing. */
export async function reopenQuestion(
  tx: Transaction,
  vault: Vault,
  { by: { personId, acr }, silenceId }: ReopenRequest,
): Promise<boolean> {
  const book = await openBook(tx, vault, personId)
  const times = await deleteSilenced(tx, personId, silenceId)
  if (times === undefined) return false
  await book.append({
    kind: 'question.reopened',
    actor: { type: 'person', acr },
    fields: {
      silence_id: writeId('sil', silenceId),
      answered_for_her: times,
    },
  })
  return true
}
