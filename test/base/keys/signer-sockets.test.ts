import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { linkSync, rmSync, statSync } from 'node:fs'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMissingKeys } from '../../../src/base/keys/keys.ts'
import { socketPlaces } from '../../../src/base/keys/signer-sockets.ts'
import { socketsByPurpose } from '../../../src/base/values/key-purposes.ts'
import { newFolder, until } from '../../support/fault-process.ts'
import { logged, noteKeys } from '../../support/secrets.ts'
import { askAt } from '../../support/signer.ts'

// The sockets of a signer: its own, or those that are handed to it, as systemd does (sd_listen_fds(3)).

let dir: string

beforeAll(() => {
  dir = newFolder()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const pid = 7
const handed = (names: string, count = names.split(':').length) => ({
  LISTEN_PID: String(pid),
  LISTEN_FDS: String(count),
  LISTEN_FDNAMES: names,
})

test('a signer has a socket for each of its purposes, and none for another', () => {
  const purposes = ['decision', 'log'] as const
  const places = (dirOf: string | undefined, env = {}) =>
    socketPlaces(purposes, { dir: dirOf, env, pid })
  expect(places('/run/signer')).toEqual([
    { purpose: 'decision', path: '/run/signer/decision' },
    { purpose: 'log', path: '/run/signer/log' },
  ])
  // Several of one purpose: each user who may ask has his own.
  expect(places(undefined, handed('decision:log:decision'))).toEqual([
    { purpose: 'decision', descriptor: 3 },
    { purpose: 'log', descriptor: 4 },
    { purpose: 'decision', descriptor: 5 },
  ])
  expect(() => places(undefined)).toThrow('--sockets')
  expect(() => places('/run/signer', handed('decision:log'))).toThrow('--sockets')
  expect(() => places(undefined, handed('decision'))).toThrow('none is of log')
  expect(() => places(undefined, handed('decision:log:receipt'))).toThrow('no key is for receipt')
  expect(() => places(undefined, handed('decision:log', 3))).toThrow('no key is for ')
  expect(() => places(undefined, handed('decision:log:constructor'))).toThrow('constructor')
  // Those of the process that started this one are not its own.
  expect(() => places(undefined, { ...handed('decision:log'), LISTEN_PID: '8' })).toThrow(
    '--sockets',
  )
})

test('a process finds each socket by its name, once', () => {
  expect(socketsByPurpose(['/run/a/decision', '/run/b/log'])).toEqual({
    decision: '/run/a/decision',
    log: '/run/b/log',
  })
  for (const paths of [
    ['run/decision'],
    ['/run/a/decision', '/run/b/decision'],
    ['/run/socket'],
    ['/run/seal'],
    ['/run/decision/'],
  ])
    expect(socketsByPurpose(paths), paths.join()).toBeUndefined()
})

test('a signer answers at a socket that was handed to it, for its purpose, and leaves the file', async () => {
  const keysDir = join(dir, 'keys')
  await createMissingKeys(keysDir)
  noteKeys(keysDir)
  const [path, server] = await openedSocket()
  const words = ['--import', './src/guard.js', './src/accord.ts', 'signer', 'serve']
  words.push('--keys', keysDir, '--issuer', 'https://accord.example', 'decision')
  // What starts it knows its number only then.
  const script = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=decision exec "$0" "$@"'
  const child = spawn('sh', ['-c', script, process.execPath, ...words], {
    cwd: join(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'inherit', descriptorOf(server)],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
  })
  try {
    server.close()
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      logged(`process-${child.pid}`, text)
    })
    // A question that comes before it listens waits for it.
    const [answer] = await askAt(path, [{ ask: 'keys' }])
    expect(Object.keys(answer?.['keys'] ?? {})).toEqual(['decision'])
    await until('it says for whom', () =>
      Promise.resolve(said.includes('signer of https://accord.example')),
    )
  } finally {
    child.kill('SIGTERM')
    await once(child, 'close')
  }
  // Whoever handed it over takes it away.
  expect(statSync(path).isSocket()).toBe(true)
})

/** A socket that another process goes on with: what opened it does not take its file away. */
async function openedSocket(): Promise<[string, Server]> {
  const [first, path] = [join(dir, 'first'), join(dir, 'decision')]
  const server = createServer()
  server.listen(first)
  await once(server, 'listening')
  linkSync(first, path)
  return [path, server]
}

function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } }
  return handle.fd
}
