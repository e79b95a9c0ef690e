import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Language } from '../../values/languages.ts'
import type { Log } from '../../logging/log.ts'
import { oauthError, problemOf } from '../answer-errors.ts'
import type { Endpoint, ErrorForm } from '../endpoints.ts'
import { errorFormsOf } from '../endpoints.ts'
import { isCanonical } from '../front-door.ts'
import type { Pages } from '../page.ts'
import type { CountRequest } from '../request-count.ts'
import { echoedRequestId, errorNumber, routesKnown } from '../request-log.ts'

// The answer of a process that gets more than it can do, or waits for its database. Nothing is looked up for it, and no context is made:
// it costs a tenth of a page.

const status = 503
// Those who are refused at one moment do not all come back at one moment.
const [soonestSeconds, latestSeconds] = [2, 8]

type Asked = { readonly path: string; readonly search: string; readonly language: Language }

export type Refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  of: Asked & { readonly endpoint: Endpoint | undefined; readonly atMs: number },
) => void

type Parts = {
  readonly code: 'overloaded' | 'unavailable'
  readonly log: Log
  readonly pages: Pages
  readonly counted: CountRequest | undefined
  /** What is on each answer (`security-headers.ts`). */
  readonly headers: Readonly<Record<string, string>>
  readonly endpoints: readonly Endpoint[]
  /** The `type` of a problem by its code (RFC 9457). */
  readonly typeOf: (code: string) => string
}

/** Answers 503 with when to come back, in the error form of the endpoint, with the log line and the count of any other answer. */
export function makeRefuse({
  code,
  log,
  pages,
  counted,
  headers,
  endpoints,
  typeOf,
}: Parts): Refuse {
  const formAt = errorFormsOf(endpoints)
  const routeOf = routesKnown(endpoints)
  const type = typeOf(code)
  let refused = 0

  function bodyOf(form: ErrorForm, asked: Asked, requestId: string): string {
    switch (form) {
      case 'page':
        return pages.kept(asked.language, { code, number: errorNumber(requestId) }, other(asked))
      case 'oauth':
        return JSON.stringify({ error: oauthError(status) })
      case 'authzen':
        return JSON.stringify(code)
      case 'problem':
        return JSON.stringify(problemOf({ status, code }, type, requestId))
    }
  }

  return (request, response, { endpoint, atMs, ...asked }) => {
    const { method = '', headers: given } = request
    const requestId = randomUUID()
    const declared = endpoint?.errors ?? formAt(asked.path)
    const form = declared === 'page' && !wantsPage(given.accept) ? 'problem' : declared
    const body = Buffer.from(bodyOf(form, asked, requestId))
    refused += 1
    response.writeHead(status, {
      ...headers,
      'X-Request-ID':
        (form === 'authzen' ? echoedRequestId(given['x-request-id']) : undefined) ?? requestId,
      'Retry-After': soonestSeconds + (refused % (latestSeconds - soonestSeconds + 1)),
      'Content-Type': types[form],
      'Content-Length': body.length,
    })
    response.end(body)
    const route = endpoint?.path ?? routeOf(asked.path)
    const ms = performance.now() - atMs
    log.info({ requestId, method, route, status, code, ms: Math.round(ms) }, 'request')
    counted?.({ path: asked.path, method, status, state: { refusedAs: code } }, ms / 1000)
  }
}

const types: Readonly<Record<ErrorForm, string>> = {
  page: 'text/html; charset=utf-8',
  problem: 'application/problem+json',
  oauth: 'application/json; charset=utf-8',
  authzen: 'application/json; charset=utf-8',
}

/** What a request target asks for, and in which language. */
export function targetOf(target: string): Asked {
  const query = target.indexOf('?')
  const [whole, search] = query < 0 ? [target, ''] : [target.slice(0, query), target.slice(query)]
  const isEnglish = whole === '/en' || whole.startsWith('/en/')
  return isEnglish
    ? { path: whole.slice(3) || '/', search, language: 'en' }
    : { path: whole, search, language: 'fr' }
}

// An address that the front door would refuse is not repeated in a link.
function other({ path, search, language }: Asked): string {
  const own = isCanonical(path) ? path + search : '/'
  return language === 'en' ? own : `/en${own}`
}

/** Whether a caller would read a page rather than JSON: what it names first, and a page where it names neither. */
function wantsPage(accept = '*/*'): boolean {
  const [html, json] = [accept.indexOf('text/html'), accept.indexOf('json')]
  return json < 0 || (html >= 0 && html < json)
}
