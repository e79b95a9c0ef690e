import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { BlockList, isIP } from 'node:net'
import * as http from 'node:http'
import * as https from 'node:https'
import { hasPlainPort } from '../values/port-spelling.ts'
import { CallFailed, noAnswer } from '../values/outbound-error.ts'
import type { SpanName } from '../logging/tracing.ts'
import { inSpan, methodOf } from '../logging/tracing.ts'

// Addresses that a relying party's URL must not make us call (RFC 6890). The check is made on the address of the connection
// itself, so that a name that resolves to another address the next time gains nothing.
const special = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(net, bits, 'ipv4')
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  special.addSubnet(net, bits, 'ipv6')

export function isSpecialAddress(address: string): boolean {
  // No public name needs an IPv4-mapped address.
  if (address.toLowerCase().startsWith('::ffff:')) return true
  return special.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** May this URL be called at all? https, or a host:port that the operator named. */
export function isAllowed(
  url: URL,
  outboundAllow: readonly string[],
): 'named' | 'public' | 'refused' {
  if (isNamed(url, outboundAllow)) return 'named'
  return visitFault(url.href, outboundAllow) === undefined ? 'public' : 'refused'
}

/** The same, of what we call ourselves: a literal address only where the operator named it. */
export function isCallable(
  url: URL,
  outboundAllow: readonly string[],
): ReturnType<typeof isAllowed> {
  const permission = isAllowed(url, outboundAllow)
  return permission === 'public' && isLiteral(url) ? 'refused' : permission
}

/** What is wrong with an address that others choose, and to which people are sent; undefined: nothing. */
export function visitFault(text: string, outboundAllow: readonly string[]): string | undefined {
  const url = URL.parse(text)
  if (!hasPlainPort(text)) return 'must have a port of 1 to 65535, without zeros before it'
  if (url !== null && isNamed(url, outboundAllow)) return undefined
  if (url?.protocol !== 'https:') return 'must begin with https://'
  return url.username + url.password === '' ? undefined : 'must have no name and no password'
}

/** This broker's own address, and those that its operator named. */
export type OwnAddresses = {
  readonly issuer: string
  readonly outboundAllow: readonly string[]
}

/**
 * What is wrong with an address that others choose, and that we would call: found when it is written down, so that nobody waits for calls
 * that are never made, and that nobody lets us knock at doors that are not for the public. The connection itself is looked at besides.
 */
export function callFault(
  text: string,
  { issuer, outboundAllow }: OwnAddresses,
): string | undefined {
  const fault = visitFault(text, outboundAllow)
  const url = URL.parse(text)
  if (fault !== undefined || url === null) return fault
  if (placeOf(url) === placeOf(new URL(issuer))) return 'is an address of this broker'
  if (isNamed(url, outboundAllow)) return undefined
  if (isLiteral(url)) return 'must be at a name, not at an IP address'
  if (isLocalName(nameOf(url))) return 'must be at a public name'
  return url.port === '' ? undefined : 'must be at port 443'
}

// Plain http is for the demonstration's own machine, which a deployment may not name (config.ts).
function isNamed(url: URL, outboundAllow: readonly string[]): boolean {
  const isPlain = url.protocol === 'http:' && isLoopback(url.hostname)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const isThere = outboundAllow.includes(`${url.hostname}:${port}`)
  return isThere && (url.protocol === 'https:' || isPlain)
}

function placeOf(url: URL): string {
  return `${nameOf(url)}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
}

// The dot of the root at the end of a name leads to the same host.
function nameOf({ hostname }: URL): string {
  return hostname.replace(/\.$/, '')
}

function isLiteral(url: URL): boolean {
  return isIP(nameOf(url).replaceAll(/[[\]]/g, '')) !== 0
}

// No public DNS has these names (RFC 6761, RFC 6762, RFC 8375, and `internal`, which ICANN keeps for private use).
function isLocalName(name: string): boolean {
  return !name.includes('.') || /\.(localhost|local|localdomain|internal|home\.arpa)$/.test(name)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.') || hostname === '[::1]'
}

const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, [])
    const open = addresses.filter(({ address }) => !isSpecialAddress(address))
    if (open.length === 0) return callback(new Error('the name leads to a special-use address'), [])
    if (options.all === true) return callback(null, open)
    return callback(null, open[0]?.address ?? '', open[0]?.family)
  })
}

const usualTimeoutMs = 5000

// A witness answers with a line for each of its keys, of 5 kB at most before base64. No other answer is read for its words.
const maxAnswerBytes = 64 * 1024

// An answer of usual length is read to its end, and an endless one is cut off.
function drain(answer: http.IncomingMessage): void {
  let bytes = 0
  answer.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes > maxAnswerBytes) answer.destroy()
  })
}

/** Posts a form to a relying party. Follows no redirect, and reads nothing of the answer but its status. */
export async function postForm(
  target: string,
  form: Readonly<Record<string, string>>,
  outboundAllow: readonly string[],
): Promise<number> {
  const body = new URLSearchParams(form).toString()
  const posted = { body, type: 'application/x-www-form-urlencoded' }
  const answer = await send(target, asPost(posted), outboundAllow)
  drain(answer)
  return answer.statusCode ?? 0
}

/** Posts plain text. Follows no redirect, and reads of the answer its status and a short text. */
export async function postText(
  target: string,
  body: string,
  outboundAllow: readonly string[],
): Promise<{ readonly status: number; readonly text: string }> {
  return textOf(
    await send(target, asPost({ body, type: 'text/plain; charset=utf-8' }), outboundAllow),
  )
}

/** Asks for a short text. Follows no redirect. */
export async function getText(
  target: string,
  outboundAllow: readonly string[],
): Promise<{ readonly status: number; readonly text: string }> {
  return textOf(await send(target, nothingPosted, outboundAllow))
}

async function textOf(answer: http.IncomingMessage) {
  answer.setEncoding('utf8')
  let text = ''
  for await (const part of answer as AsyncIterable<string>) {
    text += part
    if (text.length > maxAnswerBytes) throw new Error('the answer is too long')
  }
  return { status: answer.statusCode ?? 0, text }
}

/** Posts JSON. Follows no redirect, and reads nothing of the answer but its status. */
export async function postJson(
  target: string,
  value: object,
  headers: Readonly<Record<string, string>>,
  outboundAllow: readonly string[],
): Promise<number> {
  const json = { body: JSON.stringify(value), type: 'application/json', headers }
  const answer = await send(target, asPost(json), outboundAllow)
  drain(answer)
  return answer.statusCode ?? 0
}

/** Posts a security event token (RFC 8935). Follows no redirect, and reads nothing of the answer but its status. */
export async function postToken(
  target: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  outboundAllow: readonly string[],
): Promise<number> {
  const all = { ...headers, Accept: 'application/json' }
  const event = { body, type: 'application/secevent+jwt', headers: all }
  const answer = await send(target, asPost(event), outboundAllow)
  drain(answer)
  return answer.statusCode ?? 0
}

type Posted = {
  readonly body: string
  readonly type: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One request of a library that speaks a protocol. */
export type HttpExchange = {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

/** Sends a request as it is. Follows no redirect, and reads 64 KiB of the answer at most. */
export async function exchange(
  target: string,
  sent: HttpExchange,
  outboundAllow: readonly string[],
  timeoutMs: number,
): Promise<{ status: number; headers: http.IncomingHttpHeaders; text: string }> {
  const answer = await send(target, sent, outboundAllow, timeoutMs)
  return { ...(await textOf(answer)), headers: answer.headers }
}

const nothingPosted: HttpExchange = { method: 'GET', headers: {}, body: undefined }

function send(
  target: string,
  { method, headers, body }: HttpExchange,
  outboundAllow: readonly string[],
  timeoutMs = usualTimeoutMs,
): Promise<http.IncomingMessage> {
  const url = new URL(target)
  const permission = isCallable(url, outboundAllow)
  if (permission === 'refused')
    throw new CallFailed({ host: url.host, why: 'this address may not be called' })
  const { request } = url.protocol === 'https:' ? https : http
  return inSpan(
    calling(method, permission === 'named' ? url.hostname : undefined),
    () =>
      new Promise((resolve, reject) => {
        const sent = request(url, {
          method,
          headers,
          signal: AbortSignal.timeout(timeoutMs),
          agent: false,
          ...(permission === 'public' ? { lookup: guardedLookup } : {}),
        })
        sent.on('response', resolve)
        sent.on('error', (error) => reject(noAnswer(target, error)))
        sent.end(body)
      }),
  )
}

// A host that the operator named says nothing of a person; one that others chose may.
function calling(method: string, host: string | undefined): SpanName {
  const attributes = {
    'http.request.method': methodOf(method),
    ...(host !== undefined && { 'server.address': host }),
  }
  return { name: `${methodOf(method)} elsewhere`, kind: 'client', attributes }
}

function asPost({ body, type, headers }: Posted): HttpExchange {
  const length = String(Buffer.byteLength(body))
  return {
    method: 'POST',
    headers: { ...headers, 'Content-Type': type, 'Content-Length': length },
    body,
  }
}
