import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { lawNamed, legalBases } from '../../registry/index.ts'
import { excuseAnswer, excuseBody } from './excuse-shapes.ts'

// Shapes of the API's requests and answers. Each answer has the type of its shape, and the shape is published.

const maxPage = 100
const maxSpanDays = 366
const dayMs = 24 * 3600 * 1000

// A lone surrogate has no canonical form (RFC 8785), and so cannot stand in the ledger.
const isWhole = (value: string) => value.isWellFormed()
const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const both = z.object({ fr: text(255), en: text(255) })
const categories = z.array(text(64)).max(50)
const instant = z.iso.datetime({ offset: true })
const count = z.int().min(0).max(1_000_000)
const reportMembers = z.object({
  decision_token: text(4096).optional(),
  decision_id: text(64)
    .optional()
    .describe('In the place of decision_token, where nothing was sent (nil)'),
  status: z.enum(['recorded', 'nil', 'corrected']),
  occurred_at: instant,
  categories: categories.default([]),
  record_count: count.optional(),
  result: z.enum(['found', 'not_found', 'partial']).optional(),
  delivery: z.enum(['pull', 'push']).default('pull'),
  bulk: z.literal(false, 'bulk reports are not offered yet').optional(),
  query_id: text(128).optional(),
  query_group_id: text(128).optional(),
  initiator: z.object({ type: z.enum(['system', 'person']), label: both }).optional(),
  reason: both.optional(),
})
// A decision that was lost before its holder kept the token ends all the same: whoever sent something had the token.
export const reportBody = reportMembers.refine(
  ({ decision_token: token, decision_id: id, status }) =>
    id === undefined ? token !== undefined : token === undefined && status === 'nil',
  'expects decision_token, or for nil decision_id in its place',
)
export const receivedBody = z
  .object({
    status: z.literal('received'),
    decision_id: text(64).optional(),
    consent_id: text(64).optional(),
    query_id: text(128).optional(),
    occurred_at: instant,
    categories: categories.min(1),
    record_count: count.optional(),
  })
  .refine(
    (said) =>
      said.decision_id !== undefined ||
      (said.consent_id !== undefined && said.query_id !== undefined),
    'expects decision_id, or consent_id with query_id',
  )
// What a person allowed is received under a permit: it is not declared.
const bases = legalBases.filter(({ requiresConsent }) => !requiresConsent).map(({ id }) => id)
export const declaredBody = z.object({
  status: z.literal('declared'),
  sub: text(64).describe('Your identifier of the person'),
  reference: text(128).describe('Your own name of this declaration'),
  dataset: text(64),
  categories: categories.min(1),
  occurred_at: instant,
  record_count: count.optional(),
  legal_basis: z.enum(bases),
  law: lawNamed,
  case: z
    .object({ number: text(64), role: z.object({ fr: text(100), en: text(100) }) })
    .optional()
    .describe('The case or order and the role of who asked: some legal bases demand both'),
})
export const body = z.discriminatedUnion('status', [
  reportBody,
  receivedBody,
  declaredBody,
  excuseBody,
])
export const listQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(maxPage).default(maxPage),
})
const span = { ...listQuery.shape, from: instant, to: instant }
const isForward = ({ from, to }: Span) => Date.parse(from) < Date.parse(to)
const isShort = ({ from, to }: Span) => Date.parse(to) - Date.parse(from) <= maxSpanDays * dayMs
const tooLong = `to: at most ${maxSpanDays} days after from`
type Span = { readonly from: string; readonly to: string }
export const spanQuery = z
  .strictObject(span)
  .refine(isForward, 'from: before to')
  .refine(isShort, tooLong)
export const permitsQuery = z
  .strictObject({
    ...span,
    query_id: text(128).optional().describe('Permits of this question alone'),
  })
  .refine(isForward, 'from: before to')
  .refine(isShort, tooLong)

const instantOf = z.iso.datetime()
/** The event's commitment, and the time by which the public log holds it. */
const ledger = z.object({ origin: z.string(), commitment: z.string(), integrated_by: instantOf })
const ack = z.string().describe('A signed statement, disclosure-ack+jwt, to keep')
const anomalyKind = z.enum([
  'sent_after_permit',
  'categories_differ',
  'counts_differ',
  'nothing_sent',
  'received_twice',
  'received_without_permit',
  'not_reported',
  'unconfirmed',
  'nil_too_often',
  'declared',
  'introspected_only',
])

