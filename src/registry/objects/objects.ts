import type { Bilingual, Language } from '../../base/values/languages.ts'
import { createHash } from 'node:crypto'
import type { RegisterSpan } from '../../base/values/retention.ts'
import type { Level } from '../../base/values/assurance-levels.ts'
import type { VouchedClaim } from '../../people/identity/index.ts'
import type { Contact } from '../../base/web/contact.ts'
import { canonical } from '../../ledger/chain/index.ts'
import type { AskedClaim } from './claim-names.ts'
import { askedClaims } from './claim-names.ts'
import type { BodyDesk } from '../../base/web/officer.ts'
import { bodyDesk } from '../../base/web/officer.ts'
import type { Topic } from './file-fields.ts'
import { isNoLonger, oneTimeDuration, usualDuration } from './file-fields.ts'
import type { Role } from './text-blocks.ts'
import type { TextMedia, TextMedium } from '../media/text-media.ts'
import { mediaIn } from '../media/text-media.ts'
import type { AssertionAudience, ClientProfile, FileOf } from './object-schemas.ts'
import type { SaidMembers, VersionMeaning } from './meanings.ts'

export type ObjectVersion = {
  readonly id: string
  readonly version: number
  /** `id@version` */
  readonly ref: string
  /** The number of this version, by which rows about a person refer to it. */
  readonly no: number
  /** The `no` of the first version: it identifies the object in all versions. */
  readonly root: number
  /** When it was applied. All objects of one apply have the same instant. */
  readonly appliedAt: Date
  /** A brake alone suspends it: its file says that it stands. */
  readonly isBraked?: true
}

/** What holds for the whole register. */
export type RegisterSetting = ObjectVersion & {
  readonly coolingDays: number
  /** Spans of retention that are shorter than the longest. */
  readonly retention: { readonly [What in RegisterSpan]?: string | undefined } | undefined
}

/** An office that signs changes of the register. */
export type RegisterSigner = ObjectVersion & {
  readonly office: Bilingual
  readonly organisation: string
  readonly publicKey: string
  /** Its first and last day. */
  readonly from: string
  readonly until: string | undefined
}

/** A change that was applied from a plan: who, why, when. */
export type RegisterChange = ObjectVersion & {
  readonly reason: Bilingual
  readonly plannedAt: Date
  readonly objects: readonly { readonly kind: string; readonly ref: string }[]
  /** The signers by their versions: `sig_x@1`. */
  readonly signers: readonly string[]
}

export type Organisation = ObjectVersion &
  VersionMeaning & {
    readonly name: Bilingual
    readonly shortName: Bilingual
    /** The name with its article; the name alone where the file says no other. */
    readonly nameInSentence: Bilingual
    /** What a second sentence calls it; undefined where the file does not say it. */
    readonly pronoun: Bilingual | undefined
    readonly kind: string | undefined
    /** Its number in the register of enterprises. */
    readonly neq: string | undefined
    readonly parent: string | undefined
    /** The contact that answers people: every body of an agreement in force has one. */
    readonly contact: Contact | undefined
    /** How to reach its privacy officer, and its policy; where the file says them. */
    readonly officerContact: string | undefined
    readonly policyUrl: string | undefined
    readonly desk: BodyDesk | undefined
    readonly isOutsideQuebec: boolean
    readonly status: 'active' | 'suspended' | 'closed'
  }

export type Category = ObjectVersion &
  VersionMeaning & {
    readonly label: Bilingual
    readonly description: Bilingual
    readonly example: Bilingual
    /** « votre revenu net »; undefined where the file does not say it. */
    readonly inSentence: Bilingual | undefined
    readonly sensitivity: 'ordinary' | 'sensitive'
    readonly parent: string | undefined
    /** Its class in the Data Privacy Vocabulary. */
    readonly dpvIri: string | undefined
  }

export type Dataset = ObjectVersion & {
  readonly holder: string
  readonly label: Bilingual
  /** A category's place is its bit in masks. */
  readonly categories: readonly string[]
  readonly resourceServer: string
  /** Where its API gives it, below `resourceServer`; none: no call may be presented for it. */
  readonly paths: readonly string[]
}

