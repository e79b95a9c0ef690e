import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import { fromBase64url } from '../values/base64.ts'
import type { Clock } from '../values/clock.ts'
import { epochSeconds } from '../values/clock.ts'
import type { ServedPurpose } from '../values/key-purposes.ts'
import { OperatorError } from '../values/operator-error.ts'
import { kekIdOf, usesOf, wrappingIv } from '../sealing/data-keys.ts'
import { decrypt, encrypt, ivBytes, tagBytes } from '../sealing/keyed-crypto.ts'
import { checkValue } from './key-check.ts'
import type { KeyPair } from './key-pairs.ts'
import { readKeyPairs } from './key-pairs.ts'
import type { PublicLogKeys, TreeSignatures, TreeToSign } from './log-keys.ts'
import { readSecrets } from './secret-files.ts'
import type { FarPurpose, HeldPairs, SigningPort } from './signer.ts'
import { algsOf, farPurposes, forEachPurpose, signerOf } from './signer.ts'
import type { NumberedQuestion, PublicHalf, QuestionOf, SignerAnswer } from './signer-protocol.ts'
import { doesNotOpen, signerQuestion } from './signer-protocol.ts'
import { faultOfStatement } from './statement-rules.ts'

// What a signer answers at a socket: questions of the purpose of that socket, and no others.

/** Signs the trees of logs, and remembers the last one of each. */
export type TreeSigner = {
  readonly checks: Readonly<Record<'log' | 'log-pq', readonly string[]>>
  /** @returns the public keys of a log, or why it has none for it */
  publicKeys(origin: string): PublicLogKeys | string
  /** @returns the signatures, the size of the tree from which a proof is wanted, or why it signs none */
  sign(
    tree: TreeToSign & { readonly old: number; readonly proof: readonly Buffer[] },
  ): Promise<TreeSignatures | number | string>
}

/** What a signer holds. */
export type HeldSigningKeys = {
  readonly signer: SigningPort
  readonly pairs: HeldPairs
  readonly data: readonly HeldData[]
  readonly trees: TreeSigner | undefined
  /** The house whose statements it signs. */
  readonly issuer: string
  readonly clock: Clock
}

/** A key of purpose `data`, prepared. */
type HeldData = {
  readonly check: string
  readonly kek: string
  readonly key: KeyObject
  readonly bytes: Buffer
}

export type HeldKeyOptions = {
  readonly keysDir: string
  /** Keys of other purposes in the folder are not read. */
  readonly purposes: readonly ServedPurpose[]
  /** How trees are signed, where it is for the log. */
  readonly trees?: TreeSigner | undefined
  /** The house whose statements it signs. */
  readonly issuer: string
  /** Its own, not that of who asks. */
  readonly clock: Clock
}

/** @throws OperatorError naming the purpose of which the folder holds no key */
export async function openHeldKeys(options: HeldKeyOptions): Promise<HeldSigningKeys> {
  const { keysDir, purposes, trees, issuer, clock } = options
  const pairs = await pairsIn(
    keysDir,
    farPurposes.filter((purpose) => purposes.includes(purpose)),
  )
  const data = purposes.includes('data') ? await dataIn(keysDir) : []
  return { signer: signerOf(pairs), pairs, data, trees, issuer, clock }
}

async function pairsIn(keysDir: string, purposes: readonly FarPurpose[]): Promise<HeldPairs> {
  const pairs = new Map<FarPurpose, readonly KeyPair[]>()
  for (const purpose of purposes) {
    const own = await readKeyPairs(keysDir, purpose)
    if (own.length === 0) throw new OperatorError(`${keysDir} holds no key of purpose ${purpose}.`)
    pairs.set(purpose, own)
  }
  return forEachPurpose((purpose) => pairs.get(purpose) ?? [])
}

async function dataIn(keysDir: string): Promise<HeldData[]> {
  const secrets = await readSecrets(join(keysDir, 'data'))
  if (secrets.length === 0) throw new OperatorError(`${keysDir} holds no key of purpose data.`)
  return secrets.map((bytes) => ({
    check: checkValue('data', bytes),
    kek: kekIdOf(bytes).toString('base64url'),
    key: createSecretKey(bytes),
    bytes,
  }))
}

/** The name of the key that signs or opens first. */
export function firstNameOf(
  { pairs, data, trees }: HeldSigningKeys,
  purpose: ServedPurpose,
): string {
  if (purpose === 'data') return data[0]?.check ?? ''
  if (purpose === 'log') return trees?.checks.log[0] ?? ''
  return pairs[purpose][0]?.kid ?? ''
}

export const unreadableQuestion = { refused: 'this is no question' } as const
const noLog = { refused: 'no key of purpose log is here' } as const
const otherSocket = { refused: 'this socket is for another purpose' } as const

/** @returns what is answered, and whether a key was used for it */
export async function answerTo(
  frame: unknown,
  purpose: ServedPurpose,
  held: HeldSigningKeys,
): Promise<{ readonly answer: SignerAnswer; readonly isByKey: boolean }> {
  const asked = signerQuestion.safeParse(frame)
  if (!asked.success) return { answer: unreadableQuestion, isByKey: false }
  const question = asked.data
  if (question.ask === 'keys') return { answer: keysOf(held, purpose), isByKey: false }
  if (purposeOf(question) !== purpose) return { answer: otherSocket, isByKey: false }
  const answer = await answerByKey(question, held)
  return { answer, isByKey: !('refused' in answer) }
}

type ByKey = Exclude<NumberedQuestion, { readonly ask: 'keys' }>

function purposeOf(asked: ByKey): ServedPurpose {
  switch (asked.ask) {
    case 'sign':
      return asked.purpose
    case 'wrap':
    case 'unwrap':
    case 'derive':
      return 'data'
    case 'log-keys':
    case 'tree':
      return 'log'
  }
}

