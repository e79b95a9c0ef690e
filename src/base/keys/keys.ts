import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DataKey } from '../sealing/data-keys.ts'
import type { FarLogSecret } from './log-keys.ts'
import type * as jose from 'jose'
import type { KeyPairs } from './key-pairs.ts'
import { createKeyPair, keyPairs, readKeyPairs } from './key-pairs.ts'
import { readSecrets, writeOnce } from './secret-files.ts'
import { OperatorError } from '../values/operator-error.ts'

/** Keys by purpose. A key of one purpose is never accepted for another. */
export type Keys = {
  /**
   * ES256; the first signs, all are published. kid = RFC 7638 thumbprint. Private halves, unless a signer in another process has them.
   */
  readonly idToken: readonly jose.JWK[]
  /** RSA of 3,072 bits, the same for RS256 and PS256. Empty where no service needs them. */
  readonly idTokenRsa: readonly jose.JWK[]
  /** ES256: by which this broker authenticates at other bodies’ providers of identities. Empty where there are none. */
  readonly upstream: readonly jose.JWK[]
  /** RSA of 3,072 bits, RS256: signs security events (SSF), published at /ssf/jwks. Empty where no signals are sent. */
  readonly signals: readonly jose.JWK[]
  /**
   * ES256; the first signs decisions and acknowledgements, all are published at /keys. Of one that signs no more, the public half may be
   * left.
   */
  readonly decision: readonly jose.JWK[]
  /** Ed25519, private halves; sign people's receipts, and are published at /keys. */
  readonly receipt: readonly jose.JWK[]
  /** Sign cookies and form tokens, newest first. */
  readonly cookie: readonly string[]
  /** From which the nonces of DPoP follow, newest first: nonces are given under the newest, and taken under each. */
  readonly dpopNonce: readonly Buffer[]
  /** Never rotated, only escrowed: a person's identifiers at every organisation follow from it. */
  readonly pairwise: Buffer
  /** Key-encryption keys of what is sealed at rest, newest first. */
  readonly data: readonly DataKey[]
  /** Keys of the seals of rows, newest first: the newest seals, each checks what it sealed. */
  readonly seal: readonly Buffer[]
  /** The secrets from which the log's signing keys are derived, newest first. Empty where this machine does not sign. */
  readonly log: readonly (Buffer | FarLogSecret)[]
  /** The same for the keys of ML-DSA-44, by which a log signs besides. */
  readonly logPq: readonly (Buffer | FarLogSecret)[]
}

/** Keys that all lie in a folder. */
export type FolderKeys = Keys & {
  readonly data: readonly Buffer[]
  readonly log: readonly Buffer[]
  readonly logPq: readonly Buffer[]
}

const symmetric = ['cookie', 'dpop-nonce', 'pairwise', 'data', 'seal', 'log', 'log-pq'] as const
// One machine signs the log, and no other needs its key. Those of ID tokens may lie with a signer in another process, commands need none,
// without a service that registers RSA nobody needs such a pair, without a provider of identities none of `upstream`, and without streams
// none of `signals`.
const optional: readonly string[] = [
  'log',
  'log-pq',
  'id-token',
  'id-token-rsa',
  'upstream',
  'signals',
]

/**
 * Reads KEYS_DIR: `*.jwk.json` in `id-token/`, `id-token-rsa/`, `upstream/`, `signals/`, `decision/` and `receipt/`, and `cookie`, `dpop-nonce`,
 * `pairwise`, `data`, `seal`, `log`, `log-pq`, each 32 bytes in base64url (all but `pairwise` may hold several lines, newest first).
 * @param needed which of those that not everybody needs must be there
 * @throws OperatorError naming every missing or unreadable key
 */
export async function openKeys(dir: string, needed: readonly string[] = []): Promise<FolderKeys> {
  return requireKeys(dir, await readHeldKeys(dir), needed)
}

/** @throws OperatorError naming every key that is missing */
export function requireKeys<K extends Keys>(
  dir: string,
  keys: K,
  needed: readonly string[] = [],
): K {
  const missing = missingOf(keys).filter(
    (purpose) => !optional.includes(purpose) || needed.includes(purpose),
  )
  if (missing.length > 0) throw missingKeys(dir, missing)
  return keys
}

