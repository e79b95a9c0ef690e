import { z } from 'zod'
import type { Caller } from '../../base/web/caller.ts'
import type { Meter } from '../../base/logging/meter.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { DecisionContext, Evaluation, Decision } from '../../consent/decisions/index.ts'
import { answerOf, evaluate } from '../../consent/decisions/index.ts'
import { disclosureSearch } from './disclosure-search.ts'
import type { DecisionPoint } from './point.ts'
import { evaluationRequest, entityName, parse, period, person, text } from './requests.ts'

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
    case: z
      .object({ number: text(64), role: z.object({ fr: text(100), en: text(100) }) })
      .optional()
      .describe('The case or order and the role of who asks: some legal bases demand both'),
  }),
})

/** Undefined: a well-formed question that is not about a disclosure. */
export type AskedEvaluation = Evaluation | undefined

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
  const answer = (decided: Decision, evaluation: AskedEvaluation) => {
    countDecision(meter, decided)
    return answerOf(decided, {
      issuer,
      keys,
      signer,
      register: context.live.current(),
      evaluation: evaluation ?? noEvaluation,
    })
  }
  return {
    url: issuer,
    obligations: ['custom'],
    read: (body) => evaluationOf(body, issuer),
    async decide(caller, evaluation) {
      if (evaluation === undefined) return answer(undecided('MALFORMED'), evaluation)
      return answer(await evaluate(context, caller, evaluation), evaluation)
    },
    // Questions about one person, or with one request id, run one after the other, and get the answers of single calls.
    touches: (evaluation) =>
      evaluation === undefined ? [] : [`sub ${evaluation.sub}`, `id ${evaluation.requestId}`],
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

function evaluationOf(body: unknown, issuer: string): AskedEvaluation {
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
