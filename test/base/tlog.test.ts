import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkpointText, readCheckpoint } from '../../src/base/tlog/checkpoint.ts'
import { holdsProof, proofText, readProof } from '../../src/base/tlog/log-proof.ts'
import { readPolicy } from '../../src/base/tlog/log-policy.ts'
import {
  emptyFrontier,
  grow,
  hashRanges,
  inclusionRanges,
  leafHash,
  rootOf,
} from '../../src/base/tlog/merkle.ts'
import { NoteError } from '../../src/base/tlog/note-error.ts'
import {
  openNote,
  readVkey,
  signatureLine,
  signNote,
  signerFrom,
} from '../../src/base/tlog/note.ts'
import {
  bundleOf,
  entriesIn,
  nodesFromTiles,
  readTilePath,
  tilePath,
  tilesOf,
} from '../../src/base/tlog/tiles.ts'
import { anyCharacter, seeded } from '../support/property.ts'

const file = (name: string) => readFileSync(new URL(`vectors/${name}`, import.meta.url))
const text = (name: string) => file(name).toString()

type Vectors = {
  readonly sign: readonly { skey: string; text: string; note: string }[]
  readonly open: readonly {
    name: string
    note: string
    vkeys: string[]
    ok: boolean
    verified?: string[]
  }[]
  readonly bad_vkeys: readonly string[]
}
const vectors = JSON.parse(text('signed-note-vectors.json')) as Vectors
const own = JSON.parse(text('own-log-example/keys.json')) as {
  log_seed_hex: string
  log_vkey: string
  witness_seed_hex: string
  witness_vkey: string
  entries_hex: string[]
}
const peter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'

describe('signed notes', () => {
  test.each(vectors.open)('verify as the vector says: $name', ({ note, vkeys, ok, verified }) => {
    const known = vkeys.map(readVkey)
    if (!ok) return expect(() => openNote(note, known)).toThrow(NoteError)
    const opened = openNote(note, known)
    expect(opened.signatures.map(({ verifier }) => verifier.name)).toEqual(verified)
    return expect(note.startsWith(opened.text)).toBe(true)
  })

  test.each(vectors.sign)('are signed byte for byte as Go signs them', ({ skey, text, note }) => {
    const [, , name = '', , ...key] = skey.split('+')
    const seed = Buffer.from(key.join('+'), 'base64').subarray(1)
    const signer = signerFrom(name, 'ed25519', seed)
    expect(signer.verifier.vkey).toBe(peter)
    expect(signNote(text, [signer])).toBe(note)
  })

  test('a verifier key that is cut, shifted or of another kind is refused', () => {
    const bad = [...vectors.bad_vkeys]
    for (let i = 0; i < peter.length; i++) {
      bad.push(peter.slice(0, i), peter.slice(i + 1))
      bad.push(
        peter.slice(0, i) + String.fromCharCode(peter.charCodeAt(i) + 1) + peter.slice(i + 1),
      )
    }
    for (const vkey of bad) expect(() => readVkey(vkey), vkey).toThrow(NoteError)
  })

  test('any bytes are read as a note or refused, without a crash', () => {
    const known = [readVkey(peter)]
    const good = vectors.sign[0]?.note ?? ''
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.nat(8),
        fc.string({ unit: anyCharacter }),
        (at, cut, put) => {
          const changed = good.slice(0, at) + put + good.slice(at + cut)
          if (changed === good) return
          expect(() => openNote(changed, known)).toThrow(NoteError)
        },
      ),
      seeded({ numRuns: 300 }),
    )
    expect(() => openNote('x'.repeat(140_000), known)).toThrow('too long')
  })

  test('a cosignature is valid only for its own time', () => {
    const witness = signerFrom('w', 'cosignature', Buffer.alloc(32, 7))
    const note = signNote('o\n1\n', [signerFrom('o', 'ed25519', Buffer.alloc(32, 8))])
    const cosigned = note + signatureLine(witness, 'o\n1\n', 1_800_000_000)
    expect(openNote(cosigned, [witness.verifier]).signatures[0]?.time).toBe(1_800_000_000)
    const line = signatureLine(witness, 'o\n1\n', 1_800_000_000)
    const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64')
    bytes.writeBigUInt64BE(1_800_000_001n, 4)
    expect(() => openNote(`${note}— w ${bytes.toString('base64')}\n`, [witness.verifier])).toThrow(
      'does not hold',
    )
    expect(() => openNote(note + signatureLine(witness, 'o\n1\n', 0), [witness.verifier])).toThrow(
      'does not hold',
    )
  })
})

