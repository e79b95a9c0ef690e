import * as jose from 'jose'
import { isCompact } from '../values/base64.ts'
import type { Keys } from './keys.ts'
import type { SigningPort } from './signer.ts'

/** The kinds of signed statements. Each kind has its own media type, so that none passes for another (RFC 8725 3.11). */
export type SignedKind =
  | 'decision+jwt'
  | 'disclosure-ack+jwt'
  | 'authzen-configuration+jwt'
  | 'effect-ack+jwt'
  | 'consent-receipt+jwt'
  | 'erasure-certificate+jwt'
  | 'audit-dossier+jwt'
  | 'audit-digest+jwt'
  | 'desk-order+jwt'

export type Claims = Readonly<Record<string, unknown>>

/** Keys as /keys publishes them: each names its purpose, in a member that JWK does not define. */
export type PublishedKeys = { readonly keys: readonly PublishedKey[] }
type PublishedKey = jose.JWK & { readonly purpose?: string }

/** A key of one purpose is never accepted for another: with the key of decisions nobody can sign receipts. */
export const purposesOfKinds = {
  'decision+jwt': 'decision',
  'disclosure-ack+jwt': 'decision',
  'authzen-configuration+jwt': 'decision',
  'effect-ack+jwt': 'decision',
  'consent-receipt+jwt': 'receipt',
  'erasure-certificate+jwt': 'receipt',
  'audit-dossier+jwt': 'receipt',
  'audit-digest+jwt': 'receipt',
  'desk-order+jwt': 'receipt',
} as const satisfies Record<SignedKind, keyof StatementKeys>

// One algorithm for each purpose, so that a token cannot choose (RFC 8725 3.1). Bodies check decisions with the libraries that
// they have, and all of these know ES256 (decision 0060).
const algorithms = { decision: 'ES256', receipt: 'Ed25519' } as const

/** The keys that sign statements. */
export type StatementKeys = Pick<Keys, 'decision' | 'receipt'>
/** They may lie elsewhere: the port signs by them. */
export type StatementSigner = {
  readonly keys: StatementKeys
  readonly signer: Pick<SigningPort, 'sign'>
}

/**
 * Signs with the first key of the kind's purpose.
 * @returns a compact JWS: ES256 for decisions and acknowledgements, Ed25519 (RFC 9864) for receipts and certificates
 * @throws Unavailable where the key lies with a signer that cannot be asked now
 */
export async function signStatement(
  { keys, signer }: StatementSigner,
  typ: SignedKind,
  claims: Claims,
): Promise<string> {
  const purpose = purposesOfKinds[typ]
  const kid = keys[purpose][0]?.kid
  if (kid === undefined) throw new Error(`no ${purpose} key`)
  const alg = algorithms[purpose]
  const text = `${partOf({ typ, alg, kid })}.${partOf(claims)}`
  const signature = await signer.sign({ purpose, kid, alg, bytes: Buffer.from(text) })
  return `${text}.${signature.toString('base64url')}`
}

