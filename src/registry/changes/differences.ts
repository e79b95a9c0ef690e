import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'

// How two JSON values differ, leaf by leaf, so that whoever has the first one could write the second one from it. Nothing is known of
// what the values mean: a member that nobody thought of differs like any other.

/** A member's name, a place in a list, or a place before and after. */
export type PathStep = string | number | { readonly was: number; readonly is: number }

/** A leaf that goes, that comes, or that is another now: a scalar, an empty list or object, or a whole key. */
export type ContentDifference = {
  readonly path: readonly PathStep[]
  readonly was?: unknown
  readonly is?: unknown
}

/** Of two lists so many pairs are compared: beyond, all that is not equal at both ends goes and comes. */
const mostPairs = 250_000

/** @param was undefined: there was nothing */
export function differencesOf(
  was: unknown,
  is: unknown,
  path: readonly PathStep[] = [],
): ContentDifference[] {
  if (isDeepStrictEqual(was, is)) return []
  if (hasMembers(was) && hasMembers(is)) return inMembers(was, is, path)
  if (hasItems(was) && hasItems(is)) return inItems(was, is, path)
  if (isLeaf(was) && isLeaf(is)) return [{ path, was, is }]
  return [...gone(was, path), ...come(is, path)]
}

type Members = Readonly<Record<string, unknown>>

function inMembers(was: Members, is: Members, path: readonly PathStep[]): ContentDifference[] {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted()
  const of = (members: Members, name: string) =>
    Object.hasOwn(members, name) ? members[name] : undefined
  return names.flatMap((name) => differencesOf(of(was, name), of(is, name), [...path, name]))
}

function inItems(
  was: readonly unknown[],
  is: readonly unknown[],
  path: readonly PathStep[],
): ContentDifference[] {
  const found: ContentDifference[] = []
  let [from, to] = [0, 0]
  for (const [i, j] of [...equalItems(was, is), [was.length, is.length] as const]) {
    found.push(...inGap(was, is, { from, to, i, j }, path))
    from = i + 1
    to = j + 1
  }
  return found
}

type Gap = { readonly from: number; readonly to: number; readonly i: number; readonly j: number }

// What stands between two equal items: one after the other they are compared, as long as they are of one sort.
function inGap(
  was: readonly unknown[],
  is: readonly unknown[],
  { from, to, i, j }: Gap,
  path: readonly PathStep[],
): ContentDifference[] {
  const found: ContentDifference[] = []
  for (let n = 0; from + n < i || to + n < j; n++) {
    const [old, fresh] = [from + n, to + n]
    const [hasOld, hasFresh] = [old < i, fresh < j]
    if (hasOld && hasFresh && sortOf(was[old]) === sortOf(is[fresh]))
      found.push(
        ...differencesOf(was[old], is[fresh], [
          ...path,
          old === fresh ? old : { was: old, is: fresh },
        ]),
      )
    else
      found.push(
        ...(hasOld ? gone(was[old], [...path, { was: old, is: -1 }]) : []),
        ...(hasFresh ? come(is[fresh], [...path, { was: -1, is: fresh }]) : []),
      )
  }
  return found
}

/** The places of a longest row of items that both lists have, in order. */
function equalItems(
  was: readonly unknown[],
  is: readonly unknown[],
): (readonly [number, number])[] {
  const [olds, news] = [was, is].map((items) => items.map((item) => JSON.stringify(item)))
  if (olds === undefined || news === undefined) return []
  let start = 0
  while (start < olds.length && start < news.length && olds[start] === news[start]) start++
  let end = 0
  const most = Math.min(olds.length, news.length) - start
  while (end < most && olds.at(-1 - end) === news.at(-1 - end)) end++
  const head = Array.from({ length: start }, (_, n) => [n, n] as const)
  const tail = Array.from(
    { length: end },
    (_, n) => [olds.length - end + n, news.length - end + n] as const,
  )
  const middle = commonItems(
    olds.slice(start, olds.length - end),
    news.slice(start, news.length - end),
  )
  return [...head, ...middle.map(([i, j]) => [i + start, j + start] as const), ...tail]
}

function commonItems(
  olds: readonly string[],
  news: readonly string[],
): (readonly [number, number])[] {
  if (olds.length * news.length > mostPairs) return []
  const lengths = Array.from({ length: olds.length + 1 }, () => new Uint32Array(news.length + 1))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = olds.length - 1; i >= 0; i--)
    for (let j = news.length - 1; j >= 0; j--) {
      const row = lengths[i]
      const best = olds[i] === news[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
      if (row !== undefined) row[j] = best
    }
  const found: (readonly [number, number])[] = []
  let [i, j] = [0, 0]
  while (i < olds.length && j < news.length)
    if (olds[i] === news[j]) found.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  return found
}

function gone(value: unknown, path: readonly PathStep[]): ContentDifference[] {
  return leavesOf(value, path).map((leaf) => ({ path: leaf.path, was: leaf.value }))
}

function come(value: unknown, path: readonly PathStep[]): ContentDifference[] {
  return leavesOf(value, path).map((leaf) => ({ path: leaf.path, is: leaf.value }))
}

function leavesOf(
  value: unknown,
  path: readonly PathStep[],
): { readonly path: readonly PathStep[]; readonly value: unknown }[] {
  if (value === undefined) return []
  if (hasItems(value)) return value.flatMap((item, n) => leavesOf(item, [...path, n]))
  if (!hasMembers(value)) return [{ path, value }]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]))
}

function sortOf(value: unknown): 'members' | 'items' | 'leaf' {
  if (hasMembers(value)) return 'members'
  return hasItems(value) ? 'items' : 'leaf'
}

function isLeaf(value: unknown): boolean {
  return value !== undefined && sortOf(value) === 'leaf'
}

function hasItems(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0
}

// A key is one thing: of two keys nobody compares the coordinates.
function hasMembers(value: unknown): value is Members {
  return isObject(value) && Object.keys(value).length > 0 && thumbprintOf(value) === undefined
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The members of a key that RFC 7638 hashes, in the order of their names. */
export const requiredMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

/** RFC 7638, base64url, of a public key; undefined of anything else. */
export function thumbprintOf(value: unknown): string | undefined {
  const kty = isObject(value) && Object.hasOwn(value, 'kty') ? value['kty'] : undefined
  if (!isObject(value) || typeof kty !== 'string' || !Object.hasOwn(requiredMembers, kty))
    return undefined
  const required = (requiredMembers[kty] ?? []).map((name) => [name, value[name]] as const)
  if (!required.every(([, member]) => typeof member === 'string')) return undefined
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(required)))
    .digest('base64url')
}
