import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { kekIdOf, sealKeysOf } from '../../../src/base/sealing/data-keys.ts'
import { readFarKeys } from '../../../src/base/keys/remote-keys.ts'
import { checkOf } from '../../../src/base/keys/key-check.ts'
import { createMissingKeys, openKeys } from '../../../src/base/keys/keys.ts'
import { logSecretsOf } from '../../../src/base/keys/log-keys.ts'
import type { LogFields } from '../../../src/base/logging/log.ts'
import { Unavailable } from '../../../src/base/values/refusal.ts'
import { frameOf, frameReader } from '../../../src/base/keys/signer-protocol.ts'
import { serveSigner } from '../../../src/base/keys/signer-service.ts'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { consistencyRanges, leafHash, nodeHash } from '../../../src/base/tlog/merkle.ts'
import { openNote } from '../../../src/base/tlog/note.ts'
import { signalMapping } from '../../../src/consent/signals/index.ts'
import type { SignerSockets } from '../../../src/base/values/key-purposes.ts'
import { originOf } from '../../../src/ledger/chain/index.ts'
import { makeVault, SealError } from '../../../src/ledger/chain/vault.ts'
import { openTreeSigner } from '../../../src/ledger/transparency-log/index.ts'
import { signTree, verifiersOf } from '../../../src/ledger/transparency-log/signers.ts'
import { RefusalToSign } from '../../../src/ledger/transparency-log/record.ts'
import { newFolder } from '../../support/fault-process.ts'

// The secrets of a signer: what wraps people's data keys, and from what the keys of logs follow. And signers that only say that they do it.

const owner = { personId: '01a212e6-544f-70da-b896-9145b34ef728', year: 2026 }
const issuer = 'https://accord.example'
const now = new Date('2026-12-01T18:00:00Z')
const origin = 'accord.example/log/2026/p0'
let dir: string
let keysDir: string
let sockets: { data: string; log: string }
let served: Awaited<ReturnType<typeof serveSigner>>
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

beforeAll(async () => {
  dir = newFolder()
  keysDir = join(dir, 'keys')
  sockets = { data: join(dir, 'data'), log: join(dir, 'log') }
  await createMissingKeys(keysDir, { logPq: true })
  served = await serve()
})
afterEach(async () => {
  errors.splice(0)
  if (impostor === undefined) return
  impostor.close()
  for (const socket of held.splice(0)) socket.destroy()
  await once(impostor, 'close')
  impostor = undefined
})
afterAll(async () => {
  await served.close()
  rmSync(dir, { recursive: true, force: true })
})

test('a vault whose key lies with a signer opens what the key in a folder wrapped, and the other way', async () => {
  const { data, seal } = await openKeys(keysDir)
  const { data: far } = await readFarKeys(sockets, log)
  const [near, away] = [
    makeVault({ data, seal }, signalMapping),
    makeVault({ data: far, seal }, signalMapping),
  ]
  for (const [one, other] of [
    [near, away],
    [away, near],
  ] as const) {
    const { key, wrapped } = await one.newDataKey(owner)
    expect((await other.unwrap(owner, wrapped)).equals(key)).toBe(true)
    expect(await other.rewrap(owner, wrapped)).toEqual(wrapped)
    await expect(other.unwrap({ ...owner, year: 2027 }, wrapped)).rejects.toThrow(SealError)
    const { wrappedKey, kekId } = wrapped
    const cut = { kekId, wrappedKey: Buffer.concat([wrappedKey.subarray(0, -1), randomBytes(1)]) }
    await expect(other.unwrap(owner, cut)).rejects.toThrow(SealError)
  }
  // It is known to a database and to rows by the same names, and what follows from it is the same.
  const [own = Buffer.alloc(0)] = data
  const [there = Buffer.alloc(0)] = far
  expect(checkOf('data', there)).toBe(checkOf('data', own))
  expect(kekIdOf(there)).toEqual(kekIdOf(own))
  expect(sealKeysOf(there, 'contact')).toEqual(sealKeysOf(own, 'contact'))
  expect(errors).toEqual([])
})

