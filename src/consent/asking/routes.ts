import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { ConsentLife } from '../record/index.ts'
import { activeConsents, consentState, isLive, registerEpoch } from '../record/index.ts'
import { transact } from '../../base/platform/database.ts'
import { readForm } from '../../base/web/forms.ts'
import { readId } from '../../base/platform/ids.ts'
import { seeOther } from '../../base/web/page.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { routes } from '../../base/web/router.ts'
import type { RequirePerson } from '../../base/web/person.ts'
import { ProofNeeded } from '../../base/web/proof.ts'
import type { Outcome, Visit, Visits } from '../../base/web/visit.ts'
import type { Register } from '../../registry/index.ts'
import type { Sorted } from './again.ts'
import { againKey, sortAgain } from './again.ts'
import { noteAnsweredForHer, showAgain } from './again-show.ts'
import { answerRequest } from './answer.ts'
import { changedBy, settles } from './answered.ts'
import type { AskedItem } from './ask.ts'
import { newRequest } from './ask.ts'
import { readDetail } from './details.ts'
import { keepAnswer } from './drafts.ts'
import { DetailError } from './limits.ts'
import { noticeOf } from './notice.ts'
import type { RequestRow } from './rows.ts'
import type { Place, Shown } from './show.ts'
import { placeOfVisit, showAnswered, showAsk } from './show.ts'
import { maxItems, requestsOfVisit } from './store.ts'

const ticks = z
  .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
  .optional()
  .transform((chosen) => [chosen ?? []].flat())
export const answerForm = z.object({
  presentation: z.string().max(64),
  optional: ticks,
  express: ticks,
  until: z
    .string()
    .max(10)
    .optional()
    .transform((day) => day || undefined),
  // The tick beside a yes that ends a pause too.
  resume: z
    .literal('yes')
    .optional()
    .transform((tick) => tick !== undefined),
})
export const emptyForm = z.object({})
export const askedAgain = new Set([
  'access.held',
  'consent.changed',
  'consent.express-missing',
  'consent.date',
  'consent.too-many',
])

export type Asking = Shown & { readonly visits: Visits; readonly person: RequirePerson }

/** Do you allow this sharing? One purpose, two answers, nothing else: asked for a service that waits. */
export function consentRoutes(desk: Asking): Middleware {
  return routes('/partage')
    .get('/demande/:visit', (ctx) => whereItStands(ctx, desk))
    .post('/demande/:visit/autorisation', (ctx) => answer(ctx, desk, true))
    .post('/demande/:visit/refus', (ctx) => answer(ctx, desk, false))
    .post('/demande/:visit/report', (ctx) => decideLater(ctx, desk))
    .post('/demande/:visit/suite', (ctx) => goOn(ctx, desk))
    .middleware()
}

async function whereItStands(ctx: Context, desk: Asking): Promise<void> {
  const at = await errand(ctx, desk)
  const notice = await noticeOf(desk, at.visit)
  if (notice !== undefined) return seeOther(ctx, `${at.place.path}/information`)
  const { db } = desk.foundation
  const known = await requestsOfVisit(db, at.place.key)
  if (known.length > 0 && known.every(isDone)) return showAnswered(ctx, desk, at.place, known)
  const questions = await questionsOf(desk, at, known)
  await noteAnsweredForHer(desk, at, questions)
  if (questions.again.length > 0) return showAgain(ctx, desk, at, questions)
  const { rows, open, register } = questions
  const [row, ...more] = rows
  // Allowed already, in another tab or at another time, or answered for her: it is not asked again.
  if (row === undefined || open.length === 0)
    return known.some(isDone)
      ? showAnswered(ctx, desk, at.place, known.filter(isDone))
      : desk.visits.finish(ctx, at.visit, await outcomeOf(desk, at, known))
  if (more.length > 0) return seeOther(ctx, `${at.place.path}/questions`)
  return showAsk(ctx, desk, { place: at.place, register, row })
}

async function answer(ctx: Context, desk: Asking, granted: boolean): Promise<void> {
  const at = await errand(ctx, desk)
  const { personId, place } = at
  const problem = await record(ctx, desk, { place, personId, granted })
  if (problem !== undefined) return askAgain(ctx, desk, at, problem)
}

