import { z } from 'zod'
import { countingKinds } from '../../base/web/limits/policies.ts'
import type { Operation } from '../../base/web/operation.ts'

const alive = z.object({ status: z.literal('alive') })
const ready = z.object({ status: z.literal('ready') })

const ofEach = { kid: z.string().describe('RFC 7638'), use: z.literal('sig') }

/** RFC 7517, with the purpose of each key. */
const keySet = z.object({
  keys: z.array(
    z.discriminatedUnion('purpose', [
      z.object({
        purpose: z.literal('decision').describe('Decisions, acknowledgements'),
        kty: z.literal('EC'),
        crv: z.literal('P-256'),
        x: z.string(),
        y: z.string(),
        alg: z.literal('ES256'),
        ...ofEach,
      }),
      z.object({
        purpose: z.literal('receipt').describe('Receipts, certificates of an erasure'),
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string(),
        alg: z.literal('Ed25519'),
        ...ofEach,
      }),
    ]),
  ),
})

const passkeyEndpoints = z.object({ enroll: z.url(), manage: z.url() })

const whole = z.int().min(1)
/** The limits of this house. */
export const limits = z.object({
  body_bytes: z.object({ form: whole, json: whole }),
  authorization_details: z.object({ items: whole, bytes: whole }),
  evaluations: whole.describe('Items of a batch'),
  reports: whole.describe('Of one list of reports'),
  holders_must_decide: z.iso
    .date()
    .nullable()
    .describe(
      'From this day in Québec on, introspection tells a holder of no sharing; null: it does',
    ),
  page: whole.describe('Results of a page, of searches and lists'),
  categories: whole.describe('Of one dataset'),
  person: z
    .object({
      consents: whole.describe('That are not over'),
      requests: whole.describe('That wait for her answer'),
      disputes: whole.describe('Without an answer yet'),
      passkeys: whole.describe('Security keys among them'),
      sessions: whole.describe('One more ends the one that was unused for longest'),
    })
    .describe('What one person may have'),
  password_characters: z.object({ least: whole, most: whole }).describe('After NFC'),
  desk: z
    .object({
      idle_seconds: whole.describe('Unused'),
      session_seconds: whole.describe('In any case'),
      sessions: whole.describe('A further one ends it'),
      help_seconds: whole.describe('A help that a person opened, at most'),
      help_code_seconds: whole.describe('The digits by which it opens'),
      help_request_seconds: whole.describe('A request by telephone, without an answer'),
    })
    .describe('The session of an officer of a body, and a help at a desk'),
  service: z.object({ redirect_uris: whole, keys: whole }).describe('What one service may have'),
  body_that_shares: z.object({ streams: whole }).describe('Of one organisation'),
  parameter_characters: z.object({ state: whole, nonce: whole, request: whole }),
  a_minute: z
    .object({
      pushed_by_service: whole.describe('Requests at /request and /device/auth, with its key'),
      visits_by_network: whole.describe(
        'Requests at /auth and /device of one IPv4 address or IPv6 /64',
      ),
      visits_by_known_browser: whole.describe(
        'The same of a browser in which somebody signed in before, once its network has used up its own',
      ),
    })
    .describe('More is 429, with Retry-After'),
  tries: z
    .array(
      z.object({
        what: z.string().describe('A kind of try, or of a beginning that may end well'),
        counted_by: z
          .enum(countingKinds)
          .describe(
            'A network is one IPv4 address or IPv6 /64. `one-here`: one address or access, as tried from one network. `known`: a person who is signed in, or a browser in which somebody signed in before, in the place of the others; `known-here`: all these of one network',
          ),
        tries: whole,
        seconds: whole.describe('The period that is counted'),
        given_back: z.boolean().describe('Whether one that is right, or ends well, is not counted'),
        one_more_every_seconds: whole
          .optional()
          .describe('Beyond, one more goes on in so long: the others wait for it for ten seconds'),
      }),
    )
    .describe('More is 429, with Retry-After'),
  a_day: z.object({
    matching: whole.describe(
      'Answers at /matching about one person, to one body; more is 429, with Retry-After',
    ),
    matching_no_match: whole.describe(
      'Answers « no_match » at /matching to one body; then 429 for the rest of the day, with Retry-After',
    ),
    sign_in_requests: whole.describe(
      'Requests at /backchannel for one person, of one organisation; more is 403',
    ),
  }),
})

/** Disclosures that people see later than they happened, because the law allows it. */
export const delayedFigures = z.object({
  months: z.array(
    z.object({
      month: z.string().describe('2026-11, of Québec'),
      delayed: z
        .string()
        .describe('Disclosures, at least: "<10", or a sum of figures rounded to 5'),
    }),
  ),
})

/** How often a body was refused, and asked again within thirty days. */
export const refusalFigures = z.object({
  months: z.array(
    z.object({
      month: z.string().describe('2026-11, of Québec'),
      organisations: z
        .array(
          z.object({
            organisation: z.string(),
            refused: z
              .string()
              .describe(
                'People who refused or stopped, at least: "<10", or a sum of figures rounded to 5',
              ),
            asked_again: z.string().describe('Visits: "<10", or rounded to 5'),
          }),
        )
        .describe('One that is not here: both "<10"'),
    }),
  ),
})

export const operations = {
  alive: {
    method: 'get',
    path: '/healthz',
    name: 'alive',
    says: { fr: 'Le processus vit', en: 'The process is alive' },
    answers: { 200: alive },
  },
  ready: {
    method: 'get',
    path: '/readyz',
    name: 'ready',
    says: { fr: 'Le processus peut servir', en: 'The process can serve' },
    answers: { 200: ready },
  },
  keys: {
    method: 'get',
    path: '/keys',
    name: 'keys',
    says: {
      fr: 'Les clés des décisions, des accusés de réception et des reçus',
      en: 'The keys of decisions, acknowledgements and receipts',
    },
    answers: { 200: keySet },
    mediaType: 'application/jwk-set+json',
  },
  passkeyEndpoints: {
    method: 'get',
    path: '/.well-known/passkey-endpoints',
    name: 'passkeyEndpoints',
    says: {
      fr: 'Où une personne crée et gère ses clés d’accès',
      en: 'Where a person creates and manages her passkeys',
    },
    answers: { 200: passkeyEndpoints },
  },
  delayed: {
    method: 'get',
    path: '/transparence/consultations-differees',
    name: 'delayed',
    says: {
      fr: 'Combien d’envois la loi permettait de montrer plus tard, par mois',
      en: 'How many disclosures the law allowed to be shown later, by month',
    },
    answers: { 200: delayedFigures },
  },
  refused: {
    method: 'get',
    path: '/transparence/refus',
    name: 'refused',
    says: {
      fr: 'Combien de refus chaque organisme a reçus, et combien de fois il a redemandé, par mois',
      en: 'How many refusals each body received, and how often it asked again, by month',
    },
    answers: { 200: refusalFigures },
  },
  limits: {
    method: 'get',
    path: '/.well-known/limits',
    name: 'limits',
    says: { fr: 'Les limites de cette maison', en: 'The limits of this house' },
    answers: { 200: limits },
  },
} as const satisfies Readonly<Record<string, Operation>>
