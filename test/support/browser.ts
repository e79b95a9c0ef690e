import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { secret } from './secrets.ts'

/** A small browser: cookies, redirects on demand, forms; the issuer's name in front of any of its processes. */
export type Browser = {
  get(url: string, more?: More): Promise<Answer>
  post(url: string, form: Readonly<Record<string, string>> | string, more?: More): Promise<Answer>
  /** Follows redirects within the issuer, and presses « Se connecter » where a page needs a person. */
  follow(url: string, more?: More): Promise<Answer>
  /** The same cookies as they are now, in a browser of its own. */
  clone(): Browser
  cookies(): readonly Cookie[]
  /** Gives it cookies, in the place of those of the same name. */
  take(...cookies: readonly Cookie[]): void
  readonly address: string
}

export type Answer = {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The URL of the request and the target of a redirect, as whole URLs. */
  readonly url: string
  readonly location: string | undefined
}

type More = {
  /** Which process answers. */
  readonly port?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly method?: string
}

export type Cookie = { readonly name: string; readonly path: string; readonly value: string }

export type Site = {
  readonly issuer: string
  readonly ports: readonly number[]
  /** Of the machine of these ports; by default this one. */
  readonly address?: string
}

/** How it presents itself. */
export const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const maxRedirects = 20
let browsers = 0

/** Each browser comes from a network of its own (TRUSTED_PROXIES=1), so that none uses up another's tries. */
export function makeBrowser(site: Site, jar: Cookie[] = [], address = nextAddress()): Browser {
  let turn = 0
  async function send(method: string, url: string, more: More, body?: string): Promise<Answer> {
    const target = new URL(url, site.issuer)
    const port = more.port ?? site.ports[turn++ % site.ports.length] ?? 0
    const answer = await exchange(port, target, {
      address: site.address,
      method: more.method ?? method,
      headers: {
        host: new URL(site.issuer).host,
        'sec-fetch-site': 'same-origin',
        accept: 'text/html',
        'user-agent': userAgent,
        'x-forwarded-for': address,
        ...cookieHeader(jar, target.pathname),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...more.headers,
      },
      body,
    })
    keep(jar, answer, target.pathname)
    return answer
  }
  const self: Browser = {
    address,
    get: (url, more = {}) => send('GET', url, more),
    post: (url, form, more = {}) =>
      send(
        'POST',
        url,
        more,
        typeof form === 'string' ? form : new URLSearchParams(form).toString(),
      ),
    async follow(url, more = {}) {
      let answer = await self.get(url, more)
      for (let count = 0; count < maxRedirects; count++) {
        const { location } = answer
        const begin = isSignedOut(answer) ? formOf(answer) : undefined
        if (begin !== undefined) answer = await self.post(begin.action, begin.fields, more)
        else if (location === undefined || new URL(location).origin !== site.issuer) return answer
        else answer = await self.get(location, more)
      }
      throw new Error(`redirected without end at ${answer.url}`)
    },
    clone: () => makeBrowser(site, [...jar], address),
    cookies: () => jar,
    take: (...cookies) => cookies.forEach((cookie) => put(jar, cookie, false)),
  }
  return self
}

/** Whether a page of a person's own asks to sign in first. */
export function isSignedOut(answer: Answer): boolean {
  return formsOf(answer).some(({ action }) => action.endsWith('/connexion'))
}

type Form = {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** The JSON for the authenticator, on forms that ask for a passkey. */
  readonly options: string
}

/** The forms of a page, but for those of its frame: what a browser would send, and where. */
export function formsOf({ body, url }: Answer): readonly Form[] {
  return formsIn(body.slice(Math.max(0, body.indexOf('<main'))), url)
}

/** Every form of a page, those of its frame too. */
export function allFormsOf({ body, url }: Answer): readonly Form[] {
  return formsIn(body, url)
}

/** « Terminer et effacer », above a page of a public terminal. */
export function barFormOf({ body, url }: Answer): Form | undefined {
  return formsIn(body, url).find(({ action }) => action.endsWith('/poste-public/fin'))
}

function formsIn(html: string, url: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(
    ([, tag = '', inside = '']) => ({
      action: new URL(attribute(tag, 'action') ?? '', url).href,
      options: attribute(tag, 'data-options') ?? '',
      fields: Object.fromEntries(
        [...inside.matchAll(/<input\b([^>]*)>/g)]
          // As in a browser: a box that is not ticked is not sent.
          .filter(([, input = '']) => !/type="checkbox"/.test(input) || /\schecked\b/.test(input))
          .map(([, input = '']) => [
            attribute(input, 'name') ?? '',
            attribute(input, 'value') ?? '',
          ]),
      ),
    }),
  )
}

export function formOf(answer: Answer): Form {
  const [form] = formsOf(answer)
  if (form === undefined)
    throw new Error(`no form at ${answer.url} (${answer.status}):\n${answer.body.slice(0, 2000)}`)
  return form
}

type Sent = {
  readonly address?: string | undefined
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string | Buffer | undefined
}

/** One request to one process, exactly as given; of an https address as the proxy gives it on at which TLS ends. */
export function exchange(
  port: number,
  target: URL,
  { address = 'localhost', method, headers, body }: Sent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const path = target.pathname + target.search
    const isChunked = headers['transfer-encoding'] === 'chunked'
    const length =
      body === undefined || isChunked ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const proxied = target.protocol === 'https:' ? { 'x-forwarded-proto': 'https' } : {}
    const sent = request(
      { host: address, port, path, method, agent, headers: { ...proxied, ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const { location } = response.headers
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
            url: target.href,
            location: location === undefined ? undefined : new URL(location, target).href,
          })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

function cookieHeader(jar: readonly Cookie[], path: string): { cookie?: string } {
  // The longest path first (RFC 6265 5.4).
  const sent = jar
    .filter((cookie) => matches(path, cookie.path))
    .toSorted((a, b) => b.path.length - a.path.length)
  if (sent.length === 0) return {}
  return { cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') }
}

function matches(path: string, cookiePath: string): boolean {
  if (path === cookiePath) return true
  return path.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}

function keep(jar: Cookie[], { headers }: Answer, requestPath: string): void {
  for (const line of headers['set-cookie'] ?? []) {
    const { cookie, isOver } = readCookie(line, requestPath)
    put(jar, cookie, isOver)
  }
}

function put(jar: Cookie[], cookie: Cookie, isOver: boolean): void {
  const known = jar.findIndex(({ name, path }) => name === cookie.name && path === cookie.path)
  if (known !== -1) jar.splice(known, 1)
  if (!isOver) jar.push({ ...cookie, value: secret('cookie', cookie.value) })
}

function readCookie(line: string, requestPath: string): { cookie: Cookie; isOver: boolean } {
  const [pair, ...attributes] = line.split(/;\s*/).map((part) => split(part))
  const [name = '', value = ''] = pair ?? []
  const named = new Map(attributes.map(([key = '', text = '']) => [key.toLowerCase(), text]))
  const expires = named.get('expires')
  const folder = requestPath.slice(0, Math.max(1, requestPath.lastIndexOf('/')))
  const isOver = value === '' || (expires !== undefined && new Date(expires) <= new Date())
  return { cookie: { name, value, path: named.get('path') ?? folder }, isOver }
}

function split(text: string): string[] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(tag)?.[1]
  return value
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

function nextAddress(): string {
  browsers += 1
  return `10.${Math.floor(browsers / 250)}.${browsers % 250}.1`
}