/** The question of a visit that asks one thing, with why its answer was not recorded. */
export async function askAgain(
  ctx: Context,
  desk: Asking,
  at: Errand,
  problem: Refusal,
): Promise<void> {
  const known = await requestsOfVisit(desk.foundation.db, at.place.key)
  const { register } = await questionsOf(desk, at, known)
  const [row] = known
  if (row === undefined) throw new Refusal('consent.expired', 410)
  return showAsk(ctx, desk, { place: at.place, register, row }, problem)
}

type Recording = { readonly place: Place; readonly personId: string; readonly granted: boolean }

/**
 * Records the answer of a form, and goes on. A yes that lacks a proof of who gives it is kept, and leads to the proof.
 * @returns what it lacks: the words are others now, or an answer is missing. Then the page is shown again, nothing ticked,
 * and nothing was recorded
 */
export async function record(
  ctx: Context,
  desk: Asking,
  { place, personId, granted }: Recording,
): Promise<Refusal | undefined> {
  const { db, keys } = desk.foundation
  const form = await readForm(ctx, keys, place.binding, answerForm)
  const presentationId = readId('pre', form.presentation)
  if (presentationId === undefined) throw new Refusal('form.invalid')
  const { key: visit, itemNo, by } = place
  const { optional: chosen, express, until, resume: resumes } = form
  const choice = { chosen, express, until, resumes }
  const given = { visit, itemNo, personId, granted, presentationId, ...by, ...choice }
  try {
    const register = await desk.live.at(await registerEpoch(db))
    await transact(db, (tx) => answerRequest(tx, desk.notary, register, given))
    seeOther(ctx, place.path)
    return undefined
  } catch (error) {
    if (error instanceof Refusal && askedAgain.has(error.code)) return error
    if (!(error instanceof ProofNeeded)) throw error
    const kept = { ...choice, presentationId, until: form.until ?? null }
    await transact(db, (tx) => keepAnswer(tx, place, kept, desk.foundation.clock()))
    await desk.visits.begin(ctx, { returnTo: `${place.path}/reponse`, ...error.needed })
    return undefined
  }
}

/** The service is told no more than "not allowed"; the question waits in « Mes partages ». */
async function decideLater(ctx: Context, desk: Asking): Promise<void> {
  const at = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, at.place.binding, emptyForm)
  const rows = await requestsOfVisit(db, at.place.key)
  // Answered meanwhile, in another tab: that is her answer.
  if (rows.length !== 1 || !rows.every(isOpen)) return seeOther(ctx, at.place.path)
  return desk.visits.finish(ctx, at.visit, await outcomeOf(desk, at, rows))
}

async function goOn(ctx: Context, desk: Asking): Promise<void> {
  const at = await errand(ctx, desk)
  const { db, keys } = desk.foundation
  await readForm(ctx, keys, at.place.binding, emptyForm)
  const rows = await requestsOfVisit(db, at.place.key)
  if (!rows.some(isDone)) return seeOther(ctx, at.place.path)
  return desk.visits.finish(ctx, at.visit, await outcomeOf(desk, at, rows))
}

/** What the service learns: that something of what it asked is allowed, by these answers or before, or that nothing is. */
export async function outcomeOf(
  desk: Asking,
  at: Errand,
  rows: readonly RequestRow[],
): Promise<Outcome> {
  const { allowed, held, register, at: now } = await questionsOf(desk, at, rows)
  for (const { state, consentId, itemNo } of rows) {
    if (state !== 'answered') continue
    const consent = await consentState(desk.foundation.db, at.personId, consentId)
    // What is in a pause gives no token: the service is told as of a no. What another yes replaced is allowed by that one.
    const isLiving = held.some((one) => one.consentId === consentId && isLive(one, register, now))
    if (consent?.state !== 'refused' && (isLiving || allowed.includes(itemNo)))
      return { kind: 'nothing-to-ask' }
  }
  const isAnswered = (no: number) =>
    rows.some(({ itemNo, state }) => itemNo === no && state === 'answered')
  return allowed.every(isAnswered)
    ? { kind: 'refused', error: 'access_denied' }
    : { kind: 'nothing-to-ask' }
}

