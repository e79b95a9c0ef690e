import type { KeyObject } from 'node:crypto'
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fromBase64url } from '../values/base64.ts'
import { kekIdOf, usesOf, wrappingIv } from '../sealing/data-keys.ts'
import { checkValue } from './key-check.ts'
import { decrypt, encrypt, ivBytes, tagBytes } from '../sealing/keyed-crypto.ts'
import { guardKeyFiles } from './key-files.ts'
import type { KeyPair } from './key-pairs.ts'
import { readKeyPairs } from './key-pairs.ts'
import type { Log } from '../logging/log.ts'
import type { ServedPurpose } from '../values/key-purposes.ts'
import type { TreeToSign } from './log-keys.ts'
import { readSecrets } from './secret-files.ts'
import type { FarPurpose, HeldPairs, SigningPort } from './signer.ts'
import { algsOf, farPurposes, forEachPurpose, signerOf } from './signer.ts'
import { coalesceWrites } from './signer-connection.ts'
import type { NumberedQuestion, PublicHalf, QuestionOf, SignerAnswer } from './signer-protocol.ts'
import { doesNotOpen, frameOf, frameReader, numberOf, signerQuestion } from './signer-protocol.ts'
import { StartError } from '../values/start-error.ts'

// A signer in a process of its own: it signs with the keys that it holds, for whoever may open its socket, and gives none away.

/** A connection on which nothing is asked. */
const idleMs = 60_000
const mostConnections = 512
/** Of one connection, at once; then no more is read from it until some are answered. */
const mostQuestions = 1024
/** Answers that nobody fetches. */
const mostWaitingBytes = 4 * 1024 * 1024
// The owner of the signer, and the group to whose members its socket is given: nobody else.
const withoutOthers = 0o117

/** Signs the trees of logs, and remembers the last one of each. */
export type TreeSigner = {
  readonly checks: readonly string[]
  publicKeys(origin: string): readonly Buffer[]
  /** @returns the signatures, the size of the tree from which a proof is wanted, or why it signs none */
  sign(
    tree: TreeToSign & { readonly old: number; readonly proof: readonly Buffer[] },
  ): Promise<readonly Buffer[] | number | string>
}

export type SignerServiceOptions = {
  readonly keysDir: string
  readonly socketPath: string
  /** What it signs for. Keys of other purposes in the folder are not read. */
  readonly purposes: readonly ServedPurpose[]
  /** How trees are signed, where it is for the log. */
  readonly trees?: TreeSigner | undefined
  /** How many questions it answers in a second, of all who ask together. */
  readonly perSecond: number
  readonly log: Log
}

/** Signs until it is closed. @returns what it holds, and how to end it. @throws StartError */
export async function serveSigner(serving: SignerServiceOptions): Promise<{
  readonly kids: Readonly<Record<string, string>>
  close(): Promise<void>
}> {
  const { keysDir, socketPath, purposes, perSecond, log, trees } = serving
  await guardKeyFiles(keysDir, 'production', () => {})
  const pairs = await pairsIn(
    keysDir,
    farPurposes.filter((purpose) => purposes.includes(purpose)),
  )
  const data = purposes.includes('data') ? await dataIn(keysDir) : []
  const held = { signer: signerOf(pairs), pairs, data, trees }
  const isTooMuch = rateOf(perSecond, log)
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    converse(socket, async (frame) => {
      if (isTooMuch()) return busy
      const question = signerQuestion.safeParse(frame)
      const answer = question.success ? await answerTo(question.data, held) : unreadable
      if ('refused' in answer)
        log.warn({ code: 'SIGNER_REFUSES', why: answer.refused }, 'a question is refused')
      return answer
    })
  })
  server.maxConnections = mostConnections
  await listenAlone(server, socketPath)
  return {
    kids: Object.fromEntries(purposes.map((purpose) => [purpose, firstOf(held, purpose)])),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // What was asked before is asked again elsewhere.
        for (const socket of open) socket.destroy()
      }),
  }
}

