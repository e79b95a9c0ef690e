import type { RequirePerson } from '../../base/web/person.ts'
import type { Visit, Visits } from '../../base/web/visit.ts'
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import type { ConsentLife, Notary } from '../record/index.ts'
import { activeConsents } from '../record/index.ts'
import type { Database } from '../../base/platform/database.ts'
import { transact } from '../../base/platform/database.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { writeId } from '../../base/platform/ids.ts'
import type { Language } from '../../base/platform/languages.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import type { LiveRegister, Register } from '../../registry/index.ts'
import { contactsOf } from '../../registry/index.ts'
import { recordPresentation } from './ask.ts'
import type { SignedInAs } from './choice.ts'
import { consentsOfSharing, isPaused } from './consequences.ts'
import type { DecidedItem } from './drafts.ts'
import { hashOfAnswers } from './drafts.ts'
import { questionParties, answeredLine, checkLine } from './lines.ts'
import type {
  AnsweredLine,
  AnsweredPage,
  AnsweredTogetherPage,
  AskPage,
  CheckPage,
} from './pages.ts'
import type { AnswerDraft, RequestRow } from './rows.ts'
import type { StandingConsent } from './terms.ts'
import { objectsOf, termsPage } from './terms.ts'
import { requestOfConsent } from './store.ts'
import { liveConsentToChange } from './answered.ts'

export type AskingContext = ShowContext & {
  readonly visits: Visits
  readonly person: RequirePerson
}

export type AskingErrand = {
  readonly visit: Visit
  readonly personId: string
  readonly place: Place
}

export async function errand(ctx: Context, context: AskingContext): Promise<AskingErrand> {
  const visit = await context.visits.current(ctx).catch(sayWhereKept)
  if (visit.needs !== 'consent' || visit.personId === undefined)
    throw new Refusal('visit.not-found', 404)
  return { visit, personId: visit.personId, place: placeOfVisit(visit) }
}

// Where the visit is over, the page says where she finds her answers and the questions that she put off.
const overForHer = new Map([
  ['visit.done', 'consent.done'],
  ['visit.expired', 'consent.expired'],
])

function sayWhereKept(error: unknown): never {
  const code = error instanceof Refusal ? overForHer.get(error.code) : undefined
  if (code === undefined || !(error instanceof Refusal)) throw error
  throw new Refusal(code, error.status, { ...error.way, keptHref: '/mes-partages' })
}

export type ShowContext = {
  readonly foundation: Foundation
  readonly live: LiveRegister
  readonly notary: Notary
}

/** The place of a question: a visit that a service began, or the person's own space, where the question waited. */
export type Place = {
  /** SHA-256 of the visit in which the question was shown first: it names the request. */
  readonly key: Buffer
  /** The number of the item that is asked here; undefined: the request has one item. */
  readonly itemNo?: number
  readonly clientId: string
  readonly path: string
  /** The session or visit that the page's forms are bound to. */
  readonly binding: string
  /** The service that waits; undefined in the person's own space. */
  readonly service: string | undefined
  readonly by: SignedInAs
}

export function placeOfVisit(visit: Visit): Place {
  const { acr, amr, provedAt, isOfThisVisit } = visit
  return {
    key: createHash('sha256').update(`consent:${visit.id}`).digest(),
    clientId: visit.clientId,
    path: `/partage/demande/${visit.id}`,
    binding: visit.id,
    service: visit.service?.name ?? '',
    by: { acr, amr, provedAt, isOfThisVisit },
  }
}

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

type AtHand = {
  readonly place: Place
  readonly register: Register
  readonly row: RequestRow
  readonly rows?: readonly RequestRow[]
  readonly step?: StepOfSeveral
}