export type Purpose = ObjectVersion & {
  readonly recipient: string
  /** The programme that needs the information, by its name. */
  readonly programme: string | undefined
  readonly topic: Topic | undefined
  readonly label: Bilingual
  readonly plainStatement: Bilingual
  /** « calculer votre bourse »; undefined where the file does not say it. */
  readonly why: Bilingual | undefined
  readonly necessity: Readonly<Record<string, 'required' | 'optional'>>
  readonly refusalConsequence: Bilingual
  readonly alternativePath: Bilingual
  /** A page shows period and trigger one after the other: « trois ans » « après la fin de vos études ». */
  readonly retention: {
    readonly period: Bilingual
    readonly trigger: Bilingual
    /** How long after a stop a law may have something kept. */
    readonly atMost?: string | undefined
  }
  readonly maxDuration: string
  /** The longest duration of a request: its own limit, within the broker's. */
  readonly longest: string
  readonly defaultDuration: string
  readonly frequencyLimit: { readonly count: number; readonly per: string } | undefined
  readonly maxUses: number | undefined
  readonly isAutomated: boolean
  readonly isOutsideQuebec: boolean
  /** How far back the information may reach, counted from the day of the request; undefined: no limit. */
  readonly lookback: string | undefined
  readonly dpvIri: string | undefined
  readonly status: 'draft' | 'published' | 'retired'
}

/** A section of an Act, and where people read it. */
export type NamedLaw = {
  readonly act: Bilingual
  readonly section: string
  readonly url: Bilingual
}

export type Agreement = ObjectVersion & {
  readonly legalBasis: string
  /** The law that requires or allows the sharing; undefined where the person consents. */
  readonly law: NamedLaw | undefined
  readonly holder: string
  readonly recipient: string
  readonly datasets: readonly { readonly dataset: string; readonly categories: readonly string[] }[]
  readonly purposes: readonly string[]
  /** The first day; `until` is the last one. */
  readonly from: string
  readonly until: string | undefined
  /** Its privacy impact assessment. */
  readonly assessment: string | undefined
  /** Whether it names the country and the assessment of a sharing outside Québec (LAI 70.1). */
  readonly isAssessedOutsideQuebec: boolean
  /** After how many days the person sees a use; 0: at once. */
  readonly shownAfterDays: number
  readonly status: 'draft' | 'filed' | 'in_force' | 'suspended' | 'ended'
}

export type ConsentText = ObjectVersion & {
  readonly purpose: string
  readonly agreement: string
  readonly blocks: readonly ({ readonly role: Role } & Bilingual)[]
  /** What the page says above its buttons; a text from before that has blocks only. */
  readonly short: TextInShort | undefined
  /** « En clair »; undefined: the page has no such face. */
  readonly plain: readonly PlainLine[] | undefined
  /** Films in a sign language, and recordings; undefined: it has none. */
  readonly media: TextMedia | undefined
  /** Whether a consent to the version before does not answer this one (docs/design/domain.md#texts); undefined: this is the first. */
  readonly isMaterial: boolean | undefined
  readonly previous: string | undefined
  /** The day of approval; a text without one is shown to nobody. */
  readonly approvedOn: string | undefined
  readonly sha256: Readonly<Record<Language, Buffer>>
  readonly pairSha256: Buffer
}

/** A line with places, and the drawing beside it. */
export type PlainLine = Bilingual & { readonly picture: string }

export type TextInShort = {
  readonly what: Bilingual
  readonly why: Bilingual
  readonly not_sent: Bilingual
  readonly if_yes: Bilingual
  readonly if_no: Bilingual
}

export type RegisteredService = ObjectVersion & {
  readonly organisation: string
  readonly name: Bilingual
  /** What it does for people, in a sentence. */
  readonly description: Bilingual | undefined
  readonly status: 'active' | 'suspended' | 'closed'
  readonly resourceServer: string | undefined
  readonly profile: ClientProfile
  /** What its assertions name as their audience, where the file says it. */
  readonly assertionAudience: AssertionAudience | undefined
  /** The last day of an exception, and why it is made. */
  readonly until: string | undefined
  readonly reason: Bilingual | undefined
  /** What it asks people for at their sign-in. */
  readonly claims: readonly AskedClaim[]
  /** Why it may ask whether a file of its own is of a person; undefined: it may not. */
  readonly matching: { readonly purpose: Bilingual } | undefined
  /** RFC 7591 members, as in the file. */
  readonly metadata: Readonly<Record<string, unknown>>
}

export type ProviderSecret = {
  readonly env: string
  readonly tokenEndpoint: string
  readonly method: 'client_secret_basic' | 'client_secret_post'
}

