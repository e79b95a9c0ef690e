import type { AskingContext, AskingErrand } from '../question-context.ts'
import { errand, questionPath } from '../question-context.ts'
import { showCheck } from './answers-show.ts'
import type { RefusedAnswer } from './show.ts'
import { showAsk } from './show.ts'
import { readButton, readForm } from '../../../base/web/forms.ts'
import { refusalsThatAskAgain, isItemNo, isOpen, questionsOf } from '../questions.ts'
import type { Questions } from '../questions.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { registerEpoch } from '../../record/index.ts'
import { fromBase64url } from '../../../base/values/base64.ts'
import { transact } from '../../../base/database/database.ts'
import { readId } from '../../../base/values/ids.ts'
import { present } from '../../../base/values/present.ts'
import { seeOther } from '../../../base/web/page.ts'
import { ProofNeeded } from '../../../base/web/proof.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import { answerTogether } from '../answer.ts'
import { answerForm, refusedForm, typedEndDate } from '../answer-form.ts'
import { isAskable } from '../ask.ts'
import { readChoice } from '../choice.ts'
import type { DecidedItem } from '../drafts.ts'
import { decidedItems, isSendable } from '../drafts.ts'
import type { AnswerDraft, RequestRow } from '../rows.ts'
import { presentationOf } from '../presentation-in-force.ts'
import { signedForm, withFormSignature } from './sign-routes.ts'
import { draftsOf, keepDrafts, requestsOfVisit } from '../store.ts'
import { transactQuestion } from '../page-event.ts'
import { originOf } from '../../../base/web/request-log.ts'

export const checkForm = z.object({ answers: z.string().length(43), ...signedForm })
const shownAgain = new Set([...refusalsThatAskAgain, 'consent.answers-changed'])

/** Several items asked at once: each has its own page, a last page shows all the answers, and only from there they are recorded. */
export function severalRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage/demande/:visit')
    .get('/questions', (ctx) => nextPage(ctx, context))
    .post('/questions/report', (ctx) => leaveRest(ctx, context))
    .get('/questions/:item', (ctx) => question(ctx, context))
    .post('/questions/:item/autorisation', (ctx) => decide(ctx, context, 'granted'))
    .post('/questions/:item/refus', (ctx) => decide(ctx, context, 'refused'))
    .post('/questions/:item/report', (ctx) => decide(ctx, context, 'later'))
    .get('/reponses', (ctx) => check(ctx, context))
    .post('/reponses', (ctx) => send(ctx, context))
    .served('sign-in')
}

type Sequence = AskingErrand &
  Questions & {
    /** The request of these items, and whether it is kept: its first page keeps it. */
    readonly requestId: string
    readonly isShown: boolean
    /** Draft answers that may be sent. */
    readonly decided: readonly DecidedItem[]
    /** Items without an answer. */
    readonly left: readonly RequestRow[]
  }

/** @returns undefined when the visit has one item, or all answers were sent: the visit's own address shows what follows */
async function sequenceOf(ctx: At<'visit'>, context: AskingContext): Promise<Sequence | undefined> {
  const at = await errand(ctx, context)
  const { db } = context.foundation
  const known = await requestsOfVisit(db, at.place.key)
  const questions = await questionsOf(context, at, known)
  const { rows, open, again } = questions
  if (again.length > 0 || rows.length < 2 || open.length === 0 || !rows.some(isOpen)) {
    seeOther(ctx, at.place.path)
    return undefined
  }
  const { requestId } = present(rows[0], 'the first of several items')
  const isShown = known.length > 0
  const drafts = isShown ? await draftsOf(db, requestId) : []
  const { register, held, at: now } = questions
  const decided: DecidedItem[] = []
  for (const item of decidedItems(rows, drafts)) {
    if (await isSendable(db, item, { register, held, at: now })) decided.push(item)
  }
  const left = open.filter((row) => !decided.some((item) => item.row.itemNo === row.itemNo))
  return { ...at, ...questions, requestId, isShown, decided, left }
}

async function nextPage(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const sequence = await sequenceOf(ctx, context)
  if (sequence !== undefined) seeOther(ctx, nextOf(sequence))
}

function nextOf({ place, left }: Sequence): string {
  const [row] = left
  return row === undefined ? `${place.path}/reponses` : questionPath(place, row)
}

async function question(ctx: At<'visit' | 'item'>, context: AskingContext): Promise<void> {
  const sequence = await sequenceOf(ctx, context)
  if (sequence === undefined) return
  const row = rowOf(ctx, sequence)
  if (row === undefined) return seeOther(ctx, `${sequence.place.path}/questions`)
  return showQuestion(ctx, context, sequence, row)
}

function rowOf({ params }: At<'item'>, { rows, left, decided }: Sequence): RequestRow | undefined {
  const { item } = params
  const row = isItemNo(item) ? rows.find(({ itemNo }) => itemNo === Number(item)) : undefined
  if (row === undefined) throw new Refusal('visit.not-found', 404)
  const isAsked = left.includes(row) || decided.some((one) => one.row === row)
  return isAsked ? row : undefined
}

