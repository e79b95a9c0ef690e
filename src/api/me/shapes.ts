import { languages } from '../../base/values/languages.ts'
import { z } from 'zod'
import type { Operation } from '../../base/web/operation.ts'
import {
  consent,
  decision,
  openedDispute,
  event,
  exportDocument,
  changedConsent,
  notifications,
  page,
  picture,
  receipt,
  delayedEvent,
} from './answer-shapes.ts'

// Shapes of the API's requests, and its operations; shapes of answers are in answer-shapes.ts.

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
// A longer text than a question may have gets its own error, up to this limit.
export const disputeBody = z.strictObject({
  decision_id: z.string().max(64),
  text: z.string().max(10_000),
})

// The answer has the same shape: the choice as it was sent.
export const chosenBody = z.strictObject({
  channel: z.enum(['email', 'sms', 'none']),
  language: z.enum(languages),
  sendings: z.enum(['never', 'weekly', 'each']).optional().describe('Left out: as it is'),
  question_reminders: z.boolean().optional().describe('Left out: as it is'),
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
    answers: { 200: changedConsent },
  },
  showPicture: {
    ...mine,
    method: 'get',
    path: '/me/picture',
    name: 'showPicture',
    says: {
      fr: 'Qui peut envoyer quoi à qui sur elle, par son accord et par la loi',
      en: 'Who may send what to whom about her, by consent and by law',
    },
    query: noQuery,
    answers: { 200: picture },
  },
  stopEverything: {
    ...mine,
    method: 'post',
    path: '/me/revocations',
    name: 'stopEverything',
    says: { fr: 'Arrêter tous ses partages', en: 'Stop all her sharings' },
    request: emptyBody,
    isRepeatable: true,
    answers: { 200: z.object({ stopped: z.array(changedConsent) }) },
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
    answers: { 200: openedDispute },
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
  listShownLater: {
    ...mine,
    method: 'get',
    path: '/me/timeline/shown-later',
    name: 'listShownLater',
    says: {
      fr: 'Ce que la loi permettait de lui montrer plus tard, dans l’ordre où elle peut le voir',
      en: 'What the law allowed to be shown to her later, in the order in which she may see it',
    },
    query: listQuery,
    answers: { 200: page(delayedEvent) },
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
  showNotifications: {
    ...mine,
    method: 'get',
    path: '/me/notifications',
    name: 'showNotifications',
    says: { fr: 'Comment elle est avertie', en: 'How she is told' },
    query: noQuery,
    answers: { 200: notifications },
  },
  chooseNotifications: {
    ...mine,
    method: 'put',
    path: '/me/notifications',
    name: 'chooseNotifications',
    says: {
      fr: 'Choisir comment elle est avertie; connexion de moins de quinze minutes',
      en: 'Choose how she is told; a sign-in of less than fifteen minutes',
    },
    request: chosenBody,
    answers: { 200: notifications },
  },
  takeEverything: {
    ...mine,
    method: 'get',
    path: '/me/export',
    name: 'takeEverything',
    says: { fr: 'Tout ce qui est conservé sur elle', en: 'Everything held about her' },
    query: noQuery,
    answers: { 200: exportDocument },
  },
} as const satisfies Readonly<Record<string, Operation>>
