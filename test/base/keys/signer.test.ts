import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { addWaitingPair, stopSigning } from '../../../src/base/keys/key-pairs.ts'
import { readFarKeys } from '../../../src/base/keys/remote-keys.ts'
import { makeSigner } from '../../../src/base/keys/remote-signer.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { Problem, Unavailable } from '../../../src/base/values/refusal.ts'
import type { HeldPairs, SigningPort, ToSign } from '../../../src/base/keys/signer.ts'
import { farPurposes, isSignature, pairsOf, publicKeyOf } from '../../../src/base/keys/signer.ts'
import { frameOf, frameReader } from '../../../src/base/keys/signer-protocol.ts'
import { serveSigner } from '../../../src/base/keys/signer-service.ts'
import { StartError } from '../../../src/base/values/start-error.ts'
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
// A signer is waited for during a second and a half; this machine does other things.
const soonMs = 10_000
const warned: LogFields[] = []
const log = {
  debug: nothing,
  info: nothing,
  warn: (fields: LogFields) => void warned.push(fields),
  error: (fields: LogFields) => void errors.push(fields),
}
const usual = { perSecond: 100_000, log }
const bytes = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30')

beforeAll(async () => {
  dir = newFolder()
  keysDir = join(dir, 'keys')
  path = join(dir, 'signer')
  await createMissingKeys(keysDir, { rsa: true, upstream: true, signals: true })
  served = await serveSigner({ keysDir, socketPath: path, purposes: farPurposes, ...usual })
  pairs = (await readFarKeys(path, log)).pairs
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
  ['upstream', 'ES256'],
  ['signals', 'RS256'],
  ['decision', 'ES256'],
  ['receipt', 'Ed25519'],
] as const)('%s signs by %s as JWS has it', async (purpose, alg) => {
  const [jwk = {}] = pairs[purpose]
  const asked = { purpose, kid: jwk.kid ?? '', alg, bytes }
  const signature = await signer.sign(asked)
  expect(isSignature(publicKeyOf(jwk), asked, signature)).toBe(true)
  const others = { ...asked, bytes: Buffer.from('other') }
  expect(isSignature(publicKeyOf(jwk), others, signature)).toBe(false)
  await signer.check()
})

test('a socket gives public halves alone, under the names that the files have', async () => {
  const held = pairsOf(await openKeys(keysDir))
  const said = JSON.stringify(await asked([{ ask: 'keys' }]))
  for (const purpose of farPurposes) {
    expect(kids(pairs[purpose])).toEqual(kids(held[purpose]))
    for (const { d = '?' } of held[purpose]) expect(said).not.toContain(d)
  }
  expect(said).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
})

test('only its owner and its group may ask', async () => {
  expect(statSync(path).mode & 0o777).toBe(0o660)
  chmodSync(path, 0o666)
  await expect(readFarKeys(path, log)).rejects.toThrow('everybody on this machine may sign')
  chmodSync(path, 0o660)
})

test('nothing is signed by a key that it does not hold, nor by another algorithm; each refusal is a line', async () => {
  const kid = pairs['id-token'][0]?.kid ?? ''
  const question = { ask: 'sign', purpose: 'id-token', kid, alg: 'ES256', bytes: 'e30' }
  expect(await asked([question])).toEqual([expect.objectContaining({ kid })])
  const changes = [
    { purpose: 'pairwise' },
    { purpose: 'decision' },
    { purpose: 'id-token-rsa' },
    { kid: 'another' },
    { alg: 'RS256' },
    { alg: 'none' },
    { bytes: 'not base64!' },
    { more: 1 },
  ]
  warned.splice(0)
  const answers = await asked(changes.map((change) => ({ ...question, ...change })))
  expect(answers.map((answer) => Object.keys(answer as object))).toEqual(
    changes.map(() => ['id', 'refused']),
  )
  expect(warned.map(({ code }) => code)).toEqual(changes.map(() => 'SIGNER_REFUSES'))
  expect(JSON.stringify(warned)).not.toContain('e30')
})

test('a key that signs no more is published and signs nothing', async () => {
  const folder = join(dir, 'halves')
  await createMissingKeys(folder)
  await addWaitingPair(folder, 'decision')
  const [, old] = (await openKeys(folder)).decision
  await stopSigning(folder, 'decision', old?.kid ?? '')
  const at = join(dir, 'half')
  const own = { keysDir: folder, socketPath: at, purposes: ['decision'] as const, ...usual }
  const halved = await serveSigner(own)
  const { decision } = (await readFarKeys(at, log)).pairs
  expect(decision).toHaveLength(2)
  const ask = { purpose: 'decision', kid: old?.kid ?? '', alg: 'ES256', bytes } as const
  const port = makeSigner({ decision }, at, log)
  await expect(port.sign(ask)).rejects.toThrow(Unavailable)
  await halved.close()
})

test('what is no frame gets no answer, and the next question does', async () => {
  const huge = Buffer.alloc(4)
  huge.writeUInt32BE(0x7f_ff_ff_ff)
  for (const frame of [
    huge,
    frameOf('no question' as never),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ])
    expect(await said(frame)).toEqual([])
  expect(await asked([{ ask: 'keys' }, { ask: 'keys' }])).toHaveLength(2)
})

