import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A wire to PostgreSQL that can be made to fail in the ways a network fails. */
export type FaultProxy = {
  /** The database's address, by way of this proxy. */
  readonly url: string
  /** Everything flows again; what was held back during a freeze is delivered. */
  pass(): Promise<void>
  /** Connections are cut, and nobody listens any more. */
  refuse(): Promise<void>
  /** Connections stay open and new ones are accepted, but not one byte moves. */
  freeze(): void
  /** Existing connections get nothing any more, new ones work: like a firewall that has lost its state. */
  strand(): void
  /** Freezes in front of the next message to the database that contains `word`, itself or in the statement that it names. @returns a promise of that moment */
  freezeAt(word: string): Promise<void>
  /**
   * The next message to the database that contains `word` is delivered, and its answer is not: when the database has
   * answered, the connection is cut. @returns a promise of that moment
   */
  cutAnswerTo(word: string): Promise<void>
  /** The connection of the message that comes after `count` others is cut: instead of that message, or of the answer to it. */
  cutAt(count: number, instead: 'message' | 'answer'): Cut
  /** After so many bytes of answers on one connection it is cut, once. */
  cutAfter(bytes: number): Promise<void>
  readonly connections: number
  /** New connections go to this database, which was started again at another port. */
  leadTo(databaseUrl: string): void
  close(): Promise<void>
}

export type Cut = {
  readonly isDone: boolean
  /** The message will not come: nothing is cut any more. */
  giveUp(): void
}

type Wire = { readonly client: Socket; readonly database: Socket; held: Buffer | undefined }
type Moment = { readonly word: string; done(): void }
type Allowance = { left: number; done(): void }

export async function openFaultProxy(databaseUrl: string): Promise<FaultProxy> {
  let target = new URL(databaseUrl)
  const wires = new Set<Wire>()
  const stranded = new Set<Wire>()
  let isFrozen = false
  let cut: Moment | undefined
  let halt: Moment | undefined
  let allowance: Allowance | undefined
  let left: { count: number; readonly instead: 'message' | 'answer' } | undefined

  const server = createServer((client) => {
    const database = connect({ host: target.hostname, port: Number(target.port) })
    const wire: Wire = { client, database, held: undefined }
    const texts = new Map<string, string>()
    wires.add(wire)
    let answerIsLost = false
    const end = () => {
      client.destroy()
      // Bytes that are held back still arrive, even if their sender has gone meanwhile.
      if (wire.held !== undefined) return
      wires.delete(wire)
      database.destroy()
    }
    for (const side of [client, database]) side.on('error', end).on('close', end)
    client.on('data', (chunk: Buffer) => {
      if (left?.count === 0) {
        answerIsLost = left.instead === 'answer'
        left = undefined
        if (!answerIsLost) {
          client.resetAndDestroy()
          return
        }
      } else if (left !== undefined) left.count -= 1
      const asked = askedIn(chunk, texts)
      if (cut !== undefined && asked.includes(cut.word)) answerIsLost = true
      if (halt !== undefined && asked.includes(halt.word)) {
        wire.held = chunk
        holdAll()
        halt.done()
        halt = undefined
        return
      }
      database.write(chunk)
    })
    database.on('data', (chunk: Buffer) => {
      if (answerIsLost) {
        end()
        cut?.done()
        cut = undefined
        return
      }
      if (allowance !== undefined && chunk.length > allowance.left) {
        client.end(chunk.subarray(0, allowance.left), end)
        allowance.done()
        allowance = undefined
        return
      }
      if (allowance !== undefined) allowance.left -= chunk.length
      client.write(chunk)
    })
    if (isFrozen) hold(wire)
  })
  function holdAll(): void {
    isFrozen = true
    for (const wire of wires) hold(wire)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // always so for a TCP listener
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String(port)

  return {
    url: url.href,
    async pass() {
      isFrozen = false
      for (const wire of wires) if (!stranded.has(wire)) release(wire)
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    },
    async refuse() {
      const closed = once(server, 'close')
      server.close()
      for (const { client, database } of wires) {
        client.resetAndDestroy()
        database.destroy()
      }
      await closed
    },
    freeze: holdAll,
    strand() {
      for (const wire of wires) {
        hold(wire)
        stranded.add(wire)
      }
    },
    freezeAt: (word) =>
      new Promise((done) => {
        halt = { word, done }
      }),
    cutAnswerTo: (word) =>
      new Promise((done) => {
        cut = { word, done }
      }),
    cutAt(count, instead) {
      left = { count, instead }
      return {
        get isDone() {
          return left === undefined
        },
        giveUp() {
          left = undefined
        },
      }
    },
    cutAfter: (bytes) =>
      new Promise((done) => {
        allowance = { left: bytes, done }
      }),
    get connections() {
      return wires.size
    },
    leadTo(movedTo) {
      target = new URL(movedTo)
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const { client, database } of wires) {
        client.destroy()
        database.destroy()
      }
      await closed
    },
  }
}

const headBytes = 5

/**
 * What these messages ask for: a statement that was parsed before is sent as its name, and has its text again here. Both are at the
 * beginning of a message (Parse, Bind), and a message at the beginning of a chunk, because pg writes what belongs together at once.
 * @param texts of the statements of this connection, by name
 */
function askedIn(chunk: Buffer, texts: Map<string, string>): string {
  const asked = [chunk.toString('latin1')]
  for (let at = 0; at + headBytes <= chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) {
    const kind = String.fromCharCode(chunk[at] ?? 0)
    if (kind !== 'P' && kind !== 'B') continue
    const [first = '', second = ''] = chunk.toString('latin1', at + headBytes).split('\0', 2)
    if (kind === 'P') texts.set(first, second)
    else asked.push(texts.get(second) ?? '')
  }
  return asked.join('\n')
}

function hold({ client, database }: Wire): void {
  client.pause()
  database.pause()
}

function release(wire: Wire): void {
  const { client, database, held } = wire
  wire.held = undefined
  if (held !== undefined && client.destroyed) database.end(held)
  else if (held !== undefined) database.write(held)
  client.resume()
  database.resume()
}