describe('the worked example of a log', () => {
  const entries = own.entries_hex.map((hex) => Buffer.from(hex, 'hex'))
  const frontier = grow(emptyFrontier, entries.map(leafHash))
  const log = signerFrom(
    'journal.quebec.example/2026/p0',
    'ed25519',
    Buffer.from(own.log_seed_hex, 'hex'),
  )
  const witness = signerFrom(
    'temoin.cai.example/1',
    'cosignature',
    Buffer.from(own.witness_seed_hex, 'hex'),
  )

  test('is reproduced byte for byte', async () => {
    expect([log.verifier.vkey, witness.verifier.vkey]).toEqual([own.log_vkey, own.witness_vkey])
    const body = checkpointText({ origin: log.verifier.name, size: 3, root: rootOf(frontier) })
    const time = openNote(text('own-log-example/checkpoint'), [witness.verifier]).signatures[0]
      ?.time
    const note = signNote(body, [log]) + signatureLine(witness, body, time)
    expect(note).toBe(text('own-log-example/checkpoint'))
    expect(bundleOf(entries)).toEqual(file('own-log-example/tile/entries/000.p/3'))
    expect(Buffer.concat(entries.map(leafHash))).toEqual(file('own-log-example/tile/0/000.p/3'))
    const read = nodesFromTiles(3, (tile) =>
      Promise.resolve(file(`own-log-example/${tilePath(tile)}`)),
    )
    const path = await hashRanges(inclusionRanges(1, 3), read)
    const proof = proofText({ index: 1, path, checkpoint: note })
    expect(proof).toBe(text('own-log-example/example.tlog-proof'))
  })

  test('has a proof that is valid for its entry only, under its policy', () => {
    const proof = readProof(text('own-log-example/example.tlog-proof'))
    expect(entries.map((entry) => holdsProof(proof, entry))).toEqual([false, true, false])
    const policy = readPolicy(text('own-log-example/policy'))
    const { signatures } = openNote(
      proof.checkpoint,
      policy.witnesses.map(({ verifier }) => verifier),
    )
    expect([policy.isQuorum(signatures), policy.isQuorum([])]).toEqual([true, false])
  })

  test('any bytes are read as a proof or checkpoint or refused, without a crash', () => {
    const good = text('own-log-example/example.tlog-proof')
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.nat(20),
        fc.string({ unit: anyCharacter }),
        (at, cut, put) => {
          const changed = good.slice(0, at) + put + good.slice(at + cut)
          try {
            holdsProof(readProof(changed), entries[1] ?? Buffer.alloc(0))
          } catch (error) {
            expect(error).toBeInstanceOf(NoteError)
          }
        },
      ),
      seeded({ numRuns: 300 }),
    )
    for (const bad of [
      '',
      'o\n',
      'o\n01\n',
      'o\n-1\n',
      'o\n1\nAAAA\n',
      `o\n99999999999999999\n${'A'.repeat(43)}=\n`,
    ])
      expect(() => readCheckpoint(bad)).toThrow(NoteError)
  })
})

