import type { Context } from 'koa'
import { activeConsents, categoriesIn, fixedLines, keyRuleState } from '../../record/index.ts'
import { formToken } from '../../../base/web/forms.ts'
import type { Transaction } from '../../../base/database/database.ts'
import { writeId } from '../../../base/values/ids.ts'
import type { Language } from '../../../base/values/languages.ts'
import { allowMedia } from '../../../base/web/security-headers.ts'
import { baseOf, languageOf, seeOther, setOwnPage, standApart } from '../../../base/web/page.ts'
import { faceHref, faceOf } from '../../../base/web/plain-face.ts'
import { Refusal } from '../../../base/values/refusal.ts'
import type { ConsentText, Register } from '../../../registry/index.ts'
import { contactsOf, objectsOf } from '../../../registry/index.ts'
import { liveConsentToChange } from '../earlier-answers.ts'
import { recordPresentation } from '../ask.ts'
import { consentsOfSharing, isPaused } from '../consequences.ts'
import type { AskPage, SignPart, TypedAnswer } from './pages.ts'
import type { AskingContext, Place, ShowContext } from '../question-context.ts'
import { questionPath } from '../question-context.ts'
import type { AnswerDraft, RequestRow } from '../rows.ts'
import { signableBy } from '../answer-signature.ts'
import { requestOfConsent } from '../store.ts'
import type { StandingConsent } from '../terms.ts'
import { questionTerms } from '../question-terms.ts'
import { sensitiveOf } from '../terms.ts'
import { playedMedia } from '../text-media.ts'
import type { PageEvent } from '../page-event.ts'
import { transactQuestion } from '../page-event.ts'
import { originOf } from '../../../base/web/request-log.ts'

/** The place of a question among several that are asked at once. */
export type StepOfSeveral = {
  readonly n: number
  readonly of: number
  /** Her draft answer, which she has not sent. */
  readonly decided: AnswerDraft['answer'] | undefined
  /** Whether other items still have no answer. */
  readonly hasMore: boolean
  /** Whether all items have an answer: then a link leads to the page that shows them. */
  readonly canCheck: boolean
}

/** Why her last answer was not recorded, and what she had typed and ticked. */
export type RefusedAnswer = { readonly problem?: Refusal; readonly typed?: TypedAnswer | undefined }

type AtHand = {
  readonly place: Place
  readonly register: Register
  readonly row: RequestRow
  readonly rows?: readonly RequestRow[]
  readonly step?: StepOfSeveral
  /** Where the same question waits already, asked under her lock; undefined: nowhere. */
  readonly isAsked?: (tx: Transaction) => Promise<string | undefined>
}

/** Shows the question. The presentation is recorded before the page is sent. */
export async function showAsk(
  ctx: Context,
  context: ShowContext & Pick<AskingContext, 'media'>,
  { place, register, row, rows = [row], step, isAsked }: AtHand,
  { problem, typed }: RefusedAnswer = {},
): Promise<void> {
  const { foundation, notary } = context
  const { db, pages, words, keys } = foundation
  const { agreement, purpose, text } = objectsOf(row, register)
  // A request is fixed with its text: another version of the text needs another request.
  if (register.textFor(purpose.ref, agreement.id)?.no !== text.no)
    throw new Refusal('consent.expired', 410)
  const language = languageOf(ctx)
  const { standing, isHeldByHer } = await besideOf(context, row, register)
  const path = step === undefined ? place.path : questionPath(place, row)
  const ways = waysOf(ctx, path, place, text)
  const beside = { standing, isPaused: isHeldByHer, isPlain: ways.isPlain }
  const terms = questionTerms(row, beside, { register, language, words })
  const region = pages.fragment(language, 'asking/terms', terms)
  const labels = { grant: terms.grantLabel, refuse: terms.refuseLabel }
  const { key, clientId } = place
  const changes = standing?.consent.consentId
  const showing = { visit: key, clientId, row, rows, changes, language, region, labels }
  const shown = await transactQuestion(foundation, originOf(ctx), async (tx) => {
    const elsewhere = await isAsked?.(tx)
    if (elsewhere !== undefined) return { elsewhere }
    return { recorded: await recordPresentation(tx, notary.vault, register, showing) }
  })
  const { recorded, elsewhere = place.path } = shown
  if (recorded === undefined) return seeOther(ctx, elsewhere)
  const page: AskPage = {
    contacts: partiesOf([row], register, language),
    csrf: formToken(keys, place.binding),
    presentation: writeId('pre', recorded.presentationId),
    terms,
    typed,
    played: await playedOf(context.media, text, language),
    ...ways.hrefs,
    waitsUntil: row.expiresAt,
    step: step && stepOf(`${baseOf(ctx)}${place.path}`, step),
    sign:
      step === undefined ? await signPart(context, { row, register }, recorded.page) : undefined,
    onlyByKey: (await keyRuleState(db, notary.vault.seals, row.personId)).rule === 'required',
    problem: problem?.code,
  }
  setOwnPage(ctx, path)
  showPage(ctx, context, page, problem)
}

