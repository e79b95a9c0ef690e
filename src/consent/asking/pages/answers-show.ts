import type { Context } from 'koa'
import type { ConsentLife } from '../../record/index.ts'
import { keyRuleState, registerEpoch } from '../../record/index.ts'
import { formToken } from '../../../base/web/forms.ts'
import { baseOf, languageOf, setOwnPage, standApart } from '../../../base/web/page.ts'
import type { Refusal } from '../../../base/values/refusal.ts'
import type { Register } from '../../../registry/index.ts'
import type { DecidedItem } from '../drafts.ts'
import { answerInDraft, hashOfAnswers } from '../drafts.ts'
import { serviceAddressOf } from '../service-elsewhere.ts'
import { questionParties, answeredLine, checkLine } from './lines.ts'
import type {
  AnsweredLine,
  AnsweredPage,
  AnsweredTogetherPage,
  CheckPage,
  SignPart,
} from './pages.ts'
import type { Place, ShowContext } from '../question-context.ts'
import { questionPath } from '../question-context.ts'
import { waitingItems } from '../questions.ts'
import type { RequestRow } from '../rows.ts'
import type { RefusedAnswer } from './show.ts'
import { partiesOf } from './show.ts'
import { present } from '../../../base/values/present.ts'
import { recoverFrom } from '../../../base/values/expected-errors.ts'
import { presentationOf } from '../presentation-in-force.ts'
import { keptForm } from '../answer-form.ts'
import { OldPage, signableBy, textOf } from '../answer-signature.ts'
import { shownEventOf, transactQuestion } from '../page-event.ts'
import { originOf } from '../../../base/web/request-log.ts'

// What a person has answered: before she sends it, and afterwards.

type ToCheck = {
  readonly personId: string
  readonly place: Place
  readonly register: Register
  readonly decided: readonly DecidedItem[]
  /** Consents that may be used or resumed. */
  readonly held: readonly ConsentLife[]
  readonly at: Date
  /** Whether this is one answer that was kept while she signed in again. */
  readonly isOne?: boolean
  /** Shows a question anew, with what she chose: an older process showed its page, too long ago. */
  readonly shownAnew: (refused: RefusedAnswer, item: DecidedItem) => Promise<void>
}

/** Shows all draft answers before any of them is recorded. */
export async function showCheck(
  ctx: Context,
  context: ShowContext,
  { personId, place, register, decided, held, at, isOne = false, shownAnew }: ToCheck,
  problem?: Refusal,
): Promise<void> {
  const sign = await signPart(ctx, context, { personId, register, decided, at }).catch(
    recoverFrom(OldPage, (error) => error),
  )
  if (sign instanceof OldPage) {
    const isIt = ({ row }: DecidedItem) => row.itemNo === sign.row.itemNo
    const item = present(decided.find(isIt), 'the answer whose page is old')
    return shownAnew(keptForm(sign, item.draft), item)
  }
  const { foundation } = context
  const { pages, keys } = foundation
  const language = languageOf(ctx)
  const path = `${place.path}/${isOne ? 'reponse' : 'reponses'}`
  const page: CheckPage = {
    contacts: partiesOf(
      decided.map((item) => item.row),
      register,
      language,
    ),
    csrf: formToken(keys, place.binding),
    answers: hashOfAnswers(decided).toString('base64url'),
    action: `${baseOf(ctx)}${path}`,
    items: decided.map(({ row, draft }) => ({
      ...checkLine({ row, draft }, held, { register, language }, at),
      changeHref: `${baseOf(ctx)}${isOne ? place.path : questionPath(place, row)}`,
    })),
    isOne,
    sign,
    onlyByKey: await isOnlyByKey(context, personId, decided),
    problem: problem?.code,
  }
  setOwnPage(ctx, path)
  standApart(ctx)
  pages.show(ctx, 'asking/check', page, problem)
}

async function signPart(
  ctx: Context,
  context: ShowContext,
  {
    personId,
    register,
    decided,
    at: now,
  }: Pick<ToCheck, 'personId' | 'register' | 'decided' | 'at'>,
): Promise<SignPart> {
  const { foundation, notary } = context
  const signable = await signableBy(foundation.db, context.party, personId)
  if (signable === undefined) return 'without'
  const { options, checkpoint } = signable
  const saying = { issuer: notary.issuer, register, now }
  const texts = await transactQuestion(foundation, originOf(ctx), async (tx) => {
    const made: string[] = []
    for (const { row, draft } of decided) {
      const given = answerInDraft(draft)
      if (given === undefined) continue
      const { presentationId, ...answer } = given
      const shown = await presentationOf(tx, row, presentationId, register)
      const page = await shownEventOf(tx, notary.vault, row, shown)
      made.push(textOf({ row, answer, page }, saying, checkpoint))
    }
    return made
  })
  return { checkpoint, data: JSON.stringify({ options, texts }) }
}

async function isOnlyByKey(
  { foundation: { db }, notary }: ShowContext,
  personId: string,
  decided: readonly DecidedItem[],
): Promise<boolean> {
  if (!decided.some(({ draft }) => draft.answer === 'granted')) return false
  return (await keyRuleState(db, notary.vault.seals, personId)).rule === 'required'
}

/**
 * Shows her answers, the way to change them, and the way on.
 * @param rows all items of the request
 * @param asker the service that asked, where she answers in her own space
 */
export async function showAnswered(
  ctx: Context,
  shown: ShowContext,
  place: Place,
  rows: readonly RequestRow[],
  asker?: string,
): Promise<void> {
  const { pages, keys, words, clock } = shown.foundation
  const answered = rows.filter(({ state }) => state === 'answered')
  const lines: AnsweredLine[] = []
  const language = languageOf(ctx)
  const { db } = shown.foundation
  const register = await shown.live.at(await registerEpoch(db))
  const { notary } = shown
  const reading = { db, notary, register, words, language, base: baseOf(ctx) }
  for (const row of answered) lines.push(await answeredLine({ ...reading, now: clock() }, row))
  const way = {
    csrf: formToken(keys, place.binding),
    service: place.service,
    elsewhere: serviceAddressOf(register.services.get(asker ?? ''), notary.issuer, language),
    next: `${baseOf(ctx)}${place.path}/suite`,
  }
  standApart(ctx)
  const [only] = lines
  if (only !== undefined && rows.length === 1)
    return pages.show(ctx, 'asking/answered', { ...only, ...way } satisfies AnsweredPage)
  const waiting = (
    await waitingItems(
      shown,
      rows.filter(({ state }) => state === 'requested'),
    )
  ).map((row) => questionParties(row, register, language))
  const page: AnsweredTogetherPage = { ...way, lines, waiting }
  return pages.show(ctx, 'asking/answered-together', page)
}
