import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { disclosureSearchRequest } from './disclosure-search.ts'
import { disclosureRequest } from './disclosures.ts'
import { evaluationsRequest, presentedRequest, searchRequests } from './requests.ts'

// Shapes of the API's answers. Shapes of requests stand where the requests are read.

const instant = z.iso.datetime()
const said = z.object({ fr: z.string(), en: z.string() })
/** The event's commitment, and the time by which the public log holds it. */
const ledger = z.object({ origin: z.string(), commitment: z.string(), integrated_by: instant })

const days = z.object({ from: z.string(), to: z.string() })

const permit = z.object({
  decision: z.literal(true),
  context: z.object({
    decision_id: z.string(),
    evaluated_at: instant,
    valid_until: instant,
    reason_codes: z.array(z.string()).length(1),
    legal_basis: z.string(),
    agreement: z.string(),
    consent_id: z.string().optional(),
    permitted_categories: z.array(z.string()),
    period: days.optional().describe('Of which days: as it was asked'),
    uses_left: z.int().min(0).optional(),
    repeated: z
      .literal(true)
      .optional()
      .describe('Of a presented call: the permit that was given before'),
    sub: z.string().optional().describe('Of a presented call: whom it is about'),
    recipient: z.string().optional().describe('Of a presented call: who receives'),
    client_id: z.string().optional().describe('Of a presented call: the service that called'),
    purpose: z.string().optional().describe('Of a presented call: what for'),
    acr: z.string().optional().describe('Of a presented call: of the sign-in behind the token'),
    auth_time: z.int().optional().describe('Of a presented call: as introspection tells it'),
    decision_token: z.string().describe('A signed statement, decision+jwt'),
    ledger,
    obligations: z.array(
      z.object({
        id: z.string(),
        type: z.literal('custom'),
        properties: z.object({
          vendor: z.literal('accord'),
          action: z.literal('report_disclosure'),
          endpoint: z.url(),
          within_seconds: z.int(),
        }),
      }),
    ),
  }),
})

const deny = z.object({
  decision: z.literal(false),
  context: z.object({
    decision_id: z.string().optional(),
    reason_codes: z.array(z.string()).length(1),
    permitted_categories: z.array(z.string()),
    reason_admin: z.object({ en: z.string() }),
    reason_user: said,
    suspended_by: z
      .literal('meaning_changed')
      .optional()
      .describe('A category or a body means something else than when the person allowed this'),
    remedy: z
      .object({
        kind: z.literal('ask_consent'),
        par_hint: z.object({ agreement: z.string().optional(), purpose: z.string() }),
      })
      .optional(),
    error: z
      .object({ status: z.int(), message: z.string() })
      .optional()
      .describe('In a batch: why this item alone could not be decided'),
  }),
})

/** Of a presented call whose token or proof is none: no cause is told. */
const refusedCall = z.object({
  decision: z.literal(false),
  context: z.strictObject({
    reason_codes: z.tuple([z.enum(['TOKEN_REFUSED', 'PROOF_REFUSED'])]),
  }),
})

const decision = z.union([permit, deny, refusedCall])

const terms = z.object({
  purpose: z.string(),
  permitted_categories: z.array(z.string()),
  legal_basis: z.string(),
  agreement: z.string(),
  consent_id: z.string().optional(),
  valid_until: instant.optional(),
  uses_left: z.int().min(0).optional(),
  lookback: days.optional().describe('The days within which a decision must name its period'),
})
const permitted = z.object({ permitted: z.array(terms) })

function results<T extends z.ZodType>(entity: T) {
  return z.object({
    page: z.object({
      next_token: z.string().describe('Empty on the last page'),
      count: z.int(),
      total: z.int(),
    }),
    results: z.array(entity),
  })
}

const metadata = z.object({
  policy_decision_point: z.url(),
  access_evaluation_endpoint: z.url(),
  access_evaluations_endpoint: z.url(),
  search_subject_endpoint: z.url(),
  search_resource_endpoint: z.url(),
  search_action_endpoint: z.url(),
  supported_obligations: z.array(z.string()),
  presented_call: z.literal(true).describe('A holder may present a call as it came'),
  signed_metadata: z.string(),
})

export const operations = {
  configuration: {
    method: 'get',
    path: '/.well-known/authzen-configuration',
    name: 'authzenConfiguration',
    says: { fr: 'Les adresses du point de décision', en: 'The addresses of the decision point' },
    answers: { 200: metadata },
  },
  evaluation: {
    method: 'post',
    path: '/access/v1/evaluation',
    name: 'evaluate',
    says: { fr: 'Cela peut-il être communiqué maintenant?', en: 'May this be disclosed now?' },
    scope: 'decide',
    request: z.union([disclosureRequest, presentedRequest]),
    answers: { 200: decision },
  },
  evaluations: {
    method: 'post',
    path: '/access/v1/evaluations',
    name: 'evaluateAll',
    says: { fr: 'Jusqu’à cent décisions à la fois', en: 'Up to a hundred decisions at once' },
    scope: 'decide',
    request: evaluationsRequest,
    answers: { 200: z.union([z.object({ evaluations: z.array(decision) }), decision]) },
  },
  searchSubject: {
    method: 'post',
    path: '/access/v1/search/subject',
    name: 'searchSubject',
    says: {
      fr: 'Qui peut recevoir ces données sur elle?',
      en: 'Who may receive these data about her?',
    },
    scope: 'search',
    request: z.intersection(searchRequests.subject, disclosureSearchRequest),
    answers: {
      200: results(
        z.object({ type: z.literal('organization'), id: z.string(), properties: permitted }),
      ),
    },
  },
  searchResource: {
    method: 'post',
    path: '/access/v1/search/resource',
    name: 'searchResource',
    says: {
      fr: 'Que peut recevoir cet organisme sur elle?',
      en: 'What may this body receive about her?',
    },
    scope: 'search',
    request: z.intersection(searchRequests.resource, disclosureSearchRequest),
    answers: {
      200: results(z.object({ type: z.literal('dataset'), id: z.string(), properties: permitted })),
    },
  },
  searchAction: {
    method: 'post',
    path: '/access/v1/search/action',
    name: 'searchAction',
    says: { fr: 'À quelles fins?', en: 'For which purposes?' },
    scope: 'search',
    request: z.intersection(searchRequests.action, disclosureSearchRequest),
    answers: { 200: results(z.object({ name: z.literal('disclose'), properties: terms })) },
  },
} as const satisfies Readonly<Record<string, Operation>>