export const reportAnswer = z.object({
  disclosure_id: z.string(),
  decision_id: z.string(),
  status: z.enum(['recorded', 'nil', 'corrected']),
  recorded_at: instantOf,
  ledger,
  ack,
})
export const receivedAnswer = z.object({
  received_id: z.string(),
  decision_id: z.string().nullable(),
  status: z.literal('received'),
  recorded_at: instantOf,
  reconciliation: z.enum(['anomaly', 'matched', 'waiting']),
  anomalies: z.array(anomalyKind),
  ledger,
  ack,
})

export const declaredAnswer = z.object({
  declaration_id: z.string(),
  status: z.literal('declared'),
  recorded_at: instantOf,
  anomalies: z.array(z.literal('declared')),
  ledger,
  ack,
})

export const anomalyShape = z.object({
  anomaly: anomalyKind,
  decision_id: z.string().nullable(),
  received_id: z.string().nullable(),
  declaration_id: z.string().nullable(),
  inquiry_id: z.string().nullable(),
  consent_id: z.string().nullable(),
  noted_at: instantOf,
  day: z.iso
    .date()
    .nullable()
    .describe('Of introspected_only: the day in Québec on which it was introspected'),
  times: z
    .number()
    .nullable()
    .describe('Of introspected_only: how often nothing followed, at least'),
})
const anomalyListed = anomalyShape.extend({
  role: z.enum(['holder', 'recipient']),
  holder: z.string().nullable(),
  recipient: z.string().nullable(),
})

const parties = {
  role: z.enum(['holder', 'recipient']),
  sub: z.string().describe('Your identifier of the person'),
  holder: z.string().nullable(),
  recipient: z.string().nullable(),
  dataset: z.string().nullable(),
  categories: z.array(z.string()),
  legal_basis: z.string().nullable(),
}
const ownReport = z.object({
  occurred_at: instantOf,
  recorded_at: instantOf,
  corrected_at: instantOf.nullable(),
  categories: z.array(z.string()),
  record_count: z.number().nullable(),
  result: z.string().nullable(),
})
export const permitListed = z.object({
  decision_id: z.string(),
  ...parties,
  purpose: z.string().nullable(),
  agreement: z.string().nullable(),
  consent_id: z.string().nullable(),
  decided_at: instantOf,
  valid_until: instantOf,
  status: z.enum(['authorised', 'recorded', 'nil', 'unconfirmed', 'disputed']),
  query_id: z.string().nullable(),
  period: z.object({ from: z.string(), to: z.string() }).nullable(),
  report: ownReport.nullable().describe('Your report, if you hold'),
  received: z
    .array(ownReport.omit({ corrected_at: true, result: true }).extend({ received_id: z.string() }))
    .describe('Your reports, if you receive'),
})
export const declarationShape = z.object({
  declaration_id: z.string(),
  ...parties,
  law: lawNamed,
  reference: z.string().nullable().describe('Null for the holder'),
  occurred_at: instantOf,
  recorded_at: instantOf,
  record_count: z.number().nullable(),
})

const reported = z.union([reportAnswer, receivedAnswer, declaredAnswer, excuseAnswer])

export const operations = {
  report: {
    method: 'post',
    path: '/disclosures',
    name: 'report',
    says: {
      fr: 'Dire ce qui a été envoyé, reçu, reçu sans permission, ou pourquoi rien n’a été demandé',
      en: 'Say what was sent, received, received without a permit, or why nothing was asked for',
    },
    scope: 'report',
    request: body,
    isRepeatable: true,
    answers: { 200: reported, 201: reported },
  },
  listPermits: {
    method: 'get',
    path: '/disclosures',
    name: 'listPermits',
    says: {
      fr: 'Les permissions d’un organisme et ses rapports, d’un instant à un autre',
      en: 'The permits of a body and its reports, from one instant to another',
    },
    scope: 'report',
    query: permitsQuery,
    answers: { 200: z.object({ items: z.array(permitListed), next: z.string().nullable() }) },
  },
  listDeclarations: {
    method: 'get',
    path: '/disclosures/declarations',
    name: 'listDeclarations',
    says: {
      fr: 'Ce qu’un organisme déclare avoir reçu sans permission',
      en: 'What a body declares that it received without a permit',
    },
    scope: 'report',
    query: spanQuery,
    answers: { 200: z.object({ items: z.array(declarationShape), next: z.string().nullable() }) },
  },
  listAnomalies: {
    method: 'get',
    path: '/disclosures/anomalies',
    name: 'listAnomalies',
    says: {
      fr: 'Ce qui ne concorde pas entre les deux organismes',
      en: 'What does not fit together between the two bodies',
    },
    scope: 'report',
    query: listQuery,
    answers: { 200: z.object({ items: z.array(anomalyListed), next: z.string().nullable() }) },
  },
} as const satisfies Readonly<Record<string, Operation>>
