import { isDeepStrictEqual } from 'node:util'
import type {
  AccessToken,
  AuthorizationDetail,
  Client,
  ClientCredentials,
  KoaContextWithOIDC,
  RefreshToken,
} from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { ResolvedQuestion, ResolvedNotice } from '../../consent/asking/index.ts'
import { DetailError, maxItems, readDetail, readNotice } from '../../consent/asking/index.ts'
import type { ConsentListed, GrantedDetail, LawDetail } from '../../consent/record/index.ts'
import {
  agreementObstacle,
  categoriesIn,
  detailType,
  grantedDetail,
} from '../../consent/record/index.ts'
import type { Clock } from '../../base/values/clock.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import type { Register } from '../../registry/index.ts'
import { orgOf } from '../clients/clients.ts'

/** The live consents of a person, and the register and instant that they were judged by. */
export type HeldConsents = {
  readonly consents: readonly ConsentListed[]
  readonly register: Register
  readonly at: Date
  /** The database is older than its log, or nobody here knows what is newest: nothing is permitted by what it holds. */
  readonly isHalted: boolean
}

/** A detail of a token: allowed by a consent, or by the law. */
export type TokenDetail = GrantedDetail | LawDetail

export const maxLength = 16 * 1024

/** The parameter `authorization_details` as sent; the library has checked its form. @throws InvalidAuthorizationDetails */
export function parseAuthorizationDetails(ctx: KoaContextWithOIDC): readonly unknown[] {
  const text: unknown = ctx.oidc.params?.['authorization_details']
  if (typeof text !== 'string') return []
  if (Buffer.byteLength(text) > maxLength)
    throw new errors.InvalidAuthorizationDetails('authorization_details has more than 16 KiB')
  return JSON.parse(text) as readonly unknown[]
}

/**
 * Checks an item against the others of its request: not too many items, no sharing twice, no item whose resource is not asked for.
 * @returns the beginning of error messages about this item
 */
export function checkDetailInRequest(
  items: readonly unknown[],
  detail: unknown,
  resources: unknown,
): string {
  if (items.length > maxItems)
    throw new errors.InvalidAuthorizationDetails(`at most ${maxItems} items are asked for at once`)
  if (items.length < 2) return ''
  const i = items.findIndex((item) => isDeepStrictEqual(item, detail))
  const at = `item ${i + 1}: `
  // Two questions about one sharing could get two contradicting answers.
  const same = items.findIndex((item, n) => n !== i && isSameSharing(item, detail))
  if (same !== -1)
    throw new errors.InvalidAuthorizationDetails(
      `${at}identifier and purpose are those of item ${same + 1}`,
    )
  const named: unknown[] = [resources ?? []].flat()
  const isNamed = named.some((resource) => typeof resource === 'string' && isFor(detail, resource))
  if (named.length > 0 && !isNamed)
    throw new errors.InvalidAuthorizationDetails(`${at}locations: not a resource of the request`)
  return at
}

function isSameSharing(one: unknown, other: unknown): boolean {
  const [a, b] = [one as Partial<Narrower>, other as Partial<Narrower>]
  return isSameId(a.identifier, b.identifier) && isSameId(a.purpose, b.purpose)
}

function isSameId(one: unknown, other: unknown): boolean {
  return idOf(one) !== undefined && idOf(one) === idOf(other)
}

function idOf(name: unknown): string | undefined {
  return typeof name === 'string' ? name.split('@', 1)[0] : undefined
}

// At the token endpoint: the details of the code or refresh token, which the library finds before it looks at the resource.
export function grantedDetails(ctx: KoaContextWithOIDC): readonly unknown[] {
  const { AuthorizationCode: code, RefreshToken: refresh } = ctx.oidc.entities
  return (code ?? refresh)?.rar ?? []
}

export function isFor(detail: unknown, resource: string): boolean {
  const locations =
    typeof detail === 'object' && detail !== null && 'locations' in detail ? detail.locations : []
  return Array.isArray(locations) && locations.includes(resource)
}

// `readDetail` has checked these members.
type Narrower = Pick<GrantedDetail, 'identifier' | 'purpose' | 'datatypes'> & {
  readonly optional_datatypes: readonly string[]
}

/** The part of a granted detail that a token request asks for, never more than was granted (RFC 9396, section 6). */
export function narrowDetail(detail: TokenDetail, asked: readonly unknown[]): TokenDetail[] {
  if (asked.length === 0) return [detail]
  return asked.flatMap((item) => {
    const {
      identifier,
      purpose,
      datatypes = [],
      optional_datatypes = [],
    } = item as Partial<Narrower>
    const isSame =
      isSameObject(identifier, detail.identifier) && isSameObject(purpose, detail.purpose)
    return isSame ? intersectCategories(detail, [...datatypes, ...optional_datatypes]) : []
  })
}

