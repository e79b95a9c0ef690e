import { isAskable, openRequests, questionsShownSince } from '../../consent/asking/index.ts'
import { categoriesIn } from '../../consent/record/index.ts'
import type { Lead } from '../../consent/standing/index.ts'
import { bodyNames, categoryLabels, objectsOf } from '../../registry/index.ts'
import { sharingsPage } from './list.ts'
import type { BodyBlock, SharingView } from './pages.ts'
import type { SharingInput } from './sharing-input.ts'

// What she sees on « Mes partages », for whoever she lets see with her: without what can be pressed, and without what she has answered since
// then. He learns that she answered, and never what.

/** What an answer was about. */
export type AnswerInHelp = { readonly recipient: string; readonly purpose: string }

export type SharingsInHelp = {
  /** Undefined after an answer: it would count it. */
  readonly lead: Lead | undefined
  readonly blocks: readonly BodyBlock[]
  readonly ended: readonly SharingView[]
  readonly answered: readonly AnswerInHelp[]
}

/** @param since when the help began */
export async function sharingsInHelp(reading: SharingInput, since: Date): Promise<SharingsInHelp> {
  const { lead, blocks, ended } = await sharingsPage(reading, undefined)
  const open = blocks.flatMap(({ flows }) =>
    flows.flatMap((flow) => (flow.by === 'choice' ? [flow.sharing] : [])),
  )
  const then = [...open, ...ended].filter((sharing) => sharing.since >= since)
  const hidden = new Set(then.map(subjectOf))
  const isShown = (sharing: SharingView) => !hidden.has(subjectOf(sharing))
  return {
    lead: hidden.size === 0 ? lead : undefined,
    blocks: blocks
      .map((block) => ({
        ...block,
        // What a body may receive in all would count the answer.
        ...(hidden.size === 0 ? {} : { senders: [], several: [] }),
        flows: block.flows.filter((flow) => flow.by === 'law' || isShown(flow.sharing)),
      }))
      .filter(({ flows }) => flows.length > 0),
    ended: ended.filter(isShown),
    answered: answeredOf(then),
  }
}

// An answer may end an earlier one about the same: neither is shown.
function subjectOf({ recipient, holder, purpose }: SharingView): string {
  return JSON.stringify([recipient, holder, purpose])
}

function answeredOf(then: readonly SharingView[]): AnswerInHelp[] {
  const once = new Map(then.map((sharing) => [subjectOf(sharing), sharing]))
  return [...once.values()].map(({ recipient, purpose }) => ({ recipient, purpose }))
}

/** A question that waits for her; `reads`: it was put in front of her since the help began. */
export type QuestionInHelp = {
  readonly recipient: string
  readonly holder: string
  readonly purpose: string
  readonly what: readonly string[]
  readonly until: Date
  readonly state: 'waits' | 'reads'
}

export async function questionsInHelp(
  reading: SharingInput,
  since: Date,
): Promise<{
  readonly questions: readonly QuestionInHelp[]
  readonly answered: readonly AnswerInHelp[]
}> {
  const { db, personId, register, language, now } = reading
  const found = await openRequests(db, personId, now)
  const open = found.filter((request) => isAskable(request, register, now))
  const shown = await questionsShownSince(db, open, since)
  const nameOf = bodyNames(register, language)
  const questions = open.map((request): QuestionInHelp => {
    const { agreement, purpose, dataset } = objectsOf(request, register)
    const asked = request.categoriesRequired | request.categoriesOptional
    return {
      recipient: nameOf(agreement.recipient),
      holder: nameOf(agreement.holder),
      purpose: purpose.label[language],
      what: categoriesIn(dataset, asked).map(categoryLabels(register, language)),
      until: request.expiresAt,
      state: shown.has(request.consentId) ? 'reads' : 'waits',
    }
  })
  const { answered } = await sharingsInHelp(reading, since)
  return { questions, answered }
}
