import { randomUUID } from 'node:crypto'
import * as oidc from 'openid-client'
import { errorMessages } from '../log.ts'
import { answerOf, asTrouble, type FindProvider } from '../provider.ts'
import { tokensFrom } from '../relying-party.ts'
import { isObject } from '../shape.ts'
import type { Bilingual } from '../words.ts'
import type { Notice, Reply, Sharing } from './bursary-file.ts'
import type { Mirror } from './mirror.ts'
import { askingFor, categories, type Communication, grantedOf, standingOf } from './request.ts'

const year = 2025
// Renewed a little early, so that no token ends on its way.
const marginSeconds = 30
const reasonLimit = 500

export type Agency = {
  /** Its timeout is for the agency too, which asks the broker before it answers. */
  readonly findProvider: FindProvider
  readonly asked: Communication
  /** Where what arrived is told. */
  readonly mirror?: Mirror
}

/** One request, under a number of its own, which the agency repeats to the broker. */
type Query = Agency & { readonly queryId: string }

/** What the agency answers, and the sharing with the tokens that serve next time: none once it has stopped. */
export type Asked = { readonly reply: Reply; readonly sharing: Sharing | undefined }

const stopped: Asked = { reply: { kind: 'stopped' }, sharing: undefined }

/** Asks for the notice of assessment. An outage is an answer too: the person's file must survive it. */
export async function askAgency(agency: Agency, sharing: Sharing): Promise<Asked> {
  try {
    return await askOrRenew({ ...agency, queryId: randomUUID() }, sharing)
  } catch (error) {
    console.error(`no notice from the agency: ${errorMessages(error)}`)
    return { reply: { kind: 'unavailable' }, sharing }
  }
}

async function askOrRenew(agency: Query, sharing: Sharing): Promise<Asked> {
  if (isOver(sharing) || isBroad(sharing)) return askRenewed(agency, sharing)
  const response = await call(agency, sharing)
  // Refused before its time: the sharing has stopped, and then the renewal fails as well; or a clock is wrong.
  return response.status === 401 ? askRenewed(agency, sharing) : read(agency, response, sharing)
}

async function askRenewed(agency: Query, sharing: Sharing): Promise<Asked> {
  const renewed = await renew(agency, sharing)
  if (renewed === undefined) return stopped
  const response = await call(agency, renewed)
  return response.status === 401 ? stopped : read(agency, response, renewed)
}

function isOver({ tokens }: Sharing): boolean {
  return tokens.endsAt.getTime() - marginSeconds * 1000 <= Date.now()
}

// For one purpose the agency gets a token that says that one: of two it could not know for which we call.
function isBroad({ tokens }: Sharing): boolean {
  return Array.isArray(tokens.details) && tokens.details.length > 1
}

/** @returns undefined when the sharing has stopped: `invalid_grant` is how the broker says so (RFC 6749, section 5.2) */
async function renew(agency: Agency, sharing: Sharing): Promise<Sharing | undefined> {
  const { tokens, hasLoan } = sharing
  const { refreshToken, dpop } = tokens
  if (refreshToken === undefined) return undefined
  const provider = await agency.findProvider()
  try {
    const less = hasLoan ? narrowedTo(agency.asked) : undefined
    const answer = await oidc.refreshTokenGrant(provider, refreshToken, less, { DPoP: dpop })
    const renewed = tokensFrom(answer, dpop)
    // Read again: the sharing may be narrower than it was.
    const granted = grantedOf(agency.asked, renewed.details)
    if (granted === undefined) return undefined
    // Where refresh tokens are not rotated, the answer names none.
    const kept = { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken }
    const standing = standingOf(agency.asked, renewed.details)
    return { ...sharing, tokens: kept, categories: granted, standing }
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') return undefined
    return asTrouble(error)
  }
}

// RFC 9396, section 6: never more than was granted.
function narrowedTo(asked: Communication): Record<string, string> {
  const { resource, details } = askingFor(asked)
  return { resource, authorization_details: JSON.stringify(details) }
}

async function call(
  { findProvider, asked, queryId }: Query,
  { tokens }: Sharing,
): Promise<Response> {
  const address = new URL(`${asked.locations[0]}/avis/${year}`)
  return oidc
    .fetchProtectedResource(
      await findProvider(),
      tokens.accessToken,
      address,
      'GET',
      undefined,
      new Headers({ accept: 'application/json', 'x-query-id': queryId }),
      { DPoP: tokens.dpop },
    )
    .catch(answerOf)
}

async function read(agency: Query, response: Response, sharing: Sharing): Promise<Asked> {
  const { status } = response
  if (status === 404) return { reply: { kind: 'notFound' }, sharing }
  if (status !== 200 && status !== 403) throw new Error(`status ${status}`)
  const content: unknown = await response.json()
  if (status === 200) {
    const notice = noticeIn(content, sharing)
    agency.mirror?.(notice, sharing, agency.queryId)
    return { reply: { kind: 'received', notice }, sharing }
  }
  // A denial may be of this moment alone. Whether the sharing still lives is known at the renewal.
  const renewed = await renew(agency, sharing)
  if (renewed === undefined) return stopped
  return { reply: { kind: 'denied', reason: reasonIn(content) }, sharing: renewed }
}

// What was not granted is not read, even if it was sent.
function noticeIn(content: unknown, { categories: granted }: Sharing): Notice {
  if (!isObject(content) || content['year'] !== year) throw new Error('not a notice')
  const { revenu_net: income, situation_familiale: situation } = content
  const dependants = granted.includes(categories.dependants)
    ? content['personnes_a_charge']
    : undefined
  if (!isCount(income) || typeof situation !== 'string') throw new Error('not a notice')
  if (dependants !== undefined && !isCount(dependants)) throw new Error('not a notice')
  return { income, situation, dependants }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function reasonIn(content: unknown): Bilingual | undefined {
  if (!isObject(content) || !isObject(content['reason_user'])) return undefined
  const { fr, en } = content['reason_user']
  return isSentence(fr) && isSentence(en) ? { fr, en } : undefined
}

function isSentence(value: unknown): value is string {
  return typeof value === 'string' && value.length <= reasonLimit
}
