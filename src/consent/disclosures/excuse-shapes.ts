import { z } from 'zod'
import { inquiryWhys } from './rows.ts'

// Shapes of a holder's reason why it asked for no decision after an introspection.

/** The name of an introspection has seven members of the lengths that the register allows. */
const longestInquiry = 4096

export const excuseBody = z.object({
  status: z.literal('none'),
  inquiry: z
    .string()
    .min(1)
    .max(longestInquiry)
    .describe('As it came in authorization_details, at introspection'),
  why: z.enum(inquiryWhys).describe('Why no decision was asked for'),
})
export const excuseAnswer = z.object({
  status: z.literal('none'),
  inquiry: z.string(),
  why: z.enum(inquiryWhys),
  day: z.iso.date().describe('Of the introspection, in Québec: it is told when the day is closed'),
  recorded_at: z.iso.datetime(),
})
