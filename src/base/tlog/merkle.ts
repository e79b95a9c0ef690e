import { hash } from 'node:crypto'

// The tree of RFC 6962 section 2, over sizes and indexes up to 2^53: no 32-bit arithmetic here.

const hashBytes = 32
// RFC 6962 2.1: a leaf never passes for a node.
const leafPrefix = Buffer.from([0x00])
const nodePrefix = Buffer.from([0x01])

/** The root of no entries. */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0))

/** Leaves `from` to before `to`. */
export type Range = readonly [from: number, to: number]
/** A perfect subtree: `index` among those of 2^level leaves. */
export type NodeId = { readonly level: number; readonly index: number }
export type ReadNode = (node: NodeId) => Promise<Buffer>

export function leafHash(entry: Uint8Array): Buffer {
  return sha256(Buffer.concat([leafPrefix, entry]))
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.concat([nodePrefix, left, right]))
}

/** The tree's right edge: its largest perfect subtrees, left to right. These hashes are enough to let the tree grow. */
export type Frontier = { readonly size: number; readonly nodes: readonly Buffer[] }

export const emptyFrontier: Frontier = { size: 0, nodes: [] }

/** @param onNode told of every perfect subtree that these leaves complete */
export function grow(
  { size, nodes }: Frontier,
  leaves: readonly Buffer[],
  onNode: (node: NodeId, hash: Buffer) => void = () => undefined,
): Frontier {
  const stack = [...nodes]
  for (const [n, leaf] of leaves.entries()) {
    let index = size + n
    let node = leaf
    onNode({ level: 0, index }, node)
    for (let level = 1; index % 2 === 1; level++) {
      node = nodeHash(stack.pop() ?? emptyRoot, node)
      index = (index - 1) / 2
      onNode({ level, index }, node)
    }
    stack.push(node)
  }
  return { size: size + leaves.length, nodes: stack }
}

export function rootOf({ nodes }: Frontier): Buffer {
  return nodes.length === 0 ? emptyRoot : fold(nodes)
}

/** @throws RangeError where the bytes are no frontier of this size */
export function frontierFrom(size: number, bytes: Buffer): Frontier {
  const count = nodesOf([0, size]).length
  if (bytes.length !== count * hashBytes) throw new RangeError('no frontier of this size')
  return { size, nodes: hashesIn(bytes) }
}

export function hashesIn(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / hashBytes) }, (_, i) =>
    bytes.subarray(i * hashBytes, (i + 1) * hashBytes),
  )
}

/** The perfect subtrees of a range, left to right. The range must begin where RFC 6962 splits the tree. */
export function nodesOf([from, to]: Range): NodeId[] {
  const nodes: NodeId[] = []
  let at = from
  while (at < to) {
    let level = 0
    for (let width = 2; at + width <= to && at % width === 0; width *= 2) level++
    nodes.push({ level, index: at / 2 ** level })
    at += 2 ** level
  }
  return nodes
}

/** PATH(m, D[n]) of RFC 6962 2.1.1, from the leaf's sibling on. @throws RangeError for a leaf outside the tree */
export function inclusionRanges(index: number, size: number): Range[] {
  requireSize(index, size - 1)
  const path: Range[] = []
  let [from, to] = [0, size]
  while (to - from > 1) {
    const middle = from + splitOf(to - from)
    if (index < middle) {
      path.push([middle, to])
      to = middle
    } else {
      path.push([from, middle])
      from = middle
    }
  }
  return path.toReversed()
}

/** PROOF(m, D[n]) of RFC 6962 2.1.2. @throws RangeError where `old` is none of this tree's earlier sizes */
export function consistencyRanges(old: number, size: number): Range[] {
  requireSize(old, size)
  if (old === 0 || old === size) return []
  const path: Range[] = []
  let [from, to] = [0, size]
  while (to !== old) {
    const middle = from + splitOf(to - from)
    if (old <= middle) {
      path.push([middle, to])
      to = middle
    } else {
      path.push([from, middle])
      from = middle
    }
  }
  // Where the old tree is itself a perfect subtree at the left edge, the path leaves its root out: the asker knows that root.
  if (from > 0) path.push([from, to])
  return path.toReversed()
}

