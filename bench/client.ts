import { Pool } from 'undici'
import type { Jar } from './jar.ts'

// An HTTP client like a busy caller's: it keeps connections alive, follows no redirect, and reads every answer completely.

export type Sent = {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly form?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly jar?: Jar
}

export type Answer = {
  readonly status: number
  readonly location: string | undefined
  readonly dpopNonce: string | undefined
  readonly retryAfter: string | undefined
  readonly body: string
  /** The URL of the request, at the issuer. */
  readonly url: string
}

export type Client = {
  send(sent: Sent): Promise<Answer>
  /** Called after each answer, while statements are counted. */
  watch(watcher: ((path: string) => Promise<void>) | undefined): void
  close(): Promise<void>
}

const timeoutMs = 20_000

/** Speaks to a process on this machine under its issuer's name, as the proxy in front of it would. */
export function makeClient(issuer: string, address: string, connections: number): Client {
  const { host, protocol } = new URL(issuer)
  const pool = new Pool(address, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const common = {
    host,
    accept: 'application/json, text/html',
    'x-forwarded-proto': protocol.slice(0, -1),
    'x-forwarded-for': '192.0.2.1',
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'sec-fetch-site': 'same-origin',
  }
  let watcher: ((path: string) => Promise<void>) | undefined

  return {
    async send(sent) {
      const { method = sent.form === undefined && sent.json === undefined ? 'GET' : 'POST' } = sent
      const { type, body } = bodyOf(sent)
      const [pathname = ''] = sent.path.split('?', 1)
      const cookie = sent.jar?.header(pathname)
      const headers: Record<string, string> = {
        ...common,
        ...(type === undefined ? {} : { 'content-type': type }),
        ...(cookie === undefined ? {} : { cookie }),
        ...sent.headers,
      }
      const answer = await pool.request({ method, path: sent.path, headers, body })
      const text = await answer.body.text()
      sent.jar?.keep([answer.headers['set-cookie'] ?? []].flat(), pathname)
      await watcher?.(pathname)
      const location = one(answer.headers['location'])
      const url = new URL(sent.path, issuer).href
      return {
        status: answer.statusCode,
        location: location === undefined ? undefined : new URL(location, url).href,
        dpopNonce: one(answer.headers['dpop-nonce']),
        retryAfter: one(answer.headers['retry-after']),
        body: text,
        url,
      }
    },
    watch(next) {
      watcher = next
    },
    close: () => pool.close(),
  }
}

function bodyOf({ form, json }: Sent): { type: string | undefined; body: string | null } {
  if (form !== undefined)
    return {
      type: 'application/x-www-form-urlencoded',
      body: new URLSearchParams(form).toString(),
    }
  if (json !== undefined) return { type: 'application/json', body: JSON.stringify(json) }
  return { type: undefined, body: null }
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

/** Any other answer than the expected one is an error of the run; the error contains enough of the answer to see why. */
export function expectStatus(answer: Answer, status: number): Answer {
  if (answer.status !== status)
    throw new Error(`${answer.url} answered ${answer.status}: ${answer.body.slice(0, 300)}`)
  return answer
}

/** The members of a JSON answer. @throws for another status, or no JSON */
export function jsonOf(answer: Answer, status = 200): Readonly<Record<string, unknown>> {
  expectStatus(answer, status)
  return JSON.parse(answer.body) as Record<string, unknown> // members are checked where they are used
}

export function stringIn(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = members[name]
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(members)}`)
  return value
}