test('questions beyond the rate are refused, and are answered in a moment', async () => {
  const at = join(dir, 'slow')
  const slow = await serveSigner({
    keysDir,
    socketPath: at,
    purposes: ['id-token'],
    perSecond: 20,
    log,
  })
  warned.splice(0)
  const many = Array.from({ length: 50 }, (_, n) => ({ id: n, ask: 'keys' }))
  const answers = await said(Buffer.concat(many.map(frameOf)), at)
  expect(answers.filter((answer) => 'keys' in (answer as object)).length).toBeLessThan(25)
  expect(answers).toContainEqual(expect.objectContaining({ isBusy: true }))
  expect(warned.map(({ code }) => code)).toEqual(['SIGNER_BUSY'])
  // Whoever asks by the port waits for its turn.
  expect(await signerAt(at).sign(toSign())).toHaveLength(64)
  await slow.close()
})

test('a second signer does not take the place of one that answers, and takes that of one that was killed', async () => {
  const purposes = ['id-token'] as const
  await expect(serveSigner({ keysDir, socketPath: path, purposes, ...usual })).rejects.toThrow(
    StartError,
  )
  const left = join(dir, 'left')
  const killed = createServer().listen(left)
  await once(killed, 'listening')
  // Linux keeps the file of a socket whose process was killed; so does this one, which is closed under another name.
  linkSync(left, `${left}-kept`)
  await closed(killed)
  renameSync(`${left}-kept`, left)
  await (await serveSigner({ keysDir, socketPath: left, purposes, ...usual })).close()
})

test('a signer without a key of its purpose does not start', async () => {
  rmSync(join(dir, 'empty'), { recursive: true, force: true })
  await createMissingKeys(join(dir, 'empty'))
  const serving = { keysDir: join(dir, 'empty'), socketPath: join(dir, 'none') }
  await expect(serveSigner({ ...serving, ...usual, purposes: ['id-token-rsa'] })).rejects.toThrow(
    StartError,
  )
})

const { privateKey: stranger } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strangers = sign('sha256', bytes, { key: stranger, dsaEncoding: 'ieee-p1363' }).toString(
  'base64url',
)

test.each<[string, (socket: Socket, kid: string) => void]>([
  ['another’s signature', (socket, kid) => socket.end(raw({ id: 0, kid, signature: strangers }))],
  ['another’s name', (socket) => socket.end(raw({ id: 0, kid: 'another', signature: strangers }))],
  ['an empty signature', (socket, kid) => socket.end(raw({ id: 0, kid, signature: '' }))],
  ['no signature', (socket, kid) => socket.end(raw({ id: 0, kid }))],
  ['a number that was not asked', (socket, kid) => socket.end(raw({ id: 7, kid }))],
  ['no number', (socket, kid) => socket.end(raw({ kid, signature: strangers }))],
  ['a refusal', (socket) => socket.end(raw({ id: 0, refused: 'no' }))],
  ['no JSON', (socket) => socket.end(Buffer.from([0, 0, 0, 1, 0x7b]))],
  ['half a frame', (socket) => socket.end(Buffer.from([0, 0, 0, 9, 0x7b]))],
  ['a huge frame', (socket) => socket.end(Buffer.alloc(1_000_000, 0x7f))],
  ['nothing, for ever', () => undefined],
  ['nothing, at once', (socket) => socket.end()],
])('a signer that answers with %s is not believed', async (_what, answer) => {
  const at = await impostorAt(answer)
  const from = performance.now()
  await expect(signerAt(at).sign(toSign())).rejects.toThrow(Unavailable)
  expect(performance.now() - from).toBeLessThan(soonMs)
  const [{ code, why } = {}, ...more] = errors
  expect({
    isKnown: /^SIGNER_(WRONG|SILENT)$/.test(code ?? ''),
    isSaid: Boolean(why),
    more,
  }).toEqual({ isKnown: true, isSaid: true, more: [] })
})

test('a signer without the keys that sign is not ready', async () => {
  const at = await impostorAt((socket) => socket.end(raw({ id: 0, keys: {} })))
  await expect(signerAt(at).check()).rejects.toThrow(Problem)
  expect(errors).toEqual([])
})

test('a signer that is away is waited for, and not for long', async () => {
  const later = join(dir, 'later')
  const from = performance.now()
  await expect(signerAt(later).sign(toSign())).rejects.toThrow(Unavailable)
  await expect(signerAt(later).check()).rejects.toThrow('signer')
  expect(performance.now() - from).toBeLessThan(soonMs)
  const waiting = signerAt(later).sign(toSign())
  const back = await serveSigner({
    keysDir,
    socketPath: later,
    purposes: ['id-token'],
    ...usual,
  })
  expect(await waiting).toHaveLength(64)
  await back.close()
  expect(errors).toEqual([])
})

function signerAt(at: string): SigningPort {
  return makeSigner(
    {
      idToken: pairs['id-token'],
      idTokenRsa: pairs['id-token-rsa'],
      upstream: pairs.upstream,
      signals: pairs.signals,
      decision: pairs.decision,
      receipt: pairs.receipt,
    },
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

/** Asks over one connection. @returns the answers, in the order of the questions */
async function asked(questions: readonly object[]): Promise<unknown[]> {
  const frames = questions.map((question, id) => raw({ id, ...question }))
  const answers = (await said(Buffer.concat(frames))) as { id: number }[]
  return answers.toSorted((a, b) => a.id - b.id)
}

/** What is answered until the other end closes the connection. */
async function said(bytesOf: Buffer, at = path): Promise<unknown[]> {
  const socket = connect(at)
  socket.on('error', nothing)
  socket.end(bytesOf)
  const reader = frameReader()
  const frames: unknown[] = []
  for await (const chunk of socket) frames.push(...reader.take(chunk as Buffer))
  return frames
}

function raw(value: object): Buffer {
  return frameOf(value)
}
