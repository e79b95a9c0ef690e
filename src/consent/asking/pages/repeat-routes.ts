import type { AskingContext, AskingErrand, ShowContext } from '../question-context.ts'
import { errand } from '../question-context.ts'
import { formToken, readButton } from '../../../base/web/forms.ts'
import { questionsOf } from '../questions.ts'
import type { Questions } from '../questions.ts'
import type { Context } from 'koa'
import { categoriesIn } from '../../record/index.ts'
import { baseOf, languageOf, seeOther, setOwnPage, standApart } from '../../../base/web/page.ts'
import type { Language } from '../../../base/values/languages.ts'
import type { Register } from '../../../registry/index.ts'
import type { RepeatedItem } from '../repeat-after-refusal.ts'
import { againKey, silence } from '../repeat-after-refusal.ts'
import { noteReminded, noteSilenced, settleReminded } from '../repeat-store.ts'
import type { AgainPage } from './pages.ts'
import { recordActivity } from '../../../people/accounts/index.ts'
import { transact } from '../../../base/database/database.ts'
import { originOf } from '../../../base/web/request-log.ts'
import type { ServedRoutes } from '../../../base/web/endpoints.ts'
import type { At } from '../../../base/web/router.ts'
import { routes } from '../../../base/web/router.ts'
import type { RepeatOutcome } from '../repeat-store.ts'
import { requestsOfVisit } from '../store.ts'
import { bodyNames, bodyOf, categoryLabels, saidBody } from '../../../registry/index.ts'

/** The buttons of « Vous avez dit non »: keep the no, see the question, or be asked no more. Each returns to the visit's address. */
export function againRoutes(context: AskingContext): ServedRoutes {
  return routes('people', '/partage/demande/:visit/rappel')
    .post('/refus', (ctx) => settle(ctx, context, 'kept'))
    .post('/question', (ctx) => settle(ctx, context, 'seen'))
    .post('/silence', (ctx) => askNoMore(ctx, context))
    .served('sign-in')
}

/** Where two buttons are pressed at once, the first press counts. */
async function settle(
  ctx: At<'visit'>,
  context: AskingContext,
  became: RepeatOutcome,
): Promise<void> {
  const { at, again } = await pressed(ctx, context)
  const itemNos = again.map(({ itemNo }) => itemNo)
  await settleReminded(context.foundation.db, againKey(at.visit), itemNos, became)
  seeOther(ctx, at.place.path)
}

async function askNoMore(ctx: At<'visit'>, context: AskingContext): Promise<void> {
  const { at, again, questions } = await pressed(ctx, context)
  const { visit, personId, place } = at
  const silencing = { personId, acr: visit.acr, visit: againKey(visit), items: again }
  const { register } = questions
  if (again.length > 0)
    await transact(context.foundation.db, async (tx) => {
      await silence(tx, context.notary.vault, { ...silencing, register })
      const deed = { kind: 'question.silenced', personId, result: 'done' } as const
      await recordActivity(tx, deed, originOf(ctx), context.foundation.clock())
    })
  seeOther(ctx, place.path)
}

type Pressed = {
  readonly at: AskingErrand
  readonly again: readonly RepeatedItem[]
  readonly questions: Questions
}

async function pressed(ctx: At<'visit'>, context: AskingContext): Promise<Pressed> {
  const at = await errand(ctx, context)
  const { db, keys } = context.foundation
  await readButton(ctx, keys, at.place.binding)
  const questions = await questionsOf(context, at, await requestsOfVisit(db, at.place.key))
  return { at, again: questions.again, questions }
}

/** Shows « Vous avez dit non » before the question itself: no presentation is recorded. */
export async function showRepeatedRefusal(
  ctx: Context,
  { foundation }: ShowContext,
  { visit, place }: AskingErrand,
  { again, recipient, register, at }: Questions,
): Promise<void> {
  const { db, pages, keys } = foundation
  const language = languageOf(ctx)
  const body = bodyOf(register, recipient)
  await noteReminded(db, askedAgainOf(visit, again, body), at)
  const base = `${baseOf(ctx)}${place.path}/rappel`
  const page: AgainPage = {
    csrf: formToken(keys, place.binding),
    said: saidBody('recipient', body.nameInSentence[language], language),
    items: again.map((item) => itemOf(item, register, language)),
    keepAction: `${base}/refus`,
    seeAction: `${base}/question`,
    silenceAction: `${base}/silence`,
  }
  setOwnPage(ctx, place.path)
  standApart(ctx)
  pages.show(ctx, 'asking/again', page)
}

function itemOf({ asked, no }: RepeatedItem, register: Register, language: Language) {
  const { dataset, required, optional, agreement } = asked
  const labelOf = categoryLabels(register, language)
  const ids = categoriesIn(dataset, required | optional)
  return {
    kind: no.kind,
    at: no.at,
    holder: bodyNames(register, language)(agreement.holder),
    same: ids.filter((id) => no.about.includes(id)).map(labelOf),
    added: ids.filter((id) => !no.about.includes(id)).map(labelOf),
  }
}

/** Counts the questions that are answered with no for her, once a visit. */
export async function noteSilencedAnswers(
  { foundation }: ShowContext,
  { visit }: AskingErrand,
  { silenced, recipient, register, at }: Questions,
): Promise<void> {
  const again = askedAgainOf(visit, silenced, bodyOf(register, recipient))
  const silences = silenced.map(({ silenceId }) => silenceId)
  await noteSilenced(foundation.db, again, silences, at)
}

function askedAgainOf(
  visit: AskingErrand['visit'],
  items: readonly { readonly itemNo: number }[],
  { root: recipient }: { readonly root: number },
) {
  return { visit: againKey(visit), recipient, itemNos: items.map(({ itemNo }) => itemNo) }
}