describe('tiles', () => {
  test('have the paths of the specification, in one spelling', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 'entries', index: 5, width: 3 })).toBe('tile/entries/005.p/3')
    fc.assert(
      fc.property(
        fc.constantFrom<number | 'entries'>(0, 1, 5, 'entries'),
        fc.nat(10 ** 12),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          const tile = { level, index, width }
          expect(readTilePath(tilePath(tile))).toEqual(tile)
        },
      ),
      seeded(),
    )
    for (const path of [
      'tile/0/5',
      'tile/0/005.p/0',
      'tile/0/005.p/256',
      'tile/0/005.p/007',
      'tile/0/x000/005',
      'tile/6/000',
      'tile/0/005/',
      'tile/-1/005',
      'tile/0/../005',
      'tile/0/x001/x234/x067',
    ])
      expect(readTilePath(path), path).toBeUndefined()
  })

  test('hold every node of a tree of any size, and only changed tiles are listed again', async () => {
    const sizes = [1, 255, 256, 257, 65_536 + 300]
    const leaves = Array.from({ length: 65_836 }, (_, i) =>
      leafHash(Buffer.from([i & 255, i >> 8])),
    )
    for (const size of sizes) {
      const levels = [leaves.slice(0, size)]
      const upper = (level: number) => {
        const found: Buffer[] = []
        grow(emptyFrontier, leaves.slice(0, size), (node, hash) => {
          if (node.level === 8 * level) found.push(hash)
        })
        return found
      }
      levels.push(upper(1), upper(2))
      const listed = new Set(tilesOf(size).map(tilePath))
      const read = nodesFromTiles(size, (tile) => {
        expect(listed.has(tilePath(tile))).toBe(true)
        const at = tile.index * 256
        return Promise.resolve(
          Buffer.concat(levels[Number(tile.level)]?.slice(at, at + tile.width) ?? []),
        )
      })
      const [root] = await hashRanges([[0, size]], read)
      expect(root).toEqual(rootOf(grow(emptyFrontier, leaves.slice(0, size))))
    }
    expect(tilesOf(257, 256).map(tilePath)).toEqual(['tile/entries/001.p/1', 'tile/0/001.p/1'])
    expect(tilesOf(300, 300)).toEqual([])
  })

  test('a bundle is read back to its entries, and no other bytes are accepted', () => {
    const entries = [Buffer.alloc(34, 1), Buffer.alloc(0), Buffer.alloc(300, 2)]
    const bundle = bundleOf(entries)
    expect(entriesIn(bundle, 3)).toEqual(entries)
    for (const bad of [
      bundle.subarray(1),
      bundle.subarray(0, -1),
      Buffer.concat([bundle, Buffer.alloc(1)]),
    ])
      expect(entriesIn(bad, 3)).toBeUndefined()
    expect(entriesIn(bundle, 2)).toBeUndefined()
    expect(entriesIn(bundle, 4)).toBeUndefined()
  })
})

describe('a policy', () => {
  // One of them signs with ML-DSA-44.
  const keys = [1, 2, 3].map(
    (n) => signerFrom(`w${n}`, n === 2 ? 'ml-dsa-44' : 'cosignature', Buffer.alloc(32, n)).verifier,
  )
  const witnesses = keys.map(({ vkey }, i) => `witness W${i + 1} ${vkey}`).join('\n')
  const signed = (...which: number[]) =>
    keys.flatMap((verifier, i) => (which.includes(i + 1) ? [{ verifier, time: 1 }] : []))

  test('counts witnesses through groups', () => {
    const two = readPolicy(
      `# ours\n${witnesses}\ngroup g 2 W1 W2\ngroup all-of all g W3\nquorum all-of\n`,
    )
    expect([signed(1, 2, 3), signed(1, 2), signed(1, 3)].map(two.isQuorum)).toEqual([
      true,
      false,
      false,
    ])
    expect(readPolicy('quorum none\n').isQuorum([])).toBe(true)
    expect(readPolicy(`${witnesses}\ngroup g any W1 W2\nquorum g`).isQuorum(signed(2))).toBe(true)
  })

  test.each([
    ['no quorum', witnesses],
    ['two quorums', 'quorum none\nquorum none'],
    ['an unknown name', 'quorum W9'],
    ['a group before its members', `group g any W1\n${witnesses}\nquorum g`],
    ['a member twice', `${witnesses}\ngroup g any W1 W1\nquorum g`],
    ['a member of two groups', `${witnesses}\ngroup g any W1\ngroup h all W1 W2\nquorum h`],
    ['none as a member', 'group g any none\nquorum g'],
    ['more than there are', `${witnesses}\ngroup g 3 W1 W2\nquorum g`],
    ['the same witness twice', `${witnesses}\nwitness W9 ${keys[0]?.vkey}\nquorum none`],
    ['a log key as a witness', `witness W ${peter}\nquorum W`],
    ['another word', `${witnesses}\nmirror x\nquorum none`],
    [
      'thirty-three witnesses',
      Array.from(
        { length: 33 },
        (_, i) =>
          `witness V${i} ${signerFrom('v', 'cosignature', Buffer.alloc(32, 50 + i)).verifier.vkey}\n`,
      ).join('') + 'quorum none',
    ],
  ])('is refused if malformed: %s', (_, policy) => {
    expect(() => readPolicy(policy)).toThrow(NoteError)
  })
})
