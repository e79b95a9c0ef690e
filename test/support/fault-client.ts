import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly ms: number
}

export type Call = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const answerLimitMs = 60_000

/** One request on a connection of its own, with exactly these headers: unlike fetch, also Host, Origin and Sec-Fetch-Site. */
export function send(port: number, path: string, call: Call = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = call
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
    const sent = request(
      {
        host: 'localhost',
        port,
        path,
        method,
        agent: false,
        headers: { ...length, ...headers },
        signal: AbortSignal.timeout(answerLimitMs),
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString('utf8'),
            ms: performance.now() - started,
          }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Sends raw bytes on one connection. @returns all bytes that came back until the other side closed it, or the limit */
export async function sendRaw(
  port: number,
  bytes: string | readonly (string | Buffer)[],
  limitMs = answerLimitMs,
): Promise<string> {
  const socket = connect({ host: 'localhost', port })
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {}) // A refused sender may be cut off while it still writes.
  await once(socket, 'connect')
  for (const part of [bytes].flat()) socket.write(part)
  const timer = setTimeout(() => socket.destroy(), limitMs)
  if (!socket.destroyed) await once(socket, 'close')
  clearTimeout(timer)
  return Buffer.concat(chunks).toString('utf8')
}

/** The status of the first answer of `sendRaw`; 0 when there was none. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
}

export type Visitor = {
  readonly cookies: Map<string, string>
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>
  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
}

/** A browser without scripts: it keeps cookies, and sends the issuer's Host to whichever process it is told. */
export function openVisitor(
  port: number,
  issuer: string,
  always: Readonly<Record<string, string>> = {},
): Visitor {
  const cookies = new Map<string, string>()
  const { host } = new URL(issuer)

  async function call(path: string, more: Call): Promise<Answer> {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const answer = await send(port, path, {
      ...more,
      headers: {
        Host: host,
        Accept: 'text/html',
        ...(cookie === '' ? {} : { Cookie: cookie }),
        ...always,
        ...more.headers,
      },
    })
    for (const line of answer.headers['set-cookie'] ?? []) keep(line)
    return answer
  }

  function keep(line: string): void {
    const [pair = ''] = line.split(';')
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(pair.indexOf('=') + 1)
    if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }

  return {
    cookies,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, form, headers = {}) =>
      call(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
      }),
  }
}

const mostTries = 20

/** Asks again what a house could not do in time on a busy machine: a 503 used nothing up. */
export async function served<A extends Pick<Answer, 'status'>>(ask: () => Promise<A>): Promise<A> {
  for (let tries = 1; ; tries++) {
    const answer = await ask()
    if (answer.status !== 503 || tries === mostTries) return answer
  }
}

/** The same browser, for what leads to a test, or comes after it. */
export function patiently({ cookies, get, post }: Visitor): Visitor {
  return {
    cookies,
    get: (...given) => served(() => get(...given)),
    post: (...given) => served(() => post(...given)),
  }
}

/** A path of our own from a Location header. */
export function locationOf(answer: Answer): string {
  const { location } = answer.headers
  if (location === undefined) throw new Error(`${answer.status} without Location: ${answer.text}`)
  const url = new URL(location, 'http://relative.test')
  return url.pathname + url.search
}

/** The token of a page's form. */
export function csrfIn(page: Answer): string {
  return /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? missing('csrf', page)
}

/** The WebAuthn options that a page holds for its script, as JSON. */
export function optionsIn(page: Answer): string {
  const written = /data-options="([^"]+)"/.exec(page.text)?.[1] ?? missing('data-options', page)
  return written.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}

function missing(what: string, page: Answer): never {
  throw new Error(`no ${what} in a page of status ${page.status}: ${page.text.slice(0, 2000)}`)
}
