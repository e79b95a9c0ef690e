import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { Log } from '../logging/log.ts'
import type { ServedPurpose } from '../values/key-purposes.ts'
import { guardKeyFiles } from './key-files.ts'
import type { HeldKeyOptions, HeldSigningKeys } from './signer-answers.ts'
import { answerTo, firstNameOf, openHeldKeys, unreadableQuestion } from './signer-answers.ts'
import { coalesceWrites } from './signer-connection.ts'
import type { SignerAnswer } from './signer-protocol.ts'
import { frameOf, frameReader, numberOf } from './signer-protocol.ts'
import type { Queue, Take } from './signer-share.ts'
import { makeQueue, openConnections, sharesOf } from './signer-share.ts'
import type { SocketPlace } from './signer-sockets.ts'
import { listenAt } from './signer-sockets.ts'
import type { SignerTally } from './signer-tally.ts'
import { makeSignerTally } from './signer-tally.ts'

// A signer in a process of its own: it signs with the keys that it holds, what its own house says now, for whoever may open the socket
// of a purpose, and gives no key away.

/** A connection on which nothing is asked. */
const idleMs = 60_000
/** Of one connection, at once; then no more is read from it until some are answered. */
const mostQuestions = 1024
/** Answers that nobody fetches. */
const mostWaitingBytes = 4 * 1024 * 1024

export type SignerServiceOptions = HeldKeyOptions & {
  readonly sockets: readonly SocketPlace[]
  /** How many questions it answers in a second, of all who ask together. */
  readonly perSecond: number
  readonly log: Log
}

/** Signs until it is closed. @returns what it holds, and how to end it. @throws OperatorError */
export async function serveSigner(serving: SignerServiceOptions): Promise<{
  readonly kids: Readonly<Record<string, string>>
  close(): Promise<void>
}> {
  const { keysDir, purposes, sockets, perSecond, clock, log } = serving
  await guardKeyFiles(keysDir, 'production', () => {})
  const held = await openHeldKeys(serving)
  const tally = makeSignerTally(clock, log)
  const shares = sharesOf(perSecond, sockets.length)
  const opened: Opened[] = []
  try {
    for (const [at, place] of sockets.entries()) {
      const desk = openDesk({ purpose: place.purpose, held, tally, take: shares[at] ?? never })
      await listenAt(desk.server, place)
      opened.push(desk)
    }
  } catch (error) {
    await closeAll(opened, tally)
    throw error
  }
  return {
    kids: Object.fromEntries(purposes.map((purpose) => [purpose, firstNameOf(held, purpose)])),
    close: () => closeAll(opened, tally),
  }
}

const never = () => false

async function closeAll(opened: readonly Opened[], tally: SignerTally): Promise<void> {
  await Promise.all(opened.map(({ close }) => close()))
  tally.end()
}

type Opened = { readonly server: Server; close(): Promise<void> }
type Desk = {
  readonly purpose: ServedPurpose
  readonly held: HeldSigningKeys
  readonly tally: SignerTally
  readonly take: Take
}

const busy = { refused: 'too many questions a second', isBusy: true } as const

/** What listens at one socket. */
function openDesk({ purpose, held, tally, take }: Desk): Opened {
  const open = openConnections<Socket>()

  const queue = makeQueue()
  let tooMany = 0

  async function answer(frame: unknown): Promise<SignerAnswer> {
    if (!take()) {
      tooMany++
      return refuse(busy)
    }
    const { answer: said, isByKey } = await answerTo(frame, purpose, held)
    if (isByKey) tally.answered(purpose)
    return 'refused' in said ? refuse(said) : said
  }
  function refuse<R extends { readonly refused: string }>(refusal: R): R {
    tally.refused(purpose, refusal)
    return refusal
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket)
    socket.once('close', () => open.gone(socket))
    converse(socket, {
      answer,
      asked: () => open.used(socket),
      tooMany: () => {
        const count = tooMany
        tooMany = 0
        return count
      },
      queue,
      unreadable: () => refuse(unreadableQuestion),
    })
  })
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // What was asked before is asked again elsewhere.
        open.endAll()
      }),
  }
}

type Conversation = {
  answer(frame: unknown): Promise<SignerAnswer>
  asked(): void
  unreadable(): void
  /** How many were refused since it was called, because too much is asked. */
  tooMany(): number
  readonly queue: Queue
}

/** Answers the questions of a connection, each when its answer is there. */
function converse(
  socket: Socket,
  { answer, asked: isAsked, unreadable, tooMany, queue }: Conversation,
): void {
  const reader = frameReader()
  const write = coalesceWrites(socket)
  const held: Buffer[] = []
  let [asked, isEnding, isWaiting] = [0, false, false]
  socket.setTimeout(idleMs, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    // What had come before somebody was told to wait is read in its turn, too.
    if (queue.isEmpty() && !isWaiting) return read(chunk)
    held.push(chunk)
    if (!isWaiting) wait(0)
  })
  socket.on('end', () => {
    isEnding = true
    if (asked === 0) socket.end()
  })

  socket.once('close', () => queue.leave(goesOn))
  // Whoever ends a connection and opens another one stands behind those who wait.
  if (!queue.isEmpty()) wait(0)

  function read(chunk: Buffer): void {
    try {
      for (const frame of reader.take(chunk)) take(frame)
    } catch {
      unreadable()
      socket.destroy() // what is no frame gets no answer
    }
    const refused = tooMany()
    if (refused > 0) wait(refused)
    if (asked >= mostQuestions) socket.pause()
  }
  function wait(refused: number): void {
    isWaiting = true
    socket.pause()
    queue.wait(refused, goesOn)
  }
  function goesOn(): void {
    isWaiting = false
    if (held.length > 0) read(Buffer.concat(held.splice(0)))
    if (!isWaiting && asked < mostQuestions) socket.resume()
  }
  function take(frame: unknown): void {
    const id = numberOf(frame)?.id
    if (id === undefined) throw new TypeError('a question without a number')
    asked++
    isAsked()
    answer(frame)
      .then((said) => write(frameOf({ id, ...said })))
      .catch(() => socket.destroy())
      .finally(() => {
        asked--
        if (socket.writableLength > mostWaitingBytes) socket.destroy()
        else if (isEnding && asked === 0) socket.end()
        else if (!isWaiting) socket.resume()
      })
  }
}
