import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as jose from 'jose'
import { StartError } from './start-error.ts'

/** Keys by purpose (CONTRACT). A key of one purpose is never accepted for another (SECURITY 170). */
export type Keys = {
  /** ES256, private halves; the first signs, all are published. kid = RFC 7638 thumbprint. */
  readonly idToken: readonly jose.JWK[]
  /** Sign cookies and form tokens, newest first. */
  readonly cookie: readonly string[]
  readonly dpopNonce: Buffer
  /** Never rotated, only escrowed: a person's identifiers at every organisation follow from it. */
  readonly pairwise: Buffer
}

const symmetric = ['cookie', 'dpop-nonce', 'pairwise'] as const
const maxKeys = 20

/**
 * Reads KEYS_DIR: `id-token/*.jwk.json`, and `cookie`, `dpop-nonce`, `pairwise`, each 32 bytes in base64url
 * (`cookie` may hold several lines, newest first).
 * @throws StartError naming every missing or unreadable key
 */
export async function openKeys(dir: string): Promise<Keys> {
  const missing: string[] = []
  const idToken = await readJwks(join(dir, 'id-token'))
  if (idToken.length === 0) missing.push(join(dir, 'id-token'))
  const secrets = new Map<string, Buffer[]>()
  for (const purpose of symmetric) {
    const lines = await readSecrets(join(dir, purpose))
    if (lines.length === 0) missing.push(join(dir, purpose))
    secrets.set(purpose, lines)
  }
  if (missing.length > 0) {
    throw new StartError(
      `Keys are missing or unreadable: ${missing.join(', ')}. « npm run -s accord -- keys create » makes those that are missing.`,
    )
  }
  const first = (purpose: string) => secrets.get(purpose)?.[0] ?? Buffer.alloc(0)
  return {
    idToken,
    cookie: (secrets.get('cookie') ?? []).map((key) => key.toString('base64url')),
    dpopNonce: first('dpop-nonce'),
    pairwise: first('pairwise'),
  }
}

/** Makes the keys that are not there yet, and touches no other. @returns the purposes made. */
export async function createMissingKeys(dir: string): Promise<string[]> {
  await mkdir(join(dir, 'id-token'), { recursive: true, mode: 0o700 })
  const made: string[] = []
  if ((await readdir(join(dir, 'id-token'))).length === 0) {
    const jwk = await newSigningKey()
    await writeOnce(join(dir, 'id-token', `${jwk.kid}.jwk.json`), JSON.stringify(jwk))
    made.push('id-token')
  }
  for (const purpose of symmetric) {
    if (await writeOnce(join(dir, purpose), randomBytes(32).toString('base64url')))
      made.push(purpose)
  }
  return made
}

async function newSigningKey(): Promise<jose.JWK> {
  const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
  const jwk = await jose.exportJWK(privateKey)
  return { ...jwk, kid: await jose.calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' }
}

async function readJwks(dir: string): Promise<jose.JWK[]> {
  const names = await readdir(dir).catch(() => [])
  const files = names
    .filter((name) => name.endsWith('.jwk.json'))
    .toSorted()
    .slice(0, maxKeys)
  return Promise.all(files.map(async (name) => readJwk(join(dir, name))))
}

async function readJwk(file: string): Promise<jose.JWK> {
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as jose.JWK // checked by the next line
    if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || typeof jwk.d !== 'string')
      throw new TypeError('not an ES256 private key')
    return { ...jwk, alg: 'ES256', use: 'sig', kid: await jose.calculateJwkThumbprint(jwk) }
  } catch (cause) {
    throw new StartError(`${file} is not an ES256 private key as JWK.`, { cause })
  }
}

async function readSecrets(file: string): Promise<Buffer[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const keys = text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, maxKeys)
  const bytes = keys.map((line) => Buffer.from(line.trim(), 'base64url'))
  if (bytes.some((key) => key.length !== 32))
    throw new StartError(`${file} must hold 32 bytes in base64url.`)
  return bytes
}

async function writeOnce(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, `${text}\n`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw new StartError(`${file} cannot be written.`, { cause: error })
  }
}
