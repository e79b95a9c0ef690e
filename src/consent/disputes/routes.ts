import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import { later } from '../../base/platform/clock.ts'
import { transact } from '../../base/platform/database.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { readId, writeId } from '../../base/platform/ids.ts'
import { baseOf, languageOf, seeOther, standsAt } from '../../base/web/page.ts'
import type { Language } from '../../base/platform/languages.ts'
import type { RequirePerson, SignedIn } from '../../base/web/person.ts'
import { Refusal } from '../../base/platform/refusal.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import { contactsOf } from '../../registry/index.ts'
import type { Desk } from './dispute.ts'
import { answersFor, maxCharacters, openDispute, refusalOf, textsOf } from './dispute.ts'
import type { DisputePage } from './pages.ts'
import type { DisputeRow, Line } from './rows.ts'
import { disputesOf, lineOf } from './store.ts'

// Longer ones are given back to be shortened, up to the limit of a form.
const disputeForm = z.object({ texte: z.string().max(20_000) })

/** « Ce n’est pas normal ? » */
export function disputeRoutes(
  foundation: Foundation,
  desk: Desk,
  person: RequirePerson,
): Middleware {
  const signedIn =
    (page: (ctx: Context, who: SignedIn) => Promise<void>) =>
    async (ctx: Context): Promise<void> => {
      const who = await person.anyone(ctx)
      if (who !== undefined) await page(ctx, who)
    }
  return routes()
    .get(
      '/mes-partages/signalements/:decision',
      signedIn((ctx, who) => show(ctx, foundation, desk, who)),
    )
    .post(
      '/mes-partages/signalements/:decision',
      signedIn((ctx, who) => ask(ctx, foundation, desk, who)),
    )
    .middleware()
}

async function ask(ctx: Context, foundation: Foundation, desk: Desk, who: SignedIn): Promise<void> {
  const { texte: text } = await readForm(ctx, foundation.keys, who.sessionUid, disputeForm)
  const { personId, acr } = who
  const question = { personId, acr, decisionId: decisionOf(ctx), text }
  try {
    await transact(foundation.db, (tx) => openDispute(tx, desk, question))
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status === 404) throw problem
    return show(ctx, foundation, desk, who, { problem, text })
  }
  const from = cameFrom(ctx)
  const query = from === undefined ? '' : `&de=${from}`
  seeOther(ctx, `/mes-partages/signalements/${decisionOf(ctx)}?fait${query}`)
}

// « Mon activité » has two links: to ask, and to report. It is one deed.
function cameFrom({ query }: Context): DisputePage['from'] {
  return (['question', 'signalement'] as const).find((from) => from === query['de'])
}

function decisionOf(ctx: Context): string {
  const { decision } = ctx['params'] as { decision: string }
  return decision
}

type Failed = { readonly problem: Refusal; readonly text: string }

async function show(
  ctx: Context,
  { db, keys, clock, pages }: Foundation,
  desk: Desk,
  { personId, sessionUid }: SignedIn,
  failed?: Failed,
): Promise<void> {
  const reference = decisionOf(ctx)
  const decisionId = readId('dec', reference)
  const line = decisionId === undefined ? undefined : await lineOf(db, personId, decisionId)
  if (line === undefined) throw new Refusal('dispute.not-found', 404)
  const register = await desk.live.at(await registerEpoch(db))
  const disputes = await disputesOf(db, personId, [line.decisionId])
  const dispute = disputes.byDecision.get(line.decisionId)
  const path = `/mes-partages/signalements/${reference}`
  const from = cameFrom(ctx)
  const sharing = line.consentId === null ? '' : `/${writeId('con', line.consentId)}`
  const page: DisputePage = {
    ...linePart(line, register, languageOf(ctx)),
    ...failedPart(failed),
    csrf: formToken(keys, sessionUid),
    action: `${baseOf(ctx)}${path}${from === undefined ? '' : `?de=${from}`}`,
    backHref: `${baseOf(ctx)}${from === undefined ? `/mes-partages${sharing}` : '/activite'}`,
    from,
    reference,
    asked: dispute && (await askedPart(db, desk, dispute, clock())),
    maxCharacters,
    isDone: 'fait' in ctx.query,
    refused: refusalOf(disputes, line.decisionId)?.code,
  }
  standsAt(ctx, path)
  pages.show(ctx, 'disputes/dispute', page, failed?.problem.status)
}

function linePart(line: Line, register: Register, language: Language) {
  const nameOf = (root: number) => register.organisationByRoot(root)?.name[language] ?? '?'
  const dataset = register.datasetByNo(line.dataset)
  const what = dataset === undefined ? [] : categoriesIn(dataset, line.categories)
  return {
    at: line.at,
    what: what.map((id) => register.category(id)?.label[language] ?? id),
    holder: nameOf(line.holder),
    recipient: nameOf(line.recipient ?? 0),
    isRefused: line.outcome === 'deny',
    routedTo: nameOf(answersFor(line)),
    contacts: contactsOf([register.organisationByRoot(answersFor(line))], language),
  }
}

function failedPart(failed: Failed | undefined): Pick<DisputePage, 'text' | 'problem' | 'field'> {
  if (failed === undefined) return { text: '', problem: undefined, field: undefined }
  const { code } = failed.problem
  return { text: failed.text, problem: code, field: code === 'dispute.text' ? 'texte' : undefined }
}

async function askedPart(
  db: Foundation['db'],
  { vault }: Desk,
  dispute: DisputeRow,
  now: Date,
): Promise<DisputePage['asked']> {
  const { openedAt, dueAt, answeredAt, outcome } = dispute
  const { question, answer: text } = await textsOf(db, vault, dispute)
  const answer =
    answeredAt === null || outcome === null ? undefined : { at: answeredAt, outcome, text }
  return {
    question,
    openedAt,
    // The last day itself, not the midnight after it.
    dueAt: later(dueAt, -1),
    isOverdue: answer === undefined && now >= dueAt,
    answer,
  }
}
