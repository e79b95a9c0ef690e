import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

/** A wire to PostgreSQL behind which the database has another time: all that stands in it is as it was. */
export type ClockWire = {
  /** The database's address, by way of this wire. */
  readonly url: string
  /** From now on each statement that asks for the time is told one so far from the true one. Connections begin anew. */
  move(by: Shift | undefined): void
  close(): Promise<void>
}

const asked = 'clock_offset()'
/** In the place of what is asked for, and of the same length, so that the messages keep theirs. */
const told = {
  'a year behind': "interval '-1y'",
  'a year ahead': "interval '+1y'",
  'half a minute behind': "interval '-30'",
  'half a minute ahead': "interval '+30'",
} as const
export type Shift = keyof typeof told

export async function openClockWire(databaseUrl: string): Promise<ClockWire> {
  const target = new URL(databaseUrl)
  const wires = new Set<Socket>()
  let moved: Shift | undefined
  const server = createServer((client) => {
    const database = connect({ host: target.hostname, port: Number(target.port) })
    const end = () => {
      wires.delete(client)
      client.destroy()
      database.destroy()
    }
    wires.add(client)
    for (const side of [client, database]) side.on('error', end).on('close', end)
    let kept = Buffer.alloc(0)
    client.on('data', (chunk: Buffer) => {
      const all = Buffer.concat([kept, chunk])
      const sent = all.subarray(0, all.length - cutShort(all))
      kept = all.subarray(sent.length)
      database.write(moved === undefined ? sent : shifted(sent, moved))
    })
    database.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // always so for a TCP listener
  return {
    url: Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) }).href,
    move(by) {
      moved = by
      for (const wire of wires) wire.destroy()
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const wire of wires) wire.destroy()
      await closed
    },
  }
}

// The marks by which code is known name the function with its schema: those are left as they are.
function shifted(bytes: Buffer, by: Shift): Buffer {
  const text = bytes.toString('latin1')
  return Buffer.from(text.replaceAll(/(?<!\.)clock_offset\(\)/g, told[by]), 'latin1')
}

/** How many bytes at the end may be the beginning of the word, of which the rest comes later; `clock` alone is nothing else. */
function cutShort(bytes: Buffer): number {
  for (let length = asked.length - 1; length >= 'clock'.length; length--)
    if (bytes.toString('latin1', bytes.length - length) === asked.slice(0, length)) return length
  return 0
}