test('the bytes of a secret never come over a socket', async () => {
  const { data, log: secrets } = await openKeys(keysDir)
  const said: Buffer[] = []
  const at = await impostorAt('data', (asked, bytes) => {
    said.push(bytes)
    return asked
  })
  const far = await readFarKeys(at, log)
  await makeVault({ data: far.data, seal: [randomBytes(32)] }, signalMapping).newDataKey(owner)
  const heard = Buffer.concat(said).toString()
  expect(heard).toContain('derived')
  for (const secret of [...data, ...secrets])
    for (const form of ['base64url', 'hex'] as const)
      expect(heard).not.toContain(secret.toString(form).slice(0, 20))
})

test.each<[string, (answer: Record<string, unknown>) => object]>([
  ['another plaintext', ({ id }) => ({ id, key: randomBytes(32).toString('base64url') })],
  ['no plaintext', ({ id }) => ({ id, key: '' })],
  ['half a plaintext', ({ id }) => ({ id, key: randomBytes(16).toString('base64url') })],
  ['a refusal of its own', ({ id }) => ({ id, refused: 'not today' })],
])('a signer that unwraps with %s is not believed, and no row is at fault', async (_what, lie) => {
  let isLying = false
  const at = await impostorAt('data', (answer) =>
    isLying && 'key' in answer ? lie(answer) : answer,
  )
  const { data } = await readFarKeys(at, log)
  const vault = makeVault({ data, seal: [randomBytes(32)] }, signalMapping)
  const { wrapped } = await vault.newDataKey(owner)
  isLying = true
  await expect(vault.unwrap(owner, wrapped)).rejects.toThrow(Unavailable)
  // Nor is anything begun under a key that would not open again.
  await expect(vault.newDataKey(owner)).rejects.toThrow(Unavailable)
  expect(errors.map(({ code }) => code)).toEqual(['SIGNER_WRONG', 'SIGNER_WRONG'])
})

test('a signer that wraps to something else is not begun with', async () => {
  const other = randomBytes(60).toString('base64url')
  const at = await impostorAt('data', (answer) =>
    'wrapped' in answer ? { ...answer, wrapped: other } : answer,
  )
  await expect(readFarKeys(at, log)).rejects.toThrow('cannot be used')
})

test('a signer of the log signs a tree that contains the last one, and never two of one size', async () => {
  const secrets = logSecretsOf(await openKeys(keysDir))
  const far = logSecretsOf(await readFarKeys(sockets, log))
  const [ours, theirs] = [treeOf(7, 'ours'), treeOf(7, 'theirs')]
  const verifiers = await verifiersOf(secrets, origin)
  expect((await verifiersOf(far, origin)).map(({ vkey }) => vkey)).toEqual(
    verifiers.map(({ vkey }) => vkey),
  )
  const sign = (tree: typeof ours, size: number) =>
    signTree(far, { origin, ...tree.at(size) }, (old) => Promise.resolve(tree.proof(old, size)))
  for (const size of [3, 3, 5]) {
    const note = await sign(ours, size)
    expect(note.startsWith(checkpointText({ origin, ...ours.at(size) }))).toBe(true)
    // Of Ed25519, and of ML-DSA-44, by the signer's own clock.
    expect(openNote(note, verifiers).signatures.map(({ time }) => time)).toEqual([
      undefined,
      expect.any(Number),
    ])
  }
  // Smaller, another of the same size, and one that left the way.
  await expect(sign(ours, 4)).rejects.toThrow('an older state of the database was restored')
  await expect(sign(theirs, 5)).rejects.toThrow(RefusalToSign)
  await expect(sign(theirs, 7)).rejects.toThrow(RefusalToSign)
  expect(readFileSync(join(dir, 'memory', 'signed.json'), 'utf8')).toContain('"size": 5')
  // It remembers this after it was killed and began again.
  await served.close()
  served = await serve()
  await expect(sign(theirs, 5)).rejects.toThrow(RefusalToSign)
  await sign(ours, 7)
})

