import { z } from 'zod'
import { isDay } from '../../base/values/calendar.ts'
import { Problem } from '../../base/values/refusal.ts'
import { inPlainWords, describeFault } from '../../base/values/shape-faults.ts'

// The requests of AuthZEN 1.0, for every decision point. Unknown members are ignored everywhere.

export const largestBatch = 100

// A lone surrogate has no canonical form (RFC 8785), and so cannot stand in the ledger.
const isWhole = (value: string) => value.isWellFormed()
export const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')

/** The name of an entity or a type. A name longer than any known one is unknown, and no error. */
export const entityName = text(1024)

const properties = z.record(z.string(), z.unknown()).optional()
const entity = z.object({ type: entityName, id: entityName, properties })
const action = z.object({ name: entityName, properties })
const context = z.record(z.string(), z.unknown()).optional()

const day = z.string().refine(isDay, 'expects a day, YYYY-MM-DD')
/** Days, both included. */
export const period = z
  .object({ from: day, to: day })
  .refine(({ from, to }) => from <= to, 'from is after to')

/** The person, by the caller's own identifier (RFC 9493). */
export const person = z.object({ format: z.literal('iss_sub'), iss: entityName, sub: entityName })

/** The case or order for which the law is used, and the role of who asks. */
export const lawCase = z
  .object({ number: text(64), role: z.object({ fr: text(100), en: text(100) }) })
  .describe('The case or order and the role of who asks: some legal bases demand both')

/** One question (AuthZEN 1.0 5, 6.1). */
export const evaluationRequest = z.object({
  subject: entity,
  action,
  resource: entity,
  context,
})

// What the recipient wrote has no limit of its own here: the holder hands on what came, and too much is refused as anything else.
const raw = z.string().max(16 * 1024)

/** One question whose subject is a call as it came to the asker. */
export const presentedRequest = z.object({
  subject: z.object({ type: z.literal('presented'), id: entityName.optional() }),
  action: z.object({ name: z.literal('disclose') }),
  resource: z.object({
    type: z.literal('dataset'),
    id: entityName,
    properties: z.object({ period: period.optional() }).optional(),
  }),
  context: z.object({
    request_id: text(128),
    query_id: text(128).optional(),
    case: lawCase.optional(),
    presented: z.object({
      token: raw.describe('The access token of the call'),
      proof: raw.describe('Its DPoP proof (RFC 9449)'),
      method: raw.describe('The method that the holder serves there'),
      url: raw.describe('The address that the holder serves, of its own configuration'),
    }),
    requires: z.never('is not offered').optional(),
  }),
})

export type EvaluationRequest = z.infer<typeof evaluationRequest>

// A default and an item may each lack members that the other has: they are checked once they are combined.
const part = z.record(z.string(), z.unknown()).optional()

/** Several questions, with their common members outside the list (AuthZEN 1.0, section 7.1). */
export const evaluationsRequest = z.object({
  subject: part,
  action: part,
  resource: part,
  context: part,
  evaluations: z.array(z.unknown()).max(largestBatch, `takes ${largestBatch} at most`).optional(),
  options: z
    .object({
      evaluations_semantic: z
        .enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])
        .default('execute_all'),
    })
    .default({ evaluations_semantic: 'execute_all' }),
})

export type EvaluationsRequest = z.infer<typeof evaluationsRequest>
export type Semantic = EvaluationsRequest['options']['evaluations_semantic']

const page = z
  .object({ token: z.string().max(1024).optional(), limit: z.int().min(0).optional() })
  .optional()
// The entity searched for has a type; its id is ignored (AuthZEN 1.0, sections 8.4 and 8.5).
const wanted = z.object({ type: entityName, properties })

/** The three searches (AuthZEN 1.0 8). */
export const searchRequests = {
  subject: z.object({ subject: wanted, action, resource: entity, context, page }),
  resource: z.object({ subject: entity, action, resource: wanted, context, page }),
  action: z.object({ subject: entity, resource: entity, context, page }),
}
export type Searches = {
  readonly [K in keyof typeof searchRequests]: z.infer<(typeof searchRequests)[K]>
}

/** @throws Problem that names the first invalid member */
export function parse<T>(shape: z.ZodType<T>, body: unknown): T {
  const read = shape.safeParse(body, inPlainWords)
  if (read.success) return read.data
  throw new Problem('request.malformed', 400, describeFault(read.error, 'body'))
}
