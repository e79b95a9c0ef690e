import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as jose from 'jose'
import { fromBase64url } from './base64.ts'
import { StartError } from './start-error.ts'
import { writeWhole } from './whole-file.ts'

/** Keys by purpose. A key of one purpose is never accepted for another. */
export type Keys = {
  /** ES256, private halves; the first signs, all are published. kid = RFC 7638 thumbprint. */
  readonly idToken: readonly jose.JWK[]
  /** ES256, private halves; sign decisions and acknowledgements, and are published at /keys. */
  readonly decision: readonly jose.JWK[]
  /** Ed25519, private halves; sign people's receipts, and are published at /keys. */
  readonly receipt: readonly jose.JWK[]
  /** Sign cookies and form tokens, newest first. */
  readonly cookie: readonly string[]
  readonly dpopNonce: Buffer
  /** Never rotated, only escrowed: a person's identifiers at every organisation follow from it. */
  readonly pairwise: Buffer
  /** Key-encryption keys of what is sealed at rest, newest first. */
  readonly data: readonly Buffer[]
  /** Keys of the seals of rows, newest first: the newest seals, each checks what it sealed. */
  readonly seal: readonly Buffer[]
  /** The secrets from which the log's signing keys are derived, newest first. Empty where this machine does not sign. */
  readonly log: readonly Buffer[]
}

type SigningPurpose = { readonly folder: string; readonly alg: string; readonly crv: string }

const idTokens: SigningPurpose = { folder: 'id-token', alg: 'ES256', crv: 'P-256' }
// All libraries with which bodies check decisions know ES256; several refuse the name `Ed25519` (decision 0060).
const decisions: SigningPurpose = { folder: 'decision', alg: 'ES256', crv: 'P-256' }
// `Ed25519`, not `EdDSA`: one name, one algorithm (RFC 9864).
const receipts: SigningPurpose = { folder: 'receipt', alg: 'Ed25519', crv: 'Ed25519' }
const signing = [idTokens, decisions, receipts]
const symmetric = ['cookie', 'dpop-nonce', 'pairwise', 'data', 'seal', 'log'] as const
// One machine signs the log, and no other needs its key.
const optional: readonly string[] = ['log']
const maxKeys = 20

/**
 * Reads KEYS_DIR: `*.jwk.json` in `id-token/`, `decision/` and `receipt/`, and `cookie`, `dpop-nonce`, `pairwise`, `data`,
 * `seal`, `log`, each 32 bytes in base64url (`cookie`, `data`, `seal` and `log` may hold several lines, newest first).
 * @throws StartError naming every missing or unreadable key
 */
export async function openKeys(dir: string): Promise<Keys> {
  const missing: string[] = []
  const [idToken = [], decision = [], receipt = []] = await Promise.all(
    signing.map(async (purpose) => {
      const found = await readJwks(dir, purpose)
      if (found.length === 0) missing.push(join(dir, purpose.folder))
      return found
    }),
  )
  const secrets = new Map<string, Buffer[]>()
  for (const purpose of symmetric) {
    const lines = await readSecrets(join(dir, purpose))
    if (lines.length === 0 && !optional.includes(purpose)) missing.push(join(dir, purpose))
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
    decision,
    receipt,
    cookie: (secrets.get('cookie') ?? []).map((key) => key.toString('base64url')),
    dpopNonce: first('dpop-nonce'),
    pairwise: first('pairwise'),
    data: secrets.get('data') ?? [],
    seal: secrets.get('seal') ?? [],
    log: secrets.get('log') ?? [],
  }
}

/** Makes the keys that are not there yet, and touches no other. @returns the purposes made. */
export async function createMissingKeys(dir: string): Promise<string[]> {
  const made: string[] = []
  for (const purpose of signing) {
    const folder = join(dir, purpose.folder)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    if ((await readdir(folder)).length > 0) continue
    const jwk = await newSigningKey(purpose)
    await writeOnce(join(folder, `${jwk.kid}.jwk.json`), JSON.stringify(jwk))
    made.push(purpose.folder)
  }
  for (const purpose of symmetric) {
    if (await writeOnce(join(dir, purpose), randomBytes(32).toString('base64url')))
      made.push(purpose)
  }
  return made
}

