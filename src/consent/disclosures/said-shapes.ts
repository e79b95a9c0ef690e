import { z } from 'zod'
import { lawNamed, legalBases } from '../../registry/index.ts'
import { excuseBody } from './excuse-shapes.ts'

// What the two bodies say about a sharing, as it comes.

// A lone surrogate has no canonical form (RFC 8785), and so cannot stand in the ledger.
const isWhole = (value: string) => value.isWellFormed()
export const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const both = z.object({ fr: text(255), en: text(255) })
const categories = z.array(text(64)).max(50)
export const instant = z.iso.datetime({ offset: true })
const manifest = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expects 64 hexadecimal digits')
  .optional()
  .describe('SHA-256 of the canonical form (RFC 8785) of the manifest of what was sent')
const count = z.int().min(0).max(1_000_000)
const reportMembers = z.object({
  decision_token: text(4096).optional(),
  decision_id: text(64)
    .optional()
    .describe('In the place of decision_token, where nothing was sent (nil)'),
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
  manifest,
  reason: both.optional(),
})
// A decision that was lost before its holder kept the token ends all the same: whoever sent something had the token.
export const reportBody = reportMembers
  .refine(
    ({ decision_token: token, decision_id: id, status }) =>
      id === undefined ? token !== undefined : token === undefined && status === 'nil',
    'expects decision_token, or for nil decision_id in its place',
  )
  .refine(
    ({ manifest: named, categories: sent }) => named === undefined || sent.length > 0,
    'manifest: only of what was sent',
  )
export const receivedBody = z
  .object({
    status: z.literal('received'),
    decision_id: text(64).optional(),
    consent_id: text(64).optional(),
    query_id: text(128).optional(),
    occurred_at: instant,
    categories: categories.min(1),
    record_count: count.optional(),
    manifest,
  })
  .refine(
    (said) =>
      said.decision_id !== undefined ||
      (said.consent_id !== undefined && said.query_id !== undefined),
    'expects decision_id, or consent_id with query_id',
  )
// What a person allowed is received under a permit: it is not declared.
const bases = legalBases.filter(({ requiresConsent }) => !requiresConsent).map(({ id }) => id)
export const declaredBody = z.object({
  status: z.literal('declared'),
  sub: text(64).describe('Your identifier of the person'),
  reference: text(128).describe('Your own name of this declaration'),
  dataset: text(64),
  categories: categories.min(1),
  occurred_at: instant,
  record_count: count.optional(),
  legal_basis: z.enum(bases),
  law: lawNamed,
  case: z
    .object({ number: text(64), role: z.object({ fr: text(100), en: text(100) }) })
    .optional()
    .describe('The case or order and the role of who asked: some legal bases demand both'),
})
export const body = z.discriminatedUnion('status', [
  reportBody,
  receivedBody,
  declaredBody,
  excuseBody,
])

/** One report or a list: which of them, its reader sees. */
export const anyJson = z.unknown()

/** Of one call. */
export const largestReportList = 100
/** Each is judged alone, also by its shape. */
export const reportList = z.strictObject({
  reports: z
    .array(z.unknown())
    .min(1)
    .max(largestReportList, `takes ${largestReportList} at most`)
    .describe('In the place of one report: reports of any kind, each as it would come alone'),
})