// One spelling of each address: as « Mes partages » writes it.
export function isItemNo(text: string): boolean {
  return /^[1-9]\d?$/.test(text) && Number(text) <= maxItems
}

export type Errand = { readonly visit: Visit; readonly personId: string; readonly place: Place }

export async function errand(ctx: Context, desk: Asking): Promise<Errand> {
  const visit = await desk.visits.current(ctx).catch(sayWhereKept)
  if (visit.needs !== 'consent' || visit.personId === undefined)
    throw new Refusal('visit.not-found', 404)
  return { visit, personId: visit.personId, place: placeOfVisit(visit) }
}

// What was answered, or put off, is kept where she finds it, whatever became of the visit.
const overForHer = new Map([
  ['visit.done', 'consent.done'],
  ['visit.expired', 'consent.expired'],
])

function sayWhereKept(error: unknown): never {
  const code = error instanceof Refusal ? overForHer.get(error.code) : undefined
  if (code === undefined || !(error instanceof Refusal)) throw error
  throw new Refusal(code, error.status, { ...error.way, keptHref: '/mes-partages' })
}

export type Questions = {
  readonly register: Register
  readonly at: Date
  /** What this visit asks, fixed from the first page on; only what was not allowed by then. */
  readonly rows: readonly RequestRow[]
  /** Those of them that still want an answer. */
  readonly open: readonly RequestRow[]
  /** Of all that the service asks, what a consent that lives answers: by its place among it. */
  readonly allowed: readonly number[]
  /** What may be used, or resumed. */
  readonly held: readonly ConsentLife[]
} & Omit<Sorted, 'asked'>

/** @param known what the visit has shown. @throws Refusal consent.expired (410) when something of it may not be asked any more */
export async function questionsOf(
  desk: Asking,
  { visit, personId }: Errand,
  known: readonly RequestRow[],
): Promise<Questions> {
  const { consents, epoch, at } = await activeConsents(desk.foundation.db, personId)
  const register = await desk.live.at(epoch)
  const items = askedBy(visit, register, at)
  const live = consents.filter((consent) => isLive(consent, register, at))
  const isAllowed = ({ asked }: AskedItem) =>
    live.some((consent) => settles(consent, asked, register))
  const allowed = items.filter(isAllowed).map(({ itemNo }) => itemNo)
  const missing = items
    .filter(({ itemNo }) => !allowed.includes(itemNo))
    .map((item) => ({
      ...item,
      amends: changedBy(consents, item.asked, register, at)?.arrangementId,
    }))
  // Once something was shown, what is asked is fixed.
  const sorting = { personId, register, now: at }
  const { asked, again, silenced } =
    known.length > 0
      ? { asked: missing, again: [], silenced: [] }
      : await sortAgain(desk.foundation.db, againKey(visit), missing, sorting)
  const rows = known.length > 0 ? known : newRequest(asked, personId, at)
  const open = rows.filter((row) => isOpen(row) && !allowed.includes(row.itemNo))
  return { register, at, rows, open, allowed, held: consents, again, silenced }
}

export function isOpen({ state, answersSha256 }: RequestRow): boolean {
  return state !== 'answered' && answersSha256 === null
}

// What is left for later of several is done here: it waits elsewhere.
function isDone(row: RequestRow): boolean {
  return !isOpen(row)
}

function askedBy(visit: Visit, register: Register, now: Date): AskedItem[] {
  const recipient = register.services.get(visit.clientId)?.orgId
  if (recipient === undefined) throw new Refusal('consent.expired', 410)
  try {
    return visit.details.map((detail, i) => ({
      itemNo: i + 1,
      asked: readDetail(detail, { recipient, register, now, isGoingOn: true }),
    }))
  } catch (error) {
    // Good when it was pushed, and no longer: an agreement suspended meanwhile.
    if (error instanceof DetailError) throw new Refusal('consent.expired', 410)
    throw error
  }
}
