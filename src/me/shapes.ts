import { z } from 'zod'
import type { Operation } from '../foundation/operation.ts'

// What the API takes and gives. An answer is of the type of its shape (answers.ts), and the shape is what is published.

export const maxPage = 100
const maxCursor = 256

const most = z.coerce.number().int().min(1).max(maxPage).default(maxPage)
export const listQuery = z.strictObject({
  cursor: z.string().max(maxCursor).optional(),
  limit: most,
})
export const timelineQuery = z.strictObject({
  after: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: most,
})
export const noQuery = z.strictObject({})
export const emptyBody = z.strictObject({})
// Of what is too long it is said why, up to here.
export const disputeBody = z.strictObject({
  decision_id: z.string().max(64),
  text: z.string().max(10_000),
})

const said = z.object({ fr: z.string(), en: z.string() })
const instant = z.iso.datetime()
const name = z.object({ id: z.string(), name: said.nullable() })
const named = z.object({ id: z.string(), name: said }).nullable()
const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), next: z.string().nullable() })

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
  suspended_reasons: z.array(z.string()),
  blocked_by: z.string().nullable().describe('Why nothing may be sent now, although it is allowed'),
  purpose: z.object({ id: z.string(), name: said, statement: said }).nullable(),
  dataset: named,
  agreement: z.string().nullable(),
  text: z.string().nullable(),
  recipient: named,
  holder: named,
  categories: z.array(name),
  declined: z.array(name),
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
  valid_until: instant.nullable(),
  status: z.string().nullable(),
  query_id: z.string().nullable(),
  times: z.int(),
  last_at: instant,
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

const moved = z.object({
  consent_id: z.string(),
  state: z.string(),
  state_at: instant,
  revoked_at: instant.optional(),
  event: eventName.optional(),
  parties: z.array(named),
})

const receipt = z.object({
  receipt_id: z.string(),
  consent_id: z.string(),
  kind: z.string(),
  issued_at: instant,
})

// What is held grows; what else there is comes with its own names.
const everything = z.looseObject({
  format: z.literal('accord-export'),
  version: z.literal(1),
  issuer: z.url(),
  exported_at: instant,
  account: z.object({ language: z.string(), opened_at: instant }),
  passkeys: z.array(z.unknown()),
  recovery_codes: z.array(z.object({ made_at: instant, used_at: instant.nullable() })),
  sessions: z.array(z.unknown()),
  activity: z.array(z.unknown()),
  connections: z.array(z.unknown()),
  requests: z.array(z.unknown()),
  presentations: z.array(z.unknown()),
  consents: z.array(consent),
  decisions: z.array(decision),
  received: z.array(z.unknown()),
  stops: z.array(z.unknown()),
  disputes: z.array(z.unknown()),
  receipts: z.array(z.unknown()),
  timeline: z.array(event),
})

export const disputed = z.object({
  dispute_id: z.string(),
  decision_id: z.string(),
  routed_to: named,
  opened_at: instant,
  due_at: instant,
})

const oneConsent = z.object({ id: z.string().describe('con_…') })
const mine = { scope: 'me' } as const

export const operations = {
  listConsents: {
    ...mine,
    method: 'get',
    path: '/me/consents',
    name: 'listConsents',
    says: { fr: 'Ses partages, les plus récents d’abord', en: 'Her sharings, newest first' },
    query: listQuery,
    answers: { 200: page(consent) },
  },
  showConsent: {
    ...mine,
    method: 'get',
    path: '/me/consents/:id',
    name: 'showConsent',
    says: { fr: 'Un de ses partages', en: 'One of her sharings' },
    parameters: oneConsent,
    query: noQuery,
    answers: { 200: consent },
  },
  changeConsent: {
    ...mine,
    method: 'post',
    path: '/me/consents/:id/:move',
    name: 'changeConsent',
    says: {
      fr: 'Arrêter, mettre en pause, reprendre ou confirmer un partage',
      en: 'Stop, pause, resume or confirm a sharing',
    },
    parameters: oneConsent.extend({
      move: z.enum(['revocation', 'pause', 'resumption', 'confirmation']),
    }),
    request: emptyBody,
    isRepeatable: true,
    answers: { 200: moved },
  },
  stopEverything: {
    ...mine,
    method: 'post',
    path: '/me/revocations',
    name: 'stopEverything',
    says: { fr: 'Arrêter tous ses partages', en: 'Stop all her sharings' },
    request: emptyBody,
    isRepeatable: true,
    answers: { 200: z.object({ stopped: z.array(moved) }) },
  },
  ask: {
    ...mine,
    method: 'post',
    path: '/me/disputes',
    name: 'askAbout',
    says: {
      fr: 'Demander à un organisme pourquoi un envoi a eu lieu',
      en: 'Ask a body about a line of hers',
    },
    request: disputeBody,
    isRepeatable: true,
    answers: { 200: disputed },
  },
  showTimeline: {
    ...mine,
    method: 'get',
    path: '/me/timeline',
    name: 'showTimeline',
    says: { fr: 'Sa chaîne d’événements', en: 'Her chain of events' },
    query: timelineQuery,
    answers: { 200: z.object({ items: z.array(event), next: z.int().nullable() }) },
  },
  listDisclosures: {
    ...mine,
    method: 'get',
    path: '/me/disclosures',
    name: 'listDisclosures',
    says: {
      fr: 'Les décisions prises sur elle, et ce qui a été envoyé',
      en: 'The decisions about her, and what was sent',
    },
    query: listQuery,
    answers: { 200: page(decision) },
  },
  listReceipts: {
    ...mine,
    method: 'get',
    path: '/me/receipts',
    name: 'listReceipts',
    says: { fr: 'Ses reçus', en: 'Her receipts' },
    query: listQuery,
    answers: { 200: page(receipt) },
  },
  showReceipt: {
    ...mine,
    method: 'get',
    path: '/me/receipts/:id',
    name: 'showReceipt',
    says: { fr: 'Un reçu, comme il a été signé', en: 'A receipt, as it was signed' },
    parameters: z.object({ id: z.string() }),
    query: noQuery,
    answers: { 200: z.object({ receipt: z.string() }) },
  },
  showProof: {
    ...mine,
    method: 'get',
    path: '/me/proofs/:id',
    name: 'showProof',
    says: {
      fr: 'Que son événement est au journal public',
      en: 'That an event of hers is in the public log',
    },
    parameters: z.object({ id: z.string() }),
    query: noQuery,
    answers: { 200: z.object({ proof: z.string() }) },
  },
  takeEverything: {
    ...mine,
    method: 'get',
    path: '/me/export',
    name: 'takeEverything',
    says: { fr: 'Tout ce qui est conservé sur elle', en: 'Everything held about her' },
    query: noQuery,
    answers: { 200: everything },
  },
} as const satisfies Readonly<Record<string, Operation>>
