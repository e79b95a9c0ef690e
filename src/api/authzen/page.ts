import { timingSafeEqual } from 'node:crypto'
import { fromBase64url } from '../../base/values/base64.ts'
import { formToken } from '../../base/web/forms.ts'
import type { Keys } from '../../base/keys/keys.ts'
import { Problem } from '../../base/values/refusal.ts'

const usualPage = 50
export const largestPage = 100

/** One entity found, with the key that orders the list. */
export type FoundEntity = { readonly key: string; readonly entity: object }

/** The page that a search asks for (AuthZEN 1.0, section 8.2). No limit, or 0, means the usual one; a higher one than 100 means 100. */
export type PageAsked = { readonly token?: string | undefined; readonly limit?: number | undefined }

export type Page = {
  readonly page: { readonly next_token: string; readonly count: number; readonly total: number }
  readonly results: readonly object[]
}

/**
 * One page of the entities found. Its token names the place to go on from, and is valid for this search alone: it is signed over the
 * request without its page.
 * @param binding all members that identify this search, the caller included
 * @throws Problem for a token that is not of this search
 */
export function pageOf(
  keys: Keys,
  binding: string,
  found: readonly FoundEntity[],
  asked: PageAsked = {},
): Page {
  const after = asked.token ? placeIn(keys, binding, asked.token) : undefined
  const ordered = found.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const rest = after === undefined ? ordered : ordered.filter(({ key }) => key > after)
  const shown = rest.slice(0, Math.min(asked.limit || usualPage, largestPage))
  const last = rest.length > shown.length ? shown.at(-1) : undefined
  return {
    // The page stands first, as in the standard's examples (AuthZEN 1.0, section 8.2): a reader of a long list knows at once whether
    // it goes on.
    page: {
      next_token: last === undefined ? '' : tokenOf(keys, binding, last.key),
      count: shown.length,
      total: found.length,
    },
    results: shown.map(({ entity }) => entity),
  }
}

function tokenOf(keys: Keys, binding: string, place: string): string {
  const text = Buffer.from(place).toString('base64url')
  return `${text}.${formToken(keys, `search:${JSON.stringify([binding, place])}`)}`
}

function placeIn(keys: Keys, binding: string, token: string): string {
  const place = fromBase64url(token.split('.', 1)[0] ?? '')?.toString() ?? ''
  const [given, expected] = [Buffer.from(token), Buffer.from(tokenOf(keys, binding, place))]
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Problem('request.malformed', 400, 'page.token: not of this search')
  return place
}
