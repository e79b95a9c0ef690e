import { fromBase64url } from '../values/base64.ts'
import { msOf, retention } from '../values/retention.ts'
import type { FarPurpose } from './signer.ts'

// What a signer in another process signs: statements of its own house, of the kinds of their purpose, made now. Whoever may ask it has
// otherwise a permit of next year, a token for ten years, or a receipt of a day long ago, and keeps it when he is gone.

/** How far ahead the clock of whoever asks may be, and how far behind. */
export const apartSeconds = 60
/** Between the instant that a statement names and its signature: the transaction that writes its event, at the longest. */
const freshSeconds = 600
/** What is erased is looked for in files before the certificate is signed, and may wait for somebody's transaction. */
const erasureSeconds = 7 * 24 * 3600
/** So long a body is told what it does not take, and a day. */
const signalSeconds = msOf(retention.signals) / 1000 + 24 * 3600

type Rule = {
  /** How old it may be by its `iat`: `ever` where it is made again for whoever asks again, `unsaid` where it has none, `maybe` in both. */
  readonly age: number | 'ever' | 'unsaid' | 'maybe'
  /** How long it lives, by its `exp`; absent: it has none. */
  readonly lifetime?: number
  /** Who says it: the house, by default; `part`: the house or an address of it; `self`: a client, of itself. */
  readonly says?: 'part' | 'self'
  /** A member with an instant that is over. */
  readonly over?: string
}
/** By their `typ`; the empty one is of a statement that has none. */
type Rules = Readonly<Record<string, Rule>>

// ID tokens, signed answers of userinfo, and answers of authorization (JARM), which have no `iat`: a library tells them apart by nothing.
const ofIdTokens: Rules = {
  '': { age: 'maybe', lifetime: 300 },
  'logout+jwt': { age: freshSeconds, lifetime: 120 },
  'token-introspection+jwt': { age: freshSeconds },
}
const rules: Readonly<Record<FarPurpose, Rules>> = {
  'id-token': ofIdTokens,
  'id-token-rsa': ofIdTokens,
  upstream: { '': { age: freshSeconds, lifetime: 60, says: 'self' } },
  signals: { 'secevent+jwt': { age: signalSeconds } },
  decision: {
    'decision+jwt': { age: freshSeconds, lifetime: 60 },
    'disclosure-ack+jwt': { age: 'ever' },
    'effect-ack+jwt': { age: 'ever' },
    'authzen-configuration+jwt': { age: 'unsaid', says: 'part' },
  },
  receipt: {
    'consent-receipt+jwt': { age: freshSeconds },
    'erasure-certificate+jwt': { age: erasureSeconds },
    'audit-dossier+jwt': { age: freshSeconds },
    'desk-order+jwt': { age: freshSeconds },
    'audit-digest+jwt': { age: 'unsaid', over: 'until' },
  },
}

/** Why a statement is not signed. */
export type StatementFault =
  | 'this is no statement'
  | 'no statement of this purpose is of this kind'
  | 'a statement of another house'
  | 'a statement of another time'
  | 'a statement that lives too long'

type Asked = {
  readonly purpose: FarPurpose
  readonly kid: string
  readonly alg: string
  /** What is signed of a JWS (RFC 7515, section 5.1): header and claims. */
  readonly bytes: Uint8Array
}

export function faultOfStatement(
  asked: Asked,
  { issuer, nowSeconds }: { readonly issuer: string; readonly nowSeconds: number },
): StatementFault | undefined {
  const read = readStatement(asked)
  if (read === undefined) return 'this is no statement'
  const { typ, claims } = read
  const rule = typeof typ === 'string' ? ruleOf(asked.purpose, typ) : undefined
  if (rule === undefined) return 'no statement of this purpose is of this kind'
  if (!isSaidBy(claims, rule, issuer)) return 'a statement of another house'
  if (!isOfNow(claims, rule, nowSeconds)) return 'a statement of another time'
  return livesTooLong(claims, rule, nowSeconds) ? 'a statement that lives too long' : undefined
}

type Members = Readonly<Record<string, unknown>>

/** Its kind and its claims, where its header names this key and nothing that is not asked for. */
function readStatement(asked: Asked): { typ: unknown; claims: Members } | undefined {
  const parts = Buffer.from(asked.bytes).toString('latin1').split('.')
  const [header, claims] = parts.map(membersOf)
  if (parts.length !== 2 || header === undefined || claims === undefined) return undefined
  const { typ = '', alg, kid, ...more } = header
  if (alg !== asked.alg || kid !== asked.kid || Object.keys(more).length > 0) return undefined
  return { typ, claims }
}

/** A part of a JWS as everybody reads it: of a member that stands there twice, readers would take one or the other. */
function membersOf(part: string): Members | undefined {
  const text = fromBase64url(part)?.toString()
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return JSON.stringify(value) === text ? (value as Members) : undefined
  } catch {
    return undefined
  }
}

function ruleOf(purpose: FarPurpose, typ: string): Rule | undefined {
  return Object.hasOwn(rules[purpose], typ) ? rules[purpose][typ] : undefined
}

function isSaidBy({ iss, sub }: Members, { says }: Rule, issuer: string): boolean {
  if (typeof iss !== 'string') return false
  // At a provider elsewhere the house has the name that the other one gave it (RFC 7523, section 3).
  if (says === 'self') return iss === sub && iss !== issuer
  return iss === issuer || (says === 'part' && iss.startsWith(`${issuer}/`))
}

function isOfNow(claims: Members, { age, over }: Rule, now: number): boolean {
  const { iat, nbf } = claims
  const latest = now + apartSeconds
  if (nbf !== undefined && !(isSeconds(nbf) && nbf <= latest)) return false
  if (over !== undefined && !(secondsOf(claims[over]) <= latest)) return false
  return isOfAge(iat, age, now)
}

function isOfAge(iat: unknown, age: Rule['age'], now: number): boolean {
  if (iat === undefined) return age === 'unsaid' || age === 'maybe'
  if (age === 'unsaid' || !isSeconds(iat) || iat > now + apartSeconds) return false
  if (age === 'ever') return true
  return iat >= now - (age === 'maybe' ? freshSeconds : age) - apartSeconds
}

/** Also where it is over before it is signed: it would say something of an earlier time. */
function livesTooLong({ iat, exp }: Members, { lifetime }: Rule, now: number): boolean {
  if (lifetime === undefined) return exp !== undefined
  if (!isSeconds(exp) || exp > now + lifetime + apartSeconds || exp < now - apartSeconds)
    return true
  return isSeconds(iat) && exp - iat > lifetime
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** Of an instant as text; of anything else no number. */
function secondsOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) / 1000 : Number.NaN
}
