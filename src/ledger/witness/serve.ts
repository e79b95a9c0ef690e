import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fromBase64url } from '../../base/values/base64.ts'
import { lockFolder, openFolder } from '../../base/settings/data-folder.ts'
import { drain } from '../../base/jobs/graceful-drain.ts'
import { readable } from '../../base/tlog/fetch-text.ts'
import { maxProofBytes } from '../../base/tlog/log-proof.ts'
import type { Verifier } from '../../base/tlog/note.ts'
import { signerFrom } from '../../base/tlog/note.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { readWhole, writeWhole } from '../../base/settings/atomic-file.ts'
import type { WitnessAnswer, Witness } from './add-checkpoint.ts'
import { addCheckpoint } from './add-checkpoint.ts'
import { openForks } from './forks.ts'
import { page, statusPage, styleHash } from './page.ts'
import { openState } from './state.ts'
import { statusOf } from './status.ts'

/** Room for a signed note, the longest proof, and a size. */
const maxBodyBytes = maxProofBytes + 100
const maxWaiting = 100
const requestMs = 10_000

export type WitnessSettings = {
  /** The witness's own folder, with its key and its state. */
  readonly dir: string
  readonly name: string
  readonly host: string
  readonly port: number
  logs(): Promise<readonly Verifier[]>
  /** Whether the page says that a witness on the log's own machine proves nothing alone. */
  readonly isDemonstration: boolean
  /** Tells who runs the witness what he must look at. */
  say?(line: string): void
}

export type RunningWitness = { readonly vkey: string; close(): Promise<void> }

/** An independent witness of logs (C2SP tlog-witness): it has no database, and shares only the formats with the broker. */
export async function serveWitness(wanted: WitnessSettings): Promise<RunningWitness> {
  const folder = openFolder(wanted.dir)
  const release = lockFolder(folder)
  try {
    return await serveFrom(folder, release, wanted)
  } catch (cause) {
    release()
    throw cause
  }
}

async function serveFrom(
  folder: string,
  release: () => void,
  wanted: WitnessSettings,
): Promise<RunningWitness> {
  const { name, host, port, logs, say = () => undefined } = wanted
  const seed = await seedIn(folder)
  const signer = readable(name, () => signerFrom(name, 'cosignature', seed))
  const { vkey } = signer.verifier
  const witness = {
    signer,
    state: openState(folder),
    forks: openForks(folder),
    logs,
    say,
    now: () => Math.floor(Date.now() / 1000),
  }
  const inTurn = makeQueue()
  const answer = (request: IncomingMessage) =>
    answerOf(request, witness, inTurn, () => page({ ...wanted, vkey }))
  const options = { requestTimeout: requestMs, headersTimeout: requestMs, maxHeaderSize: 8192 }
  const server = createServer(options, (request, response) => {
    answer(request)
      .catch((): WitnessAnswer => ({ status: 500, text: 'the witness cannot answer\n' }))
      .then((given) => send(response, given))
      .catch(() => response.destroy())
  })
  await listen(server, host, port)
  return {
    vkey,
    async close() {
      await drain(server, requestMs)
      release()
    },
  }
}

async function seedIn(folder: string): Promise<Buffer> {
  const file = join(folder, 'key')
  const text = (await readWhole(file))?.toString().trim()
  if (text === undefined) {
    const seed = randomBytes(32)
    await writeWhole(file, `${seed.toString('base64url')}\n`, { mode: 0o600 })
    return seed
  }
  const seed = fromBase64url(text)
  if (seed?.length !== 32) throw new OperatorError(`${file} must hold 32 bytes in base64url.`)
  return seed
}

type InTurn = (work: () => Promise<WitnessAnswer>) => Promise<WitnessAnswer>

// Runs one request at a time: a request looks at the state and keeps the new one before the next request looks.
function makeQueue(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return async (work) => {
    if (waiting >= maxWaiting) return { status: 503, text: 'too many at once\n' }
    waiting += 1
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      waiting -= 1
    }
  }
}

async function answerOf(
  request: IncomingMessage,
  witness: Witness,
  inTurn: InTurn,
  show: () => string,
): Promise<WitnessAnswer> {
  const { method = '', url = '' } = request
  if (method === 'POST' && url === '/add-checkpoint') {
    const body = await bodyOf(request)
    return body === undefined
      ? { status: 413, text: 'too long\n' }
      : inTurn(() => addCheckpoint(witness, body))
  }
  if (method !== 'GET') return { status: 405, text: 'GET, or POST /add-checkpoint\n' }
  if (url === '/') return { status: 200, text: show(), type: html }
  if (url === '/status')
    return { status: 200, text: statusPage(await statusOf(witness)), type: html }
  if (url === '/status.json') {
    const text = `${JSON.stringify(await statusOf(witness))}\n`
    return { status: 200, text, type: 'application/json' }
  }
  const note = await noteAt(witness, url)
  return note === undefined ? { status: 404, text: 'not found\n' } : { status: 200, text: note }
}

const html = 'text/html; charset=utf-8'

/** The tree that was cosigned last (C2SP tlog-witness), or a note of a fork. */
async function noteAt({ state, forks }: Witness, url: string): Promise<string | undefined> {
  const [, hash = '', n, which] =
    /^\/([0-9a-f]{64})\/(?:checkpoint|forks\/([1-9][0-9]?)\/(cosigned|other))$/.exec(url) ?? []
  if (hash === '') return undefined
  if (which !== 'cosigned' && which !== 'other') return state.noteOf(hash)
  return (await forks.of(hash))[Number(n) - 1]?.[which]
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > maxBodyBytes) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function send(response: ServerResponse, { status, text, type }: WitnessAnswer): void {
  response.writeHead(status, {
    'Content-Type': type ?? 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': `default-src 'none'; style-src '${styleHash}'; frame-ancestors 'none'`,
    ...(status === 413 ? { Connection: 'close' } : {}),
  })
  response.end(text)
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new OperatorError(`Port ${port} cannot be listened on.`, { cause })
  }
}
