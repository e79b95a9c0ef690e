import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLog } from '../../../src/base/logging/log.ts'
import {
  callFault,
  isAllowed,
  isSpecialAddress,
  postForm,
  postJson,
  postText,
} from '../../../src/base/outbound/guarded-http.ts'
import { backchannelLogoutJobs } from '../../../src/provider/index.ts'

const special = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  '64:ff9b::127.0.0.1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fdff::1',
  'fe80::1',
  'febf::1',
  'ff02::1',
]

test.each(special)('%s is a special-use address', (address) => {
  expect(isSpecialAddress(address)).toBe(true)
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700::1111',
  '2a00:1450::1',
])('%s is an address of the open Internet', (address) => {
  expect(isSpecialAddress(address)).toBe(false)
})

test.each([
  ['https://sp.example.test/x', 'public'],
  ['https://sp.example.test:8443/x', 'public'],
  ['http://sp.example.test/x', 'refused'],
  ['https://me:too@sp.example.test/', 'refused'],
  ['https://me@sp.example.test/', 'refused'],
  ['file:///etc/passwd', 'refused'],
  ['ftp://sp.example.test/', 'refused'],
  ['data:text/plain,x', 'refused'],
  ['https://named.example.test:8443/x', 'named'],
  ['https://NAMED.example.test:8443/x', 'named'],
  ['https://other.example.test/x', 'named'],
  ['https://other.example.test:444/x', 'public'],
  ['http://named.example.test:8443/x', 'refused'],
  ['http://localhost:3001/x', 'named'],
  ['http://localhost:3002/x', 'refused'],
  ['http://localhost.evil.test:3001/x', 'refused'],
  ['http://localhost:3001@evil.test/x', 'refused'],
  ['ftp://localhost:3001/x', 'refused'],
  ['http://127.0.0.1:3001/x', 'refused'],
] as const)('%s is %s', (url, expected) => {
  const named = ['named.example.test:8443', 'other.example.test:443', 'localhost:3001']
  expect(isAllowed(new URL(url), named)).toBe(expected)
})

const oddPort = 'must have a port of 1 to 65535, without zeros before it'

test.each([
  ['https://sp.example.test/x?y=z', undefined],
  ['https://sp.example.test:443/', undefined],
  ['https://named.example.test:8443/x', undefined],
  ['http://localhost:3001/x', undefined],
  ['http://sp.example.test/x', 'must begin with https://'],
  ['no address', 'must begin with https://'],
  ['https://me@sp.example.test/', 'must have no name and no password'],
  ['https://accord.example.test/', 'is an address of this broker'],
  ['https://ACCORD.example.test.:443/x', 'is an address of this broker'],
  ['https://127.1/', 'must be at a name, not at an IP address'],
  ['https://[::1]/', 'must be at a name, not at an IP address'],
  ['https://203.0.113.5./', 'must be at a name, not at an IP address'],
  ['https://localhost/', 'must be at a public name'],
  ['https://localhost./', 'must be at a public name'],
  ['https://a.LOCALHOST/', 'must be at a public name'],
  ['https://intranet/', 'must be at a public name'],
  ['https://printer.local/', 'must be at a public name'],
  ['https://db.internal./', 'must be at a public name'],
  ['https://localhost:3001/', undefined],
  ['https://localhost.example.test/', undefined],
  ['https://sp.example.test:22/', 'must be at port 443'],
  ['https://sp.example.test:8443/', 'must be at port 443'],
  ['https://named.example.test:9/', 'must be at port 443'],
  ['https://sp.example.test:0/', oddPort],
  ['https://sp.example.test:051004/', oddPort],
  ['https://sp.example.test:0443/', oddPort],
  ['https://sp.example.test:/', oddPort],
  ['https://named.example.test:08443/', oddPort],
])('an address that others chose and we would call, %s: %s', (url, fault) => {
  const outboundAllow = ['named.example.test:8443', 'localhost:3001', 'accord.example.test:443']
  const own = { issuer: 'https://accord.example.test', outboundAllow }
  expect(callFault(url, own)).toBe(fault)
})

test.each([
  'https://127.0.0.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://127.1/',
  'https://0/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://169.254.169.254/',
  'https://10.0.0.1/',
  'https://localhost/',
  'https://localhost./',
  'https://x.localhost/',
  'http://localhost/',
  'https://127.0.0.1./',
])('nothing is sent to %s', async (url) => {
  await expect(postForm(url, { logout_token: 'x' }, [])).rejects.toThrow()
})

let server: Server
let port: number
let resets = 0
let heard: { path: string; type: string; body: string }[]