function showQuestion(
  ctx: Context,
  context: AskingContext,
  { place, register, rows, decided, left }: Sequence,
  row: RequestRow,
  refused?: RefusedAnswer,
): Promise<void> {
  const step = {
    n: rows.indexOf(row) + 1,
    of: rows.length,
    decided: decided.find((item) => item.row === row)?.draft.answer,
    hasMore: left.some((other) => other !== row),
    canCheck: left.length === 0,
  }
  return showAsk(ctx, context, { place, register, row, rows, step }, refused)
}

/** Keeps the answer of one page as a draft: it does not count yet. */
async function decide(
  ctx: At<'visit' | 'item'>,
  context: AskingContext,
  answer: AnswerDraft['answer'],
): Promise<void> {
  const sequence = await sequenceOf(ctx, context)
  if (sequence === undefined) return
  const { place, at } = sequence
  const { db, keys } = context.foundation
  const form = await readForm(ctx, keys, place.binding, answerForm)
  const row = rowOf(ctx, sequence)
  if (row === undefined) return seeOther(ctx, `${place.path}/questions`)
  const { optional: chosen, express, resume: resumes } = form
  const until = typedEndDate(form)
  const given = { chosen, express, until: until ?? null, resumes }
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  try {
    await presentationOf(db, row, presentationId, sequence.register)
    if (answer === 'granted') readChoice(row, { chosen, express, until }, sequence.register, at)
  } catch (error) {
    if (error instanceof Refusal && refusalsThatAskAgain.has(error.code))
      return showQuestion(ctx, context, sequence, row, refusedForm(error, form))
    throw error
  }
  const draft =
    answer === 'granted'
      ? { itemNo: row.itemNo, presentationId, answer, ...given }
      : unchosen(row, answer, answer === 'later' ? null : presentationId)
  return goOnWith(ctx, context, sequence, [draft])
}

/** « Décider plus tard » for all items without an answer. */
async function leaveRest(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const sequence = await sequenceOf(ctx, context)
  if (sequence === undefined) return
  await readButton(ctx, context.foundation.keys, sequence.place.binding)
  // Nothing waits before she has seen a question.
  if (!sequence.isShown) return seeOther(ctx, nextOf(sequence))
  const drafts = sequence.left.map((row) => unchosen(row, 'later', null))
  return goOnWith(ctx, context, sequence, drafts)
}

function unchosen(
  { itemNo }: RequestRow,
  answer: 'refused' | 'later',
  presentationId: string | null,
): AnswerDraft {
  return { itemNo, presentationId, answer, chosen: [], express: [], until: null, resumes: false }
}

async function goOnWith(
  ctx: Context,
  context: AskingContext,
  sequence: Sequence,
  drafts: readonly AnswerDraft[],
): Promise<void> {
  const { requestId, at, place, decided, left } = sequence
  const { db } = context.foundation
  if (drafts.length > 0) await transact(db, (tx) => keepDrafts(tx, requestId, drafts, at))
  const isDecided = ({ itemNo }: RequestRow) => drafts.some((draft) => draft.itemNo === itemNo)
  const after = left.filter((row) => !isDecided(row))
  const isAllLater = [
    ...decided.filter(({ row }) => !isDecided(row)).map(({ draft }) => draft),
    ...drafts,
  ].every(({ answer }) => answer === 'later')
  // There is nothing to send: the visit goes on as by « Décider plus tard » for one item.
  if (after.length === 0 && isAllLater) return seeOther(ctx, `${place.path}/plus-tard`)
  return seeOther(ctx, nextOf({ ...sequence, left: after }))
}

async function check(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const sequence = await sequenceOf(ctx, context)
  if (sequence !== undefined) await showAll(ctx, context, sequence)
}

async function showAll(
  ctx: Context,
  context: AskingContext,
  sequence: Sequence,
  problem?: Refusal,
): Promise<void> {
  const { left, decided, register, at } = sequence
  if (left.length > 0) return seeOther(ctx, nextOf(sequence))
  // Nothing is sent where another text is in force, or an agreement has ended.
  if (!decided.every(({ row }) => isAskable(row, register, at)))
    throw new Refusal('consent.expired', 410)
  const shownAnew = (refused: RefusedAnswer, { row }: DecidedItem) =>
    showQuestion(ctx, context, sequence, row, refused)
  return showCheck(ctx, context, { ...sequence, shownAnew }, problem)
}

async function send(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const { personId, place } = await errand(ctx, context)
  const { db, keys } = context.foundation
  const { answers, ...sign } = await readForm(ctx, keys, place.binding, checkForm)
  const { key: visit, by } = place
  // A value that is no hash matches no answers.
  const answersSha256 = fromBase64url(answers) ?? Buffer.alloc(0)
  try {
    const register = await context.live.at(await registerEpoch(db))
    const sent = { visit, ...by, answersSha256 }
    await withFormSignature(ctx, context, { personId, ...sign }, (signing) =>
      transactQuestion(context.foundation, originOf(ctx), (tx) =>
        answerTogether(tx, context.notary, register, { ...sent, signing }),
      ),
    )
    return seeOther(ctx, place.path)
  } catch (error) {
    // Her answers are kept as drafts: they are there when she comes back from the sign-in.
    if (error instanceof ProofNeeded)
      return context.visits.begin(ctx, { returnTo: `${place.path}/reponses`, ...error.needed })
    if (!(error instanceof Refusal) || !shownAgain.has(error.code)) throw error
    const sequence = await sequenceOf(ctx, context)
    if (sequence !== undefined) await showAll(ctx, context, sequence, error)
  }
}