// Few texts have any.
async function playedOf(
  shelf: AskingContext['media'],
  text: ConsentText,
  language: Language,
): Promise<AskPage['played']> {
  return text.media === undefined ? [] : playedMedia(shelf, text, language)
}

function showPage(
  ctx: Context,
  { foundation: { pages } }: ShowContext,
  page: AskPage,
  problem: Refusal | undefined,
): void {
  standApart(ctx)
  if (page.played.length > 0) allowMedia(ctx)
  pages.show(ctx, 'asking/ask', page, problem)
}

/** The face that she chose, and the address of each button. In her own space the question waits already. */
function waysOf(ctx: Context, path: string, { service }: Place, { plain }: ConsentText) {
  const base = `${baseOf(ctx)}${path}`
  const face = plain === undefined ? undefined : faceOf(ctx, base)
  const isPlain = face?.isPlain === true
  // An answer that is refused is shown again in the face in which it was given.
  const deed = (name: string) => (isPlain ? faceHref(`${base}/${name}`, true) : `${base}/${name}`)
  return {
    isPlain,
    hrefs: {
      otherFaceHref: face?.otherHref,
      grantAction: deed('autorisation'),
      refuseAction: deed('refus'),
      laterAction: service === undefined ? undefined : `${base}/report`,
    },
  }
}

// Of several questions none is signed by itself: her key signs all answers, where she sends them.
async function signPart(
  context: ShowContext,
  { row, register }: Pick<AtHand, 'row' | 'register'>,
  { said }: PageEvent,
): Promise<SignPart> {
  const { foundation, notary } = context
  const signable = await signableBy(foundation.db, context.party, row.personId)
  if (signable === undefined) return 'without'
  const { checkpoint } = signable
  const { dataset } = objectsOf(row, register)
  const required = row.categoriesRequired & ~sensitiveOf(row, register)
  return {
    checkpoint,
    data: JSON.stringify({
      ...signable,
      lines: fixedLines(said, { issuer: notary.issuer, checkpoint }),
      versions: said['category_versions'],
      required: categoriesIn(dataset, required),
      lastDay: row.validUntilLocal,
    }),
  }
}

/** The consent that a yes would change, as it is now, and whether she has paused this sharing. */
async function besideOf(
  { foundation: { db }, notary }: ShowContext,
  row: RequestRow,
  register: Register,
) {
  const { consents: held, at: now } = await activeConsents(db, notary.vault, row.personId)
  const consent = row.amends === null ? undefined : liveConsentToChange(held, row, now)
  const asked = consent && (await requestOfConsent(db, consent.consentId))
  const standing: StandingConsent | undefined = consent && asked && { consent, row: asked }
  const isHeldByHer = consentsOfSharing({ row, held, register, now }).some(isPaused)
  return { standing, isHeldByHer }
}

function stepOf(
  base: string,
  { n, of, decided, hasMore, canCheck }: StepOfSeveral,
): AskPage['step'] {
  return {
    n,
    of,
    decided,
    laterRestAction: hasMore ? `${base}/questions/report` : undefined,
    checkHref: canCheck ? `${base}/reponses` : undefined,
  }
}

/** How to reach the bodies of a request: recipients stand before holders. */
export function partiesOf(rows: readonly RequestRow[], register: Register, language: Language) {
  const agreements = rows.map((row) => objectsOf(row, register).agreement)
  const ids = [
    ...agreements.map(({ recipient }) => recipient),
    ...agreements.map(({ holder }) => holder),
  ]
  return contactsOf(
    ids.map((id) => register.organisation(id)),
    language,
  )
}
