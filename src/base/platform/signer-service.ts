import { once } from 'node:events'
import { unlink } from 'node:fs/promises'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { fromBase64url } from './base64.ts'
import { guardKeyFiles } from './key-files.ts'
import type { KeyPair } from './key-pairs.ts'
import { readKeyPairs } from './key-pairs.ts'
import type { Log } from './log.ts'
import type { FarPurpose, HeldPairs, SigningPort } from './signer.ts'
import { algsOf, farPurposes, forEachPurpose, signerOf } from './signer.ts'
import { together } from './signer-line.ts'
import type { NumberedQuestion, PublicHalf, QuestionOf, SignerAnswer } from './signer-shapes.ts'
import { frameOf, frameReader, numberOf, signerQuestion } from './signer-shapes.ts'
import { StartError } from './start-error.ts'

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

export type Serving = {
  readonly keysDir: string
  readonly socketPath: string
  /** What it signs for. Keys of other purposes in the folder are not read. */
  readonly purposes: readonly FarPurpose[]
  /** How many questions it answers in a second, of all who ask together. */
  readonly perSecond: number
  readonly log: Log
}

/** Signs until it is closed. @returns what it holds, and how to end it. @throws StartError */
export async function serveSigner(serving: Serving): Promise<{
  readonly kids: Readonly<Record<string, string>>
  close(): Promise<void>
}> {
  const { keysDir, socketPath, purposes, perSecond, log } = serving
  await guardKeyFiles(keysDir, 'production', () => {})
  const pairs = await pairsIn(keysDir, purposes)
  const held = { signer: signerOf(pairs), pairs }
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
    kids: Object.fromEntries(purposes.map((purpose) => [purpose, pairs[purpose][0]?.kid ?? ''])),
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

type Held = { readonly signer: SigningPort; readonly pairs: HeldPairs }

/** Answers the questions of a connection, each when its answer is there. */
function converse(socket: Socket, answer: (frame: unknown) => Promise<SignerAnswer>): void {
  const reader = frameReader()
  const write = together(socket)
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
    case 'unwrap':
    case 'derive':
    case 'log-keys':
    case 'tree':
      return unreadable
  }
}

function keysOf({ pairs }: Held): SignerAnswer {
  const held = farPurposes.filter((purpose) => pairs[purpose].length > 0)
  return {
    keys: Object.fromEntries(held.map((purpose) => [purpose, pairs[purpose].flatMap(publicHalf)])),
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
