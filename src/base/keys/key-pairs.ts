import { mkdir, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import * as jose from 'jose'
import { fromBase64url } from '../values/base64.ts'
import { maxKeys, writeOnce } from './secret-files.ts'
import { OperatorError } from '../values/operator-error.ts'
import { writeWhole } from '../settings/atomic-file.ts'

// A folder of KEYS_DIR holds the private keys of one purpose, each in a file `*.jwk.json`. The first signs, all are published. Of a key
// that signs no more, and by which kept statements are checked, the public half is left.

export const keyPairs = {
  'id-token': { alg: 'ES256', crv: 'P-256' },
  // For services whose software knows no ES256. One pair signs by RS256 and by PS256, so that its JWK names neither.
  'id-token-rsa': { alg: 'RS256', crv: undefined },
  upstream: { alg: 'ES256', crv: 'P-256' },
  // The profile of interoperability of CAEP knows no other algorithm.
  signals: { alg: 'RS256', crv: undefined },
  // All libraries with which bodies check decisions know ES256; several refuse the name `Ed25519` (decision 0060).
  decision: { alg: 'ES256', crv: 'P-256' },
  // `Ed25519`, not `EdDSA`: one name, one algorithm (RFC 9864).
  receipt: { alg: 'Ed25519', crv: 'Ed25519' },
} as const
export type KeyPairs = keyof typeof keyPairs
/** Of a key pair that is not held here, the public half. */
export type KeyPair = jose.JWK

const rsaBits = 3072

/** What others may know of an elliptic pair, and no member that is not named here. */
export function publicHalf({ kty, crv, x, y, kid, alg }: jose.JWK): object {
  return { kty, crv, x, y, kid, alg, use: 'sig' }
}

const suffix = '.jwk.json'
const waiting = 'waiting-'
const newestFirst = /^\d{10}-/
const farAway = 9_999_999_999

/** The key pairs of a purpose, the one that signs first; none where the folder is not there. @throws OperatorError naming a bad file */
export async function readKeyPairs(dir: string, purpose: KeyPairs): Promise<jose.JWK[]> {
  const names = await namesIn(join(dir, purpose))
  const pairs = await Promise.all(names.map((name) => readJwk(join(dir, purpose, name), purpose)))
  if (pairs.length > 0 && pairs[0]?.d === undefined)
    throw new OperatorError(
      `${join(dir, purpose, names[0] ?? '')} comes first, and is no private key.`,
    )
  return pairs
}

/** Makes a first key pair. @returns false where there is one */
export async function createKeyPair(dir: string, purpose: KeyPairs): Promise<boolean> {
  await mkdir(join(dir, purpose), { recursive: true, mode: 0o700 })
  if ((await readdir(join(dir, purpose))).length > 0) return false
  await writeKeyPair(dir, purpose, '')
  return true
}

/** Adds a key pair behind the others: it is published from the next start on, and does not sign yet. @throws OperatorError */
export async function addWaitingPair(dir: string, purpose: KeyPairs): Promise<void> {
  const held = await namesIn(join(dir, purpose))
  if (held.length === 0)
    throw new OperatorError(`${join(dir, purpose)} is empty: « keys create » makes a first key.`)
  if (held.length >= maxKeys)
    throw new OperatorError(`${join(dir, purpose)} holds ${held.length} already.`)
  await writeKeyPair(dir, purpose, waiting)
}

/** Puts a key pair before all others of its purpose. @throws OperatorError where it is not there */
export async function putPairFirst(
  dir: string,
  purpose: KeyPairs,
  kid: string,
  now: Date,
): Promise<void> {
  const [first] = await readKeyPairs(dir, purpose)
  if (first?.kid === kid) return
  const name = await nameOf(dir, purpose, kid)
  if (name === undefined) throw new OperatorError(`${join(dir, purpose)} does not hold ${kid}.`)
  const before = farAway - Math.floor(now.getTime() / 1000)
  await rename(join(dir, purpose, name), join(dir, purpose, `${before}-${kid}${suffix}`))
}

/** Leaves the public half of a key pair, if it is there: it is published and signs nothing any more. */
export async function stopSigning(dir: string, purpose: KeyPairs, kid: string): Promise<void> {
  const name = await nameOf(dir, purpose, kid)
  if (name === undefined) return
  const { d: _gone, ...half } = await readJwk(join(dir, purpose, name), purpose)
  await writeWhole(join(dir, purpose, name), `${JSON.stringify(half)}\n`, { mode: 0o600 })
}

/** Removes the file of a key pair, if it is there. */
export async function dropPair(dir: string, purpose: KeyPairs, kid: string): Promise<void> {
  const name = await nameOf(dir, purpose, kid)
  if (name !== undefined) await unlink(join(dir, purpose, name))
}

async function nameOf(dir: string, purpose: KeyPairs, kid: string): Promise<string | undefined> {
  for (const name of await namesIn(join(dir, purpose)))
    if ((await readJwk(join(dir, purpose, name), purpose)).kid === kid) return name
  return undefined
}

// A thumbprint may begin with any letter, so names of files alone do not say which key is new.
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith(suffix))
    .toSorted((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .slice(0, maxKeys)
}

function place(name: string): number {
  if (name.startsWith(waiting)) return 2
  return newestFirst.test(name) ? 0 : 1
}

async function writeKeyPair(dir: string, purpose: KeyPairs, before: string): Promise<void> {
  const { alg } = keyPairs[purpose]
  const modulus = isRsa(purpose) ? { modulusLength: rsaBits } : {}
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true, ...modulus })
  const jwk = await namedJwk(await jose.exportJWK(privateKey), purpose)
  const { kid } = jwk
  await writeOnce(join(dir, purpose, `${before}${kid}${suffix}`), JSON.stringify(jwk))
}