function answerByKey(asked: ByKey, held: HeldSigningKeys): Promise<SignerAnswer> | SignerAnswer {
  switch (asked.ask) {
    case 'sign':
      return signed(asked, held)
    case 'wrap':
      return wrapped(asked, held)
    case 'unwrap':
      return unwrapped(asked, held)
    case 'derive':
      return { derived: held.data.map(derivedOf) }
    case 'log-keys':
      return logKeys(asked, held)
    case 'tree':
      return signedTree(asked, held)
  }
}

/** The public halves of the socket's purpose, or the check values of its secrets. */
function keysOf({ pairs, data, trees }: HeldSigningKeys, purpose: ServedPurpose): SignerAnswer {
  if (purpose === 'data') return { keys: {}, data: data.map(({ check }) => check) }
  if (purpose === 'log') return { keys: {}, ...checksOf(trees) }
  return { keys: { [purpose]: pairs[purpose].flatMap(publicHalf) } }
}

function checksOf(trees: TreeSigner | undefined) {
  const { log = [], 'log-pq': lasting = [] } = trees?.checks ?? {}
  return { log: [...log], ...(lasting.length === 0 ? {} : { 'log-pq': [...lasting] }) }
}

/** Member by member, so that no private one can be among them. */
function publicHalf({ kty, crv, x, y, n, e }: KeyPair): PublicHalf[] {
  if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined)
    return [{ kty: 'EC', crv: 'P-256', x, y }]
  if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined)
    return [{ kty: 'OKP', crv: 'Ed25519', x }]
  return kty === 'RSA' && n !== undefined && e !== undefined ? [{ kty: 'RSA', n, e }] : []
}

async function signed(asked: QuestionOf<'sign'>, held: HeldSigningKeys): Promise<SignerAnswer> {
  const { purpose, kid, alg } = asked
  const { signer, pairs, issuer, clock } = held
  const bytes = fromBase64url(asked.bytes)
  // Of a key that signs no more the public half is left.
  if (!pairs[purpose].some((jwk) => jwk.kid === kid && jwk.d !== undefined))
    return { refused: `no key of purpose ${purpose} has this name` }
  if (bytes === undefined || !algsOf[purpose].includes(alg)) return unreadableQuestion
  const toSign = { purpose, kid, alg, bytes }
  const fault = faultOfStatement(toSign, { issuer, nowSeconds: epochSeconds(clock()) })
  if (fault !== undefined) return { refused: fault }
  const signature = await signer.sign(toSign)
  return { kid, signature: signature.toString('base64url') }
}

const noSuchKek = { refused: 'no key of purpose data has this name' } as const
const [dataKeyBytes, mostBoundBytes] = [32, 64]

function derivedOf({ check, kek, bytes }: HeldData) {
  const uses = [...usesOf(bytes)].map(([use, given]) => [use, text(given)] as const)
  return { check, kek, uses: Object.fromEntries(uses) }
}

/** iv(12) ‖ AES-256-GCM(data key) ‖ tag(16), as a vault wraps it where the key is at hand. */
function wrapped(asked: QuestionOf<'wrap'>, { data }: HeldSigningKeys): SignerAnswer {
  const kek = data.find((held) => held.kek === asked.kek)
  const [iv, bound, key] = [asked.iv, asked.bound, asked.key].map((said) => fromBase64url(said))
  if (kek === undefined) return noSuchKek
  if (iv?.length !== ivBytes || key?.length !== dataKeyBytes || !isBound(bound))
    return unreadableQuestion
  // Of one key, no iv is used for two: it follows from what is wrapped.
  if (!wrappingIv(key, bound).equals(iv)) return { refused: 'an iv of another key' }
  return { wrapped: text(encrypt(kek.key, iv, key, bound)) }
}

function unwrapped(asked: QuestionOf<'unwrap'>, { data }: HeldSigningKeys): SignerAnswer {
  const kek = data.find((held) => held.kek === asked.kek)
  const [bound, sealed] = [fromBase64url(asked.bound), fromBase64url(asked.wrapped)]
  if (kek === undefined) return noSuchKek
  if (sealed?.length !== ivBytes + dataKeyBytes + tagBytes || !isBound(bound))
    return unreadableQuestion
  try {
    return { key: text(decrypt(kek.key, sealed, bound)) }
  } catch {
    return { refused: doesNotOpen }
  }
}

function isHash(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === 32
}

function isBound(bound: Buffer | undefined): bound is Buffer {
  return bound !== undefined && bound.length <= mostBoundBytes
}

function logKeys({ origin }: QuestionOf<'log-keys'>, { trees }: HeldSigningKeys): SignerAnswer {
  if (trees === undefined) return noLog
  const keys = trees.publicKeys(origin)
  if (typeof keys === 'string') return { refused: keys }
  const { log, lasting } = keys
  return {
    logKeys: log.map(text),
    ...(lasting.length === 0 ? {} : { lastingKeys: lasting.map(text) }),
  }
}

async function signedTree(
  asked: QuestionOf<'tree'>,
  { trees }: HeldSigningKeys,
): Promise<SignerAnswer> {
  if (trees === undefined) return noLog
  const [root, ...proof] = [asked.root, ...asked.proof].map((said) => fromBase64url(said))
  if (!isHash(root) || !proof.every(isHash)) return unreadableQuestion
  const { origin, size, old } = asked
  const answer = await trees.sign({ origin, size, root, old, proof })
  if (typeof answer === 'string') return { refused: answer }
  if (typeof answer === 'number') return { last: answer }
  const { log, lasting, time } = answer
  return {
    signatures: log.map(text),
    ...(lasting.length === 0 ? {} : { lasting: lasting.map(text), time }),
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}