/** Shows the question. The presentation is recorded before the page is sent. */
export async function showAsk(
  ctx: Context,
  { foundation, notary }: ShowContext,
  { place, register, row, rows = [row], step }: AtHand,
  problem?: Refusal,
): Promise<void> {
  const { db, pages, words, keys } = foundation
  const { agreement, purpose, text } = objectsOf(row, register)
  // A request is fixed with its text: another version of the text needs another request.
  if (register.textFor(purpose.ref, agreement.id)?.no !== text.no)
    throw new Refusal('consent.expired', 410)
  const language = languageOf(ctx)
  const { standing, isHeldByHer } = await besideOf(db, row, register)
  const terms = { ...termsPage(row, register, language, words, standing), isPaused: isHeldByHer }
  const region = pages.fragment(language, 'asking/terms', terms)
  const isChange = standing !== undefined
  const labels = buttonsOf(isChange, (key) => words.t(language, key))
  const { key, clientId } = place
  const path = step === undefined ? place.path : questionPath(place, row)
  const changes = standing?.consent.consentId
  const showing = { visit: key, clientId, row, rows, changes, language, region, labels }
  const presentationId = await transact(db, (tx) =>
    recordPresentation(tx, notary.vault, register, showing),
  )
  if (presentationId === undefined) return seeOther(ctx, place.path)
  const base = `${baseOf(ctx)}${path}`
  const page: AskPage = {
    contacts: partiesOf([row], register, language),
    csrf: formToken(keys, place.binding),
    presentation: writeId('pre', presentationId),
    isChange,
    region,
    grantAction: `${base}/autorisation`,
    refuseAction: `${base}/refus`,
    // In her own space the question waits already.
    laterAction: place.service === undefined ? undefined : `${base}/report`,
    step: step && stepOf(`${baseOf(ctx)}${place.path}`, step),
    problem: problem?.code,
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'asking/ask', page, problem?.status)
}

function buttonsOf(isChange: boolean, t: (key: string) => string) {
  return isChange
    ? { grant: t('consent.ask.grant-change'), refuse: t('consent.ask.refuse-change') }
    : { grant: t('consent.ask.grant'), refuse: t('consent.ask.refuse') }
}

/** The consent that a yes would change, as it is now, and whether she has paused this sharing. */
async function besideOf(db: Database, row: RequestRow, register: Register) {
  const { consents: held, at: now } = await activeConsents(db, row.personId)
  const consent = row.amends === null ? undefined : liveConsentToChange(held, row, now)
  const asked = consent && (await requestOfConsent(db, consent.consentId))
  const standing: StandingConsent | undefined = consent && asked && { consent, row: asked }
  const isHeldByHer = consentsOfSharing({ row, held, register, now }).some(isPaused)
  return { standing, isHeldByHer }
}

export function questionPath({ path }: Place, { itemNo }: Pick<RequestRow, 'itemNo'>): string {
  return `${path}/questions/${itemNo}`
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

type ToCheck = {
  readonly place: Place
  readonly register: Register
  readonly decided: readonly DecidedItem[]
  /** Consents that may be used or resumed. */
  readonly held: readonly ConsentLife[]
  readonly at: Date
  /** Whether this is one answer that was kept while she signed in again. */
  readonly isOne?: boolean
}

/** Shows all draft answers before any of them is recorded. */
export function showCheck(
  ctx: Context,
  { foundation }: ShowContext,
  { place, register, decided, held, at, isOne = false }: ToCheck,
  problem?: Refusal,
): void {
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
    problem: problem?.code,
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'asking/check', page, problem?.status)
}

// Recipients stand before holders.
function partiesOf(rows: readonly RequestRow[], register: Register, language: Language) {
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

/** Shows her answers, the way to change them, and the way on. @param rows all items of the request */
export async function showAnswered(
  ctx: Context,
  shown: ShowContext,
  place: Place,
  rows: readonly RequestRow[],
): Promise<void> {
  const { pages, keys } = shown.foundation
  const answered = rows.filter(({ state }) => state === 'answered')
  const lines: AnsweredLine[] = []
  const language = languageOf(ctx)
  const { db } = shown.foundation
  const register = shown.live.current()
  const { notary } = shown
  for (const row of answered)
    lines.push(await answeredLine({ db, notary, register, language, base: baseOf(ctx) }, row))
  const way = {
    csrf: formToken(keys, place.binding),
    service: place.service,
    next: `${baseOf(ctx)}${place.path}/suite`,
  }
  const [only] = lines
  if (only !== undefined && rows.length === 1)
    return pages.show(ctx, 'asking/answered', { ...only, ...way } satisfies AnsweredPage)
  const waiting = rows
    .filter(({ state }) => state === 'requested')
    .map((row) => questionParties(row, register, language))
  const page: AnsweredTogetherPage = { ...way, lines, waiting }
  return pages.show(ctx, 'asking/answered-together', page)
}

/** The last moment of a consent: it ends at midnight, so its last day is the day before. */
export function lastMoment(validUntil: Date): Date {
  return new Date(validUntil.getTime() - 1)
}
