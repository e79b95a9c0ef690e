import { timingSafeEqual } from 'node:crypto'
import { bodyParser } from '@koa/bodyparser'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import { hmac } from '../sealing/keyed-crypto.ts'
import type { Keys } from '../keys/keys.ts'
import { Problem, Refusal } from '../values/refusal.ts'
import { inPlainWords, describeFault } from '../values/shape-faults.ts'

/** Bytes of a body. */
export const bodyLimits = { form: 56 * 1024, json: 256 * 1024 } as const

const parse = formParser(bodyLimits.form)

function formParser(formLimit: number): Middleware {
  return bodyParser({
    enableTypes: ['form'],
    formLimit,
    onError: (error) => {
      const status = 'status' in error && typeof error.status === 'number' ? error.status : 400
      throw status === 413 ? new Refusal('form.too-large', 413) : new Refusal('form.invalid')
    },
  })
}

/** A form that is only a button: it holds its token, and nothing that a person typed. */
const buttonForm = z.object({})

/** Reads a form that is a button. @throws Refusal as `readForm` does */
export async function readButton(ctx: Context, keys: Keys, binding: string): Promise<void> {
  await readForm(ctx, keys, binding, buttonForm)
}

/**
 * Reads a form of our own pages: limit, origin, token, shape.
 * @param largest bytes of the body, where it is another number than of every form
 * @param binding what the form belongs to (a visit, a session), or how its fields say so: a token of another one is refused
 * @throws Refusal form.forged (403), form.too-large (413), form.invalid (400)
 */
export async function readForm<T>(
  ctx: Context,
  keys: Keys,
  binding: string | ((form: T) => string),
  shape: z.ZodType<T>,
  largest: number = bodyLimits.form,
): Promise<T> {
  if (!cameFromUs(ctx)) throw new Refusal('form.forged', 403)
  if (ctx.is('application/x-www-form-urlencoded') === false) throw new Refusal('form.invalid', 415)
  const read = largest === bodyLimits.form ? parse : formParser(largest)
  await read(ctx, () => Promise.resolve())
  const body: unknown = ctx.request.body
  const form = shape.safeParse(body)
  if (typeof binding !== 'string' && !form.success) throw new Refusal('form.invalid')
  const own = typeof binding === 'string' ? binding : binding(form.data as T) // parsed, as just seen
  if (!isToken(keys, own, tokenIn(body))) throw new Refusal('form.forged', 403)
  if (!form.success) throw new Refusal('form.invalid')
  return form.data
}

function tokenIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined
}

/**
 * Reads a form that another site sent, as parameters. It trusts nothing in the form.
 * @throws Refusal form.too-large (413), form.invalid (400, 415)
 */
export async function readParameters(ctx: Context, mostBytes: number): Promise<URLSearchParams> {
  if (ctx.is('application/x-www-form-urlencoded') === false) throw new Refusal('form.invalid', 415)
  await asText('application/x-www-form-urlencoded', mostBytes)(ctx, () => Promise.resolve())
  const { body = '' } = ctx.request
  if (typeof body !== 'string' || !/^[\x21-\x7e]*$/.test(body)) throw new Refusal('form.invalid')
  return new URLSearchParams(body)
}

function asText(type: string, textLimit: number): Middleware {
  return bodyParser({
    enableTypes: ['text'],
    extendTypes: { text: [type] },
    textLimit,
    encoding: 'binary',
    onError: (error) => {
      throw 'status' in error && error.status === 413
        ? new Refusal('form.too-large', 413)
        : new Refusal('form.invalid')
    },
  })
}

