import { createSecretKey } from 'node:crypto'
import { fromBase64url } from '../values/base64.ts'
import type { KeyPurpose } from '../values/key-purposes.ts'
import { purposes } from '../values/key-purposes.ts'
import { kekIdOf } from '../sealing/data-keys.ts'
import { hmac } from '../sealing/keyed-crypto.ts'
import type { Keys } from './keys.ts'
import { sealKeyId } from '../sealing/row-seal.ts'

// A process with other keys would read nothing that was sealed, and would give people other identifiers: what it then writes can never
// be put right. So the database knows the keys of its processes, by values that show nothing of them.

/** `announced`: known, and does not sign or seal yet. `used`: every process must hold it. `retired`: it may be missing. */
export type KeyState = 'announced' | 'used' | 'retired'
export type KnownKey = {
  readonly purpose: string
  readonly checkValue: string
  readonly state: KeyState
}
/** With the instants at which the database first knew it, and at which it came into use. */
export type NotedKey = KnownKey & {
  readonly notedAt: Date
  readonly usedAt: Date | null
  /** Since then no row was found that names it and should name the newest. */
  readonly renewedAt: Date | null
}
/** The check values of the keys that a process holds; the first signs or seals. A purpose without a key is not there. */
export type HeldKeys = ReadonlyMap<KeyPurpose, readonly string[]>

const checkBytes = 16

export function heldKeys(keys: Keys): HeldKeys {
  const cookies = keys.cookie.map((text) => fromBase64url(text) ?? Buffer.alloc(0))
  const all: Readonly<Record<KeyPurpose, readonly string[]>> = {
    'id-token': kids(keys.idToken),
    'id-token-rsa': kids(keys.idTokenRsa),
    upstream: kids(keys.upstream),
    signals: kids(keys.signals),
    decision: kids(keys.decision),
    receipt: kids(keys.receipt),
    cookie: valuesOf('cookie', cookies),
    'dpop-nonce': valuesOf('dpop-nonce', keys.dpopNonce),
    pairwise: valuesOf('pairwise', [keys.pairwise]),
    data: keys.data.map((key) => checkOf('data', key)),
    seal: valuesOf('seal', keys.seal),
    log: keys.log.map((key) => checkOf('log', key)),
    'log-pq': keys.logPq.map((key) => checkOf('log-pq', key)),
  }
  const held = purposes.map((purpose) => [purpose, all[purpose]] as const)
  return new Map(held.filter(([, own]) => own.length > 0))
}

function valuesOf(purpose: KeyPurpose, secrets: readonly Buffer[]): string[] {
  return secrets.filter(({ length }) => length > 0).map((secret) => checkValue(purpose, secret))
}

function kids(pairs: Keys['idToken']): string[] {
  return pairs.map(({ kid = '' }) => kid)
}

/** As `checkValue`, also of one that lies with a signer, which says it. */
export function checkOf(
  purpose: 'data' | 'log' | 'log-pq' | 'seal',
  key: Buffer | { readonly check: string },
): string {
  return Buffer.isBuffer(key) ? checkValue(purpose, key) : key.check
}

/** 22 characters of base64url. The key is random, so nobody finds it by its check value. */
export function checkValue(purpose: KeyPurpose, secret: Buffer): string {
  const mac = hmac(createSecretKey(secret), `accord key check ${purpose}`)
  return mac.subarray(0, checkBytes).toString('base64url')
}

export type NamedKey = { readonly purpose: string; readonly keyId: string }

/** The purposes of which rows name a key that is not held: what it sealed would never be opened again. */
export function purposesLost(keys: Keys, named: readonly NamedKey[]): string[] {
  const ids = new Map([
    ['data', keys.data.map((key) => kekIdOf(key).toString('hex'))],
    ['seal', keys.seal.map((key) => sealKeyId(createSecretKey(key)).toString('hex'))],
  ])
  const lost = named.filter(({ purpose, keyId }) => ids.get(purpose)?.includes(keyId) !== true)
  return [...new Set(lost.map(({ purpose }) => purpose))]
}

export type KeyJudgement = {
  /** What is wrong, a part of a sentence for each purpose. Nothing may be served. */
  readonly faults: readonly string[]
  /** The keys of purposes of which the database knows none yet. */
  readonly first: HeldKeys
}

/** Compares the keys that a process holds with those that its database knows. */
export function judgeKeys(held: HeldKeys, known: readonly KnownKey[]): KeyJudgement {
  const faults: string[] = []
  const first = new Map<KeyPurpose, readonly string[]>()
  for (const [purpose, own] of held) {
    const ours = known.filter((key) => key.purpose === purpose)
    if (ours.length === 0) first.set(purpose, own)
    else faults.push(...faultOf(purpose, own, ours))
  }
  return { faults, first }
}

function faultOf(
  purpose: KeyPurpose,
  own: readonly string[],
  known: readonly KnownKey[],
): string[] {
  const stateOf = (value: string) => known.find((key) => key.checkValue === value)?.state
  const valuesOf = (state: KeyState) =>
    known.filter((key) => key.state === state).map((key) => key.checkValue)
  const strange = own.filter((value) => stateOf(value) === undefined)
  const missing = valuesOf('used').filter((value) => !own.includes(value))
  const [active = ''] = own
  const never = purpose === 'pairwise' ? ', and never changes' : ''
  if (strange.length > 0)
    return [
      `${purpose} is ${strange.join(' and ')}, where ${valuesOf('used').join(' and ') || 'none'} is expected${never}`,
    ]
  if (missing.length > 0) return [`${purpose} lacks ${missing.join(' and ')}`]
  if (stateOf(active) === 'announced')
    return [`${purpose} begins with ${active}, which is announced and not in use yet`]
  if (stateOf(active) === 'retired') return [`${purpose} begins with ${active}, which was retired`]
  return []
}
