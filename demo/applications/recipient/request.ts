import type { Asking } from '../relying-party.ts'
import { isObject, isTextList } from '../shape.ts'

const daySeconds = 24 * 3600
// Within the twelve months that the purpose allows.
const renewalDays = 360

/** One communication that a person is asked to allow: an item of `authorization_details` (RFC 9396). */
export type Communication = {
  readonly type: string
  readonly locations: readonly [string]
  readonly actions: readonly [string]
  readonly datatypes: readonly string[]
  /** Not there: it rests on the law, and leaves nothing to choose. */
  readonly optional_datatypes?: readonly string[]
  readonly identifier: string
  readonly agreement: string
  readonly purpose: string
  readonly recipient: string
  readonly holder: string
  /** What it changes or renews, and until when it would last. */
  readonly arrangement?: string
  readonly duration?: { readonly until: string }
}

export const categories = {
  income: 'cat_revenu-net',
  situation: 'cat_situation-familiale',
  dependants: 'cat_personnes-a-charge',
  residence: 'cat_residence-quebec',
} as const

/** All of it stands in the register, where everybody can read it: the agreement, the purpose, what is optional. */
export function bursaryCommunication(issuer: string, agencyApi: string): Communication {
  return {
    type: `${issuer}/rar/communication/v1`,
    locations: [agencyApi],
    actions: ['disclose'],
    datatypes: [categories.income, categories.situation],
    optional_datatypes: [categories.dependants],
    identifier: 'dst_avis-cotisation',
    agreement: 'agr_2026-001',
    purpose: 'pur_calcul-aide',
    recipient: 'org_aide-etudes',
    holder: 'org_agence-revenu',
  }
}

/** The other thing that we ask for, of the same agency: another purpose, under an agreement of its own. */
export function loanCommunication(issuer: string, agencyApi: string): Communication {
  return {
    ...bursaryCommunication(issuer, agencyApi),
    datatypes: [categories.income],
    agreement: 'agr_2026-009',
    purpose: 'pur_remboursement-pret',
  }
}

/** What the law allows: the person is told of it, and not asked. It goes alone in a request. */
export function residenceCommunication(issuer: string, agencyApi: string): Communication {
  const { optional_datatypes: _none, ...bursary } = bursaryCommunication(issuer, agencyApi)
  return {
    ...bursary,
    datatypes: [categories.residence],
    identifier: 'dst_residence-fiscale',
    agreement: 'agr_2026-017',
    purpose: 'pur_verification-residence',
  }
}

/** All at once: the person answers each by itself, and we learn what she allowed. All of them are for one API. */
export function askingFor(...communications: readonly [Communication, ...Communication[]]): Asking {
  return { resource: communications[0].locations[0], details: communications }
}

/** The same for longer: the person sees what changes, and what she allowed goes on if she refuses. */
export function renewalOf(asked: Communication, { arrangement }: Standing): Communication {
  const until = new Date(Date.now() + renewalDays * daySeconds * 1000)
  return { ...asked, arrangement, duration: { until: until.toISOString().slice(0, 10) } }
}

/** What a later request can renew. */
export type Standing = { readonly arrangement: string; readonly until: Date }

/** What was granted of this, as the provider says it; undefined when it was not. */
export function standingOf(asked: Communication, details: unknown): Standing | undefined {
  if (!Array.isArray(details) || grantedOf(asked, details) === undefined) return undefined
  const granted: unknown = details.find((item) => isObject(item) && isAbout(asked, item))
  const { arrangement, valid_until: until } = isObject(granted) ? granted : {}
  if (typeof arrangement !== 'string' || typeof until !== 'string') return undefined
  return { arrangement, until: new Date(until) }
}

/**
 * The categories that were granted: what was asked, less what the person declined of the optional ones. Anything else
 * than that is undefined, and so not granted: we never work with a right that we did not ask for.
 */
export function grantedOf(asked: Communication, details: unknown): readonly string[] | undefined {
  if (!Array.isArray(details)) return undefined
  // Beside it may stand what else was asked for: each is looked at by itself.
  const [granted, another] = details.filter((item) => isObject(item) && isAbout(asked, item))
  if (!isObject(granted) || another !== undefined) return undefined
  const { datatypes } = granted
  if (!isTextList(datatypes)) return undefined
  const wanted = [...asked.datatypes, ...(asked.optional_datatypes ?? [])]
  const isWithin = datatypes.every((category) => wanted.includes(category))
  const isEnough = asked.datatypes.every((category) => datatypes.includes(category))
  return isWithin && isEnough ? datatypes : undefined
}

function isAbout(asked: Communication, granted: Readonly<Record<string, unknown>>): boolean {
  const { type, recipient, holder, locations, actions } = granted
  if (type !== asked.type || recipient !== asked.recipient || holder !== asked.holder) return false
  if (!isInForce(asked, granted)) return false
  // Lists of one, as asked.
  if (!isTextList(locations) || locations.join(' ') !== asked.locations[0]) return false
  if (!isTextList(actions) || actions.join(' ') !== asked.actions[0]) return false
  return (['identifier', 'agreement', 'purpose'] as const).every(
    (name) => nameOf(granted[name]) === asked[name],
  )
}

// A consent lives or not; what the law allows says on what it rests.
function isInForce(asked: Communication, granted: Readonly<Record<string, unknown>>): boolean {
  return asked.optional_datatypes === undefined
    ? typeof granted['legal_basis'] === 'string'
    : granted['status'] === 'active'
}

// `pur_calcul-aide@2`: the answer adds the version in force, which we did not choose.
function nameOf(reference: unknown): string | undefined {
  return typeof reference === 'string' ? reference.split('@', 1)[0] : undefined
}
