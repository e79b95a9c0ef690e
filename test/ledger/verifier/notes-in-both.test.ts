import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openNote as openInBrowser } from '../../../public/js/verifier.js'
import { checkpointText } from '../../../src/base/tlog/checkpoint.ts'
import { NoteError } from '../../../src/base/tlog/note-error.ts'
import type { Signer } from '../../../src/base/tlog/note.ts'
import {
  openNote,
  readVkey,
  signatureLine,
  signerFrom,
  signNote,
} from '../../../src/base/tlog/note.ts'
import { anyCharacter, seeded, seededBytes } from '../../support/property.ts'

// The command and the page share no code and must judge alike: what one takes for a signed note the other takes, with the same
// signatures, and what one refuses the other refuses.

type Vectors = {
  readonly open: readonly { name: string; note: string; vkeys: string[]; ok: boolean }[]
  readonly bad_vkeys: readonly string[]
}
const vectorsAt = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../base/vectors/${name}`, import.meta.url), 'utf8'))
const vectors = vectorsAt('signed-note-vectors.json') as Vectors // as its file says
const other = vectorsAt('ml-dsa-44-cosignature.json') as {
  seed_hex: string
  vkey: string
  time: number
  note: string
} // as its file says

const time = 1_800_000_000
const origin = 'journal.exemple.test/2026/p0'
const text = checkpointText({ origin, size: 3, root: Buffer.alloc(32, 5) })
const log = signerFrom(origin, 'ed25519', Buffer.alloc(32, 1))
const edwards = signerFrom('temoin.exemple.test/1', 'cosignature', Buffer.alloc(32, 2))
const lattice = signerFrom('temoin.exemple.test/2', 'ml-dsa-44', Buffer.alloc(32, 3))
const all = [log, edwards, lattice]
const known = all.map(({ verifier }) => verifier.vkey)
const cosigned = (signer: Signer, at = time) => signatureLine(signer, text, at)
const good = signNote(text, [log]) + cosigned(edwards) + cosigned(lattice)
const line = (name: string, bytes: Buffer) => `— ${name} ${bytes.toString('base64')}\n`
const bytesIn = (signed: string) => Buffer.from(signed.trimEnd().split(' ')[2] ?? '', 'base64')

/** [name, time] of each signature that holds, from each of the two; undefined where it refuses. */
async function judged(note: string, vkeys: readonly string[] = known) {
  const here = tryTo(() => openNote(note, vkeys.map(readVkey)))
  const there = await openInBrowser(note, vkeys)
  return {
    here: here?.signatures.map((one) => [one.verifier.name, one.time]),
    there: there?.signatures.map((one) => [one.name, one.time]),
    unchecked: there?.unchecked.map(({ name }) => name),
  }
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    expect(error).toBeInstanceOf(NoteError)
    return undefined
  }
}

test('both verifiers accept a note of a log and two witnesses, each with its algorithm', async () => {
  const expected = [
    [origin, undefined],
    ['temoin.exemple.test/1', time],
    ['temoin.exemple.test/2', time],
  ]
  expect(await judged(good)).toEqual({ here: expected, there: expected, unchecked: [] })
})

test('both verifiers accept the cosignature of an independent program, byte for byte', async () => {
  const expected = [['temoin.exemple.test/pq', other.time]]
  expect(await judged(other.note, [other.vkey])).toMatchObject({ here: expected, there: expected })
  const signer = signerFrom(
    'temoin.exemple.test/pq',
    'ml-dsa-44',
    Buffer.from(other.seed_hex, 'hex'),
  )
  expect(signer.verifier.vkey).toBe(other.vkey)
})

test('both verifiers accept sixteen unknown signatures of 5 kB beside the known ones', async () => {
  const strangers = Array.from({ length: 16 }, (_, i) =>
    line(`inconnu.test/${i}`, Buffer.alloc(5000, i)),
  )
  const { here, there } = await judged(good + strangers.join(''))
  expect([here?.length, there?.length]).toEqual([3, 3])
})

test.each(vectors.open)(
  'both verifiers agree on the vector: $name',
  async ({ note, vkeys, ok }) => {
    const { here, there } = await judged(note, vkeys)
    expect([here !== undefined, there]).toEqual([ok, here])
  },
)

test.each(vectors.bad_vkeys)('neither verifier accepts the key %s', async (vkey) => {
  expect(tryTo(() => readVkey(vkey))).toBeUndefined()
  expect(await openInBrowser(good, [...known, vkey])).toBeUndefined()
})

const timed = (signer: Signer, at: bigint) => {
  const bytes = bytesIn(cosigned(signer))
  bytes.writeBigUInt64BE(at, 4)
  return signNote(text, [log]) + line(signer.verifier.name, bytes)
}
const withBits = (signer: Signer, at: number) => {
  const bytes = bytesIn(cosigned(signer))
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return signNote(text, [log]) + line(signer.verifier.name, bytes)
}
const longName = 'n'.repeat(256)
const longNamed = signerFrom(longName, 'cosignature', Buffer.alloc(32, 4))

describe('both verifiers refuse', () => {
  test.each<[string, string]>([
    ['another time under an Ed25519 cosignature', timed(edwards, BigInt(time + 1))],
    ['another time under an ML-DSA-44 cosignature', timed(lattice, BigInt(time + 1))],
    ['no time, Ed25519', signNote(text, [log]) + cosigned(edwards, 0)],
    ['no time, ML-DSA-44', signNote(text, [log]) + cosigned(lattice, 0)],
    ['a time after all dates', signNote(text, [log]) + cosigned(edwards, 8_640_000_000_001)],
    ['a time of 2^63', timed(lattice, 2n ** 63n)],
    ['a bit in a signature of Ed25519', withBits(edwards, 30)],
    ['a bit in a signature of ML-DSA-44', withBits(lattice, 2000)],
    [
      'a signature that is cut',
      signNote(text, [log]) +
        line(edwards.verifier.name, bytesIn(cosigned(edwards)).subarray(0, -1)),
    ],
    [
      'a signature with a byte too many',
      signNote(text, [log]) +
        line(lattice.verifier.name, Buffer.concat([bytesIn(cosigned(lattice)), Buffer.alloc(1)])),
    ],
    [
      'a signature of the key alone',
      signNote(text, [log]) +
        line(lattice.verifier.name, bytesIn(cosigned(lattice)).subarray(0, 5)),
    ],
    ['a cosignature of another tree', good.replace('\n3\n', '\n4\n')],
    [
      'spare bits',
      good.replace(
        /(.)=\n/,
        (_, letter: string) =>
          `${letter === 'A' ? 'B' : String.fromCharCode(letter.charCodeAt(0) + 1)}=\n`,
      ),
    ],
    ['no padding', good.replace('=\n', '\n')],
    ['white space at an end', good.replace('=\n', '= \n')],
    ['a return', good.replaceAll('\n', '\r\n')],
    ['a tab', good.replace('— ', '—\t')],
    ['a character of no text', good.replace(origin, `${origin}\ufffd`)],
    ['half a character', good.replace(origin, `${origin}\ud800`)],
    ['no last newline', good.slice(0, -1)],
    ['no signatures', `${text}\n`],
    ['no text between', text],
    ['a name with a plus', `${good}${line('a+b', Buffer.alloc(9))}`],
    ['a line of four bytes', `${good}${line('a', Buffer.alloc(4))}`],
    ['a hundred and one signatures', good + line('a', Buffer.alloc(9)).repeat(98)],
    ['more than 128 KiB', good + line('a', Buffer.alloc(100_000))],
    ['none of these keys', signNote(text, [signerFrom(origin, 'ed25519', Buffer.alloc(32, 9))])],
    ['nothing', ''],
  ])('%s', async (_, note) => {
    expect(await judged(note)).toEqual({ here: undefined, there: undefined, unchecked: undefined })
  })

  test('a note that ML-DSA-44 cannot sign: no checkpoint, or a name over 255 bytes', async () => {
    const name = signerFrom(longName, 'ml-dsa-44', Buffer.alloc(32, 4))
    const bytes = Buffer.concat([Buffer.alloc(12, 1), Buffer.alloc(2420)])
    bytes.writeUInt32BE(name.verifier.keyId)
    const vkey = name.verifier.vkey
    expect(await judged(`${text}\n${line(longName, bytes)}`, [vkey])).toMatchObject({
      here: undefined,
      there: undefined,
    })
    bytes.writeUInt32BE(lattice.verifier.keyId)
    const words = `words\n\n${line(lattice.verifier.name, bytes)}`
    expect(await judged(words)).toMatchObject({ here: undefined, there: undefined })
  })
})

test('with Ed25519 a long name is accepted, and a repeated line counts as one signature', async () => {
  const note = signNote(text, [log]) + signatureLine(longNamed, text, time).repeat(2)
  const expected = [
    [origin, undefined],
    [longName, time],
  ]
  const vkeys = [log.verifier.vkey, longNamed.verifier.vkey]
  expect(await judged(note, vkeys)).toMatchObject({ here: expected, there: expected })
})

test('both verifiers agree on any changed note', async () => {
  const put = fc.oneof(
    fc.string({ unit: anyCharacter, maxLength: 3 }),
    fc.constantFrom('\n', '\n\n', '— ', ' ', '=', 'A', '+', '\ufeff', cosigned(edwards)),
  )
  // Keys that follow from the seed: the same notes are drawn again.
  const own = signerFrom(origin, 'ed25519', seededBytes('log'))
  const witness = signerFrom('w', 'cosignature', seededBytes('witness'))
  const note = signNote(text, [own]) + signatureLine(witness, text, time)
  const vkeys = [own, witness].map(({ verifier }) => verifier.vkey)
  await fc.assert(
    fc.asyncProperty(fc.nat(note.length), put, fc.nat(4), async (at, more, cut) => {
      const { here, there } = await judged(note.slice(0, at) + more + note.slice(at + cut), vkeys)
      expect(there).toEqual(here)
    }),
    seeded({ numRuns: 200 }),
  )
})

describe('in a browser without ML-DSA-44', () => {
  afterEach(() => vi.restoreAllMocks())

  test.each([
    ['that knows no such algorithm', () => new DOMException('x', 'NotSupportedError')],
    ['that knows no such format', () => new TypeError('x')],
  ])(
    '%s its line counts as absent and is named; all others are judged as usual',
    async (_, error) => {
      const importKey = crypto.subtle.importKey.bind(crypto.subtle)
      vi.spyOn(crypto.subtle, 'importKey').mockImplementation((...args) =>
        JSON.stringify(args[2]) === '"ML-DSA-44"' ? Promise.reject(error()) : importKey(...args),
      )
      expect(await judged(good)).toMatchObject({
        there: [
          [origin, undefined],
          ['temoin.exemple.test/1', time],
        ],
        unchecked: ['temoin.exemple.test/2'],
      })
      const alone = await openInBrowser(`${text}\n${cosigned(lattice)}`, known)
      expect(alone).toMatchObject({
        signatures: [],
        unchecked: [{ name: 'temoin.exemple.test/2' }],
      })
      for (const bad of [
        withBits(edwards, 30),
        `${good}x\n`,
        signNote(text, [log]) + cosigned(lattice, 0),
      ])
        expect(await openInBrowser(bad, known)).toBeUndefined()
    },
  )
})
