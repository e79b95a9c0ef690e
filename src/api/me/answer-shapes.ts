import { languages } from '../../base/values/languages.ts'
import { z } from 'zod'

// Shapes of the API's answers. Each answer has the type of its shape (answers.ts), and the shape is published.

const said = z.object({ fr: z.string(), en: z.string() })
const instant = z.iso.datetime()
const name = z.object({ id: z.string(), name: said.nullable() })
const named = z.object({ id: z.string(), name: said }).nullable()
export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() })

export const notifications = z.object({
  channel: z.enum(['email', 'sms', 'none']),
  language: z.enum(languages),
  /** Channels for which the person has an address. */
  available: z.array(z.enum(['email', 'sms'])),
  sendings: z
    .enum(['never', 'weekly', 'each'])
    .describe('A message that there are new sendings: never, once a week at most, soon after each'),
  question_reminders: z
    .boolean()
    .describe('A message three days before a question that waits is over'),
})

const limits = z.object({
  uses: z.int().nullable(),
  frequency: z.object({ count: z.int(), per: z.string().nullable() }).nullable(),
  lookback: z.object({ from: z.string(), to: z.string().nullable() }).nullable(),
})

export const consent = z.object({
  consent_id: z.string(),
  arrangement_id: z.string(),
  version_in_arrangement: z.int(),
  supersedes: z.string().nullable(),
  state: z.string(),
  state_at: instant,
  suspended_reasons: z
    .array(z.string())
    .describe(
      'person, incident, order; meaning_changed: what she allowed means something else now',
    ),
  blocked_by: z.string().nullable().describe('Why nothing may be sent now, although it is allowed'),
  purpose: z.object({ id: z.string(), name: said, statement: said }).nullable(),
  dataset: named,
  agreement: z.string().nullable(),
  text: z.string().nullable(),
  recipient: named,
  holder: named,
  categories: z.array(name),
  declined: z.array(name),
  rewordings: z
    .array(
      z.object({
        kind: z.enum(['category', 'organisation']),
        id: z.string(),
        member: z.string(),
        before: z.union([said, z.string()]).nullable(),
        now: z.union([said, z.string()]).nullable(),
        at: instant,
        material: z.boolean(),
        reason: said.nullable(),
      }),
    )
    .describe('What the register says otherwise since; material: it means something else'),
  legal_basis: z.string(),
  express: z.boolean(),
  valid_from: instant,
  valid_until: instant,
  last_day: z.string(),
  limits,
  uses: z.int(),
  last_use_at: instant.nullable(),
  given: z.object({
    at: instant,
    request_id: z.string(),
    presentation_id: z.string(),
    language: z.string(),
    channel: z.string(),
    acr: z.string(),
    amr: z.array(z.string()),
  }),
})

const disclosure = z.object({
  disclosure_id: z.string(),
  occurred_at: instant.nullable(),
  recorded_at: instant.nullable(),
  categories: z.array(name),
  record_count: z.int().nullable(),
  result: z.string().nullable(),
  delivery: z.string().nullable(),
  query_id: z.string().nullable(),
  query_group_id: z.string().nullable(),
  initiator: z.unknown(),
  late: z.boolean().nullable(),
  in_flight: z.boolean().nullable(),
  anomaly: z.boolean().nullable(),
  use_returned: z
    .boolean()
    .nullable()
    .describe('Of nothing sent; false: reported so more often than the limit allows'),
})

export const decision = z.object({
  decision_id: z.string(),
  evaluated_at: instant,
  outcome: z.enum(['permit', 'deny']),
  reason_code: z.string(),
  consent_id: z.string().nullable(),
  holder: named,
  recipient: named,
  dataset: named,
  purpose: named,
  agreement: z.string().nullable(),
  legal_basis: z.string().nullable(),
  asked: z.array(name),
  permitted: z.array(name),
  period: z
    .object({ from: z.string(), to: z.string() })
    .nullable()
    .describe('Of which days it was asked for, both included'),
  valid_until: instant.nullable(),
  status: z.string().nullable(),
  query_id: z.string().nullable(),
  times: z.int(),
  last_at: instant,
  shown_from: instant.nullable().describe('When she could see it first; null: at once'),
  disclosure: disclosure.nullable(),
})

