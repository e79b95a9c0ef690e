import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { SignerFault, SignerRefusal } from '../values/signer-fault.ts'
import type { SignerQuestion } from './signer-protocol.ts'
import { FrameFault, frameOf, frameReader, numberOf, refusalAnswer } from './signer-protocol.ts'

// The connection to a signer. It stays open, and carries the questions of many requests at once: those of one turn of the event loop go
// out together. A signer that is started again is away for a moment: a question is put again, and is as good the second time.

/** Below the two seconds that a request waits. */
const patienceMs = 1500
const againMs = 50
/** Each waits for one answer; beyond it the signer is too slow, and waiting helps nobody. */
const mostAtOnce = 1024
const mostNumber = 0x7f_ff_ff_ff

export type SignerLine = {
  /** @returns what was answered, its shape not looked at. @throws SignerFault, at the latest after a second and a half */
  ask(question: SignerQuestion): Promise<object>
}

export function signerLine(path: string): SignerLine {
  let current: Connection | undefined
  let atOnce = 0
  const exchange = (question: SignerQuestion, forMs: number) => {
    if (current === undefined || current.isOver()) current = openConnection(path)
    return current.exchange(question, forMs)
  }
  return {
    async ask(question) {
      if (atOnce >= mostAtOnce) throw new SignerFault('SIGNER_AWAY', 'too many wait for it')
      atOnce++
      try {
        return await askAgain((forMs) => exchange(question, forMs))
      } finally {
        atOnce--
      }
    },
  }
}

async function askAgain(
  exchange: (forMs: number) => Promise<object | SignerFault>,
): Promise<object> {
  const until = performance.now() + patienceMs
  for (let before: SignerFault | undefined; ;) {
    const answer = judged(await exchange(until - performance.now()))
    if (!(answer instanceof SignerFault)) return answer
    if (answer.code === 'SIGNER_WRONG') throw answer
    // The last try was broken off: the one before says more.
    if (performance.now() + againMs >= until) throw before ?? answer
    before = answer
    await pause(againMs)
  }
}

function judged(answer: object | SignerFault): object | SignerFault {
  if (answer instanceof SignerFault) return answer
  const refusal = refusalAnswer.safeParse(answer)
  if (!refusal.success) return answer
  return refusal.data.isBusy === true
    ? new SignerFault('SIGNER_AWAY', 'it is asked too much')
    : new SignerRefusal(refusal.data.refused)
}

type Connection = {
  isOver(): boolean
  exchange(question: SignerQuestion, forMs: number): Promise<object | SignerFault>
}
type Settle = (answer: object | SignerFault) => void

function openConnection(path: string): Connection {
  const socket = connect({ path })
  const write = coalesceWrites(socket)
  const waiting = waitingOn(socket)
  let isConnected = false
  const gone = (cause?: unknown) =>
    isConnected
      ? new SignerFault('SIGNER_SILENT', 'it does not answer', cause)
      : new SignerFault('SIGNER_AWAY', 'it is away', cause)
  socket.once('connect', () => (isConnected = true))
  endWith(socket, waiting, gone)
  return {
    isOver: waiting.isOver,
    exchange(question, forMs) {
      return new Promise((resolve) => {
        const id = waiting.add(resolve, forMs, gone)
        write(frameOf({ id, ...question }))
      })
    },
  }
}

/** Hands on what a connection brings, until it ends. */
function endWith(socket: Socket, waiting: Waiting, gone: (cause?: unknown) => SignerFault): void {
  const reader = frameReader()
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const frame of reader.take(chunk)) waiting.take(frame)
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error
      waiting.end(wrong(`its answer cannot be read: ${error.message}`, error))
    }
  })
  socket.on('error', (cause) => waiting.end(gone(cause)))
  socket.on('close', () =>
    waiting.end(reader.isWithin() ? wrong('its answer was cut off') : gone()),
  )
}

type Waiting = ReturnType<typeof waitingOn>

/** The questions of a connection that are not answered yet. */
function waitingOn(socket: Socket) {
  const waiting = new Map<number, Settle>()
  let [isOver, next] = [false, 0]

  function settle(id: number, answer: object | SignerFault): void {
    const waits = waiting.get(id)
    waiting.delete(id)
    // A connection on which nothing is awaited holds no process.
    if (waiting.size === 0 && isOver) socket.destroy()
    else if (waiting.size === 0) socket.unref()
    waits?.(answer)
  }
  return {
    isOver: () => isOver || next >= mostNumber,
    /** @returns the number of the question */
    add(settled: Settle, forMs: number, gone: () => SignerFault): number {
      const id = next++
      const giveUp = () => {
        if (!waiting.has(id)) return
        // It may hang for ever: later questions get another one.
        isOver = true
        settle(id, gone())
      }
      // A process that was held up itself reads first what has come meanwhile.
      const timer = setTimeout(() => setImmediate(giveUp), Math.max(0, forMs))
      waiting.set(id, (answer) => {
        clearTimeout(timer)
        settled(answer)
      })
      socket.ref()
      return id
    },
    /** @throws FrameFault for an answer to nothing */
    take(frame: unknown): void {
      const answer = numberOf(frame)
      if (answer === undefined || answer.id >= next)
        throw new FrameFault('it has no number of ours')
      settle(answer.id, answer.rest)
    },
    end(fault: SignerFault): void {
      isOver = true
      socket.destroy()
      for (const settled of waiting.values()) settled(fault)
      waiting.clear()
    },
  }
}

function wrong(says: string, cause?: unknown): SignerFault {
  return new SignerFault('SIGNER_WRONG', says, cause)
}

/** Writes what one turn of the event loop brings as one piece. */
export function coalesceWrites(socket: Socket): (frame: Buffer) => void {
  let isWaiting = false
  return (frame) => {
    if (!isWaiting) {
      isWaiting = true
      socket.cork()
      setImmediate(() => {
        isWaiting = false
        socket.uncork()
      })
    }
    socket.write(frame)
  }
}
