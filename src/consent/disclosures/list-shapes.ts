import { z } from 'zod'
import { instant, text } from './said-shapes.ts'

// What a body asks its lists for.

const maxPage = 100
const maxSpanDays = 366
const dayMs = 24 * 3600 * 1000

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
