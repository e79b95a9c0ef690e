import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { makeSigner, readFarPairs } from '../../../src/base/platform/far-signer.ts'
import { createMissingKeys, openKeys } from '../../../src/base/platform/keys.ts'
import type { LogFields } from '../../../src/base/platform/log.ts'
import { Problem, Unavailable } from '../../../src/base/platform/refusal.ts'
import type { HeldPairs, SigningPort, ToSign } from '../../../src/base/platform/signer.ts'
import { isSignature, publicKeyOf } from '../../../src/base/platform/signer.ts'
import { frameOf, readFrame } from '../../../src/base/platform/signer-shapes.ts'
import { serveSigner } from '../../../src/base/platform/signer-service.ts'
import { StartError } from '../../../src/base/platform/start-error.ts'
import { newFolder } from '../../support/fault-process.ts'

// A signer at a socket, and those that only say that they are one. That one in a process of its own signs what people sign in with is in
// test/provider/signer.test.ts.

let dir: string
let keysDir: string
let path: string
let served: Awaited<ReturnType<typeof serveSigner>>
let pairs: HeldPairs
let signer: SigningPort
let impostor: Server | undefined
const held: Socket[] = []
const errors: LogFields[] = []
const nothing = () => undefined
const log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (fields: LogFields) => void errors.push(fields),
}
const bytes = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30')

beforeAll(async () => {
  dir = newFolder()
  keysDir = join(dir, 'keys')
  path = join(dir, 'signer')
  await createMissingKeys(keysDir, { rsa: true })
  served = await serveSigner({ keysDir, socketPath: path, purposes: ['id-token', 'id-token-rsa'] })
  pairs = await readFarPairs(path)
  signer = signerAt(path)
})
beforeEach(() => errors.splice(0))
afterEach(async () => {
  for (const socket of held.splice(0)) socket.destroy()
  await closed(impostor)
  impostor = undefined
})
afterAll(async () => {
  await served.close()
  rmSync(dir, { recursive: true, force: true })
})

test.each([
  ['id-token', 'ES256'],
  ['id-token-rsa', 'RS256'],
  ['id-token-rsa', 'PS256'],
] as const)('%s signs by %s as JWS has it', async (purpose, alg) => {
  const [jwk = {}] = pairs[purpose]
  const asked = { purpose, kid: jwk.kid ?? '', alg, bytes }
  const signature = await signer.sign(asked)
  expect(await isSignature(publicKeyOf(jwk), asked, signature)).toBe(true)
  const others = { ...asked, bytes: Buffer.from('other') }
  expect(await isSignature(publicKeyOf(jwk), others, signature)).toBe(false)
  await signer.check()
})

test('a socket gives public halves alone, under the names that the files have', async () => {
  const { idToken, idTokenRsa } = await openKeys(keysDir)
  expect(kids(pairs['id-token'])).toEqual(kids(idToken))
  expect(kids(pairs['id-token-rsa'])).toEqual(kids(idTokenRsa))
  const said = JSON.stringify(await asked(frameOf({ ask: 'keys' })))
  for (const { d = '?' } of [...idToken, ...idTokenRsa]) expect(said).not.toContain(d)
  expect(said).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
})

test('only its owner and its group may ask', async () => {
  expect(statSync(path).mode & 0o777).toBe(0o660)
  chmodSync(path, 0o666)
  await expect(readFarPairs(path)).rejects.toThrow('everybody on this machine may sign')
  chmodSync(path, 0o660)
})

test('nothing is signed by a key that it does not hold, nor by another algorithm', async () => {
  const kid = pairs['id-token'][0]?.kid ?? ''
  const question = { ask: 'sign', purpose: 'id-token', kid, alg: 'ES256', bytes: 'e30' }
  expect(await asked(raw(question))).toHaveProperty('signature')
  for (const change of [
    { purpose: 'decision' },
    { purpose: 'id-token-rsa' },
    { kid: 'another' },
    { alg: 'RS256' },
    { alg: 'none' },
    { bytes: 'not base64!' },
    { more: 1 },
  ])
    expect(Object.keys(await asked(raw({ ...question, ...change })))).toEqual(['refused'])
})

test('what is no frame gets no answer, and the next question does', async () => {
  const huge = Buffer.alloc(4)
  huge.writeUInt32BE(0x7f_ff_ff_ff)
  const twice = Buffer.concat([frameOf({ ask: 'keys' }), frameOf({ ask: 'keys' })])
  for (const frame of [huge, twice, raw('no question'), Buffer.from('GET / HTTP/1.1\r\n\r\n')])
    expect(await asked(frame).catch(() => 'nothing')).toSatisfy(
      (answer: unknown) => answer === 'nothing' || 'refused' in (answer as object),
    )
  expect(await asked(frameOf({ ask: 'keys' }))).toHaveProperty('keys')
})

