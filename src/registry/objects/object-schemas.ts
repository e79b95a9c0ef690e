import { z } from 'zod'
import { blocks, inPlainWords, inShort } from './text-blocks.ts'
import { textMedia } from '../media/text-media.ts'
import {
  address,
  dataAddress,
  lineInBoth,
  proseInBoth,
  day,
  duration,
  id,
  isNoLonger,
  isSet,
  largest,
  lawNamed,
  line,
  oneTimeDuration,
  reachMembers,
  ref,
  settingsId,
  shorterSpans,
  shortLine,
  statement,
  status,
  topics,
  usualDuration,
  version,
} from './file-fields.ts'
import type { claimNames } from './claim-names.ts'
import { legalBases, maxDelayDays } from './legal-bases.ts'
import { change, signer } from './signature-schemas.ts'
import { standardFields } from './oidc-fields.ts'
import { identityProvider } from './identity-provider-schema.ts'

// The files of a register: one schema a kind (docs/design/domain.md#register). Schemas are strict: else a misspelt field would silently
// be a default.

/** The most categories of one dataset. */
export const maxCategories = 50 // bits of a mask that PostgreSQL holds in a bigint

const mostInPurpose = 90

const wordingChange = z
  .strictObject({ reason: proseInBoth, approved_on: day })
  .describe(
    'Says that this version has other words for the same thing, and why: what people allowed goes on. Without it they are asked again.',
  )
  .optional()

const organisation = z.strictObject({
  org_id: id('org'),
  version,
  kind: z
    .enum([
      'public_body',
      'municipality',
      'health_network',
      'education_network',
      'mandatary',
      'enterprise',
      'other_government',
    ])
    .optional(),
  neq: z
    .string()
    .regex(/^\d{10}$/, 'must be ten digits')
    .optional(),
  name: lineInBoth,
  short_name: lineInBoth.optional(),
  name_in_sentence: lineInBoth
    .describe(
      'The name with its article, as a sentence has it: « l’Agence du revenu », “the Revenue Agency”. Without it the name stands alone.',
    )
    .optional(),
  pronoun: z
    .strictObject({ fr: z.enum(['il', 'elle', 'ils', 'elles']), en: z.enum(['it', 'they']) })
    .describe('The word that a second sentence has for it, which also says its number.')
    .optional(),
  wording_change: wordingChange,
  parent_org_id: id('org').optional(),
  privacy_officer_title: lineInBoth.optional(),
  privacy_officer_contact: line.optional(),
  ...reachMembers,
  complaint_url: address.optional(),
  policy_url: address.optional(),
  jurisdiction: z.enum(['QC', 'CA', 'outside']).optional(),
  status,
  status_since: day.optional(),
  jwks_uri: address.optional(),
  ssf_stream_ids: z.array(line).optional(),
  valid_from: day.optional(),
  valid_until: day.optional(),
})

/** What is demanded of a service: docs/design/security.md#clients. */
export const clientProfiles = ['fapi', 'baseline', 'native', 'legacy'] as const
export type ClientProfile = (typeof clientProfiles)[number]

export const assertionAudiences = ['issuer', 'token_endpoint', 'both'] as const
export type AssertionAudience = (typeof assertionAudiences)[number]

const claim = z.strictObject({
  purpose: z
    .strictObject({ fr: shortLine(mostInPurpose), en: shortLine(mostInPurpose) })
    .describe(
      'What the service does with it, as the person reads it: « Vous écrire au sujet de votre demande ».',
    ),
  optional: z
    .boolean()
    .describe('Whether a person who refuses it may use the service all the same.'),
})

const claims = z
  .strictObject({
    given_name: claim
      .describe('Her given name, where a provider of identities vouches for it.')
      .optional(),
    family_name: claim
      .describe('Her family name, where a provider of identities vouches for it.')
      .optional(),
    birthdate: claim
      .describe('Her birth date, where a provider of identities vouches for it.')
      .optional(),
    email: claim.describe('Her confirmed e-mail address.').optional(),
  } satisfies Record<(typeof claimNames)[number], unknown>)
  .refine((named) => Object.keys(named).length > 0, 'names no claim')
  .meta({ minProperties: 1 })