function isSameObject(named: unknown, ref: string): boolean {
  return typeof named === 'string' && (named === ref || named === ref.split('@', 1)[0])
}

export function intersectCategories<T extends TokenDetail>(detail: T, to: readonly string[]): T[] {
  const datatypes = detail.datatypes.filter((category) => to.includes(category))
  return datatypes.length === 0 ? [] : [{ ...detail, datatypes }]
}

// Widens our detail to the library's open type.
export function asDetails(detail: TokenDetail | undefined): AuthorizationDetail[] {
  return detail === undefined ? [] : [detail]
}

// RFC 6749, section 5.2, allows no other characters in error_description.
export function inAscii(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll(/[^\u0020-\u0021\u0023-\u005b\u005d-\u007e]/g, '?')
    .slice(0, 300)
}

/**
 * Narrows a token's details to what is allowed now: the live record of each arrangement, never more than the token had. A stop ends
 * the arrangement, so an old token does not become valid again with a new consent.
 */
export function currentDetails(
  issuer: string,
  rar: readonly AuthorizationDetail[],
  { consents, register, at }: HeldConsents,
): TokenDetail[] {
  const now = consents.flatMap((consent) => grantedDetail(consent, register, issuer) ?? [])
  return asTokenDetails(rar).flatMap((before): readonly TokenDetail[] => {
    if (isByLaw(before)) return isInForce(before, register, at) ? [before] : []
    const detail = now.find(({ arrangement }) => arrangement === before.arrangement)
    return detail === undefined ? [] : intersectCategories(detail, before.datatypes)
  })
}

// `grantedDetail` or `lawDetail` made these details; the library only stored them.
export function asTokenDetails(rar: readonly AuthorizationDetail[]): readonly TokenDetail[] {
  return rar as unknown as readonly TokenDetail[]
}

export function isByLaw(detail: TokenDetail): detail is LawDetail {
  return 'legal_basis' in detail
}

/** The detail of a token for a sharing that the law allows. */
export function lawDetail(
  { agreement, purpose, dataset, required }: ResolvedNotice,
  issuer: string,
): LawDetail {
  return {
    type: detailType(issuer),
    locations: [dataset.resourceServer],
    actions: ['disclose'],
    datatypes: categoriesIn(dataset, required),
    identifier: dataset.ref,
    agreement: agreement.ref,
    purpose: purpose.ref,
    recipient: agreement.recipient,
    holder: agreement.holder,
    legal_basis: agreement.legalBasis,
  }
}

// The agreement must still be at the same version: the person must first be told of a new one.
function isInForce(detail: LawDetail, register: Register, at: Date): boolean {
  const [agreement, purpose] = [
    register.agreement(detail.agreement),
    register.purpose(detail.purpose),
  ]
  return (
    agreement !== undefined &&
    purpose !== undefined &&
    register.agreement(agreement.id)?.ref === agreement.ref &&
    register.purpose(purpose.id)?.status === 'published' &&
    agreementObstacle(agreement, purpose, register, at) === undefined
  )
}

type Wanted =
  | { readonly asked: ResolvedQuestion; readonly noticed?: never }
  | { readonly noticed: ResolvedNotice; readonly asked?: never }

/** @throws InvalidAuthorizationDetails */
export function readRequestedDetail(
  { clock }: { readonly clock: Clock },
  detail: unknown,
  client: Client,
  register: Register,
  { at = '', isGoingOn = true }: { readonly at?: string; readonly isGoingOn?: boolean } = {},
): Wanted {
  const asking = { recipient: orgOf(client), register, now: clock(), isGoingOn }
  return attempt(
    () => {
      const noticed = readNotice(detail, asking)
      return noticed === undefined ? { asked: readDetail(detail, asking) } : { noticed }
    },
    recoverFrom(DetailError, ({ message }) => {
      throw new errors.InvalidAuthorizationDetails(inAscii(at + message))
    }),
  )
}

export type Token = AccessToken | ClientCredentials | RefreshToken

export function accountOf(token: Token): string | undefined {
  return 'accountId' in token ? token.accountId : undefined
}

export function rarOf(token: Token): readonly AuthorizationDetail[] {
  return 'rar' in token ? (token.rar ?? []) : []
}

export function audienceOf(token: Token): unknown {
  return 'aud' in token ? token.aud : undefined
}