test.each([
  ['a wrong signature', 1],
  ['no signature', 0],
])('where a signer gives %s of a log, no tree is published', async (_what, count) => {
  const signatures = [randomBytes(64).toString('base64url')].slice(0, count)
  const at = await impostorAt('log', (answer) =>
    'signatures' in answer ? { ...answer, signatures } : answer,
  )
  const { log: far } = await readFarKeys(at, log)
  const tree = treeOf(9, 'ours')
  const other = { origin: originOf(issuer, 2026, 2), ...tree.at(9) }
  const signed = signTree(far, other, (old) => Promise.resolve(tree.proof(old, 9)))
  await expect(signed).rejects.toThrow('its signatures do not hold')
})

test('a signer of the log does not begin without a key, or with a memory that cannot be read or is of another house', async () => {
  const [memory, empty] = [join(dir, 'other-memory'), join(dir, 'empty')]
  await expect(treeSigner(memory, empty)).rejects.toThrow(`${empty} holds no key of purpose log.`)
  mkdirSync(memory, { recursive: true, mode: 0o700 })
  writeFileSync(join(memory, 'signed.json'), '{')
  await expect(treeSigner(memory)).rejects.toThrow('signed.json cannot be read')
  remember(memory, { 'other.example/log/2026/p0': 1 })
  await expect(treeSigner(memory)).rejects.toThrow('it is of another house')
  chmodSync(dir, 0o777)
  remember(memory, { [origin]: 1 })
  await expect(treeSigner(memory)).rejects.toThrow('may be exchanged by others')
  chmodSync(dir, 0o700)
  const signer = await treeSigner(memory)
  const sign = (name: string) =>
    signer.sign({ origin: name, ...tree.at(3), old: 1, proof: tree.proof(1, 3) })
  const tree = treeOf(3, 'ours')
  // Where it cannot remember, it signs nothing; the next one is asked for in its turn.
  rmSync(memory, { recursive: true })
  writeFileSync(memory, '')
  const [failed, next] = [sign(origin), sign(origin)]
  await expect(failed).rejects.toThrow('EEXIST')
  await expect(next).rejects.toThrow('EEXIST')
  rmSync(memory)
  expect(await sign(origin)).toMatchObject({ log: { length: 1 } })
})

test('a signer of the log takes logs of its own house, of years that are, and remembers no other', async () => {
  const memory = join(dir, 'own-memory')
  let at = now
  const signer = await treeSigner(memory, keysDir, () => at)
  const tree = treeOf(9, 'ours')
  const grown = (name: string, size: number, old = 0) =>
    signer.sign({ origin: name, ...tree.at(size), old, proof: tree.proof(old, size) })
  const remembered = () =>
    existsSync(join(memory, 'signed.json')) ? readFileSync(join(memory, 'signed.json'), 'utf8') : ''
  const strange = [
    'other.example/log/2026/p0',
    'accord.example/log/2026',
    'accord.example/log/2026/p00',
    'accord.example/log/2026/p16',
    'accord.example/log/02026/p0',
    'accord.example:443/log/2026/p0',
    `accord.example/log/2026/p0/${'x'.repeat(250)}`,
    'accord.example/log/2026/p0\n',
  ]
  for (const name of strange) {
    expect(await grown(name, 3), name).toBe('this is no log of this house')
    expect(signer.publicKeys(name)).toBe('this is no log of this house')
  }
  const next = originOf(issuer, 2027)
  // A tree of any size is the first one of a log.
  const huge = { origin: next, size: 2 ** 40, root: randomBytes(32), old: 0, proof: [] }
  expect(await signer.sign(huge)).toBe('a log of a year that has not begun')
  expect(await grown(originOf(issuer, 2024), 3)).toBe('a log of a year that is over')
  expect(remembered()).toBe('')
  expect(await grown(origin, 3)).toMatchObject({ log: { length: 1 } })
  expect(await grown(originOf(issuer, 2025), 3)).toMatchObject({ log: { length: 1 } })
  expect(signer.publicKeys(next)).toMatchObject({ log: { length: 1 }, lasting: { length: 1 } })
  // The clock of who begins the year may be some seconds ahead.
  at = new Date('2026-12-31T23:58:30Z')
  expect(await grown(next, 3)).toBe('a log of a year that has not begun')
  at = new Date('2026-12-31T23:59:30Z')
  expect(await grown(next, 3)).toMatchObject({ log: { length: 1 } })
  // Of a log that is long over, what was signed is signed again, and nothing else.
  at = new Date('2028-06-01T00:00:00Z')
  expect(await grown(origin, 3, 3)).toMatchObject({ log: { length: 1 } })
  expect(await grown(origin, 5, 3)).toBe('a log of a year that is over')
  expect(Object.keys((JSON.parse(remembered()) as { logs: object }).logs)).toHaveLength(3)
})