// Bodies are read as bytes: the JSON parser would read each wrong byte as a replacement character, and take two different bodies for one.
const parseBytes = bodyParser({
  enableTypes: ['text'],
  extendTypes: { text: ['application/json'] },
  textLimit: bodyLimits.json,
  encoding: 'binary',
  onError: (error) => {
    const isTooLarge = 'status' in error && error.status === 413
    throw isTooLarge
      ? new Problem('request.too-large', 413, 'the body has more than 256 KiB')
      : new Problem('request.malformed', 400, 'the body cannot be read')
  },
})

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws Problem request.malformed, for what is not UTF-8 or not JSON (RFC 8259, section 8.1) */
function jsonIn(body: unknown): unknown {
  try {
    const text = utf8.decode(Buffer.from(typeof body === 'string' ? body : '', 'latin1'))
    return JSON.parse(text, refusePrototypes)
  } catch (cause) {
    const what = cause instanceof SyntaxError ? 'JSON' : 'UTF-8'
    throw new Problem('request.malformed', 400, `the body is not ${what}`)
  }
}

/**
 * Reads the JSON body of one of our APIs: limit, type, shape.
 * @param wrongType the status of another content type: AuthZEN wants 400
 * @throws Problem request.malformed, request.too-large, request.content-type
 */
export async function readJson<T>(
  ctx: Context,
  shape: z.ZodType<T>,
  wrongType: 400 | 415 = 415,
): Promise<T> {
  if (ctx.is('application/json') !== 'application/json')
    throw new Problem('request.content-type', wrongType, 'Content-Type must be application/json')
  await parseBytes(ctx, () => Promise.resolve())
  return readWellFormed(shape, jsonIn(ctx.request.body), 'body')
}

// A member with one of these names would change objects outside this body.
function refusePrototypes(name: string, value: unknown): unknown {
  const isConstructor = name === 'constructor' && typeof value === 'object' && value !== null
  if (name === '__proto__' || (isConstructor && Object.hasOwn(value, 'prototype')))
    throw new SyntaxError('a member names a prototype')
  return value
}

/** Reads what follows the `?` of one of our APIs. @throws Problem request.malformed */
export function readQuery<T>(ctx: Context, shape: z.ZodType<T>): T {
  return readWellFormed(shape, ctx.query, 'query')
}

/** @throws Problem request.malformed */
export function readWellFormed<T>(shape: z.ZodType<T>, given: unknown, whole: string): T {
  const read = shape.safeParse(given, inPlainWords)
  if (read.success) return read.data
  throw new Problem('request.malformed', 400, describeFault(read.error, whole))
}

/** The hidden field `csrf` of a form: stateless, bound to the visit or session it belongs to. */
export function formToken(keys: Pick<Keys, 'cookie'>, binding: string): string {
  return tokenOf(keys.cookie[0] ?? '', binding)
}

// Every current browser says where a request comes from; our own Referrer-Policy makes the Origin `null`.
// A request without these headers still needs the token.
function cameFromUs(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  if (site !== '' && site !== 'same-origin' && site !== 'none') return false
  const origin = ctx.get('Origin')
  // Not ctx.origin: in Koa 3 that is the header itself. Protocol and host were checked by the front door.
  const own = `${ctx.protocol}://${ctx.host}`
  return origin === '' || origin === own || (origin === 'null' && site === 'same-origin')
}

/** A form of texts, each with its limit in characters. */
export function textForm<K extends string>(
  limits: Readonly<Record<K, number>>,
): z.ZodType<Record<K, string>> {
  const fields = Object.entries<number>(limits).map(([name, most]) => [name, z.string().max(most)])
  return z.object(Object.fromEntries(fields)) as unknown as z.ZodType<Record<K, string>> // as built from `limits`
}

/** Whether it is the token of this binding, under any of the keys that are kept. */
export function isToken(keys: Pick<Keys, 'cookie'>, binding: string, token: unknown): boolean {
  if (typeof token !== 'string') return false
  const given = Buffer.from(token)
  return keys.cookie.some((key) => {
    const expected = Buffer.from(tokenOf(key, binding))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function tokenOf(key: string, binding: string): string {
  return hmac(key, `form:${binding}`).toString('base64url')
}