beforeAll(async () => {
  heard = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      heard.push({ path: String(request.url), type: String(request.headers['content-type']), body })
      response.on('close', () => (resets += response.writableFinished ? 0 : 1))
      if (request.url === '/redirect') response.writeHead(307, { Location: '/inside' })
      else if (request.url === '/endless') {
        response.writeHead(200)
        const more = setInterval(() => response.write('x'.repeat(65_536)), 1)
        response.on('close', () => clearInterval(more))
        return
      } else response.writeHead(request.url?.startsWith('/broken') === true ? 500 : 200)
      response.end(request.url === '/long' ? 'x'.repeat(60_000) : '')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as AddressInfo)
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

test('an address that the operator named is called, with the form', async () => {
  const url = `http://127.0.0.1:${port}/ok`
  expect(await postForm(url, { logout_token: 'a b&c' }, [`127.0.0.1:${port}`])).toBe(200)
  expect(heard.at(-1)).toEqual({
    path: '/ok',
    type: 'application/x-www-form-urlencoded',
    body: 'logout_token=a+b%26c',
  })
})

test('what becomes of a notice is kept under its name: confirmed, given up at the last try, or nobody to tell', async () => {
  const kept: unknown[] = []
  const settle = async (...of: unknown[]) => void kept.push(of)
  const told = { clientId: 'library', accountId: 'a', sid: 's', jti: 'n' }
  const tell = async (path: string | undefined, attempt: number, payload: object = told) => {
    const minted =
      path === undefined ? undefined : { url: `http://127.0.0.1:${port}${path}`, token: 't' }
    const jobs = backchannelLogoutJobs(async () => minted, [`127.0.0.1:${port}`], settle)
    await jobs['signals.back-channel-logout']?.(payload, { attempt, maxAttempts: 2 }).catch(
      () => 'failed',
    )
    return kept.splice(0)
  }
  expect(await tell('/broken', 1)).toEqual([])
  expect(await tell('/broken', 2)).toEqual([['n', 'given-up']])
  expect(await tell('/ok', 2)).toEqual([['n', 'confirmed']])
  expect(await tell(undefined, 1)).toEqual([['n', undefined]])
  // Of the release before: without a name.
  expect(await tell('/ok', 1, { ...told, jti: undefined })).toEqual([])
})

test('a job that tells a service says which service, which host and what it answered, and no path', async () => {
  const named = [`127.0.0.1:${port}`, '127.0.0.1:9']
  const tell = async (url: string) => {
    const jobs = backchannelLogoutJobs(
      () => Promise.resolve({ url, token: 'a-token' }),
      named,
      async () => undefined,
    )
    const told = { clientId: 'library', accountId: 'a', sid: 's' }
    const failed: unknown = await jobs['signals.back-channel-logout']?.(told, {
      attempt: 1,
      maxAttempts: 2,
    }).catch((error: unknown) => error)
    const lines: string[] = []
    openLog('info', { write: (line) => lines.push(line) }).warn({ error: failed }, 'job failed')
    expect(lines.join('')).not.toMatch(/a-token|secret-path/)
    return JSON.parse(lines[0] ?? '{}') as Record<string, unknown>
  }
  const serviceId = 'library'
  expect(await tell(`http://127.0.0.1:${port}/broken?secret-path`)).toMatchObject({
    serviceId,
    host: `127.0.0.1:${port}`,
    status: 500,
    why: 'answered 500',
  })
  expect(await tell('http://127.0.0.1:9/secret-path')).toMatchObject({
    serviceId,
    host: '127.0.0.1:9',
    why: 'no answer (ECONNREFUSED)',
  })
  expect(await tell('http://127.0.0.1:10/secret-path')).toMatchObject({
    serviceId,
    host: '127.0.0.1:10',
    why: 'this address may not be called',
  })
})

test('the same address on another port is not called', async () => {
  const before = heard.length
  const url = `http://127.0.0.1:${port}/ok`
  await expect(postForm(url, {}, [`127.0.0.1:${port + 1}`, 'localhost:80'])).rejects.toThrow()
  expect(heard).toHaveLength(before)
})

test('a redirect is not followed', async () => {
  const before = heard.length
  const status = await postForm(`http://127.0.0.1:${port}/redirect`, {}, [`127.0.0.1:${port}`])
  expect(status).toBe(307)
  expect(heard.slice(before).map((one) => one.path)).toEqual(['/redirect'])
})

test.each<[string, (url: string, allowed: string[]) => Promise<unknown>]>([
  ['a form', (url, allowed) => postForm(url, {}, allowed)],
  ['JSON', (url, allowed) => postJson(url, {}, {}, allowed)],
  ['text', (url, allowed) => postText(url, '', allowed).catch(() => 200)],
])(
  'an endless answer to %s is cut off after 64 KiB, long before its time is over',
  async (_, post) => {
    const asked = performance.now()
    expect(await post(`http://127.0.0.1:${port}/endless`, [`127.0.0.1:${port}`])).toBe(200)
    await expect.poll(() => connectionsOf(server)).toBe(0)
    // Its time is five seconds.
    expect(performance.now() - asked).toBeLessThan(4500)
  },
)

test('an answer of usual length is read to its end', async () => {
  const before = resets
  expect(await postForm(`http://127.0.0.1:${port}/long`, {}, [`127.0.0.1:${port}`])).toBe(200)
  await expect.poll(() => connectionsOf(server)).toBe(0)
  expect(resets).toBe(before)
})

function connectionsOf(one: Server): Promise<number> {
  return new Promise((resolve) => one.getConnections((_, count) => resolve(count)))
}
