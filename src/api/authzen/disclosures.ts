import { z } from 'zod'
import type { Caller, JudgedCall } from '../../base/web/caller.ts'
import { Problem } from '../../base/values/refusal.ts'
import type { Meter } from '../../base/logging/meter.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { DecisionContext, Evaluation, Decision } from '../../consent/decisions/index.ts'
import { answerOf, evaluate } from '../../consent/decisions/index.ts'
import { disclosureSearch } from './disclosure-search.ts'
import type { DecisionPoint, PointAnswer } from './point.ts'
import type { CallRefusal, PresentedQuestion } from './presented-call.ts'
import { judgePresented, readPresented } from './presented-call.ts'
import { evaluationRequest, entityName, lawCase, parse, period, person, text } from './requests.ts'

/** Members of a question about a disclosure beyond the standard's. */
export const disclosureRequest = z.object({
  subject: z.object({ type: z.literal('organization'), id: entityName }),
  action: z.object({
    name: z.literal('disclose'),
    properties: z.object({ purpose: entityName }),
  }),
  resource: z.object({
    type: z.literal('dataset'),
    id: entityName,
    properties: z.object({
      categories: z.array(text(64)).min(1).max(50),
      data_subject: person,
      period: period.optional(),
    }),
  }),
  context: z.object({
    request_id: text(128),
    query_id: text(128).optional(),
    agreement: entityName.optional(),
    case: lawCase.optional(),
  }),
})

/** Undefined: a well-formed question that is not about a disclosure. */
export type AskedEvaluation = Evaluation | PresentedQuestion | undefined

/** The decision point about disclosures: a holder asks whether it may disclose now. */
export function disclosures(
  {
    config: { issuer },
    keys,
    signer,
    meter,
  }: Pick<Foundation, 'config' | 'keys' | 'signer' | 'meter'>,
  context: DecisionContext,
): DecisionPoint<Caller, AskedEvaluation> {
  const register = () => context.live.current()
  const answer = (decided: Decision, evaluation: Evaluation | undefined, call?: JudgedCall) => {
    countDecision(meter, decided)
    const asked = evaluation ?? noEvaluation
    return answerOf(decided, {
      issuer,
      keys,
      signer,
      register: register(),
      evaluation: asked,
      call,
    })
  }
  const { pairwise } = context
  return {
    url: issuer,
    obligations: ['custom'],
    takesCalls: true,
    read: (body) => (isCall(body) ? readPresented(body) : evaluationOf(body, issuer)),
    async decide(caller, asked, judge) {
      if (asked === undefined) return answer(undecided('MALFORMED'), undefined)
      if (!('subject' in asked)) return answer(await evaluate(context, caller, asked), asked)
      // The items of a batch share statements, and each presented call takes one of its own.
      if (judge === undefined)
        throw new Problem('request.malformed', 400, 'subject: a presented call is asked alone')
      const judged = await judgePresented({ judge, register, pairwise }, caller, asked)
      if (typeof judged === 'string') return refuseCall(meter, judged)
      const { evaluation, call } = judged
      return answer(await evaluate(context, caller, evaluation), evaluation, call)
    },
    // Questions about one person, or with one request id, run one after the other, and get the answers of single calls.
    touches: (evaluation) =>
      evaluation === undefined || 'subject' in evaluation
        ? []
        : [`sub ${evaluation.sub}`, `id ${evaluation.requestId}`],
    search: disclosureSearch(issuer, context),
    async failed(fault) {
      const because = fault.status === 400 ? 'MALFORMED' : 'INTERNAL'
      const { decision, context } = await answer(undecided(because), undefined)
      return { decision, context: { ...context, error: fault } }
    },
  }
}

function countDecision(meter: Meter, decided: Decision): void {
  meter.count('decisions', { outcome: decided.permit ? 'permit' : 'deny' })
  if (!decided.permit) meter.count('denials', { reason: decided.because })
}

function refuseCall(meter: Meter, because: CallRefusal): PointAnswer {
  meter.count('decisions', { outcome: 'deny' })
  meter.count('denials', { reason: because })
  return { decision: false, context: { reason_codes: [because] } }
}

function undecided(because: 'MALFORMED' | 'INTERNAL'): Decision {
  return { permit: false, because, decisionId: undefined, permitted: [] }
}

const noEvaluation: Evaluation = {
  recipient: '',
  dataset: '',
  purpose: '',
  categories: [],
  sub: '',
  period: undefined,
  agreement: undefined,
  lawCase: undefined,
  requestId: '',
  queryId: undefined,
}

function isCall(body: unknown): boolean {
  const { subject } = (body ?? {}) as { readonly subject?: { readonly type?: unknown } | null }
  return subject?.type === 'presented'
}

function evaluationOf(body: unknown, issuer: string): Evaluation | undefined {
  const { subject, action, resource } = parse(evaluationRequest, body)
  const isOurs =
    subject.type === 'organization' && action.name === 'disclose' && resource.type === 'dataset'
  if (!isOurs) return undefined
  const { context, ...asked } = parse(disclosureRequest, body)
  const { categories, data_subject: about, period: days } = asked.resource.properties
  return {
    recipient: asked.subject.id,
    dataset: asked.resource.id,
    purpose: asked.action.properties.purpose,
    categories,
    // A person named by another issuer is unknown here.
    sub: about.iss === issuer ? about.sub : '',
    period: days,
    agreement: context.agreement,
    lawCase: context.case,
    requestId: context.request_id,
    queryId: context.query_id,
  }
}
