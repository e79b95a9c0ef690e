import type { KeyObject } from 'node:crypto'
import { createHash, createPublicKey } from 'node:crypto'
import { fromBase64url } from '../values/base64.ts'
import { isEs256 } from '../keys/signer.ts'

// Read by node:crypto (decision 0169): jose would import the key of each proof, and check by WebCrypto, for twice the CPU. What it refuses
// is refused here; its tests hold both readers to one another.

export type DpopProof = { readonly jti: string; readonly thumbprint: string }

export type ProvedRequest = {
  readonly method: string
  /** The URL of the request, without query and fragment. */
  readonly url: string
  readonly accessToken: string
  readonly nowSeconds: number
}

const skewSeconds = 60
const maxLength = 4096

/** A key as a header carries it, imported and named. */
type Known = { readonly key: KeyObject; readonly thumbprint: string }

const maxKeys = 256

type CheckProof = (proof: string, of: ProvedRequest) => DpopProof | undefined

/**
 * Checks DPoP proofs for an access token (RFC 9449 4.3 and 7.1), except two things that are the caller's: `jti` is used once, and the
 * thumbprint is the one that the token is bound to. The check gives undefined for anything that is not such a proof. It remembers the last
 * headers by which a signature held: to import a key costs as much as to check with it.
 */
export function makeCheckProof(): CheckProof {
  const known = new Map<string, Known>()
  return (proof, of) => {
    const parts = partsOf(proof)
    const claims = parts && objectIn(parts.payload)
    if (parts === undefined || claims === undefined || !isOfThis(claims, of)) return undefined
    const held = known.get(parts.header) ?? keyIn(parts.header)
    if (held === undefined || !isEs256(held.key, parts.signed, parts.signature)) return undefined
    known.delete(parts.header)
    known.set(parts.header, held)
    for (const oldest of known.keys()) if (known.size > maxKeys) known.delete(oldest)
    return { jti: claims.jti, thumbprint: held.thumbprint }
  }
}

/** The `jti` that a proof claims, not verified. @returns undefined where a check would accept no `jti` */
export function jtiOf(proof: string): string | undefined {
  const parts = partsOf(proof)
  const { jti } = (parts && objectIn(parts.payload)) ?? {}
  return isUsable(jti) ? jti : undefined
}

type Parts = {
  /** As it is spelt. */
  readonly header: string
  readonly payload: Buffer
  readonly signature: Buffer
  readonly signed: Buffer
}

/** The compact serialisation of a JWS (RFC 7515 7.1), its header not read yet. */
function partsOf(proof: string): Parts | undefined {
  if (proof.length > maxLength) return undefined
  const [header = '', middle = '', end = '', ...more] = proof.split('.', 4)
  const [payload, signature] = [fromBase64url(middle), fromBase64url(end)]
  if (payload === undefined || signature === undefined || more.length > 0) return undefined
  return {
    header,
    payload,
    signature,
    signed: Buffer.from(proof.slice(0, -end.length - 1), 'latin1'),
  }
}

type Members = Readonly<Record<string, unknown>>

const utf8 = new TextDecoder('utf-8', { fatal: true })

function objectIn(bytes: Buffer | undefined): Members | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// Media types are compared without regard to case, and `application/` may be left out (RFC 7515 4.1.9).
const proofType = /^(?:application\/)?dpop\+jwt$/i
const alg = 'ES256'
const coordinateBytes = 32
// Of keys of any kind (RFC 7518 6): a proof that shows one gives its key away.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** The key of a header that a proof may have. */
function keyIn(spelt: string): Known | undefined {
  const header = objectIn(fromBase64url(spelt)) ?? {}
  // No extension is known here: a header with `crit` wants one that is understood, and `b64` is one (RFC 7797 6).
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return undefined
  const { typ, jwk } = header
  if (header['alg'] !== alg || typeof typ !== 'string' || !proofType.test(typ)) return undefined
  return isObject(jwk) && isToVerify(jwk) ? imported(jwk) : undefined
}

/** What a public key says of its use (RFC 7517 4). */
function isToVerify(jwk: Members): boolean {
  const { use = 'sig', alg: by = alg, ext = false, key_ops: ops = ['verify'] } = jwk
  const isPublic = privateMembers.every((name) => !Object.hasOwn(jwk, name))
  const isVerifying = Array.isArray(ops) && ops.length === 1 && ops[0] === 'verify'
  return isPublic && isVerifying && use === 'sig' && by === alg && typeof ext === 'boolean'
}

function imported({ kty, crv, x, y }: Members): Known | undefined {
  if (kty !== 'EC' || crv !== 'P-256' || !isCoordinate(x) || !isCoordinate(y)) return undefined
  try {
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' })
    // RFC 7638: the members in this order, without spaces.
    return { key, thumbprint: sha256(JSON.stringify({ crv, kty, x, y })) }
  } catch {
    // Node throws for a point that is not on the curve, by errors of several classes; this code makes no call.
    return undefined
  }
}

function isCoordinate(text: unknown): text is string {
  return typeof text === 'string' && fromBase64url(text)?.length === coordinateBytes
}

function isOfThis(claims: Members, of: ProvedRequest): claims is Members & { jti: string } {
  const { htm, htu, ath, jti } = claims
  const isNow = isTimely(claims, of.nowSeconds) && isUsable(jti)
  return isNow && htm === of.method && isSameUri(htu, of.url) && ath === sha256(of.accessToken)
}

function isTimely({ iat, exp = Infinity, nbf = 0 }: Members, nowSeconds: number): boolean {
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof nbf !== 'number') return false
  const isRecent = Math.abs(nowSeconds - iat) <= skewSeconds
  return isRecent && exp > nowSeconds - skewSeconds && nbf <= nowSeconds + skewSeconds
}

// Without query and fragment, and normalized as URLs are: scheme and host in small letters, no usual port (RFC 9449 4.3).
function isSameUri(htu: unknown, url: string): boolean {
  if (htu === url) return true
  const given = typeof htu === 'string' ? URL.parse(htu) : null
  if (given === null) return false
  given.search = ''
  given.hash = ''
  return given.href === new URL(url).href
}

function isUsable(jti: unknown): jti is string {
  return typeof jti === 'string' && /^[\u0020-\ud7ff\ue000-\uffff]{1,256}$/.test(jti)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
