import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { feedFromAddress } from '../../../src/ledger/heads/feed-address.ts'
import { mostFileBytes } from '../../../src/ledger/heads/feed-source.ts'
import { feedServer } from '../../../src/ledger/heads/serve-feed.ts'

// The feed of heads for a machine without its folder: what is given at its address, and what is made of an answer.

let folder: string
let base: string
const servers: Server[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'accord-feed-'))
  for (const name of ['heads/epochs/0', 'heads/snapshots/17-3', 'signing'])
    mkdirSync(join(folder, name), { recursive: true })
  for (const [name, text] of [
    ['heads/newest', 'one'],
    ['heads/epochs/0/7', 'seven'],
    ['heads/snapshots/17-3/head', 'snapshot'],
    ['heads/epochs/0/7.new', 'a draft'],
    ['signed.json', 'the memory of the signer'],
  ] as const)
    writeFileSync(join(folder, name), text)
  base = await listening(feedServer(join(folder, 'heads')))
})
afterAll(() => {
  for (const server of servers) server.close().closeAllConnections()
  rmSync(folder, { recursive: true, force: true })
})

async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}

function answering(listener: RequestListener): Promise<string> {
  return listening(createServer(listener))
}

test('each file of the feed is read at the address as in the folder, and what is not there is absent', async () => {
  for (const address of [base, `${base}/`]) {
    const source = feedFromAddress(address)
    const read = async (name: string) => (await source(name))?.toString()
    expect(await read('newest')).toBe('one')
    expect(await read('epochs/0/7')).toBe('seven')
    expect(await read('snapshots/17-3/head')).toBe('snapshot')
    for (const name of ['next', 'epochs/0/8', 'epochs/1/1000', 'snapshots/17-3/0'])
      expect(await read(name)).toBeUndefined()
  }
})

test('what did not change is not sent again, and what did is', async () => {
  const source = feedFromAddress(base)
  expect((await source('newest'))?.toString()).toBe('one')
  const tag = (await fetch(`${base}/newest`)).headers.get('etag') ?? ''
  const again = await fetch(`${base}/newest`, { headers: { 'If-None-Match': tag } })
  expect([again.status, await again.text()]).toEqual([304, ''])
  expect((await source('newest'))?.toString()).toBe('one')
  writeFileSync(join(folder, 'heads/newest'), 'two')
  expect((await source('newest'))?.toString()).toBe('two')
})

test.each([
  '/',
  '/heads/newest',
  '/newest?x',
  '/../signed.json',
  '/epochs/../../signed.json',
  '/%2e%2e/signed.json',
  '/epochs/0/7.new',
  '/epochs/0/%37',
  '/epochs/0',
  '/snapshots/17-3',
])('no other file is given: %s', async (path) => {
  const { port } = new URL(base)
  const { request } = await import('node:http')
  // By hand: no client takes the dots away.
  const asked = request({ host: '127.0.0.1', port, path }).end()
  const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
  answer.resume()
  expect(answer.statusCode).toBe(404)
})

test('nothing but reading is answered', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'HEAD'])
    expect((await fetch(`${base}/newest`, { method })).status).toBe(405)
})

test.each<[string, RequestListener, RegExp]>([
  ['another status', (_, response) => response.writeHead(503).end(), /answers 503/],
  [
    'a redirect, which is not followed',
    (_, response) => response.writeHead(302, { Location: `${base}/newest` }).end(),
    /answers 302/,
  ],
  ['« not changed », of what was never read', (_, r) => r.writeHead(304).end(), /answers 304/],
  [
    'an endless body',
    (_, response) => {
      const part = Buffer.alloc(1024 * 1024)
      const more = (error?: Error | null): unknown =>
        response.destroyed || error ? undefined : response.write(part, more)
      more()
    },
    /too long/,
  ],
  [
    'half a body',
    (_, response) => {
      response.writeHead(200, { 'Content-Length': 9 }).write('half', () => response.destroy())
    },
    /aborted|ECONNRESET|hang up/,
  ],
])('%s is no file, and the feed stands still', async (_, listener, why) => {
  await expect(feedFromAddress(await answering(listener))('newest')).rejects.toThrow(why)
})

test('a file longer than any of the feed is not given', async () => {
  writeFileSync(join(folder, 'heads/epochs/0/9'), Buffer.alloc(mostFileBytes + 1))
  await expect(feedFromAddress(base)('epochs/0/9')).rejects.toThrow('answers 503')
})
