import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
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
import type { SocketPlace } from '../../../src/base/keys/signer-sockets.ts'
import { systemClock } from '../../../src/base/values/clock.ts'
import type { SignerSockets } from '../../../src/base/values/key-purposes.ts'
import { servedPurposes } from '../../../src/base/values/key-purposes.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { newFolder } from '../../support/fault-process.ts'
import { askAt, saidAt, socketsIn, statement } from '../../support/signer.ts'

// A signer at a socket, and those that only say that they are one. That one in a process of its own signs what people sign in with is in
// test/provider/signer.test.ts.

const issuer = 'https://accord.example'
let dir: string
let keysDir: string
let sockets: SignerSockets
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
const usual = { perSecond: 100_000, log, issuer, clock: systemClock }

beforeAll(async () => {
  dir = newFolder()
  keysDir = join(dir, 'keys')
  sockets = socketsIn(dir, farPurposes)
  path = join(dir, 'id-token')
  await createMissingKeys(keysDir, { rsa: true, upstream: true, signals: true })
  served = await serveSigner({
    keysDir,
    sockets: placesOf(sockets),
    purposes: farPurposes,
    ...usual,
  })
  pairs = (await readFarKeys(sockets, log)).pairs
  signer = signerAt(sockets)
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
  const kid = jwk.kid ?? ''
  const bytes = statement(purpose, { iss: issuer, alg, kid })
  const asked = { purpose, kid, alg, bytes }
  const signature = await signer.sign(asked)
  expect(isSignature(publicKeyOf(jwk), asked, signature)).toBe(true)
  const others = { ...asked, bytes: Buffer.from('other') }
  expect(isSignature(publicKeyOf(jwk), others, signature)).toBe(false)
  await signer.check()
})

test('a socket gives public halves alone, under the names that the files have', async () => {
  const held = pairsOf(await openKeys(keysDir))
  for (const purpose of farPurposes) {
    const answers = await askAt(sockets[purpose] ?? '', [{ ask: 'keys' }])
    const said = JSON.stringify(answers)
    // Of its own purpose alone.
    expect(answers.map(({ keys }) => Object.keys(keys as object))).toEqual([[purpose]])
    expect(kids(pairs[purpose])).toEqual(kids(held[purpose]))
    for (const { d = '?' } of held[purpose]) expect(said).not.toContain(d)
    expect(said).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
  }
})

test('each purpose has a socket of its own, which its owner alone may open', async () => {
  for (const at of Object.values(sockets)) expect(statSync(at).mode & 0o777).toBe(0o600)
  for (const more of [0o060, 0o006]) {
    chmodSync(path, 0o600 | more)
    await expect(readFarKeys(sockets, log)).rejects.toThrow('others than its owner may sign')
  }
  chmodSync(path, 0o600)
  // Nor where they may put another one there.
  chmodSync(dir, 0o770)
  await expect(readFarKeys(sockets, log)).rejects.toThrow('may be exchanged by others')
  chmodSync(dir, 0o700)
  const elsewhere = { decision: path }
  await expect(readFarKeys(elsewhere, log)).rejects.toThrow('has no key of purpose decision')
})

test('nothing is signed by a key that it does not hold, nor by another algorithm; refusals are counted', async () => {
  const kid = pairs['id-token'][0]?.kid ?? ''
  const alg = 'ES256'
  const bytes = statement('id-token', { iss: issuer, alg, kid }).toString('base64url')
  const question = { ask: 'sign', purpose: 'id-token', kid, alg, bytes }
  const at = join(dir, 'refusing')
  const sockets = placesOf({ 'id-token': at })
  const refusing = await serveSigner({ ...usual, keysDir, sockets, purposes: ['id-token'] })
  expect(await askAt(at, [question])).toEqual([expect.objectContaining({ kid })])
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
  const answers = await askAt(
    at,
    changes.map((change) => ({ ...question, ...change })),
  )
  expect(answers.map((answer) => Object.keys(answer as object))).toEqual(
    changes.map(() => ['id', 'refused']),
  )
  await refusing.close()
  expect(new Set(warned.map(({ code, purpose }) => `${code} ${purpose}`))).toEqual(
    new Set(['SIGNER_REFUSES id-token']),
  )
  const counts = warned.map(({ count = 0 }) => count)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(changes.length)
  expect(JSON.stringify(warned)).not.toContain(bytes.slice(0, 20))
})

test('a key that signs no more is published and signs nothing', async () => {
  const folder = join(dir, 'halves')
  await createMissingKeys(folder)
  await addWaitingPair(folder, 'decision')
  const [, old] = (await openKeys(folder)).decision
  await stopSigning(folder, 'decision', old?.kid ?? '')
  const at = { decision: join(folder, 'socket') }
  const own = { keysDir: folder, sockets: placesOf(at), purposes: ['decision'] as const, ...usual }
  const halved = await serveSigner(own)
  const { decision } = (await readFarKeys(at, log)).pairs
  expect(decision).toHaveLength(2)
  const kid = old?.kid ?? ''
  const bytes = statement('decision', { iss: issuer, alg: 'ES256', kid })
  const ask = { purpose: 'decision', kid, alg: 'ES256', bytes } as const
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
    expect(await saidAt(path, frame)).toEqual([])
  expect(await askAt(path, [{ ask: 'keys' }, { ask: 'keys' }])).toHaveLength(2)
})

