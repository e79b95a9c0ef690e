import { z } from 'zod'
import { brakedKinds } from '../../base/logging/metric-labels.ts'
import type { Operation } from '../../base/web/operation.ts'

/** What people and programs use. */
export const partNames = ['sign-in', 'decisions', 'log', 'messages'] as const

const at = z.iso.datetime()
const inBoth = z.object({ fr: z.string(), en: z.string() })
const state = z.enum(['works', 'late', 'down'])

const part = z.object({
  name: z.enum(partNames),
  state: z.enum([...state.options, 'off']).describe('off: this installation has no such part'),
  since: at.nullable().describe('Since when it is so, where that is known; a week back at most'),
})

const planned = z.object({
  from: at,
  until: at,
  what: inBoth,
  parts: z.array(z.enum(partNames)).describe('What may not work meanwhile; none: everything works'),
})

const brake = z.object({
  kind: z.enum(brakedKinds),
  id: z.string(),
  name: inBoth,
  since: at,
  until: at.describe('It ends by itself then, unless two lift it before or prolong it'),
  confirmed: z.boolean().describe('Two let it stand longer than 24 hours'),
  by: z
    .array(inBoth)
    .describe(
      'The offices of who began it, for a desk with the organisation; none: the register had no two signers',
    ),
})

export const status = z.object({
  state: state.describe('down: nobody can sign in, or nothing is permitted'),
  checked_at: at,
  parts: z.array(part),
  last_day: z
    .object({ minutes: z.int(), available: z.int() })
    .nullable()
    .describe(
      'Minutes of the last 24 hours that were noted, and those in which the service answered',
    ),
  log: z.object({
    waiting_since: at.nullable().describe('What waits longest for its place in the public log'),
    signed_at: at.nullable().describe('The newest tree'),
    cosigned_at: at.nullable().describe('The newest tree that enough witnesses signed too'),
  }),
  planned: z.array(planned),
  brakes: z.array(brake).describe('What is suspended at once now'),
})

const longestText = 300
const mostPlanned = 50
const said = z.string().trim().min(1).max(longestText)

/** The file that `PLANNED_WORK` names. */
export const plannedFile = z
  .array(
    z
      .strictObject({
        from: z.iso.datetime({ offset: true }),
        until: z.iso.datetime({ offset: true }),
        what: z.strictObject({ fr: said, en: said }),
        parts: z.array(z.enum(partNames)).default([]),
      })
      .refine(({ from, until }) => Date.parse(from) < Date.parse(until), {
        path: ['until'],
        message: 'must be later than from',
      }),
  )
  .max(mostPlanned)

export const operations = {
  status: {
    method: 'get',
    path: '/status.json',
    name: 'status',
    says: {
      fr: 'Ce qui fonctionne, depuis quand, ce qui est en retard, et les travaux prévus',
      en: 'What works, since when, what is late, and planned work',
    },
    answers: { 200: status },
  },
} as const satisfies Readonly<Record<string, Operation>>