/** The hash of each range, computed from the hashes of its perfect subtrees. */
export async function hashRanges(ranges: readonly Range[], read: ReadNode): Promise<Buffer[]> {
  return Promise.all(
    ranges.map(async (range) => fold(await Promise.all(nodesOf(range).map((node) => read(node))))),
  )
}

/** RFC 9162 2.1.3.2 */
export function holdsInclusion(
  { index, size, root }: Sized & { readonly index: number },
  leaf: Buffer,
  path: readonly Buffer[],
): boolean {
  if (!isIndex(index) || !isIndex(size) || index >= size) return false
  if (leaf.length !== hashBytes || root.length !== hashBytes) return false
  const steps = walk(index, size - 1, path)
  return steps !== undefined && climb(steps, leaf).equals(root)
}

type Sized = { readonly size: number; readonly root: Buffer }

/** RFC 9162 2.1.4.2. Without a path it holds only from the empty tree to any tree, and from a tree to itself. */
export function holdsConsistency(old: Sized, next: Sized, path: readonly Buffer[]): boolean {
  if (!isGrowth(old, next)) return false
  if (old.size === 0) return path.length === 0
  if (old.size === next.size) return path.length === 0 && old.root.equals(next.root)
  const [first, ...others] = isPowerOfTwo(old.size) ? [old.root, ...path] : path
  // Both roots begin at the old tree's last perfect subtree.
  const edge = nodesOf([0, old.size]).at(-1) ?? { level: 0, index: 0 }
  const steps = walk(edge.index, Math.floor((next.size - 1) / 2 ** edge.level), others)
  if (first?.length !== hashBytes || steps === undefined) return false
  // The hashes on the left make the old root; all hashes make the new root.
  const lefts = steps.filter(({ isLeft }) => isLeft)
  return climb(lefts, first).equals(old.root) && climb(steps, first).equals(next.root)
}

function isGrowth(old: Sized, next: Sized): boolean {
  return isTree(old) && isTree(next) && old.size <= next.size
}

/** RFC 6962 2.1: the empty tree has one root. */
function isTree({ size, root }: Sized): boolean {
  return isIndex(size) && root.length === hashBytes && (size > 0 || root.equals(emptyRoot))
}

type Step = { readonly other: Buffer; readonly isLeft: boolean }

/** On which side of the node each hash of a path stands; undefined where the path is too short or too long. */
function walk(index: number, end: number, path: readonly Buffer[]): Step[] | undefined {
  const steps: Step[] = []
  let [at, last] = [index, end]
  for (const other of path) {
    if (other.length !== hashBytes || last === 0) return undefined
    const isLeft = at % 2 === 1 || at === last
    steps.push({ other, isLeft })
    if (isLeft) while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, half(last)]
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 ? steps : undefined
}

function climb(steps: readonly Step[], from: Buffer): Buffer {
  return steps.reduce(
    (node, { other, isLeft }) => (isLeft ? nodeHash(other, node) : nodeHash(node, other)),
    from,
  )
}

function fold(nodes: readonly Buffer[]): Buffer {
  const [last, ...before] = nodes.toReversed()
  if (last === undefined) throw new RangeError('no node')
  return before.reduce((right, left) => nodeHash(left, right), last)
}

// The largest power of two smaller than n.
function splitOf(n: number): number {
  let split = 1
  while (split * 2 < n) split *= 2
  return split
}

function requireSize(size: number, within: number): void {
  if (!isIndex(size) || !isIndex(within) || size > within)
    throw new RangeError('outside of this tree')
}

export function isIndex(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isPowerOfTwo(n: number): boolean {
  return n > 0 && nodesOf([0, n]).length === 1
}

function half(n: number): number {
  return Math.floor(n / 2)
}

function sha256(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer')
}
