import type { Middleware } from 'koa'

/**
 * Whom an endpoint speaks to. People have pages, in French and below /en in English. Programs have one spelling, and so has the
 * protocol (OAuth 2.0, OpenID Connect), though it leads people’s browsers through some of its endpoints.
 */
export type Audience = 'people' | 'programs' | 'protocol'

/** The form of an error: a page, RFC 9457, RFC 6749 section 5.2, or the JSON string of AuthZEN 1.0 section 10.1. */
export type ErrorForm = 'page' | 'problem' | 'oauth' | 'authzen'

/**
 * Who goes first where a process can do no more. `watch` is never refused: without it a busy process would be taken for a dead one.
 * Then come stops and what else narrows something, decisions, steps of sign-ins that have begun, sign-ins that begin, and pages.
 */
export const ranks = ['watch', 'stop', 'decision', 'sign-in', 'beginning', 'page'] as const
export type Rank = (typeof ranks)[number]

export type Endpoint = {
  /** The path in the router's notation: `/me/consents/:id`. */
  readonly path: string
  readonly audience: Audience
  readonly errors: ErrorForm
  readonly rank: Rank
}

/** The endpoints of a room, and the middleware that answers them; requests for other paths pass on. */
export type ServedRoutes = {
  readonly endpoints: readonly Endpoint[]
  readonly serve: Middleware
  /** It answers also at paths that are none of its endpoints. */
  readonly isEverywhere?: true
  /** First segments of what it answers and does not declare. */
  readonly segments?: readonly string[]
}

export function endpointsOf(rooms: readonly ServedRoutes[]): readonly Endpoint[] {
  return rooms.flatMap(({ endpoints }) => endpoints)
}

export const usualErrors: Readonly<Record<Audience, ErrorForm>> = {
  people: 'page',
  programs: 'problem',
  protocol: 'oauth',
}

/**
 * The form of an error at any path, also at a path without an endpoint. A file below pages, `/register/:list.json`, has its own form.
 * Else it takes the longest run of the path's first segments with
 * which at least one endpoint begins, and all endpoints that begin so. If these have one form, the error has it; if their forms
 * differ, or there are no such endpoints, the error is a page.
 */
export function errorFormsOf(endpoints: readonly Endpoint[]): (path: string) => ErrorForm {
  const forms = new Map<string, Set<ErrorForm>>()
  for (const { path, errors } of endpoints)
    for (const beginning of beginningsOf(path.replace(/\/[:*].*$/, '')))
      forms.set(beginning, (forms.get(beginning) ?? new Set()).add(errors))
  const files = endpoints
    .filter(({ path }) => /:\w+\.\w+$/.test(path))
    .map(({ path, errors }) => ({ pattern: path.split('/'), errors }))
  return (path) => {
    const parts = path.split('/')
    const file = files.find(
      ({ pattern }) => pattern.length === parts.length && fits(pattern, parts),
    )
    if (file !== undefined) return file.errors
    let found: ReadonlySet<ErrorForm> | undefined
    // This loop ends with the longest declared path, however long the requested path is.
    for (const beginning of beginningsOf(path)) {
      const known = forms.get(beginning)
      if (known === undefined) break
      found = known
    }
    const [form = 'page', ...others] = found ?? []
    return others.length === 0 ? form : 'page'
  }
}

/** Whether a path is one of these endpoints. */
export function isAmong(endpoints: readonly Endpoint[]): (path: string) => boolean {
  const patterns = endpoints.map(({ path }) => path.split('/'))
  return (path) => {
    const parts = path.split('/')
    return patterns.some((pattern) => pattern.length === parts.length && fits(pattern, parts))
  }
}

/** The endpoint at a path; of several, the first that was declared. */
export function endpointIn(endpoints: readonly Endpoint[]): (path: string) => Endpoint | undefined {
  const fixed = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]))
  const patterns = Map.groupBy(
    endpoints
      .filter(({ path }) => path.includes('/:'))
      .map((endpoint) => ({ endpoint, pattern: endpoint.path.split('/') })),
    ({ pattern }) => pattern[1],
  )
  return (path) => {
    const known = fixed.get(path)
    if (known !== undefined) return known
    const parts = path.split('/')
    return patterns
      .get(parts[1])
      ?.find(({ pattern }) => pattern.length === parts.length && fits(pattern, parts))?.endpoint
  }
}

/** Reads a parameter of people's pages in a path: the visit `x` in `/connexion/x/code`, where `/connexion/:visit` is an endpoint. */
export function parameterIn(
  endpoints: readonly Endpoint[],
  name: string,
): (path: string) => string | undefined {
  const patterns = endpoints
    .filter(({ path, audience }) => audience === 'people' && path.endsWith(`/:${name}`))
    .map(({ path }) => path.split('/'))
  return (path) => {
    const parts = path.split('/')
    const found = patterns.find((pattern) => fits(pattern, parts))
    return found && parts[found.length - 1]
  }
}

function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.every((part, i) => {
    const given = parts[i] ?? ''
    if (!part.startsWith(':')) return part === given
    const suffix = /\..*$/.exec(part)?.[0] ?? ''
    return given.length > suffix.length && given.endsWith(suffix)
  })
}

/** `/me` and `/me/consents` of `/me/consents`. */
function* beginningsOf(path: string): Generator<string> {
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1))
    yield path.slice(0, end)
  yield path
}