test('questions beyond the rate are refused, and are answered in a moment', async () => {
  const slowDir = join(dir, 'slow')
  mkdirSync(slowDir)
  const purposes = ['id-token', 'decision'] as const
  const at = socketsIn(slowDir, purposes)
  const slow = await serveSigner({
    ...usual,
    keysDir,
    sockets: placesOf(at),
    purposes,
    perSecond: 40,
  })
  warned.splice(0)
  const many = Array.from({ length: 50 }, () => ({ ask: 'keys' }))
  const answers = await askAt(at.decision ?? '', many)
  expect(answers.filter((answer) => 'keys' in answer).length).toBeLessThan(45)
  expect(answers).toContainEqual(expect.objectContaining({ isBusy: true }))
  // The other socket has its share.
  expect((await askAt(at['id-token'] ?? '', many.slice(0, 5))).filter(isAnswered)).toHaveLength(5)
  // Whoever asks by the port waits for its turn.
  expect(await signerAt(at).sign(toSign())).toHaveLength(64)
  await slow.close()
  const busy = warned.filter(({ code }) => code === 'SIGNER_BUSY')
  expect(busy.length).toBeGreaterThan(0)
  expect(busy.length).toBeLessThan(9)
})

test('who asks without end is read the slower, the more is refused, on whatever connection', async () => {
  const slowDir = join(dir, 'slower')
  mkdirSync(slowDir)
  const at = socketsIn(slowDir, ['decision'])
  const slow = await serveSigner({
    ...usual,
    keysDir,
    sockets: placesOf(at),
    purposes: ['decision'],
    perSecond: 1,
  })
  // Of a thousand bytes each: what is read at once is some dozens of them.
  const frame = frameOf({ id: 1, ask: 'keys', more: 'x'.repeat(1000) })
  const begun = performance.now()
  const answersAt = async (count: number) => {
    const socket = connect(at.decision ?? '')
    for (let n = 0; n < count; n++) socket.write(frame)
    const reader = frameReader()
    let answers = 0
    for await (const chunk of socket) {
      answers += reader.take(chunk as Buffer).length
      if (answers >= 800) break
    }
  }
  await Promise.all([answersAt(1500), answersAt(1500)])
  // 4000 a second, and what was on its way.
  expect(performance.now() - begun).toBeGreaterThan(250)
  await slow.close()
})

test('a second signer does not take the place of one that answers, and takes that of one that was killed', async () => {
  const purposes = ['id-token'] as const
  const serving = (at: string) =>
    serveSigner({ ...usual, keysDir, sockets: placesOf({ 'id-token': at }), purposes })
  await expect(serving(path)).rejects.toThrow('Another signer listens')
  // What is no socket is not taken away: a file, or a link to one.
  const [file, link] = [join(dir, 'file'), join(dir, 'link')]
  writeFileSync(file, 'of somebody')
  symlinkSync(file, link)
  for (const one of [file, link]) await expect(serving(one)).rejects.toThrow(`${one} is no socket`)
  expect(readFileSync(link, 'utf8')).toBe('of somebody')
  const left = join(dir, 'left')
  const killed = createServer().listen(left)
  await once(killed, 'listening')
  // Linux keeps the file of a socket whose process was killed; so does this one, which is closed under another name.
  linkSync(left, `${left}-kept`)
  await closed(killed)
  renameSync(`${left}-kept`, left)
  await (await serving(left)).close()
})

test('a signer without a key of its purpose does not start', async () => {
  rmSync(join(dir, 'empty'), { recursive: true, force: true })
  await createMissingKeys(join(dir, 'empty'))
  const serving = { keysDir: join(dir, 'empty'), sockets: [] }
  await expect(serveSigner({ ...serving, ...usual, purposes: ['id-token-rsa'] })).rejects.toThrow(
    OperatorError,
  )
})

const { privateKey: stranger } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const strangers = sign('sha256', Buffer.from('e30.e30'), {
  key: stranger,
  dsaEncoding: 'ieee-p1363',
}).toString('base64url')

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
  await expect(signerAt({ 'id-token': at }).sign(toSign())).rejects.toThrow(Unavailable)
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
  await expect(signerAt({ 'id-token': at }).check()).rejects.toThrow(Problem)
  expect(errors).toEqual([])
})

test('a signer that is away is waited for, and not for long', async () => {
  const later = { 'id-token': join(dir, 'later') }
  const from = performance.now()
  await expect(signerAt(later).sign(toSign())).rejects.toThrow(Unavailable)
  await expect(signerAt(later).check()).rejects.toThrow('signer')
  expect(performance.now() - from).toBeLessThan(soonMs)
  const waiting = signerAt(later).sign(toSign())
  const back = await serveSigner({
    keysDir,
    sockets: placesOf(later),
    purposes: ['id-token'],
    ...usual,
  })
  expect(await waiting).toHaveLength(64)
  await back.close()
  expect(errors).toEqual([])
})

function signerAt(at: SignerSockets): SigningPort {
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
  const kid = pairs['id-token'][0]?.kid ?? ''
  const bytes = statement('id-token', { iss: issuer, alg: 'ES256', kid })
  return { purpose: 'id-token', kid, alg: 'ES256', bytes }
}

function placesOf(at: SignerSockets): SocketPlace[] {
  return servedPurposes.flatMap((purpose) => {
    const socket = at[purpose]
    return socket === undefined ? [] : [{ purpose, path: socket }]
  })
}

function isAnswered(answer: object): boolean {
  return !('refused' in answer)
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

function raw(value: object): Buffer {
  return frameOf(value)
}
