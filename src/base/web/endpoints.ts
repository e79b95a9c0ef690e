import type { Middleware } from 'koa'
import { languageOf } from './page.ts'

/**
 * Whom an endpoint speaks to. People have pages, in French and below /en in English. Programs have one spelling, and so has the
 * protocol (OAuth 2.0, OpenID Connect), though it leads people’s browsers through some of its endpoints.
 */
export type Audience = 'people' | 'programs' | 'protocol'

/** How an error is said: a page, RFC 9457, RFC 6749 section 5.2, or the JSON string of AuthZEN 1.0 section 10.1. */
export type ErrorForm = 'page' | 'problem' | 'oauth' | 'authzen'

export type Endpoint = {
  /** As the router has it: `/me/consents/:id`. */
  readonly path: string
  readonly audience: Audience
  readonly errors: ErrorForm
}

/** What a room answers, and the middleware that does; other paths pass on. */
export type ServedRoutes = { readonly endpoints: readonly Endpoint[]; readonly serve: Middleware }

export const usualErrors: Readonly<Record<Audience, ErrorForm>> = {
  people: 'page',
  programs: 'problem',
  protocol: 'oauth',
}

/** What is not for people is not below /en. */
export function inOneSpelling(serve: Middleware): Middleware {
  return (ctx, next) => (languageOf(ctx) === 'en' ? next() : serve(ctx, next))
}

/**
 * The form of an error at any path, whether something answers there or not: that of all endpoints which begin with the same
 * segments, as many as there are such endpoints for. Where these differ, and where there are none, it is a page.
 */
export function errorFormsOf(endpoints: readonly Endpoint[]): (path: string) => ErrorForm {
  const forms = new Map<string, Set<ErrorForm>>()
  for (const { path, errors } of endpoints)
    for (const beginning of beginningsOf(path.replace(/\/[:*].*$/, '')))
      forms.set(beginning, (forms.get(beginning) ?? new Set()).add(errors))
  return (path) => {
    let found: ReadonlySet<ErrorForm> | undefined
    // No longer than a declared path, however long the one that was asked for is.
    for (const beginning of beginningsOf(path)) {
      const known = forms.get(beginning)
      if (known === undefined) break
      found = known
    }
    const [form = 'page', ...others] = found ?? []
    return others.length === 0 ? form : 'page'
  }
}

/** `/me` and `/me/consents` of `/me/consents`. */
function* beginningsOf(path: string): Generator<string> {
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1))
    yield path.slice(0, end)
  yield path
}