test('a memory that others filled keeps no signer from starting, and what the house signed stays in it', async () => {
  const memory = join(dir, 'full-memory')
  mkdirSync(memory, { mode: 0o700 })
  const invented = Array.from({ length: 1000 }, (_, n) => [`${'x'.repeat(290)}/${n}`, 1] as const)
  remember(memory, { ...Object.fromEntries(invented), [origin]: 5 })
  expect(readFileSync(join(memory, 'signed.json')).length).toBeGreaterThan(256 * 1024)
  const signer = await treeSigner(memory)
  const tree = treeOf(9, 'ours')
  const theirs = treeOf(9, 'theirs')
  const sign = (of: typeof tree) =>
    signer.sign({ origin, ...of.at(9), old: 5, proof: of.proof(5, 9) })
  expect(await sign(theirs)).toBe('this tree does not contain the one that was signed last')
  expect(await sign(tree)).toMatchObject({ log: { length: 1 }, lasting: { length: 1 } })
  expect(readFileSync(join(memory, 'signed.json')).length).toBeLessThan(1000)
  await treeSigner(memory)
})

function treeSigner(memoryDir: string, from = keysDir, clock = () => now) {
  return openTreeSigner({ keysDir: from, memoryDir, issuer, clock })
}

/** A memory of logs with trees of these sizes. */
function remember(memory: string, sizes: Readonly<Record<string, number>>): void {
  const tree = treeOf(9, 'ours')
  const logs = Object.entries(sizes).map(([name, size]) => {
    return [name, { size, root: tree.at(size).root.toString('base64') }] as const
  })
  writeFileSync(
    join(memory, 'signed.json'),
    JSON.stringify({ v: 1, logs: Object.fromEntries(logs) }),
  )
}

async function serve() {
  const trees = await treeSigner(join(dir, 'memory'))
  return serveSigner({
    keysDir,
    sockets: [
      { purpose: 'data', path: sockets.data },
      { purpose: 'log', path: sockets.log },
    ],
    issuer,
    clock: () => now,
    purposes: ['data', 'log'],
    perSecond: 100_000,
    log,
    trees,
  })
}

/** Hands questions on to the signer, and changes what it answers. */
async function impostorAt(
  purpose: 'data' | 'log',
  change: (answer: Record<string, unknown>, bytes: Buffer) => object,
): Promise<SignerSockets> {
  const at = join(dir, 'impostor')
  const opened = createServer((socket) => {
    const there = connect(sockets[purpose])
    held.push(socket)
    const reader = frameReader()
    socket.on('error', nothing).on('close', () => there.destroy())
    socket.pipe(there)
    there.on('error', nothing).on('data', (bytes: Buffer) => {
      for (const frame of reader.take(bytes))
        socket.write(frameOf(change(frame as Record<string, unknown>, bytes)))
    })
  })
  impostor = opened
  const before = process.umask(0o177)
  opened.listen(at)
  process.umask(before)
  await once(opened, 'listening')
  return { [purpose]: at }
}

/** A tree of some entries, as large as it ever grew (RFC 6962, section 2.1). */
function treeOf(count: number, name: string) {
  const leaves = Array.from({ length: count }, (_, n) => leafHash(Buffer.from(`${name} ${n}`)))
  const hash = (from: number, to: number): Buffer => {
    const [leaf] = leaves.slice(from, to)
    if (to - from === 1 && leaf !== undefined) return leaf
    let middle = 1
    while (middle * 2 < to - from) middle *= 2
    return nodeHash(hash(from, from + middle), hash(from + middle, to))
  }
  return {
    at: (size: number) => ({ size, root: hash(0, size) }),
    proof: (old: number, size: number) =>
      consistencyRanges(old, size).map(([from, to]) => hash(from, to)),
  }
}
