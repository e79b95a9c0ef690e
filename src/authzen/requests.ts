import { z } from 'zod'
import { Problem } from '../foundation/refusal.ts'

// The requests of AuthZEN 1.0, whatever they are about. Unknown members are ignored everywhere.

const maxItems = 100

// Half a surrogate pair has no canonical form, and so no place in the ledger.
const isWhole = (value: string) => value.isWellFormed()
export const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')

const properties = z.record(z.string(), z.unknown()).optional()
const entity = z.object({ type: text(64), id: text(128), properties })
const action = z.object({ name: text(64), properties })
const context = z.record(z.string(), z.unknown()).optional()

/** One question (AuthZEN 1.0 5, 6.1). */
export const evaluationRequest = z.object({
  subject: entity,
  action,
  resource: entity,
  context,
})

// A default, and what an item replaces it by, may lack what the other has: looked at when they are put together.
const part = z.record(z.string(), z.unknown()).optional()

/** Several questions, with what they have in common outside the list (AuthZEN 1.0 7.1). */
export const evaluationsRequest = z.object({
  subject: part,
  action: part,
  resource: part,
  context: part,
  evaluations: z.array(z.unknown()).max(maxItems, `takes ${maxItems} at most`).optional(),
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

/** @throws Problem that names the first member that is not as it must be */
export function parse<T>(shape: z.ZodType<T>, body: unknown): T {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const where = issue?.path.join('.') ?? ''
  throw new Problem('request.malformed', 400, `${where === '' ? 'body' : where}: ${issue?.message}`)
}