async function pairsIn(keysDir: string, purposes: readonly FarPurpose[]): Promise<HeldPairs> {
  const pairs = new Map<FarPurpose, readonly KeyPair[]>()
  for (const purpose of purposes) {
    const own = await readKeyPairs(keysDir, purpose)
    if (own.length === 0) throw new StartError(`${keysDir} holds no key of purpose ${purpose}.`)
    pairs.set(purpose, own)
  }
  return forEachPurpose((purpose) => pairs.get(purpose) ?? [])
}

const busy = { refused: 'too many questions a second', isBusy: true } as const
const unreadable = { refused: 'this is no question' } as const

/** Whether this question is one too many: of a bucket that fills evenly, and holds one second. Said once a second at most. */
function rateOf(perSecond: number, log: Log): () => boolean {
  let [left, filledAt, saidAt] = [perSecond, performance.now(), -Infinity]
  return () => {
    const now = performance.now()
    left = Math.min(perSecond, left + ((now - filledAt) / 1000) * perSecond)
    filledAt = now
    if (left >= 1) {
      left -= 1
      return false
    }
    if (now - saidAt >= 1000) {
      saidAt = now
      log.warn({ code: 'SIGNER_BUSY', why: busy.refused }, 'questions are refused')
    }
    return true
  }
}

type Held = {
  readonly signer: SigningPort
  readonly pairs: HeldPairs
  readonly data: readonly HeldData[]
  readonly trees: TreeSigner | undefined
}

/** A key of purpose `data`, prepared. */
type HeldData = {
  readonly check: string
  readonly kek: string
  readonly key: KeyObject
  readonly bytes: Buffer
}

async function dataIn(keysDir: string): Promise<HeldData[]> {
  const secrets = await readSecrets(join(keysDir, 'data'))
  if (secrets.length === 0) throw new StartError(`${keysDir} holds no key of purpose data.`)
  return secrets.map((bytes) => ({
    check: checkValue('data', bytes),
    kek: kekIdOf(bytes).toString('base64url'),
    key: createSecretKey(bytes),
    bytes,
  }))
}

function firstOf({ pairs, data, trees }: Held, purpose: ServedPurpose): string {
  if (purpose === 'data') return data[0]?.check ?? ''
  if (purpose === 'log') return trees?.checks[0] ?? ''
  return pairs[purpose][0]?.kid ?? ''
}

/** Answers the questions of a connection, each when its answer is there. */
function converse(socket: Socket, answer: (frame: unknown) => Promise<SignerAnswer>): void {
  const reader = frameReader()
  const write = coalesceWrites(socket)
  let [asked, isEnding] = [0, false]
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    try {
      for (const frame of reader.take(chunk)) take(frame)
    } catch {
      socket.destroy() // what is no frame gets no answer
    }
    if (asked >= mostQuestions) socket.pause()
  })
  socket.on('end', () => {
    isEnding = true
    if (asked === 0) socket.end()
  })

  function take(frame: unknown): void {
    const id = numberOf(frame)?.id
    if (id === undefined) throw new TypeError('a question without a number')
    asked++
    answer(frame)
      .then((said) => write(frameOf({ id, ...said })))
      .catch(() => socket.destroy())
      .finally(() => {
        asked--
        if (socket.writableLength > mostWaitingBytes) socket.destroy()
        else if (isEnding && asked === 0) socket.end()
        else socket.resume()
      })
  }
}

/** Member by member, so that no private one can be among them. */
function publicHalf({ kty, crv, x, y, n, e }: KeyPair): PublicHalf[] {
  if (kty === 'EC' && crv === 'P-256' && x !== undefined && y !== undefined)
    return [{ kty: 'EC', crv: 'P-256', x, y }]
  if (kty === 'OKP' && crv === 'Ed25519' && x !== undefined)
    return [{ kty: 'OKP', crv: 'Ed25519', x }]
  return kty === 'RSA' && n !== undefined && e !== undefined ? [{ kty: 'RSA', n, e }] : []
}

function answerTo(asked: NumberedQuestion, held: Held): Promise<SignerAnswer> | SignerAnswer {
  switch (asked.ask) {
    case 'keys':
      return keysOf(held)
    case 'sign':
      return signed(asked, held)
    case 'wrap':
      return wrapped(asked, held)
    case 'unwrap':
      return unwrapped(asked, held)
    case 'derive':
      return { derived: held.data.map(derivedOf) }
    case 'log-keys':
      return held.trees === undefined
        ? noLog
        : { logKeys: held.trees.publicKeys(asked.origin).map(text) }
    case 'tree':
      return signedTree(asked, held)
  }
}

