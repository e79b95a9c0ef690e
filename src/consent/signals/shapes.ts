import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import { statuses } from './rows.ts'

// Shapes of the transmitter (SSF 1.0, sections 7 and 8; RFC 8936). Unknown members are ignored, as the standard wants it.

export const [pushMethod, pollMethod] = ['urn:ietf:rfc:8935', 'urn:ietf:rfc:8936'] as const
export const [mostKinds, mostAcks, mostErrors, mostAtOnce] = [50, 1000, 100, 100] as const

const isWhole = (value: string) => value.isWellFormed()
const text = (most: number) => z.string().min(1).max(most).refine(isWhole, 'is not Unicode')
const url = z.url().max(512).refine(isWhole, 'is not Unicode')
const streamId = z.string().min(1).max(64)

const pushDelivery = z.object({
  method: z.literal(pushMethod),
  endpoint_url: url,
  // RFC 9110: printable ASCII, without line breaks.
  authorization_header: z
    .string()
    .regex(/^[\x21-\x7e][\x20-\x7e]{0,1022}[\x21-\x7e]$/)
    .optional(),
})
const pollDelivery = z.object({
  method: z.literal(pollMethod),
  endpoint_url: url.optional(),
})
export const delivery = z.discriminatedUnion('method', [pushDelivery, pollDelivery])
const requested = z.array(text(255)).max(mostKinds)

export const newStream = z.object({
  delivery: delivery.optional(),
  events_requested: requested.optional(),
  description: text(255).optional(),
})
export const changedStream = newStream.extend({ stream_id: streamId })
export const streamQuery = z.object({ stream_id: streamId.optional() })
export const oneStreamQuery = z.object({ stream_id: streamId })
export const newStatus = z.object({
  stream_id: streamId,
  status: z.enum(statuses),
  reason: text(255).optional(),
})
export const subjectBody = z.object({
  stream_id: streamId,
  subject: z
    .object({
      format: z.string().max(64),
      iss: z.string().max(512).optional(),
      sub: z.string().max(255).optional(),
    })
    .describe('RFC 9493: iss_sub, in the identifier that the body itself was given'),
  verified: z.boolean().optional(),
})
export const verificationBody = z.object({ stream_id: streamId, state: text(512).optional() })
export const pollBody = z.object({
  maxEvents: z.int().min(0).max(1_000_000).default(mostAtOnce),
  returnImmediately: z.boolean().default(false),
  ack: z.array(z.string().max(255)).max(mostAcks).default([]),
  setErrs: z
    .record(
      z.string().max(255),
      z.object({ err: z.string().max(255), description: z.string().max(2000).optional() }),
    )
    .refine((errors) => Object.keys(errors).length <= mostErrors, `has more than ${mostErrors}`)
    .default({}),
})
export const pollPath = z.object({ stream: streamId })

export const streamAnswer = z.object({
  stream_id: z.string(),
  iss: z.string(),
  aud: z.string(),
  delivery: z.object({ method: z.string(), endpoint_url: z.string() }),
  events_supported: z.array(z.string()),
  events_requested: z.array(z.string()),
  events_delivered: z.array(z.string()),
  min_verification_interval: z.number(),
  description: z.string().optional(),
})
const statusAnswer = z.object({
  stream_id: z.string(),
  status: z.enum(statuses),
  reason: z.string().optional(),
})
const pollAnswer = z.object({
  sets: z.record(z.string(), z.string()),
  moreAvailable: z.boolean().optional(),
})
const jwk = z.object({
  kty: z.string(),
  n: z.string(),
  e: z.string(),
  kid: z.string(),
  alg: z.literal('RS256'),
  use: z.literal('sig'),
})
const metadata = z.object({
  spec_version: z.literal('1_0'),
  issuer: z.string(),
  jwks_uri: z.string(),
  delivery_methods_supported: z.array(z.string()),
  configuration_endpoint: z.string(),
  status_endpoint: z.string(),
  add_subject_endpoint: z.string(),
  remove_subject_endpoint: z.string(),
  verification_endpoint: z.string(),
  authorization_schemes: z.array(z.object({ spec_urn: z.string() })),
  default_subjects: z.literal('ALL'),
})
const nothing = z.object({})