async function readJwk(file: string, purpose: KeyPairs): Promise<jose.JWK> {
  const { alg } = keyPairs[purpose]
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as jose.JWK // checked by the next line
    const isHalf = jwk.d === undefined && !checksNothingKept(purpose)
    if (!isOfPurpose(jwk, purpose) || (typeof jwk.d !== 'string' && !isHalf))
      throw new TypeError(`not an ${alg} private key`)
    return await namedJwk(jwk, purpose)
  } catch (cause) {
    throw new OperatorError(`${file} is not an ${alg} private key as JWK.`, { cause })
  }
}

/** A key under its own name. @throws TypeError where it is no key of this purpose */
export async function namedKey(
  jwk: jose.JWK,
  purpose: KeyPairs,
): Promise<jose.JWK & { readonly kid: string }> {
  if (!isOfPurpose(jwk, purpose)) throw new TypeError(`not a key of purpose ${purpose}`)
  return namedJwk(jwk, purpose)
}

/** Whether old keys of a purpose check nothing that is kept, so that nothing of them is left. */
export function checksNothingKept(purpose: string): boolean {
  return ['id-token', 'id-token-rsa', 'upstream', 'signals'].includes(purpose)
}

function isRsa(purpose: KeyPairs): boolean {
  return keyPairs[purpose].crv === undefined
}

/** Whether a key is of the kind of its purpose. */
export function isOfPurpose({ kty, crv, n = '' }: jose.JWK, purpose: KeyPairs): boolean {
  if (!isRsa(purpose)) return crv === keyPairs[purpose].crv
  return kty === 'RSA' && (fromBase64url(n)?.length ?? 0) * 8 >= rsaBits
}

async function namedJwk(
  { alg: _said, ...jwk }: jose.JWK,
  purpose: KeyPairs,
): Promise<jose.JWK & { readonly kid: string }> {
  const kid = await jose.calculateJwkThumbprint(jwk)
  return {
    ...jwk,
    ...(purpose === 'id-token-rsa' ? {} : { alg: keyPairs[purpose].alg }),
    use: 'sig',
    kid,
  }
}