function keysOf({ pairs, data, trees }: Held): SignerAnswer {
  const held = farPurposes.filter((purpose) => pairs[purpose].length > 0)
  return {
    keys: Object.fromEntries(held.map((purpose) => [purpose, pairs[purpose].flatMap(publicHalf)])),
    data: data.map(({ check }) => check),
    log: [...(trees?.checks ?? [])],
  }
}

async function signed(asked: QuestionOf<'sign'>, { signer, pairs }: Held): Promise<SignerAnswer> {
  const { purpose, kid, alg } = asked
  const bytes = fromBase64url(asked.bytes)
  // Of a key that signs no more the public half is left.
  if (!pairs[purpose].some((jwk) => jwk.kid === kid && jwk.d !== undefined))
    return { refused: `no key of purpose ${purpose} has this name` }
  if (bytes === undefined || !algsOf[purpose].includes(alg)) return unreadable
  const signature = await signer.sign({ purpose, kid, alg, bytes })
  return { kid, signature: signature.toString('base64url') }
}

const noLog = { refused: 'no key of purpose log is here' } as const
const noSuchKek = { refused: 'no key of purpose data has this name' } as const
const [dataKeyBytes, mostBoundBytes] = [32, 64]

function derivedOf({ check, kek, bytes }: HeldData) {
  const uses = [...usesOf(bytes)].map(([use, given]) => [use, text(given)] as const)
  return { check, kek, uses: Object.fromEntries(uses) }
}

/** iv(12) ‖ AES-256-GCM(data key) ‖ tag(16), as a vault wraps it where the key is at hand. */
function wrapped(asked: QuestionOf<'wrap'>, { data }: Held): SignerAnswer {
  const kek = data.find((held) => held.kek === asked.kek)
  const [iv, bound, key] = [asked.iv, asked.bound, asked.key].map((said) => fromBase64url(said))
  if (kek === undefined) return noSuchKek
  if (iv?.length !== ivBytes || key?.length !== dataKeyBytes || !isBound(bound)) return unreadable
  // Of one key, no iv is used for two: it follows from what is wrapped.
  if (!wrappingIv(key, bound).equals(iv)) return { refused: 'an iv of another key' }
  return { wrapped: text(encrypt(kek.key, iv, key, bound)) }
}

function unwrapped(asked: QuestionOf<'unwrap'>, { data }: Held): SignerAnswer {
  const kek = data.find((held) => held.kek === asked.kek)
  const [bound, sealed] = [fromBase64url(asked.bound), fromBase64url(asked.wrapped)]
  if (kek === undefined) return noSuchKek
  if (sealed?.length !== ivBytes + dataKeyBytes + tagBytes || !isBound(bound)) return unreadable
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

async function signedTree(asked: QuestionOf<'tree'>, { trees }: Held): Promise<SignerAnswer> {
  if (trees === undefined) return noLog
  const [root, ...proof] = [asked.root, ...asked.proof].map((said) => fromBase64url(said))
  if (!isHash(root) || !proof.every(isHash)) return unreadable
  const { origin, size, old } = asked
  const answer = await trees.sign({ origin, size, root, old, proof })
  if (typeof answer === 'string') return { refused: answer }
  return typeof answer === 'number' ? { last: answer } : { signatures: answer.map(text) }
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url')
}

// Two signers at one place would take each other's questions. A socket that was left behind is no signer.
async function listenAlone(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'))
      throw new StartError(`${path} cannot be listened on.`, { cause: error })
    if (await isAnswered(path)) throw new StartError(`Another signer listens on ${path}.`)
    await unlink(path)
    await listen(server, path)
  }
}

async function listen(server: Server, path: string): Promise<void> {
  const before = process.umask(withoutOthers)
  try {
    server.listen(path)
  } finally {
    process.umask(before)
  }
  await once(server, 'listening')
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
