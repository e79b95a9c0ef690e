import * as oidc from 'openid-client'
import { asTrouble } from './provider.ts'
import { isObject } from './shape.ts'

// What a person lets this application have (OpenID Connect Core, section 5.5; OpenID Connect for Identity Assurance 1.0): her confirmed
// address, and her name with who vouches for it. She may refuse each; then it is not there.

/** In the parameter `claims`, for `/userinfo`. */
export const wishes = {
  email: null,
  verified_claims: {
    verification: {
      trust_framework: null,
      time: null,
      evidence: [{ type: { value: 'electronic_record' }, record: null }],
    },
    claims: { given_name: null, family_name: null },
  },
}

export type Told = {
  readonly email: string | undefined
  readonly names: readonly VouchedName[]
}

export type VouchedName = {
  readonly name: string
  /** Who says so, and when it did. */
  readonly source: string
  readonly at: Date
}

/** Asks for what was allowed, with the token of this sign-in. */
export async function askWhatIsTold(
  provider: oidc.Configuration,
  token: string,
  sub: string,
  dpop: oidc.DPoPHandle,
): Promise<Told> {
  const answer = await oidc.fetchUserInfo(provider, token, sub, { DPoP: dpop }).catch(asTrouble)
  return toldIn(answer)
}

/** @param answer what `/userinfo` says; a member of another shape is not read */
export function toldIn(answer: Readonly<Record<string, unknown>>): Told {
  const { email, email_verified: isVerified, verified_claims: vouched } = answer
  return {
    email: typeof email === 'string' && isVerified === true ? email : undefined,
    names: [vouched].flat().flatMap(nameIn),
  }
}

function nameIn(element: unknown): VouchedName[] {
  const { verification, claims } = membersOf(element)
  const { given_name: given, family_name: family } = membersOf(claims)
  const { time, evidence } = membersOf(verification)
  const [record] = Array.isArray(evidence) ? (evidence as unknown[]) : []
  const { name: source } = membersOf(membersOf(membersOf(record)['record'])['source'])
  const name = [given, family].filter((part) => typeof part === 'string').join(' ')
  const at = new Date(typeof time === 'string' ? time : Number.NaN)
  const isWhole = name !== '' && typeof source === 'string' && !Number.isNaN(at.getTime())
  return isWhole ? [{ name, source, at }] : []
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {}
}
