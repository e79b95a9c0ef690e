import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'

// Shapes of the API's answers. Each answer has the type of its shape, and the shape is published.

export const figuresQuery = z.strictObject({
  year: z
    .string()
    .regex(/^20\d\d-20\d\d$/)
    .describe('A fiscal year of Québec: 2026-2027, from 1 April'),
})

const whole = z.int().min(1)
/** What the caller sent or received in a month, as it was counted: a body knows its own permits. */
export const ownFigures = z.object({
  organisation: z.string(),
  year: z.string(),
  months: z
    .array(z.string())
    .describe('The months of the year that are counted, 2026-11, of Québec'),
  items: z.array(
    z.object({
      month: z.string(),
      agreement: z.string().nullable(),
      holder: z.string().nullable(),
      recipient: z.string().nullable(),
      purpose: z.string().nullable(),
      legal_basis: z.string().nullable(),
      shown_later: z.boolean().describe('Permits that their person sees later'),
      communications: whole,
      people: whole,
    }),
  ),
})

export const operations = {
  ownFigures: {
    method: 'get',
    path: '/disclosures/figures',
    name: 'ownFigures',
    says: {
      fr: 'Combien l’organisme a envoyé et reçu dans un exercice, sans arrondi',
      en: 'How much the body sent and received in a fiscal year, not rounded',
    },
    scope: 'report',
    query: figuresQuery,
    answers: { 200: ownFigures },
  },
} as const satisfies Readonly<Record<string, Operation>>
