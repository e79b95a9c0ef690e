import { hash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { emptyFrontier, grow, leafHash, rootOf } from '../../../src/base/tlog/merkle.ts'
import type { Signer } from '../../../src/base/tlog/note.ts'
import { signatureLine, signerFrom, signNote } from '../../../src/base/tlog/note.ts'
import { bundleOf, readTilePath, tileWidth } from '../../../src/base/tlog/tiles.ts'
import type { JsonValue } from '../../../src/ledger/chain/index.ts'
import { canonical, entryClasses, logEntry } from '../../../src/ledger/chain/index.ts'

/**
 * A house that serves a log, in this process. It is honest until a test changes what it holds; it has all keys of its log, and
 * those of a witness that a test lets cosign.
 */
export type HostileHouse = {
  readonly url: string
  readonly origin: string
  /** All entries, signed or not. */
  entries: Buffer[]
  /** The lines of `/log/leaves`, by index. */
  readonly leaves: Map<number, { sha256: string; path: string }>
  /** Documents by their path; a function answers in another way. */
  readonly documents: Map<string, Buffer | ((response: ServerResponse) => void)>
  /** Who signs, and who is listed at `/log/vkeys` and in the policy. */
  signers: Signer[]
  listed: Signer[]
  /** Who cosigns, and the lines of the policy about witnesses. */
  witnesses: Signer[]
  witnessLines: string
  keys: { kid: string; purpose: string; x: string }[]
  /** The time that cosignatures say. */
  now: Date
  note: string
  /** The paths that were asked for. */
  readonly asked: string[]
  /** Called at each request, before it is answered. */
  onAsked(): void
  addPeople(count: number): void
  /** @returns the path of the document */
  addPublic(document: { readonly [name: string]: JsonValue }): string
  /** Signs all entries. */
  publish(): void
  close(): Promise<void>
}

const seedOf = (name: string) => Buffer.from(hash('sha256', name), 'hex')

export function logSigner(origin: string, name: string): Signer {
  return signerFrom(origin, 'ed25519', seedOf(`${origin} ${name}`))
}

export function witnessSigner(name: string): Signer {
  return signerFrom(name, 'cosignature', seedOf(name))
}

export async function openHostile(origin = 'log.test/log/2026/p0'): Promise<HostileHouse> {
  const first = logSigner(origin, 'first')
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    house.asked.push(path)
    house.onAsked()
    const body = bodyAt(house, path)
    if (typeof body === 'function') body(response)
    else response.writeHead(body === undefined ? 404 : 200).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const house: HostileHouse = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    origin,
    entries: [],
    leaves: new Map(),
    documents: new Map(),
    signers: [first],
    listed: [first],
    witnesses: [],
    witnessLines: 'quorum none\n',
    keys: [{ kid: 'one', purpose: 'receipt', x: 'AAAA' }],
    now: new Date(),
    note: '',
    asked: [],
    onAsked: () => undefined,
    addPeople(count) {
      for (let n = 0; n < count; n++) house.entries.push(logEntry(randomBytes(32)))
    },
    addPublic(document) {
      const bytes = Buffer.from(canonical(document))
      const sha256 = hash('sha256', bytes)
      const path = `/log/objects/${sha256}.json`
      house.leaves.set(house.entries.length, { sha256, path })
      house.documents.set(path, bytes)
      house.entries.push(logEntry(Buffer.from(sha256, 'hex'), entryClasses.register))
      return path
    },
    publish() {
      const root = rootOf(grow(emptyFrontier, house.entries.map(leafHash)))
      const text = checkpointText({ origin, size: house.entries.length, root })
      const seconds = Math.floor(house.now.getTime() / 1000)
      const lines = house.witnesses.map((witness) => signatureLine(witness, text, seconds))
      house.note = signNote(text, house.signers) + lines.join('')
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  house.addPublic({ kind: 'log-key', origin, vkey: first.verifier.vkey })
  return house
}

function bodyAt(house: HostileHouse, path: string) {
  const log = `/${house.origin.split('/').slice(1).join('/')}`
  const own = house.documents.get(path)
  if (own !== undefined) return own
  const vkeys = house.listed.map(({ verifier }) => verifier.vkey)
  switch (path) {
    case '/log/policy':
      return vkeys.map((vkey) => `log ${vkey} ${house.url}${log}\n`).join('') + house.witnessLines
    case '/log/vkeys':
      return vkeys.map((vkey) => `${vkey}\n`).join('')
    case '/log/leaves':
      return [...house.leaves]
        .map(([index, { sha256, path: at }]) => `${house.origin} ${index} ${sha256} ${at}\n`)
        .join('')
    case '/keys':
      return JSON.stringify({ keys: house.keys })
    case `${log}/checkpoint`:
      return house.note
    default:
      return path.startsWith(`${log}/`) ? tileIn(house, path.slice(log.length + 1)) : undefined
  }
}

function tileIn({ entries }: HostileHouse, path: string): Buffer | undefined {
  const tile = readTilePath(path)
  if (tile === undefined) return undefined
  const [from, to] = [tile.index * tileWidth, tile.index * tileWidth + tile.width]
  if (tile.level === 'entries')
    return to > entries.length ? undefined : bundleOf(entries.slice(from, to))
  const hashes = new Map<number, Buffer>()
  grow(emptyFrontier, entries.map(leafHash), ({ level, index }, node) => {
    if (level === Number(tile.level) * 8) hashes.set(index, node)
  })
  const found = Array.from({ length: tile.width }, (_, i) => hashes.get(from + i))
  return found.every((one) => one !== undefined) ? Buffer.concat(found) : undefined
}
