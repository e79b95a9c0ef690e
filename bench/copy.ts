import type { Client, Submittable } from 'pg'

// COPY … FROM STDIN by the library's own protocol: it gives each query object the messages of the server, and pg's own object has none
// for this one. Rows are PostgreSQL's text format.

export type Cell = string | number | bigint | boolean | Date | Buffer | null

// What pg hands to a query object.
type Wire = {
  readonly stream: {
    readonly writableNeedDrain: boolean
    once(event: 'drain', f: () => void): void
  }
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

const nothing = () => undefined
const chunkBytes = 1 << 17

/** Copies rows into the columns of a table. @param into `table (column, …)` */
export function copyInto(client: Client, into: string, rows: Iterable<readonly Cell[]>) {
  return new Promise<void>((resolve, reject) => {
    let failure: unknown
    const copying = {
      submit(wire: Wire) {
        wire.query(`copy ${into} from stdin`)
      },
      handleCopyInResponse(wire: Wire) {
        send(wire, rows).then(
          () => wire.endCopyFrom(),
          (error: unknown) => {
            failure = error
            wire.sendCopyFail('the rows could not be made')
          },
        )
      },
      handleError(error: unknown) {
        reject(failure ?? error)
      },
      handleReadyForQuery() {
        resolve()
      },
      handleCommandComplete: nothing,
      handleRowDescription: nothing,
      handleEmptyQuery: nothing,
      callback: nothing,
    }
    client.query(copying as unknown as Submittable) // its types know less of the connection
  })
}

async function send(wire: Wire, rows: Iterable<readonly Cell[]>): Promise<void> {
  let text = ''
  const flush = async () => {
    wire.sendCopyFromChunk(Buffer.from(text))
    text = ''
    if (wire.stream.writableNeedDrain)
      await new Promise<void>((resolve) => wire.stream.once('drain', resolve))
  }
  for (const row of rows) {
    text += copyLine(row)
    if (text.length > chunkBytes) await flush()
  }
  await flush()
}

/** One line of PostgreSQL's text format. */
export function copyLine(row: readonly Cell[]): string {
  return `${row.map(cellText).join('\t')}\n`
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

function cellText(cell: Cell): string {
  if (cell === null) return '\\N'
  if (Buffer.isBuffer(cell)) return `\\\\x${cell.toString('hex')}`
  if (cell instanceof Date) return cell.toISOString()
  return typeof cell === 'string'
    ? cell.replaceAll(/[\\\n\r\t]/g, (one) => escapes[one] ?? one)
    : String(cell)
}
