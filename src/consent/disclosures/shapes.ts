import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { lawNamed } from '../../registry/index.ts'
import { excuseAnswer } from './excuse-shapes.ts'
import { listQuery, permitsQuery, spanQuery } from './list-shapes.ts'
import { body, reportList } from './said-shapes.ts'

// Shapes of the API's requests and answers. Each answer has the type of its shape, and the shape is published.

const instantOf = z.iso.datetime()
/** The event's commitment, and the time by which the public log holds it. */
const ledger = z.object({ origin: z.string(), commitment: z.string(), integrated_by: instantOf })
const ack = z.string().describe('A signed statement, disclosure-ack+jwt, to keep')
const anomalyKind = z.enum([
  'sent_after_permit',
  'categories_differ',
  'counts_differ',
  'contents_differ',
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

const everyReported = [reportAnswer, receivedAnswer, declaredAnswer, excuseAnswer] as const
const reported = z.union(everyReported)
export const reportedList = z.object({
  results: z
    .array(
      z.union([
        z.object({ status: z.literal([200, 201]), answer: reported }),
        z.object({
          status: z.number(),
          problem: z.object({ code: z.string(), detail: z.string().optional() }),
        }),
      ]),
    )
    .describe('Of a list: in its order, what each report would have got alone'),
})

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
    request: z.union([...body.options, reportList]),
    isRepeatable: true,
    answers: { 200: z.union([...everyReported, reportedList]), 201: reported },
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
