import type { Asking } from '../relying-party.ts'
import { isObject, isTextList } from '../shape.ts'

/** One communication that a person is asked to allow: an item of `authorization_details` (RFC 9396). */
export type Communication = {
  readonly type: string
  readonly locations: readonly [string]
  readonly actions: readonly [string]
  readonly datatypes: readonly string[]
  readonly optional_datatypes: readonly string[]
  readonly identifier: string
  readonly agreement: string
  readonly purpose: string
  readonly recipient: string
  readonly holder: string
}

export const categories = {
  income: 'cat_revenu-net',
  situation: 'cat_situation-familiale',
  dependants: 'cat_personnes-a-charge',
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

export function askingFor(communication: Communication): Asking {
  return { resource: communication.locations[0], details: [communication] }
}

/**
 * The categories that were granted: what was asked, less what the person declined of the optional ones. Anything else
 * than that is undefined, and so not granted: we never work with a right that we did not ask for.
 */
export function grantedOf(asked: Communication, details: unknown): readonly string[] | undefined {
  if (!Array.isArray(details) || details.length !== 1) return undefined
  const [granted]: readonly unknown[] = details
  if (!isObject(granted) || !isAbout(asked, granted)) return undefined
  const { datatypes } = granted
  if (!isTextList(datatypes)) return undefined
  const wanted = [...asked.datatypes, ...asked.optional_datatypes]
  const isWithin = datatypes.every((category) => wanted.includes(category))
  const isEnough = asked.datatypes.every((category) => datatypes.includes(category))
  return isWithin && isEnough ? datatypes : undefined
}

function isAbout(asked: Communication, granted: Readonly<Record<string, unknown>>): boolean {
  const { type, recipient, holder, status, locations, actions } = granted
  if (type !== asked.type || recipient !== asked.recipient || holder !== asked.holder) return false
  if (status !== 'active') return false
  // Lists of one, as asked.
  if (!isTextList(locations) || locations.join(' ') !== asked.locations[0]) return false
  if (!isTextList(actions) || actions.join(' ') !== asked.actions[0]) return false
  return (['identifier', 'agreement', 'purpose'] as const).every(
    (name) => nameOf(granted[name]) === asked[name],
  )
}

// `pur_calcul-aide@2`: the answer adds the version in force, which we did not choose.
function nameOf(reference: unknown): string | undefined {
  return typeof reference === 'string' ? reference.split('@', 1)[0] : undefined
}