function partOf(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

type KnownKeys = ReturnType<typeof jose.createLocalJWKSet>

// A list of keys never changes: what its keys are imported to is kept as long as it is.
const knownIn = new WeakMap<readonly jose.JWK[], KnownKeys>()

/** The claims of a statement that we signed, at any time; undefined for anything else. Its times are for the caller to judge. */
export function readStatement(
  keys: StatementKeys,
  typ: SignedKind,
  token: string,
): Promise<Claims | undefined> {
  const purpose = purposesOfKinds[typ]
  return readBy(() => knownOnce(keys[purpose], purpose), typ, token)
}

function knownOnce(keys: readonly jose.JWK[], purpose: keyof StatementKeys): KnownKeys {
  const known = knownIn.get(keys) ?? knownOf(published(keys, purpose))
  knownIn.set(keys, known)
  return known
}

/** As `readStatement`, for a caller that has only the published keys. Only the keys that name the kind's purpose count. */
export function readByPublishedKeys(
  { keys }: PublishedKeys,
  typ: SignedKind,
  token: string,
): Promise<Claims | undefined> {
  const ofKind = () => keys.filter((key) => key.purpose === purposesOfKinds[typ])
  return readBy(() => knownOf(ofKind()), typ, token)
}

function knownOf(keys: readonly PublishedKey[]): KnownKeys {
  return jose.createLocalJWKSet({ keys: [...keys] })
}

async function readBy(
  known: () => KnownKeys,
  typ: SignedKind,
  token: string,
): Promise<Claims | undefined> {
  if (!isCompact(token)) return undefined
  try {
    // The expiry is not checked: a report names a decision long after the decision's minute is over.
    const currentDate = new Date(0)
    const { payload } = await jose.jwtVerify(token, known(), {
      typ,
      algorithms: [algorithms[purposesOfKinds[typ]]],
      currentDate,
    })
    return payload
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return undefined
    throw error
  }
}

export type PublicKey = jose.JWK

/** The algorithms of an assertion of a service, and how many of the service's keys are tried. */
const assertionAlgorithms = ['ES256', 'PS256', 'RS256']
const mostKeys = 10

/** Whether one of the keys signed a token. The token's claims and its `kid` do not count. */
export async function isSignedByOneOf(keys: readonly PublicKey[], token: string): Promise<boolean> {
  if (!isCompact(token)) return false
  for (const jwk of keys.slice(0, mostKeys)) if (await isSignedBy(jwk, token)) return true
  return false
}

async function isSignedBy(jwk: PublicKey, token: string): Promise<boolean> {
  try {
    const { alg = '' } = jose.decodeProtectedHeader(token)
    if (!assertionAlgorithms.includes(alg)) return false
    await jose.compactVerify(token, await jose.importJWK(jwk, alg), { algorithms: [alg] })
    return true
  } catch {
    // jose and WebCrypto throw errors of many classes for a malformed token or key.
    return false
  }
}

/** The subject that a token claims to have, not verified. */
export function claimedSubject(token: string): string | undefined {
  return claimedIn(token)?.sub
}

/** A time that a token names in a claim, not verified. */
export function claimedTime(token: string, claim: string): Date | undefined {
  const at = new Date(String(claimedIn(token)?.[claim]))
  return Number.isNaN(at.getTime()) ? undefined : at
}

function claimedIn(token: string): jose.JWTPayload | undefined {
  try {
    return jose.decodeJwt(token)
  } catch (error) {
    if (error instanceof jose.errors.JOSEError) return undefined
    throw error
  }
}

/** The keys that /keys publishes: public halves, each with its purpose, and no member that is not named here. */
export function publicKeys({ decision, receipt }: StatementKeys): { keys: PublishedKey[] } {
  return { keys: [...published(decision, 'decision'), ...published(receipt, 'receipt')] }
}

function published(keys: readonly jose.JWK[], purpose: keyof typeof algorithms): PublishedKey[] {
  return keys.map(({ kty, crv, x, y, kid }) => ({
    kty: kty ?? '',
    ...(crv === undefined ? {} : { crv }),
    ...(x === undefined ? {} : { x }),
    ...(y === undefined ? {} : { y }),
    ...(kid === undefined ? {} : { kid }),
    use: 'sig',
    alg: algorithms[purpose],
    purpose,
  }))
}

/** The kind of a signature by somebody whose key is none of the house's. Its `kid` is the public key itself. */
type HandTyp = 'register-change+jwt' | 'operator-order+jwt'
const handAlg = algorithms.receipt

/** A private key for signing by hand, as JWK. */
export async function newHandKey(): Promise<jose.JWK> {
  const { privateKey } = await jose.generateKeyPair(handAlg, { extractable: true })
  return jose.exportJWK(privateKey)
}

/** Signs with a private key of `newHandKey`. */
export function signByHand(jwk: jose.JWK, claims: Claims, typ: HandTyp): Promise<string> {
  const header = { typ, alg: handAlg, kid: jwk.x ?? '' }
  return new jose.SignJWT({ ...claims }).setProtectedHeader(header).sign({ ...jwk, alg: handAlg })
}

/** The claims that were signed by hand with the private half of a public key; undefined: they were not. */
export async function readByHand(
  publicKey: string,
  token: string,
  typ: HandTyp,
): Promise<Claims | undefined> {
  if (!isCompact(token)) return undefined
  try {
    const key = await jose.importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, handAlg)
    const rules = { typ, algorithms: [handAlg], currentDate: new Date(0) }
    const { payload } = await jose.jwtVerify(token, key, rules)
    return payload
  } catch (error) {
    if (error instanceof jose.errors.JOSEError || error instanceof DOMException) return undefined
    throw error
  }
}

/** The public key by which a signature by hand says to be made, not verified. */
export function claimedHand(token: string): string | undefined {
  try {
    return jose.decodeProtectedHeader(token).kid
  } catch {
    return undefined
  }
}
