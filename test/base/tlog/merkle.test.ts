import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Frontier, ReadNode } from '../../../src/base/tlog/merkle.ts'
import {
  consistencyRanges,
  emptyFrontier,
  emptyRoot,
  frontierFrom,
  grow,
  hashRanges,
  holdsConsistency,
  holdsInclusion,
  inclusionRanges,
  leafHash,
  nodeHash,
  nodesOf,
  rootOf,
} from '../../../src/base/tlog/merkle.ts'
import { seeded, seededBytes } from '../../support/property.ts'

type Constants = {
  readonly leaf_inputs_hex: readonly string[]
  readonly levels_hex: readonly (readonly string[])[]
  readonly roots_by_size_hex: readonly string[]
}
const constants = JSON.parse(
  readFileSync(new URL('../vectors/rfc6962-constants.json', import.meta.url), 'utf8'),
) as Constants

// RFC 6962 2.1 as it is written, word for word: the tree that everything else is compared with.
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (first === undefined) return createHash('sha256').digest()
  if (leaves.length === 1) return first
  const k = split(leaves.length)
  return createHash('sha256')
    .update(Buffer.from([1]))
    .update(naiveRoot(leaves.slice(0, k)))
    .update(naiveRoot(leaves.slice(k)))
    .digest()
}
function naivePath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return []
  const k = split(leaves.length)
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))]
}
function naiveProof(m: number, leaves: readonly Buffer[], whole = true): Buffer[] {
  if (m === leaves.length) return whole ? [] : [naiveRoot(leaves)]
  const k = split(leaves.length)
  return m <= k
    ? [...naiveProof(m, leaves.slice(0, k), whole), naiveRoot(leaves.slice(k))]
    : [...naiveProof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))]
}
function split(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1))
}

function treeOf(leaves: readonly Buffer[]): { frontier: Frontier; read: ReadNode } {
  const nodes = new Map<string, Buffer>()
  const frontier = grow(emptyFrontier, leaves, ({ level, index }, hash) =>
    nodes.set(`${level}/${index}`, hash),
  )
  const read: ReadNode = ({ level, index }) => {
    const hash = nodes.get(`${level}/${index}`)
    return hash === undefined ? Promise.reject(new Error('no node')) : Promise.resolve(hash)
  }
  return { frontier, read }
}
const hex = (text: string | undefined) => Buffer.from(text ?? '', 'hex')
const some = (count: number) =>
  Array.from({ length: count }, (_, i) => leafHash(seededBytes(`leaf ${i}`)))