const matching = z
  .strictObject({
    purpose: z.strictObject({ fr: shortLine(mostInPurpose), en: shortLine(mostInPurpose) }),
  })
  .describe(
    'It may ask whether a file of its own is of the person who is signed in there, and why.',
  )

// A signature that names its key by a number is refused: such a key would never be found.
const publicKey = z.looseObject({ kid: z.string().optional() })

/** RFC 7591 metadata; the provider checks it further when it loads the client. */
const service = z.looseObject({
  client_id: z.string().regex(/^[a-z0-9-]{1,60}$/, 'must be 1 to 60 of a-z, 0-9 and -'),
  version,
  name: lineInBoth,
  description: lineInBoth.describe('What it does for people, in a sentence.').optional(),
  organisation: z.string(),
  status: status.default('active'),
  redirect_uris: z.array(z.url()).min(1).max(largest.redirectUris),
  jwks: z.looseObject({ keys: z.array(publicKey).min(1).max(largest.keys) }).optional(),
  jwks_uri: z.url().optional(),
  authorization_details_types: z.array(address).max(10).optional(),
  /** The identifier of its API, if it holds data (RFC 8707). */
  resource_server: address.regex(/^[^#]*$/, 'must have no fragment').optional(),
  first_party: z.boolean().optional(), // may act for a person at `/me` (decision 0018)
  profile: z
    .enum(clientProfiles)
    .describe(
      'What is demanded of it: fapi, if absent; baseline, for sign-in alone; native, for sign-in in an application on a person’s device; legacy, a dated exception.',
    )
    .optional(),
  ...standardFields,
  assertion_audience: z
    .enum(assertionAudiences)
    .describe(
      'What its assertions name as audience: the issuer, if absent; or the token endpoint, or both in a list.',
    )
    .optional(),
  claims: claims
    .describe(
      'What it asks people for at their sign-in: each sees it the first time, and lets it have it or not.',
    )
    .optional(),
  matching: matching.optional(),
  until: day.describe('The last day of an exception: two years away at most.').optional(),
  reason: proseInBoth.describe('Why the exception is made; it is public.').optional(),
})

const category = z.strictObject({
  category_id: id('cat'),
  version,
  label: lineInBoth,
  plain_description: proseInBoth,
  example: lineInBoth,
  in_sentence: lineInBoth
    .describe(
      'The label as a sentence to the person has it: « votre revenu net », “your net income”.',
    )
    .optional(),
  sensitivity: z
    .enum(['ordinary', 'sensitive'])
    .describe('Sensitive: medical, biometric, or otherwise intimate (LAI 59).'),
  wording_change: wordingChange,
  dpv_pd_iri: address.optional(),
  parent_category_id: id('cat').optional(),
})

const dataset = z.strictObject({
  dataset_id: id('dst'),
  version,
  holder_org_id: id('org'),
  label: lineInBoth,
  source_of_truth: z.boolean(),
  official_source_decree: line.optional(),
  categories: z
    .array(
      z.strictObject({
        category_id: id('cat'),
        required_for: z.array(line).optional(),
        field_paths: z.array(line).optional(),
      }),
    )
    .min(1)
    .max(maxCategories)
    .refine((items) => isSet(items.map((item) => item.category_id)), 'names a category twice')
    .describe('In this order for good: a category keeps its place.'),
  ...dataAddress,
  update_frequency: line.optional(),
  quality_note: proseInBoth.optional(),
  dcat_iri: address.optional(),
  retention_rule: line.optional(),
})

const purpose = z
  .strictObject({
    purpose_id: id('pur'),
    version,
    label: lineInBoth,
    plain_statement: z.strictObject({ fr: statement, en: statement }),
    why: z
      .strictObject({ fr: shortLine(mostInPurpose), en: shortLine(mostInPurpose) })
      .describe(
        'The statement inside a sentence, after « pour » or “to”: « calculer votre bourse », “calculate your bursary”.',
      )
      .optional(),
    programme: line.optional(),
    topic: z.enum(topics).describe('What it is about in a person’s life.').optional(),
    legal_reference: z
      .strictObject({
        act: line,
        chapter: line,
        section: line.optional(),
        url: address.optional(),
      })
      .optional(),
    recipient_org_id: id('org'),
    dpv_purpose_iri: address.optional(),
    necessity_by_category: z
      .record(id('cat'), z.enum(['required', 'optional']))
      .refine(hasFewCategories, `must name 1 to ${maxCategories} categories`)
      .meta({ minProperties: 1, maxProperties: maxCategories }),
    // A consent needs a way to refuse (docs/design/domain.md#i32).
    refusal_consequence: proseInBoth,
    alternative_path: proseInBoth,
    // A page shows the two one after the other: « trois ans » « après la fin de vos études ».
    retention: z.strictObject({
      period: lineInBoth,
      trigger: lineInBoth,
      at_most: duration
        .describe(
          'How long after a stop a law may have it kept. Without it, no report is held against it.',
        )
        .optional(),
    }),
    automated_decision: z.boolean(),
    outside_quebec: z.boolean(),
    max_duration: duration.describe(
      `ISO 8601. At most ${usualDuration}, or longer_duration_reason says why longer; at most ${oneTimeDuration} for one time only.`,
    ),
    longer_duration_reason: proseInBoth.optional(),
    default_duration: duration,
    frequency_limit: z
      .strictObject({ count: z.int().min(1).max(10_000), per: duration })
      .optional(),
    max_uses: z.int().min(1).max(10_000).describe('1: for one time only.').optional(),
    lookback: duration.optional(),
    status: z.enum(['draft', 'published', 'retired']),
  })
  .refine((item) => isNoLonger(item.default_duration, item.max_duration), {
    path: ['default_duration'],
    message: 'must not be longer than max_duration',
  })

const agreement = z.strictObject({
  agreement_id: id('agr'),
  version,
  legal_basis_id: z.enum(legalBases.map((basis) => basis.id)),
  law: lawNamed
    .describe('The law itself: required where no consent is needed, and stands nowhere else.')
    .optional(),
  holder_org_id: id('org'),
  recipient_org_id: id('org'),
  datasets: z
    .array(
      z.strictObject({
        dataset_id: ref('dst'),
        categories: z
          .array(id('cat'))
          .min(1)
          .max(maxCategories)
          .refine(isSet, 'has one twice')
          .meta({ uniqueItems: true }),
      }),
    )
    .min(1)
    .max(20)
    .refine((items) => isSet(items.map((item) => item.dataset_id)), 'names a dataset twice'),
  purposes: z
    .array(ref('pur'))
    .min(1)
    .max(20)
    .refine(isSet, 'names a purpose twice')
    .meta({ uniqueItems: true }),
  transmission_method: line.optional(),
  security_measures_summary: proseInBoth.optional(),
  periodicity: line.optional(),
  duration: z
    .strictObject({ from: day, until: day.optional() })
    .refine(({ from, until = from }) => from <= until, 'until must not be before from'),
  pia_reference: line.optional(),
  pia_conclusion_date: day.optional(),
  cai_sent_on: day.optional(),
  cai_received_on: day.optional(),
  in_force_from: day
    .describe('Under section 68: at least 30 days after cai_received_on.')
    .optional(),
  outside_quebec: z.strictObject({ country: line, pia_70_1: line }).optional(),
  shown_after_days: z
    .int()
    .min(1)
    .max(maxDelayDays)
    .describe('The person sees each use that much later: only where the legal basis allows it.')
    .optional(),
  document_sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .optional(),
  document_url: address.optional(),
  redaction_note: line.optional(),
  supersedes: ref('agr').describe('The agreement that this one renews.').optional(),
  status: z.enum(['draft', 'filed', 'in_force', 'suspended', 'ended']),
  ended_reason: line.optional(),
})

const text = z.strictObject({
  text_id: id('txt'),
  version,
  purpose_id: ref('pur'),
  agreement_id: ref('agr'),
  blocks,
  short: inShort
    .describe(
      'Required of a text with approved_on: the summary, and what follows from each answer.',
    )
    .optional(),
  plain: inPlainWords
    .describe('The question in plain words, of at most 60: without it the page has no such face.')
    .optional(),
  media: textMedia.optional(),
  reading_level: lineInBoth.optional(),
  reviewed_by: line.optional(),
  approved_on: day.describe('Without it nobody is asked with this version.').optional(),
  material_change: z
    .boolean()
    .describe(
      'Whether recipient, purpose, categories, limits or consequence change, or words only.',
    )
    .optional(),
  previous_version: ref('txt').optional(),
})

const setting = z.strictObject({
  setting_id: z.literal(settingsId),
  version,
  cooling_days: z
    .int()
    .min(1)
    .max(365)
    .describe(
      'For so many days a new agreement under law_67, investigation_59 or court_order is public before it takes effect.',
    ),
  retention: shorterSpans.optional(),
})

const schemas = {
  setting,
  organisation,
  signer,
  category,
  dataset,
  purpose,
  agreement,
  text,
  service,
  'identity-provider': identityProvider,
  change,
}

export type Kind = keyof typeof schemas
export type FileOf<K extends Kind> = z.infer<(typeof schemas)[K]>
type KindOfFile<K extends Kind> = {
  readonly folder: string
  readonly idField: keyof FileOf<K> & string
  readonly schema: z.ZodType<FileOf<K>>
  /** Whether earlier consents and rows are read by the versions of their time; else only the current version is read. */
  readonly isPinned: boolean
  /** A change is written by `apply` alone: no file makes one. */
  readonly isMadeByApply?: true
}

/** The kinds, in an order in which each names only earlier ones. */
export const kinds: { readonly [K in Kind]: KindOfFile<K> } = {
  setting: { folder: 'settings', idField: 'setting_id', schema: setting, isPinned: false },
  organisation: {
    folder: 'organisations',
    idField: 'org_id',
    schema: organisation,
    isPinned: true,
  },
  signer: { folder: 'signers', idField: 'signer_id', schema: signer, isPinned: true },
  category: { folder: 'categories', idField: 'category_id', schema: category, isPinned: true },
  dataset: { folder: 'datasets', idField: 'dataset_id', schema: dataset, isPinned: true },
  purpose: { folder: 'purposes', idField: 'purpose_id', schema: purpose, isPinned: true },
  agreement: { folder: 'agreements', idField: 'agreement_id', schema: agreement, isPinned: true },
  text: { folder: 'texts', idField: 'text_id', schema: text, isPinned: true },
  service: { folder: 'services', idField: 'client_id', schema: service, isPinned: false },
  'identity-provider': {
    folder: 'identity-providers',
    idField: 'provider_id',
    schema: identityProvider,
    // Where a secret went in an earlier version counts.
    isPinned: true,
  },
  change: {
    folder: 'changes',
    idField: 'change_id',
    schema: change,
    isPinned: true,
    isMadeByApply: true,
  },
}

function hasFewCategories(necessity: Readonly<Record<string, unknown>>): boolean {
  const count = Object.keys(necessity).length
  return count > 0 && count <= maxCategories
}

/** The kinds that have files. */
export const fileKinds: readonly Kind[] = (Object.keys(kinds) as Kind[]).filter(
  (kind) => kinds[kind].isMadeByApply !== true,
) // `kinds` has a member for each kind and no other
