import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'

// Shapes of the API's requests and answers. Each answer has the type of its shape, and the shape is published.

const maxPage = 100

const outcome = z.enum(['explained', 'error'])
// A longer text than an answer may have gets its own error, up to this limit.
export const answerBody = z.object({ outcome, text: z.string().max(10_000) })
export const listQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(maxPage).default(maxPage),
})

const instant = z.iso.datetime()
export const question = z.object({
  dispute_id: z.string(),
  decision_id: z.string(),
  consent_id: z.string().nullable(),
  opened_at: instant,
  due_at: instant,
  text: z.string().nullable().describe('Her words; null once they are erased'),
  sub: z.string().describe('The identifier of the person at the caller'),
})
export const answeredDispute = z.object({
  dispute_id: z.string(),
  outcome,
  answered_at: instant.nullable(),
})

export const operations = {
  listDisputes: {
    method: 'get',
    path: '/disclosures/disputes',
    name: 'listDisputes',
    says: {
      fr: 'Ce que des personnes demandent, et qui attend une réponse',
      en: 'What people ask, and waits for an answer',
    },
    scope: 'report',
    query: listQuery,
    answers: { 200: z.object({ items: z.array(question), next: z.string().nullable() }) },
  },
  answerDispute: {
    method: 'post',
    path: '/disclosures/disputes/:id/answer',
    name: 'answerDispute',
    says: { fr: 'Répondre à une personne', en: 'Answer a person' },
    scope: 'report',
    parameters: z.object({ id: z.string() }),
    request: answerBody,
    answers: { 200: answeredDispute, 201: answeredDispute },
  },
} as const satisfies Readonly<Record<string, Operation>>