/** Another body's sign-in that people may use here. */
export type IdentityProvider = ObjectVersion & {
  readonly name: Bilingual
  readonly issuer: string
  readonly clientId: string
  /** Where it knows nothing better: the variable that holds a secret, and the one address that gets it. */
  readonly secret: ProviderSecret | undefined
  readonly scopes: readonly string[]
  /** Its acr values, and what they mean here. */
  readonly levels: ReadonlyMap<string, Level>
  /** The highest level that a sign-in there can reach here. */
  readonly ceiling: Level
  /** What it is believed about a person. */
  readonly vouchesFor: readonly VouchedClaim[]
  /** Where it says them. */
  readonly claimsFrom: 'id_token' | 'userinfo'
  readonly status: 'active' | 'suspended' | 'closed'
}

// Beside the other versions it may have the meaning of one of them.
function meantBy(
  { wording_change: change }: Pick<FileOf<'category' | 'organisation'>, 'wording_change'>,
  { version: meaning, appliedAt }: ObjectVersion,
): VersionMeaning {
  const wordingChange = change && { reason: change.reason, approvedOn: change.approved_on }
  return { appliedAt, wordingChange, meaning }
}

export function registerSettingOf(
  file: FileOf<'setting'>,
  versioned: ObjectVersion,
): RegisterSetting {
  return { ...versioned, coolingDays: file.cooling_days, retention: file.retention }
}

export function signerOf(file: FileOf<'signer'>, versioned: ObjectVersion): RegisterSigner {
  const { office, organisation, public_key: publicKey, from, until } = file
  return { ...versioned, office, organisation, publicKey, from, until }
}

export function changeOf(file: FileOf<'change'>, versioned: ObjectVersion): RegisterChange {
  return {
    ...versioned,
    reason: file.reason,
    plannedAt: new Date(file.planned_at),
    objects: file.objects.map(({ kind, id, version }) => ({ kind, ref: `${id}@${version}` })),
    signers: file.signatures.map(({ signer }) => signer),
  }
}

export function organisationOf(
  file: FileOf<'organisation'>,
  versioned: ObjectVersion,
): Organisation {
  const { name, short_name: shortName = name, parent_org_id: parent, status } = file
  const { contact, privacy_officer_contact: officerContact, policy_url: policyUrl } = file
  const isOutsideQuebec = file.jurisdiction !== undefined && file.jurisdiction !== 'QC'
  const reached = { contact, officerContact, policyUrl, desk: file.desk && bodyDesk(file.desk) }
  const { kind, neq, name_in_sentence: nameInSentence = name } = file
  const known = { ...versioned, ...meantBy(file, versioned), ...reached, kind, neq }
  const said = { name, shortName, nameInSentence, pronoun: file.pronoun }
  return { ...known, ...said, parent, isOutsideQuebec, status }
}

export function categoryOf(file: FileOf<'category'>, versioned: ObjectVersion): Category {
  const { label, plain_description: description, example, sensitivity } = file
  const { parent_category_id: parent, dpv_pd_iri: dpvIri, in_sentence: inSentence } = file
  const known = { ...versioned, ...meantBy(file, versioned) }
  return { ...known, label, description, example, inSentence, sensitivity, parent, dpvIri }
}

export function datasetOf(file: FileOf<'dataset'>, versioned: ObjectVersion): Dataset {
  return {
    ...versioned,
    holder: file.holder_org_id,
    label: file.label,
    categories: file.categories.map((item) => item.category_id),
    resourceServer: file.resource_server,
    paths: file.paths ?? [],
  }
}

export function purposeOf(file: FileOf<'purpose'>, versioned: ObjectVersion): Purpose {
  return {
    ...versioned,
    recipient: file.recipient_org_id,
    programme: file.programme,
    topic: file.topic,
    label: file.label,
    plainStatement: file.plain_statement,
    why: file.why,
    necessity: file.necessity_by_category,
    refusalConsequence: file.refusal_consequence,
    alternativePath: file.alternative_path,
    retention: {
      period: file.retention.period,
      trigger: file.retention.trigger,
      atMost: file.retention.at_most,
    },
    maxDuration: file.max_duration,
    longest: longestOf({
      maxDuration: file.max_duration,
      isLongForReason: file.longer_duration_reason !== undefined,
      maxUses: file.max_uses,
    }),
    defaultDuration: file.default_duration,
    frequencyLimit: file.frequency_limit,
    maxUses: file.max_uses,
    isAutomated: file.automated_decision,
    isOutsideQuebec: file.outside_quebec,
    lookback: file.lookback,
    dpvIri: file.dpv_purpose_iri,
    status: file.status,
  }
}

type Lasting = {
  readonly maxDuration: string
  /** Whether its file says why it needs longer than a year. */
  readonly isLongForReason: boolean
  readonly maxUses: number | undefined
}

