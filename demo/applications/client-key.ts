import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey as Key, JWK } from 'jose'

/** The key with which this application proves who it is (private_key_jwt). The private half never leaves it. */
export type ClientKey = {
  readonly kid: string
  readonly privateKey: Key
  /** What /jwks publishes. */
  readonly publicJwk: JWK
}

/** Reads the key kept in the folder, or makes it at the first start. */
export async function openClientKey(dataDir: string, clientId: string): Promise<ClientKey> {
  return fromFile(await keptFile(dataDir, clientId))
}

/** The same, private half included, for a library that signs by itself. */
export async function openSigningJwk(dataDir: string, name: string): Promise<JWK> {
  const file = await keptFile(dataDir, name)
  const { publicJwk } = await fromFile(file)
  const { d = '' } = JSON.parse(await readFile(file, 'utf8')) as JWK // a private key, as was checked
  return { ...publicJwk, d }
}

async function keptFile(dataDir: string, name: string): Promise<string> {
  const folder = join(dataDir, 'demo')
  const file = join(folder, `${name}.jwk.json`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) await writeNewKey(file)
  return file
}

async function writeNewKey(file: string): Promise<void> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 })
  try {
    // A link appears at once, whole, and never over another file: two processes that start together keep one key.
    await link(draft, file)
  } catch (error) {
    if (!isAlreadyThere(error)) throw error
  } finally {
    await rm(draft)
  }
}

async function fromFile(file: string): Promise<ClientKey> {
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as JWK // importJWK checks what it holds
    const privateKey = await importJWK(jwk, 'ES256', { extractable: false })
    if (!(privateKey instanceof CryptoKey) || privateKey.type !== 'private')
      throw new Error('not private')
    // The thumbprint (RFC 7638) as kid: a new key can never bear the name of an old one that somebody cached.
    const kid = await calculateJwkThumbprint(jwk)
    return { kid, privateKey, publicJwk: { ...publicHalf(jwk), kid, use: 'sig', alg: 'ES256' } }
  } catch (cause) {
    throw new Error(`${file} does not hold an ES256 private key; remove it and a new one is made`, {
      cause,
    })
  }
}

// Members are named one by one, so that a private member cannot be published.
function publicHalf({ kty, crv, x, y }: JWK): JWK {
  if (kty !== 'EC' || crv !== 'P-256' || !x || !y) throw new Error('not an ES256 key')
  return { kty, crv, x, y }
}

function isAlreadyThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