export function missingKeys(dir: string, purposes: readonly string[]): OperatorError {
  const files = purposes.map((purpose) => join(dir, purpose)).join(', ')
  return new OperatorError(
    `Keys are missing or unreadable: ${files}. « npm run -s accord -- keys create » makes those that are missing.`,
  )
}

/** The same, where a purpose may have no key: its list is empty, or its secret has no bytes. @throws OperatorError naming an unreadable one */
export async function readHeldKeys(dir: string): Promise<FolderKeys> {
  const [idToken, idTokenRsa, upstream, signals, decision, receipt] = await Promise.all([
    readKeyPairs(dir, 'id-token'),
    readKeyPairs(dir, 'id-token-rsa'),
    readKeyPairs(dir, 'upstream'),
    readKeyPairs(dir, 'signals'),
    readKeyPairs(dir, 'decision'),
    readKeyPairs(dir, 'receipt'),
  ])
  const [cookie, dpopNonce, pairwise, data, seal, log, logPq] = await Promise.all([
    readSecrets(join(dir, 'cookie')),
    readSecrets(join(dir, 'dpop-nonce')),
    readSecrets(join(dir, 'pairwise')),
    readSecrets(join(dir, 'data')),
    readSecrets(join(dir, 'seal')),
    readSecrets(join(dir, 'log')),
    readSecrets(join(dir, 'log-pq')),
  ])
  return {
    idToken,
    idTokenRsa,
    upstream,
    signals,
    decision,
    receipt,
    cookie: cookie.map((key) => key.toString('base64url')),
    dpopNonce,
    pairwise: pairwise[0] ?? Buffer.alloc(0),
    data,
    seal,
    log,
    logPq,
  }
}

function missingOf(keys: Keys): string[] {
  const lengths = {
    'id-token': keys.idToken.length,
    'id-token-rsa': keys.idTokenRsa.length,
    upstream: keys.upstream.length,
    signals: keys.signals.length,
    decision: keys.decision.length,
    receipt: keys.receipt.length,
    cookie: keys.cookie.length,
    'dpop-nonce': keys.dpopNonce.length,
    pairwise: keys.pairwise.length,
    data: keys.data.length,
    seal: keys.seal.length,
    log: keys.log.length,
    'log-pq': keys.logPq.length,
  }
  return Object.entries(lengths)
    .filter(([, length]) => length === 0)
    .map(([purpose]) => purpose)
}

/** Which of the keys that not every machine needs are made too. */
export type OptionalKeys = {
  /** The purposes whose keys lie with a signer: here they would be of no use. */
  readonly elsewhere?: readonly string[]
  readonly log?: boolean
  readonly logPq?: boolean
  readonly rsa?: boolean
  readonly idToken?: boolean
  readonly upstream?: boolean
  readonly signals?: boolean
}

/**
 * Makes the keys that are not there yet, and touches no other.
 * @param also the key of the log and the pair of ID tokens, unless it says no; the second key of the log, the pairs of RSA, for providers
 * of identities and for signals, if it says yes
 * @returns the purposes made
 */
export async function createMissingKeys(dir: string, wanted: OptionalKeys = {}): Promise<string[]> {
  const made: string[] = []
  const pairs = Object.keys(keyPairs) as KeyPairs[] // its own keys
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const left: readonly string[] = [...unwanted(wanted), ...(wanted.elsewhere ?? [])]
  for (const purpose of pairs.filter((name) => !left.includes(name)))
    if (await createKeyPair(dir, purpose)) made.push(purpose)
  for (const purpose of symmetric.filter((name) => !left.includes(name))) {
    if (await writeOnce(join(dir, purpose), randomBytes(32).toString('base64url')))
      made.push(purpose)
  }
  return made
}

/** The purposes that a machine does without. */
function unwanted(asked: OptionalKeys): string[] {
  const { log = true, idToken = true, logPq, rsa, upstream, signals } = asked
  const wanted = {
    'id-token': idToken,
    'id-token-rsa': rsa,
    upstream,
    signals,
    log,
    'log-pq': logPq,
  }
  return Object.entries(wanted).flatMap(([name, isWanted]) => (isWanted === true ? [] : name))
}