export function longestOf({ maxDuration, isLongForReason, maxUses }: Lasting): string {
  if (maxUses === 1) return isNoLonger(maxDuration, oneTimeDuration) ? maxDuration : oneTimeDuration
  return isLongForReason || isNoLonger(maxDuration, usualDuration) ? maxDuration : usualDuration
}

export function agreementOf(file: FileOf<'agreement'>, versioned: ObjectVersion): Agreement {
  const { from, until } = file.duration
  const { in_force_from: inForceFrom = from } = file
  return {
    ...versioned,
    legalBasis: file.legal_basis_id,
    law: file.law,
    holder: file.holder_org_id,
    recipient: file.recipient_org_id,
    datasets: file.datasets.map(({ dataset_id: dataset, categories }) => ({ dataset, categories })),
    purposes: file.purposes,
    from: inForceFrom > from ? inForceFrom : from,
    until,
    assessment: file.pia_reference,
    isAssessedOutsideQuebec: file.outside_quebec !== undefined,
    shownAfterDays: file.shown_after_days ?? 0,
    status: file.status,
  }
}

export function textOf(file: FileOf<'text'>, versioned: ObjectVersion): ConsentText {
  const { purpose_id: purpose, agreement_id: agreement, blocks, short, plain, media } = file
  const sha256 = { fr: textHash(file, 'fr'), en: textHash(file, 'en') }
  const pairSha256 = createHash('sha256').update(sha256.fr).update(sha256.en).digest()
  const { material_change: isMaterial, previous_version: previous, approved_on: approvedOn } = file
  const succession = { isMaterial, previous, approvedOn }
  const said = { blocks, short, plain, media }
  return { ...versioned, purpose, agreement, ...said, ...succession, sha256, pairSha256 }
}

// The hash covers the words with their placeholders unfilled: it is the same for everybody who is shown this version.
function textHash(file: FileOf<'text'>, language: Language): Buffer {
  const { text_id, version, blocks, short, plain } = file
  const media = mediaIn(file.media, language)
  const words = blocks.map((block) => ({ role: block.role, text: block[language] }))
  const hashed = canonical({
    text_id,
    version,
    lang: `${language}-CA`,
    blocks: words,
    ...(short === undefined ? {} : { short: inLanguage(short, language) }),
    ...(plain === undefined
      ? {}
      : { plain: plain.map(({ picture, ...said }) => ({ picture, text: said[language] })) }),
    ...(media.length === 0 ? {} : { media: media.map(hashedMedium) }),
  })
  return createHash('sha256').update(hashed).digest()
}

function hashedMedium({ kind, file, captions, transcript }: TextMedium) {
  const { type, sha256 } = file
  return { kind, type, sha256, captions: captions?.sha256 ?? null, transcript }
}

function inLanguage(short: TextInShort, language: Language): Record<string, string> {
  return Object.fromEntries(Object.entries(short).map(([name, said]) => [name, said[language]]))
}

export function serviceOf(file: FileOf<'service'>, versioned: ObjectVersion): RegisteredService {
  const { name, description, organisation, status, resource_server: resourceServer, ...rest } = file
  const { version: _version, profile = 'fapi', ...others } = rest
  const { assertion_audience: assertionAudience, until, reason, claims, ...asking } = others
  const { matching, ...metadata } = asking
  const known = { ...versioned, organisation, name, description, status, until, reason }
  const asked = { resourceServer, profile, assertionAudience, matching }
  return { ...known, ...asked, claims: askedClaims(claims), metadata }
}

export function identityProviderOf(
  file: FileOf<'identity-provider'>,
  versioned: ObjectVersion,
): IdentityProvider {
  const { name, issuer, client_id: clientId, scopes, levels, ceiling, status } = file
  const table = new Map(levels.map(({ acr, level }) => [acr, level]))
  const {
    env,
    token_endpoint: tokenEndpoint = '',
    method = 'client_secret_basic',
  } = file.secret ?? {}
  const secret = env === undefined ? undefined : { env, tokenEndpoint, method }
  const known = { ...versioned, name, issuer, clientId, secret, scopes, levels: table, ceiling }
  return { ...known, status, vouchesFor: file.vouches_for, claimsFrom: file.claims_from }
}

/** What a person relied on in a version of a category. */
export function saidOfCategory(category: Category): SaidMembers {
  const { label, description: plain_description, sensitivity } = category
  return { words: { label, plain_description }, facts: { sensitivity } }
}

/** What a person relied on in a version of a body. */
export function saidOfBody({ name, shortName, kind, neq }: Organisation): SaidMembers {
  const short = shortName === name ? undefined : shortName
  return { words: { name, short_name: short }, facts: { kind, neq } }
}