const eventName = z.object({
  event_id: z.string(),
  person_seq: z.int(),
  commitment: z.string().describe('Base64 of 32 bytes'),
})
export const event = eventName.extend({
  kind: z.string(),
  recorded_at: instant,
  salt: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()).nullable(),
})

export const delayedEvent = event.extend({
  decision_id: z.string().describe('The permit whose chain it stands in'),
  shown_from: instant,
})

export const changedConsent = z.object({
  consent_id: z.string(),
  state: z.string(),
  state_at: instant,
  revoked_at: instant.optional(),
  event: eventName.optional(),
  parties: z.array(named),
})

export const receipt = z.object({
  receipt_id: z.string(),
  consent_id: z.string(),
  kind: z.string(),
  issued_at: instant,
})

export const flow = z.object({
  from: named.describe('The holder'),
  to: named.describe('The recipient'),
  category: name.nullable(),
  by: z.enum(['consent', 'law']),
  consent_id: z.string().nullable(),
  agreement: z.string().nullable().describe('Of what the law allows'),
  purpose: named,
  until: instant.nullable(),
  days: z
    .object({ from: z.string(), to: z.string() })
    .nullable()
    .describe('The days that the information may be of; null: any'),
})
const flows = z
  .array(flow)
  .describe(
    'Who may receive what about her at this moment, as her pages say it. What the law shows later is not in it',
  )

// A loose object: later exports may have further members.
export const exportDocument = z.looseObject({
  format: z.literal('accord-export'),
  version: z.literal(1),
  issuer: z.url(),
  exported_at: instant,
  account: z.object({ language: z.string(), opened_at: instant }),
  passkeys: z.array(z.unknown()),
  security_keys: z.array(z.unknown()),
  recovery_codes: z.array(z.object({ made_at: instant, used_at: instant.nullable() })),
  waiting: z
    .array(
      z.looseObject({
        kind: z.enum([
          'key',
          'password',
          'code_application',
          'account_elsewhere',
          'recovery_codes',
          'address',
        ]),
        made_at: instant,
        because: z.string(),
        since: instant,
        until: instant
          .nullable()
          .describe('Null: two ways in contradict each other, until a third one decides'),
      }),
    )
    .describe('What was taken away, or is denied, and opens held sessions until then'),
  sessions: z.array(z.unknown()),
  activity: z.array(z.unknown()),
  connections: z.array(z.unknown()),
  claims: z.array(z.unknown()),
  requests: z.array(z.unknown()),
  presentations: z.array(z.unknown()),
  consents: z.array(consent),
  may_flow: flows,
  decisions: z.array(decision),
  received: z.array(z.unknown()),
  declared: z.array(z.unknown()),
  inquiries: z.array(z.unknown()),
  stops: z.array(z.unknown()),
  disputes: z.array(z.unknown()),
  receipts: z.array(z.unknown()),
  timeline: z.array(event),
  shown_later: z.array(delayedEvent),
  erasures: z.array(
    z.object({
      certificate_id: z.string(),
      erased_at: instant,
      certificate: z
        .string()
        .nullable()
        .describe('As it was signed; null until no file of the database has it any more'),
    }),
  ),
})

export const edge = z.object({
  by: z.enum(['consent', 'law']),
  consent_id: z.string().nullable(),
  from: named.describe('The holder'),
  to: named.describe('The recipient'),
  dataset: named,
  purpose: named,
  categories: z.array(name),
  agreement: z.string().nullable(),
  legal_basis: z.string(),
  article: said.nullable(),
  may_send: z.boolean().describe('What a decision would say now'),
  reason: z.string().nullable().describe('Why nothing may be sent: a code of the decision'),
  until: instant.nullable(),
  ended_at: instant.nullable(),
  last_permitted_at: instant.nullable(),
})
export const picture = z.object({
  at: instant,
  edges: z.array(edge),
  may_flow: flows,
  is_whole: z.boolean().describe('False where more is over than is drawn'),
})

export const openedDispute = z.object({
  dispute_id: z.string(),
  decision_id: z.string(),
  routed_to: named,
  opened_at: instant,
  due_at: instant,
})