describe('the tree of RFC 6962', () => {
  test('has the nodes and roots that transparency-dev published', () => {
    const leaves = constants.leaf_inputs_hex.map((input) => leafHash(hex(input)))
    for (const [size, root] of constants.roots_by_size_hex.entries())
      expect(rootOf(grow(emptyFrontier, leaves.slice(0, size))).toString('hex')).toBe(root)
    const found = new Map<string, string>()
    grow(emptyFrontier, leaves, ({ level, index }, hash) =>
      found.set(`${level}/${index}`, hash.toString('hex')),
    )
    for (const [level, hashes] of constants.levels_hex.entries())
      for (const [index, hash] of hashes.entries())
        expect(found.get(`${level}/${index}`)).toBe(hash)
  })

  test('grows to the same root whatever the batches, and its frontier survives being stored', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }), (batches) => {
        let frontier = emptyFrontier
        const all: Buffer[] = []
        for (const count of batches) {
          const leaves = some(count)
          all.push(...leaves)
          frontier = grow(frontier, leaves)
          frontier = frontierFrom(frontier.size, Buffer.concat([...frontier.nodes]))
        }
        expect(rootOf(frontier)).toEqual(naiveRoot(all))
        expect(frontier.nodes.length).toBe(nodesOf([0, all.length]).length)
      }),
      seeded({ numRuns: 60 }),
    )
    expect(() => frontierFrom(3, Buffer.alloc(32))).toThrow(RangeError)
  })

  test('proves inclusion as RFC 6962 2.1.1 says, for every leaf of every size up to 40', async () => {
    const leaves = some(40)
    for (let size = 1; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size)
      const { frontier, read } = treeOf(tree)
      const root = rootOf(frontier)
      for (const [index, leaf] of tree.entries()) {
        const path = await hashRanges(inclusionRanges(index, size), read)
        expect(path).toEqual(naivePath(index, tree))
        expect(holdsInclusion({ index, size, root }, leaf, path)).toBe(true)
      }
    }
  })

  test('proves consistency as RFC 6962 2.1.2 says, between all sizes up to 40', async () => {
    const leaves = some(40)
    for (let size = 0; size <= leaves.length; size++) {
      const tree = leaves.slice(0, size)
      const { frontier, read } = treeOf(tree)
      const root = rootOf(frontier)
      for (let old = 0; old <= size; old++) {
        const before = { size: old, root: naiveRoot(leaves.slice(0, old)) }
        const path = await hashRanges(consistencyRanges(old, size), read)
        if (old > 0) expect(path).toEqual(naiveProof(old, tree))
        expect(holdsConsistency(before, { size, root }, path)).toBe(true)
      }
    }
  })

  test('a proof that was changed anywhere does not hold', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 300 }),
        fc.nat(),
        fc.nat(),
        fc.nat(),
        async (size, a, b, c) => {
          const { frontier, read } = treeOf(some(size))
          const root = rootOf(frontier)
          const index = a % size
          const leaf = await read({ level: 0, index })
          const path = await hashRanges(inclusionRanges(index, size), read)
          const at = b % path.length
          const flipped = path.map((hash, i) => (i === at ? flip(hash, c) : hash))
          expect(holdsInclusion({ index, size, root }, leaf, flipped)).toBe(false)
          expect(holdsInclusion({ index, size, root }, flip(leaf, c), path)).toBe(false)
          expect(holdsInclusion({ index, size, root }, leaf, path.slice(1))).toBe(false)
          expect(holdsInclusion({ index, size, root }, leaf, [...path, emptyRoot])).toBe(false)
          expect(holdsInclusion({ index: index ^ 1, size, root }, leaf, path)).toBe(false)
          const old = 1 + (b % (size - 1))
          const before = { size: old, root: await rootAt(old, read) }
          const proof = await hashRanges(consistencyRanges(old, size), read)
          expect(holdsConsistency(before, { size, root }, proof)).toBe(true)
          const forged = proof.map((hash, i) => (i === c % proof.length ? flip(hash, a) : hash))
          expect(holdsConsistency(before, { size, root }, forged)).toBe(false)
          expect(
            holdsConsistency({ size: old, root: flip(before.root, a) }, { size, root }, proof),
          ).toBe(false)
          expect(holdsConsistency(before, { size, root }, proof.slice(1))).toBe(false)
          expect(holdsConsistency(before, { size, root }, [...proof, emptyRoot])).toBe(false)
        },
      ),
      seeded({ numRuns: 80 }),
    )
  })

  test.each([0, 31, 33])('a hash of %i bytes proves nothing, wherever it stands', (length) => {
    const odd = Buffer.alloc(length)
    const [one, two] = [leafHash(Buffer.from('1')), leafHash(Buffer.from('2'))]
    const root = nodeHash(one, two)
    expect(holdsInclusion({ index: 0, size: 1, root: odd }, odd, [])).toBe(false)
    expect(holdsInclusion({ index: 0, size: 2, root }, one, [odd])).toBe(false)
    expect(holdsInclusion({ index: 0, size: 2, root }, one, [two])).toBe(true)
    expect(holdsConsistency({ size: 5, root: odd }, { size: 5, root: odd }, [])).toBe(false)
    expect(holdsConsistency({ size: 1, root: odd }, { size: 2, root }, [two])).toBe(false)
    expect(holdsConsistency({ size: 1, root: one }, { size: 2, root: odd }, [two])).toBe(false)
    expect(holdsConsistency({ size: 0, root: odd }, { size: 2, root }, [])).toBe(false)
    expect(holdsConsistency({ size: 0, root: emptyRoot }, { size: 2, root: odd }, [])).toBe(false)
    expect(holdsConsistency({ size: 0, root: emptyRoot }, { size: 0, root: one }, [])).toBe(false)
    expect(holdsConsistency({ size: 0, root: emptyRoot }, { size: 0, root: emptyRoot }, [])).toBe(
      true,
    )
  })

  test('sizes beyond 32 bits work, and invalid sizes are refused', () => {
    const size = 2 ** 40 + 3
    expect(inclusionRanges(2 ** 40 + 1, size)).toHaveLength(3)
    expect(consistencyRanges(2 ** 40, size)).toEqual([[2 ** 40, size]])
    expect(nodesOf([0, size])).toHaveLength(3)
    for (const [index, within] of [
      [3, 3],
      [-1, 3],
      [0, 0],
      [0.5, 3],
      [Number.NaN, 3],
      [0, 2 ** 54],
    ] as const) {
      expect(() => inclusionRanges(index, within)).toThrow(RangeError)
      expect(holdsInclusion({ index, size: within, root: emptyRoot }, emptyRoot, [])).toBe(false)
    }
    expect(() => consistencyRanges(4, 3)).toThrow(RangeError)
    expect(holdsConsistency({ size: 4, root: emptyRoot }, { size: 3, root: emptyRoot }, [])).toBe(
      false,
    )
    expect(
      holdsConsistency({ size: 1, root: emptyRoot }, { size: 2, root: emptyRoot }, [
        Buffer.alloc(3),
      ]),
    ).toBe(false)
  })
})

function flip(hash: Buffer, bit: number): Buffer {
  const copy = Buffer.from(hash)
  const at = bit % 256
  copy[at >> 3] = (copy[at >> 3] ?? 0) ^ (1 << (at & 7))
  return copy
}

async function rootAt(size: number, read: ReadNode): Promise<Buffer> {
  const [root] = await hashRanges([[0, size]], read)
  if (root === undefined) throw new Error('no root')
  return root
}