export type StreamShape = typeof streamAnswer
export type StatusShape = typeof statusAnswer
export type PollShape = typeof pollAnswer
export type MetadataShape = typeof metadata

const streams = '/ssf/streams'
const [read, manage] = ['ssf.read', 'ssf.manage'] as const

export const operations = {
  ssfMetadata: {
    method: 'get',
    path: '/.well-known/ssf-configuration',
    name: 'readSsfConfiguration',
    says: { fr: 'Les signaux partagés de ce courtier', en: 'The shared signals of this broker' },
    answers: { 200: metadata },
  },
  ssfKeys: {
    method: 'get',
    path: '/ssf/jwks',
    name: 'readSsfKeys',
    says: { fr: 'Les clés qui signent les signaux', en: 'The keys that sign signals' },
    answers: { 200: z.object({ keys: z.array(jwk) }) },
  },
  readStreams: {
    method: 'get',
    path: streams,
    name: 'readStreams',
    says: { fr: 'Vos flux, ou l’un d’eux', en: 'Your streams, or one of them' },
    scope: read,
    query: streamQuery,
    answers: { 200: z.union([streamAnswer, z.array(streamAnswer)]) },
  },
  createStream: {
    method: 'post',
    path: streams,
    name: 'createStream',
    says: { fr: 'Commencer un flux', en: 'Begin a stream' },
    scope: manage,
    request: newStream,
    answers: { 201: streamAnswer },
  },
  updateStream: {
    method: 'patch',
    path: streams,
    name: 'updateStream',
    says: { fr: 'Changer une partie d’un flux', en: 'Change a part of a stream' },
    scope: manage,
    request: changedStream,
    answers: { 200: streamAnswer },
  },
  replaceStream: {
    method: 'put',
    path: streams,
    name: 'replaceStream',
    says: { fr: 'Remplacer un flux', en: 'Replace a stream' },
    scope: manage,
    request: changedStream,
    answers: { 200: streamAnswer },
  },
  deleteStream: {
    method: 'delete',
    path: streams,
    name: 'deleteStream',
    says: { fr: 'Finir un flux', en: 'End a stream' },
    scope: manage,
    query: oneStreamQuery,
    answers: { 204: nothing },
  },
  readStatus: {
    method: 'get',
    path: '/ssf/status',
    name: 'readStreamStatus',
    says: { fr: 'L’état d’un flux', en: 'The status of a stream' },
    scope: read,
    query: oneStreamQuery,
    answers: { 200: statusAnswer },
  },
  setStatus: {
    method: 'post',
    path: '/ssf/status',
    name: 'setStreamStatus',
    says: { fr: 'Suspendre, reprendre ou fermer un flux', en: 'Pause, resume or disable a stream' },
    scope: manage,
    request: newStatus,
    answers: { 200: statusAnswer },
  },
  addSubject: {
    method: 'post',
    path: '/ssf/subjects/add',
    name: 'addSubject',
    says: { fr: 'Ajouter une personne à un flux', en: 'Add a person to a stream' },
    scope: manage,
    request: subjectBody,
    answers: { 200: nothing },
  },
  removeSubject: {
    method: 'post',
    path: '/ssf/subjects/remove',
    name: 'removeSubject',
    says: { fr: 'Retirer une personne d’un flux', en: 'Remove a person from a stream' },
    scope: manage,
    request: subjectBody,
    answers: { 204: nothing },
  },
  verify: {
    method: 'post',
    path: '/ssf/verification',
    name: 'verifyStream',
    says: { fr: 'Demander un jeton de vérification', en: 'Ask for a verification event' },
    scope: manage,
    request: verificationBody,
    answers: { 204: nothing },
  },
  poll: {
    method: 'post',
    path: '/ssf/poll/:stream',
    name: 'pollStream',
    says: {
      fr: 'Prendre ce qui attend, et confirmer ce qui est pris',
      en: 'Take what waits, and acknowledge what was taken',
    },
    scope: read,
    parameters: pollPath,
    request: pollBody,
    answers: { 200: pollAnswer },
  },
} as const satisfies Readonly<Record<string, Operation>>
