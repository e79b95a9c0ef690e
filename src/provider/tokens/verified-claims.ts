import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Source, VerifiedIdentity, VouchedClaim } from '../../people/identity/index.ts'
import { vouchedClaims } from '../../people/identity/index.ts'

// `verified_claims` (OpenID Connect for Identity Assurance 1.0, sections 5 to 7): the names and the birth date of a person, with who says so,
// when, and how sure. A service asks for each member that it wants; what it did not ask for is not told. Pure.

/** That another body’s provider of identities, which the register lets vouch for it, said it at a sign-in there. */
export const trustFramework = 'urn:accord:vouched'
const record = 'urn:accord:identity-provider'

/** What the metadata say (Identity Assurance 1.0, section 8). */
export const verifiedClaimsMetadata = {
  verified_claims_supported: true,
  trust_frameworks_supported: [trustFramework],
  evidence_supported: ['electronic_record'],
  electronic_records_supported: [record],
  claims_in_verified_claims_supported: [...vouchedClaims],
} as const

const largest = { values: 20, evidence: 5, names: 50 }

const value = z.union([z.string().max(255), z.number(), z.boolean()])
const wanted = { value, values: z.array(value).min(1).max(largest.values) }
const wish = z
  .object({ ...wanted, max_age: z.undefined() })
  .partial()
  .loose()
  .nullable()
// Of a time alone (section 6.3.2).
const wishOfTime = z
  .object({ ...wanted, max_age: z.number().min(0) })
  .partial()
  .loose()
  .nullable()
const evidence = z.object({
  type: z.object({ value: z.string().max(100) }),
  record: z.looseObject({}).nullable().optional(),
})

const request = z.object({
  verification: z
    .object({
      trust_framework: wish,
      assurance_level: wish.optional(),
      time: wishOfTime.optional(),
      evidence: z.array(evidence).min(1).max(largest.evidence).optional(),
    })
    .catchall(z.unknown()),
  claims: z
    .record(z.string(), wish)
    .refine((named) => isAmong(Object.keys(named).length, 1, largest.names)),
})
function isAmong(count: number, least: number, most: number): boolean {
  return least <= count && count <= most
}

export type VerifiedRequest = z.infer<typeof request>

/** @returns undefined: it asks in a form that this broker does not read, for example by a list */
export function readVerifiedRequest(asked: unknown): VerifiedRequest | undefined {
  return request.safeParse(asked).data
}

/** The claims that it asks for, of those that can be vouched for. */
export function namesIn({ claims }: VerifiedRequest): readonly VouchedClaim[] {
  return vouchedClaims.filter((name) => claims[name] !== undefined)
}

type Told = {
  /** What the service may have. */
  readonly verified: VerifiedIdentity
  readonly nameOf: (source: Source) => string
  readonly now: Date
}

/** One element a source; undefined: nothing that it asks for can be told. */
export function verifiedClaims(
  asked: VerifiedRequest,
  told: Told,
): object | readonly object[] | undefined {
  const elements = sourcesOf(told.verified).flatMap((source) => {
    const verification = verificationOf(asked.verification, source, told)
    const claims = claimsOf(asked, told.verified, source)
    const isEmpty = verification === undefined || Object.keys(claims).length === 0
    return isEmpty ? [] : [{ verification, claims }]
  })
  const [only, ...more] = elements
  return more.length === 0 ? only : elements
}

function sourcesOf(verified: VerifiedIdentity): readonly Source[] {
  const sources = Object.values(verified).map(({ source }) => source)
  return sources.filter(
    (one, at) => sources.findIndex((other) => isDeepStrictEqual(one, other)) === at,
  )
}

function claimsOf(asked: VerifiedRequest, verified: VerifiedIdentity, source: Source) {
  return Object.fromEntries(
    namesIn(asked).flatMap((name) => {
      const claim = verified[name]
      const isMeant = claim !== undefined && isDeepStrictEqual(claim.source, source)
      return isMeant && isWanted(asked.claims[name], claim.value) ? [[name, claim.value]] : []
    }),
  )
}

type Verification = VerifiedRequest['verification']

// What does not fit a restriction is left out whole (section 6.4): undefined.
function verificationOf(asked: Verification, source: Source, told: Told) {
  const evidence_ = evidenceOf(asked.evidence, source, told)
  if (!isFitting(asked, source, told.now) || evidence_ === undefined) return undefined
  return {
    trust_framework: trustFramework,
    ...(asked.assurance_level === undefined ? {} : { assurance_level: source.level }),
    ...(asked.time === undefined ? {} : { time: timeOf(source) }),
    ...evidence_,
  }
}

function isFitting(
  { trust_framework, assurance_level, time, ...others }: Verification,
  source: Source,
  now: Date,
): boolean {
  const secondsAgo = (now.getTime() - source.vouchedAt.getTime()) / 1000
  const isYoung = secondsAgo <= (time?.max_age ?? Infinity)
  const isOfKind =
    isWanted(trust_framework, trustFramework) && isWanted(assurance_level, source.level)
  // A restriction of a member that is not known here fits nothing.
  return isOfKind && isYoung && isWanted(time, timeOf(source)) && !isUnknown(others)
}

function isUnknown(others: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(others).some(([name, asked]) => name !== 'evidence' && isRestriction(asked))
}

// To the second, in UTC (section 9).
function timeOf({ vouchedAt }: Source): string {
  return vouchedAt.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** @returns nothing to add where none is asked for; undefined: no evidence of that kind */
function evidenceOf(asked: Verification['evidence'], source: Source, { nameOf }: Told) {
  if (asked === undefined) return {}
  const found = asked.find(({ type }) => type.value === 'electronic_record')
  if (found === undefined || isRestriction(found.record)) return undefined
  const type = 'electronic_record'
  if (found.record === undefined) return { evidence: [{ type }] }
  return { evidence: [{ type, record: { type: record, source: { name: nameOf(source) } } }] }
}

function isWanted(asked: Wish | undefined, held: string): boolean {
  const { value: only, values } = asked ?? {}
  return (only === undefined || only === held) && (values === undefined || values.includes(held))
}

type Wish = z.infer<typeof wish> | z.infer<typeof wishOfTime>

// Wherever in what is asked it stands.
function isRestriction(asked: unknown): boolean {
  return /"(?:value|values|max_age)":/.test(JSON.stringify(asked ?? null))
}
