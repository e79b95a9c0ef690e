import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { effects } from './rows.ts'

// Shapes of the API's requests and answers. Each answer has the type of its shape, and the shape is published.

const maxPage = 100

const isWhole = (value: string) => value.isWellFormed()
export const effectBody = z
  .object({
    consent_id: z.string().max(64),
    effect: z.enum(effects),
    law: z.string().trim().min(1).max(255).refine(isWhole, 'is not Unicode').optional(),
    kept_until: z.iso
      .date()
      .optional()
      .describe('The last day of kept_by_law: demanded where the purpose says how long'),
  })
  .refine(({ effect, law }) => (effect === 'kept_by_law') === (law !== undefined), {
    path: ['law'],
    message: 'expected with kept_by_law, and only then',
  })
  .refine(({ effect, kept_until: until }) => effect === 'kept_by_law' || until === undefined, {
    path: ['kept_until'],
    message: 'expected with kept_by_law only',
  })
export const listQuery = z.strictObject({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(maxPage).default(maxPage),
})

const instant = z.iso.datetime()
const role = z.enum(['holder', 'recipient'])
const effect = z.enum(effects)
const ledger = z.object({ origin: z.string(), commitment: z.string(), integrated_by: instant })

export const stop = z.object({
  consent_id: z.string(),
  role,
  stopped_at: instant,
  holder: z.string().nullable(),
  recipient: z.string().nullable(),
  dataset: z.string().nullable(),
  categories: z.array(z.string()),
  expected: z.enum(['stop_disclosing', 'stop_using']),
  effect: effect.nullable(),
  acknowledged_at: instant.nullable(),
  expected_by: instant,
  sub: z.string().describe('The identifier of the person at the caller'),
})
export const effectAnswer = z.object({
  consent_id: z.string(),
  role,
  effect,
  law: z.string().nullable(),
  kept_until: z.string().nullable(),
  reported_at: instant,
  ledger,
  ack: z.string().describe('A signed statement, effect-ack+jwt, to keep'),
})

export const operations = {
  listStops: {
    method: 'get',
    path: '/disclosures/effects',
    name: 'listStops',
    says: {
      fr: 'Les arrêts dont l’effet est attendu',
      en: 'Stops whose effect is waited for',
    },
    scope: 'report',
    query: listQuery,
    answers: { 200: z.object({ items: z.array(stop), next: z.string().nullable() }) },
  },
  reportEffect: {
    method: 'post',
    path: '/disclosures/effects',
    name: 'reportEffect',
    says: { fr: 'Dire à quoi un arrêt a mené', en: 'Say what a stop led to' },
    scope: 'report',
    request: effectBody,
    answers: { 200: effectAnswer, 201: effectAnswer },
  },
} as const satisfies Readonly<Record<string, Operation>>
