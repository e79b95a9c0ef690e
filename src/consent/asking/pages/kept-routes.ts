import type { AskingContext, Place } from '../question-context.ts'
import { showCheck } from './answers-show.ts'
import { errand } from '../question-context.ts'
import { refusalsThatAskAgain, isOfKey } from '../questions.ts'
import type { Context } from 'koa'
import type { ConsentLife } from '../../record/index.ts'
import { activeConsents } from '../../record/index.ts'
import { readForm } from '../../../base/web/forms.ts'
import { seeOther } from '../../../base/web/page.ts'
import { ProofNeeded } from '../../../base/web/proof.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import type { Register } from '../../../registry/index.ts'
import { answerRequest } from '../answer.ts'
import { isAskable } from '../ask.ts'
import { keptForm } from '../answer-form.ts'
import { asChoice } from '../choice.ts'
import type { DecidedItem } from '../drafts.ts'
import { decidedItems, hashOfAnswers, isSendable } from '../drafts.ts'
import { askAgain } from './routes.ts'
import type { RefusedAnswer } from './show.ts'
import type { RequestRow } from '../rows.ts'
import { checkForm } from './several-routes.ts'
import { withFormSignature } from './sign-routes.ts'
import { draftsOf, dropDraft, requestsOfVisit } from '../store.ts'
import { showWaiting, waitingQuestion } from './waiting-routes.ts'
import { transactQuestion } from '../page-event.ts'
import { originOf } from '../../../base/web/request-log.ts'

/** A yes that was kept while the person signed in again: the page shows it as she gave it, and her click records it. */
export function keptRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage')
    .get('/demande/:visit/reponse', (ctx) => inVisit(ctx, context, check))
    .post('/demande/:visit/reponse', (ctx) => inVisit(ctx, context, send))
    .get('/demandes/:request/:item/reponse', (ctx) => whereItWaits(ctx, context, check))
    .post('/demandes/:request/:item/reponse', (ctx) => whereItWaits(ctx, context, send))
    .served('sign-in')
}

type Asked = {
  readonly place: Place
  readonly row: RequestRow | undefined
  /** The question's own page, with why the answer was not recorded. */
  readonly askAgain: (refused: RefusedAnswer) => Promise<void>
}

type Kept = Omit<Asked, 'row'> & {
  readonly decided: DecidedItem
  readonly register: Register
  /** Consents that may be used or resumed. */
  readonly held: readonly ConsentLife[]
  readonly at: Date
}

type Page = (ctx: Context, context: AskingContext, kept: Kept, problem?: Refusal) => Promise<void>

async function inVisit(ctx: At<'visit'>, context: AskingContext, page: Page): Promise<void> {
  const at = await errand(ctx, context)
  const { place } = at
  const rows = await requestsOfVisit(context.foundation.db, place.key)
  const row = rows.length === 1 ? rows[0] : undefined
  return kept(ctx, context, page, {
    place,
    row,
    askAgain: (refused) => askAgain(ctx, context, at, refused),
  })
}

function whereItWaits(
  ctx: Parameters<typeof waitingQuestion>[0],
  context: AskingContext,
  page: Page,
): Promise<void> {
  return waitingQuestion(ctx, context, (_ctx, _context, found) => {
    const { place, request: row } = found
    return kept(ctx, context, page, {
      place,
      row,
      askAgain: (refused) => showWaiting(ctx, context, found, refused),
    })
  })
}

// Where the answer was sent already, or may no longer be sent, the question's own page says so.
async function kept(
  ctx: Context,
  context: AskingContext,
  page: Page,
  { row, ...asked }: Asked,
): Promise<void> {
  const { db } = context.foundation
  if (row === undefined) return seeOther(ctx, asked.place.path)
  const drafts = (await draftsOf(db, row.requestId)).filter(({ answer }) => answer === 'granted')
  const [decided] = decidedItems([row], drafts)
  const { consents: held, epoch, at } = await activeConsents(db, context.notary.vault, row.personId)
  const register = await context.live.at(epoch)
  const canBeSent =
    decided !== undefined &&
    isAskable(row, register, at) &&
    (await isSendable(db, decided, { register, held, at }))
  if (!canBeSent) return seeOther(ctx, asked.place.path)
  return page(ctx, context, { ...asked, decided, register, held, at })
}

async function check(
  ctx: Context,
  context: AskingContext,
  { place, decided, register, held, at, askAgain: shownAnew }: Kept,
  problem?: Refusal,
): Promise<void> {
  const { personId } = decided.row
  const shown = { personId, place, register, decided: [decided], held, at, isOne: true }
  return showCheck(ctx, context, { ...shown, shownAnew }, problem)
}

async function send(ctx: Context, context: AskingContext, found: Kept): Promise<void> {
  const { keys } = context.foundation
  const { place, decided, register } = found
  const { row, draft } = decided
  const { answers, ...sign } = await readForm(ctx, keys, place.binding, checkForm)
  const { presentationId } = draft
  // Another tab has changed the answer: this page did not show it.
  if (presentationId === null || hashOfAnswers([decided]).toString('base64url') !== answers)
    return check(ctx, context, found, new Refusal('consent.answers-changed', 409))
  const { key: visit, itemNo, by } = place
  const said = { ...asChoice(draft), presentationId, granted: true }
  const given = { ...by, ...said, visit, itemNo }
  try {
    await withFormSignature(ctx, context, { personId: row.personId, ...sign }, (signing) =>
      transactQuestion(context.foundation, originOf(ctx), async (tx) => {
        await answerRequest(tx, context.notary, register, { ...given, signing })
        await dropDraft(tx, row)
      }),
    )
    return seeOther(ctx, place.path)
  } catch (error) {
    if (error instanceof ProofNeeded)
      return context.visits.begin(ctx, { returnTo: `${place.path}/reponse`, ...error.needed })
    if (error instanceof Refusal && isOfKey(error)) return check(ctx, context, found, error)
    if (error instanceof Refusal && refusalsThatAskAgain.has(error.code))
      return found.askAgain(keptForm(error, draft))
    throw error
  }
}
