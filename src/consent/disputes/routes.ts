import type { RecordPorts } from '../record/index.ts'
import type { At } from '../../base/web/router.ts'
import { forPerson } from '../../base/web/person.ts'
import type { Context } from 'koa'
import { z } from 'zod'
import { categoriesIn, registerEpoch } from '../record/index.ts'
import { secondsAfter } from '../../base/values/clock.ts'
import { transact } from '../../base/database/database.ts'
import { formToken, readForm } from '../../base/web/forms.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import { readId, shortNumber, writeId } from '../../base/values/ids.ts'
import { baseOf, languageOf, seeOther, setOwnPage } from '../../base/web/page.ts'
import type { Language } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'
import type { RequirePerson, SignedInPerson } from '../../base/web/person.ts'
import { present } from '../../base/values/present.ts'
import { Refusal } from '../../base/values/refusal.ts'
import type { ServedRoutes } from '../../base/web/endpoints.ts'
import { routes } from '../../base/web/router.ts'
import type { Register } from '../../registry/index.ts'
import {
  bodyNames,
  categoryLabels,
  contactsOf,
  namesInSentence,
  saidBody,
  saidParties,
} from '../../registry/index.ts'
import { answeringBody, maxCharacters, openDispute, refusalOf, textsOf } from './dispute.ts'
import type { DisputePage } from './pages.ts'
import type { DisputeRow, DisputedLine } from './rows.ts'
import { disputesOf, lineOf } from './store.ts'

// A longer text than a question may have is shown again to be shortened, up to this limit.
const disputeForm = z.object({ texte: z.string().max(20_000) })

/** The parts that the page of a question needs. */
type QuestionContext = RecordPorts & {
  readonly foundation: Foundation
  readonly person: RequirePerson
}

/** « Ce n’est pas normal ? » */
export function disputeRoutes(context: QuestionContext): ServedRoutes {
  const { anyone } = forPerson(context, '/mes-partages')
  const path = '/mes-partages/signalements/:decision'
  return routes('people')
    .get(
      path,
      anyone((ctx: At<'decision'>, _, who) => show(ctx, context, who)),
    )
    .post(path, anyone(ask))
    .served('page')
}

async function ask(
  ctx: At<'decision'>,
  context: QuestionContext,
  who: SignedInPerson,
): Promise<void> {
  const { foundation } = context
  const { texte: text } = await readForm(ctx, foundation.keys, who.sessionUid, disputeForm)
  const { personId, acr } = who
  const question = { personId, acr, decisionId: ctx.params.decision, text }
  try {
    const register = await context.live.at(await registerEpoch(foundation.db))
    const asking = { vault: context.vault, register }
    await transact(foundation.db, (tx) => openDispute(tx, asking, question))
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.status === 404) throw problem
    return show(ctx, context, who, { problem, text })
  }
  const from = cameFrom(ctx)
  const query = from === undefined ? '' : `&de=${from}`
  seeOther(ctx, `/mes-partages/signalements/${ctx.params.decision}?fait${query}`)
}

// « Mon activité » has two links, one to ask and one to report. Both lead to this page.
function cameFrom({ query }: Context): DisputePage['from'] {
  return (['question', 'signalement'] as const).find((from) => from === query['de'])
}

type Failed = { readonly problem: Refusal; readonly text: string }

async function show(
  ctx: At<'decision'>,
  context: QuestionContext,
  { personId, sessionUid }: SignedInPerson,
  failed?: Failed,
): Promise<void> {
  const { db, keys, clock, pages, words } = context.foundation
  const reference = ctx.params.decision
  const decisionId = readId('dec', reference)
  const line = decisionId === undefined ? undefined : await lineOf(db, personId, decisionId)
  if (line === undefined) throw new Refusal('dispute.not-found', 404)
  const register = await context.live.at(await registerEpoch(db))
  const disputes = await disputesOf(db, personId, [line.decisionId])
  const dispute = disputes.byDecision.get(line.decisionId)
  const path = `/mes-partages/signalements/${reference}`
  const from = cameFrom(ctx)
  const sharing = line.consentId === null ? '' : `/${writeId('con', line.consentId)}`
  const page: DisputePage = {
    ...linePart(line, register, { words, language: languageOf(ctx) }),
    ...failedPart(failed),
    csrf: formToken(keys, sessionUid),
    action: `${baseOf(ctx)}${path}${from === undefined ? '' : `?de=${from}`}`,
    backHref: `${baseOf(ctx)}${from === undefined ? `/mes-partages${sharing}` : '/activite'}`,
    from,
    number: shortNumber(reference),
    asked: dispute && (await askedPart(db, context, dispute, clock())),
    maxCharacters,
    isDone: 'fait' in ctx.query,
    refused: refusalOf(disputes, line.decisionId)?.code,
  }
  setOwnPage(ctx, path)
  pages.show(ctx, 'disputes/dispute', page, failed?.problem)
}

function linePart(
  line: DisputedLine,
  register: Register,
  { words, language }: { readonly words: Words; readonly language: Language },
) {
  const names = register.asOf(line.at)
  const nameOf = bodyNames(names, language)
  const saidOf = namesInSentence(names, language)
  const to =
    line.recipient === null ? words.t(language, 'my-activity.line.unknown') : saidOf(line.recipient)
  const dataset = present(register.datasetByNo(line.dataset), 'the dataset of a line')
  const what = categoriesIn(dataset, line.categories)
  return {
    at: line.at,
    what: what.map(categoryLabels(names, language)),
    said: {
      ...saidParties(saidOf(line.holder), to, language),
      ...saidBody('organisation', saidOf(answeringBody(line)), language),
    },
    isRefused: line.outcome === 'deny',
    routedTo: nameOf(answeringBody(line)),
    contacts: contactsOf([register.organisationByRoot(answeringBody(line))], language),
  }
}

function failedPart(failed: Failed | undefined): Pick<DisputePage, 'text' | 'problem' | 'field'> {
  if (failed === undefined) return { text: '', problem: undefined, field: undefined }
  const { code } = failed.problem
  return { text: failed.text, problem: code, field: code === 'dispute.text' ? 'texte' : undefined }
}

async function askedPart(
  db: Foundation['db'],
  { vault }: RecordPorts,
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
    // The page names the last day, and not the midnight after it.
    dueAt: secondsAfter(dueAt, -1),
    isOverdue: answer === undefined && now >= dueAt,
    answer,
  }
}