test('a second signer does not take the place of one that answers, and takes that of one that was killed', async () => {
  const purposes = ['id-token'] as const
  await expect(serveSigner({ keysDir, socketPath: path, purposes })).rejects.toThrow(StartError)
  const left = join(dir, 'left')
  const killed = createServer().listen(left)
  await once(killed, 'listening')
  // Linux keeps the file of a socket whose process was killed; so does this one, which is closed under another name.
  linkSync(left, `${left}-kept`)
  await closed(killed)
  renameSync(`${left}-kept`, left)
  await (await serveSigner({ keysDir, socketPath: left, purposes })).close()
})

test('a signer without a key of its purpose does not start', async () => {
  rmSync(join(dir, 'empty'), { recursive: true, force: true })
  await createMissingKeys(join(dir, 'empty'))
  const serving = { keysDir: join(dir, 'empty'), socketPath: join(dir, 'none') }
  await expect(serveSigner({ ...serving, purposes: ['id-token-rsa'] })).rejects.toThrow(StartError)
})

const { privateKey: stranger } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strangers = sign('sha256', bytes, { key: stranger, dsaEncoding: 'ieee-p1363' }).toString(
  'base64url',
)

test.each<[string, (socket: Socket, kid: string) => void]>([
  ['another’s signature', (socket, kid) => socket.end(raw({ kid, signature: strangers }))],
  ['another’s name', (socket) => socket.end(raw({ kid: 'another', signature: strangers }))],
  ['an empty signature', (socket, kid) => socket.end(raw({ kid, signature: '' }))],
  ['no signature', (socket, kid) => socket.end(raw({ kid }))],
  ['a refusal', (socket) => socket.end(raw({ refused: 'no' }))],
  ['no JSON', (socket) => socket.end(Buffer.from([0, 0, 0, 1, 0x7b]))],
  ['half a frame', (socket) => socket.end(Buffer.from([0, 0, 0, 9, 0x7b]))],
  ['a huge frame', (socket) => socket.end(Buffer.alloc(1_000_000, 0x7f))],
  ['nothing, for ever', () => undefined],
  ['nothing, at once', (socket) => socket.end()],
])('a signer that answers with %s is not believed', async (_what, answer) => {
  const at = await impostorAt(answer)
  const from = performance.now()
  await expect(signerAt(at).sign(toSign())).rejects.toThrow(Unavailable)
  expect(performance.now() - from).toBeLessThan(2000)
  const [{ code, why } = {}, ...more] = errors
  expect({
    isKnown: /^SIGNER_(WRONG|SILENT)$/.test(code ?? ''),
    isSaid: Boolean(why),
    more,
  }).toEqual({ isKnown: true, isSaid: true, more: [] })
})

test('a signer without the keys that sign is not ready', async () => {
  const at = await impostorAt((socket) => socket.end(raw({ keys: {} })))
  await expect(signerAt(at).check()).rejects.toThrow(Problem)
  expect(errors).toEqual([])
})

test('a signer that is away is waited for, and no longer than two seconds', async () => {
  const later = join(dir, 'later')
  const from = performance.now()
  await expect(signerAt(later).sign(toSign())).rejects.toThrow(Unavailable)
  await expect(signerAt(later).check()).rejects.toThrow('signer')
  expect(performance.now() - from).toBeLessThan(4000)
  const waiting = signerAt(later).sign(toSign())
  const back = await serveSigner({ keysDir, socketPath: later, purposes: ['id-token'] })
  expect(await waiting).toHaveLength(64)
  await back.close()
  expect(errors).toEqual([])
})

function signerAt(at: string): SigningPort {
  return makeSigner(
    { idToken: pairs['id-token'], idTokenRsa: pairs['id-token-rsa'], signals: pairs.signals },
    at,
    log,
  )
}

function kids(of: readonly { kid?: string }[]): (string | undefined)[] {
  return of.map(({ kid }) => kid)
}

function toSign(): ToSign {
  return { purpose: 'id-token', kid: pairs['id-token'][0]?.kid ?? '', alg: 'ES256', bytes }
}

async function impostorAt(answer: (socket: Socket, kid: string) => void): Promise<string> {
  const at = join(dir, 'impostor')
  const opened = createServer({ allowHalfOpen: true }, (socket) => {
    held.push(socket.on('error', nothing))
    socket.once('data', () => answer(socket, toSign().kid))
  })
  impostor = opened
  opened.listen(at)
  await once(opened, 'listening')
  return at
}

async function closed(server: Server | undefined): Promise<void> {
  if (server === undefined) return
  server.close()
  await once(server, 'close')
}

async function asked(frame: Buffer): Promise<object> {
  const socket = connect(path)
  socket.on('error', nothing)
  socket.end(frame)
  try {
    return (await readFrame(socket)) as object
  } finally {
    socket.destroy()
  }
}

function raw(value: unknown): Buffer {
  return frameOf(value as Parameters<typeof frameOf>[0]) // what a program of somebody else may send
}
