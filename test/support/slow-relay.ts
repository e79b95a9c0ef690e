import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

/** A letter as the relay took it: what it is called, and when. */
export type Taken = { readonly id: string; readonly to: string; readonly at: number }

export type RelayManners = {
  /** How long each answer takes, the greeting too; answers on one connection come one after the other. */
  readonly answerMs: number
  /** More connections at once are told 421 (RFC 5321 3.8). */
  readonly connections?: number
  /** A connection that brought so many letters is told 421 at the next one. */
  readonly lettersEach?: number
  /** Once it took so many letters in all it answers nobody, so that letters are in the hands of who sends. */
  readonly holdsFrom?: number
  /** It takes each letter, and hangs up before it says so. */
  readonly isMute?: boolean
}

export type SlowRelay = {
  readonly url: string
  /** The letters that were taken, in that order. */
  taken(): readonly Taken[]
  /** How many connections there were at most at once, and how many times 421 was said. */
  seen(): { readonly most: number; readonly refused: number }
  /** From now on. */
  behave(manners: Partial<RelayManners>): void
  close(): Promise<void>
}

// Whoever waits for it is ended before.
const heldMs = 600_000

type Talk = { letters: number; to: string; lines: string[] | undefined }

/** A mail relay (RFC 5321) that answers as late as a relay elsewhere does, and keeps of each letter only what it is called. */
export async function startSlowRelay(first: RelayManners): Promise<SlowRelay> {
  let manners = first
  const taken: Taken[] = []
  const open = new Set<Socket>()
  let [most, refused] = [0, 0]

  function answerTo(line: string, talk: Talk): readonly [number, string] {
    const command = /^[A-Z]+/i.exec(line)?.[0].toUpperCase()
    if (command === 'MAIL' && talk.letters >= (manners.lettersEach ?? Infinity)) return over()
    if (command === 'RCPT') talk.to = /<(.*)>/.exec(line)?.[1] ?? ''
    if (command === 'DATA') talk.lines = []
    if (command === 'QUIT') return [221, 'bye']
    return command === 'DATA' ? [354, 'go on'] : [250, 'ok']
  }

  function over(): readonly [number, string] {
    refused += 1
    return [421, 'too much from you: come again later']
  }

  /** @returns the answer at the end of a letter; nothing within it */
  function readLetter(line: string, talk: Talk, lines: string[]) {
    lines.push(line)
    if (line !== '.') return undefined
    const id = lines.find((one) => /^message-id:/i.test(one))?.replace(/^[^<]*/, '') ?? ''
    taken.push({ id, to: talk.to, at: performance.now() })
    talk.letters += 1
    talk.lines = undefined
    return [250, 'taken'] as const
  }

  const server = createServer((socket) => {
    open.add(socket)
    most = Math.max(most, open.size)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    const talk: Talk = { letters: 0, to: '', lines: undefined }
    let saying = Promise.resolve()
    const answer = async ([code, words]: readonly [number, string]) => {
      const isHolding = taken.length >= (manners.holdsFrom ?? Infinity)
      await pause(isHolding ? heldMs : manners.answerMs, undefined, { ref: false })
      if (socket.writable) socket.write(`${code} ${words}\r\n`)
      if (code === 421 || code === 221) socket.end()
    }
    const say = async (words: readonly [number, string]) => {
      const before = saying
      const { promise, resolve } = Promise.withResolvers<void>()
      saying = promise
      await before
      await answer(words)
      resolve()
    }
    void say(open.size > (manners.connections ?? Infinity) ? over() : [220, 'slow.test ESMTP'])
    // A client that is killed resets the connection.
    const lines = createInterface({ input: socket, crlfDelay: Infinity })
    lines
      .on('error', () => undefined)
      .on('line', (line) => {
        const words =
          talk.lines === undefined ? answerTo(line, talk) : readLetter(line, talk, talk.lines)
        if (words?.[1] === 'taken' && manners.isMute === true) socket.destroy()
        else if (words !== undefined) void say(words)
      })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    url: `smtp://localhost:${port}`,
    taken: () => taken,
    seen: () => ({ most, refused }),
    behave: (more) => (manners = { ...manners, ...more }),
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await Promise.resolve()
    },
  }
}