/** Adds a new secret before the existing ones, which stay in use. It counts from the next start on. @throws StartError */
export async function addSecret(dir: string, purpose: 'log'): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  if (held.length === 0)
    throw new StartError(`${join(dir, purpose)} is not there: « keys create » makes a first one.`)
  if (held.length > 1)
    throw new StartError(
      `${join(dir, purpose)} holds ${held.length} already: retire the old one first.`,
    )
  await writeSecrets(join(dir, purpose), [randomBytes(32), ...held])
}

/** Drops all secrets but the newest. @throws StartError where there is no other */
export async function dropOldSecrets(dir: string, purpose: 'log'): Promise<void> {
  const [newest, ...old] = await readSecrets(join(dir, purpose))
  if (newest === undefined || old.length === 0)
    throw new StartError(`${join(dir, purpose)} holds no older one.`)
  await writeSecrets(join(dir, purpose), [newest])
}

/** Adds a secret behind the others: from its next start on, a process knows it, and does not seal by it yet. @throws StartError */
export async function addWaitingSecret(dir: string, purpose: 'seal'): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  if (held.length === 0)
    throw new StartError(`${join(dir, purpose)} is not there: « keys create » makes a first one.`)
  if (held.length >= maxKeys)
    throw new StartError(`${join(dir, purpose)} holds ${held.length} already.`)
  await writeSecrets(join(dir, purpose), [...held, randomBytes(32)])
}

/** Puts the secret that was added last before all others. @throws StartError where there is no other */
export async function useWaitingSecret(dir: string, purpose: 'seal'): Promise<void> {
  const held = await readSecrets(join(dir, purpose))
  const added = held.at(-1)
  if (added === undefined || held.length === 1)
    throw new StartError(`${join(dir, purpose)} holds no other one: « keys rotate » adds it first.`)
  await writeSecrets(join(dir, purpose), [added, ...held.slice(0, -1)])
}

async function writeSecrets(file: string, secrets: readonly Buffer[]): Promise<void> {
  await writeWhole(file, secrets.map((key) => `${key.toString('base64url')}\n`).join(''), {
    mode: 0o600,
  })
}

async function newSigningKey({ alg }: SigningPurpose): Promise<jose.JWK> {
  const { privateKey } = await jose.generateKeyPair(alg, { extractable: true })
  const jwk = await jose.exportJWK(privateKey)
  return { ...jwk, kid: await jose.calculateJwkThumbprint(jwk), alg, use: 'sig' }
}

async function readJwks(dir: string, purpose: SigningPurpose): Promise<jose.JWK[]> {
  const folder = join(dir, purpose.folder)
  const names = await readdir(folder).catch(() => [])
  const files = names
    .filter((name) => name.endsWith('.jwk.json'))
    .toSorted()
    .slice(0, maxKeys)
  return Promise.all(files.map(async (name) => readJwk(join(folder, name), purpose)))
}

async function readJwk(file: string, { alg, crv }: SigningPurpose): Promise<jose.JWK> {
  try {
    const jwk = JSON.parse(await readFile(file, 'utf8')) as jose.JWK // checked by the next line
    if (jwk.crv !== crv || typeof jwk.d !== 'string')
      throw new TypeError(`not an ${alg} private key`)
    return { ...jwk, alg, use: 'sig', kid: await jose.calculateJwkThumbprint(jwk) }
  } catch (cause) {
    throw new StartError(`${file} is not an ${alg} private key as JWK.`, { cause })
  }
}

async function readSecrets(file: string): Promise<Buffer[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const keys = text
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, maxKeys)
  return keys.map((line) => {
    const key = fromBase64url(line.trim())
    if (key?.length !== 32) throw new StartError(`${file} must hold 32 bytes in base64url.`)
    return key
  })
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
