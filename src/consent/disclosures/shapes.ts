import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'

// Shapes of the API's requests and answers. Each answer has the type of its shape, and the shape is published.

const maxPage = 100

// A lone surrogate has no canonical form (RFC 8785), and so cannot stand in the ledger.
const isWhole = (value: string) => value.isWellFormed()
const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const both = z.object({ fr: text(255), en: text(255) })
const categories = z.array(text(64)).max(50)
const instant = z.iso.datetime({ offset: true })
const count = z.int().min(0).max(1_000_000)
export const reportBody = z.object({
  decision_token: text(4096),
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
export const body = z.discriminatedUnion('status', [reportBody, receivedBody])
export const listQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(maxPage).default(maxPage),
})

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

export const anomaly = z.object({
  anomaly: anomalyKind,
  decision_id: z.string().nullable(),
  received_id: z.string().nullable(),
  consent_id: z.string().nullable(),
  noted_at: instantOf,
})
const anomalyListed = anomaly.extend({
  role: z.enum(['holder', 'recipient']),
  holder: z.string().nullable(),
  recipient: z.string().nullable(),
})

const reported = z.union([reportAnswer, receivedAnswer])

export const operations = {
  report: {
    method: 'post',
    path: '/disclosures',
    name: 'report',
    says: {
      fr: 'Dire ce qui a été envoyé, ou ce qui a été reçu',
      en: 'Say what was sent, or what was received',
    },
    scope: 'report',
    request: body,
    isRepeatable: true,
    answers: { 200: reported, 201: reported },
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
