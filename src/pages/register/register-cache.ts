import { cacheFor } from '../../base/jobs/ttl-cache.ts'
import type { Foundation } from '../../base/web/foundation.ts'
import type { LiveRegister, PlacedLeaf, PublishedRegister, Register } from '../../registry/index.ts'
import { placedLeaves, publishedRegister } from '../../registry/index.ts'
import type { PublishedVersion } from '../../registry/index.ts'
import type { ListedObject } from './entries.ts'
import { entriesOf } from './entries.ts'
import type { ListName } from './lists.ts'

/** Where the entry of a version is in the public log. */
export type LogPlace = {
  /** SHA-256 of the version's document, in hexadecimal: what the entry holds. */
  readonly sha256: string
  /** Undefined for the first minute: the entry waits for its place. */
  readonly entry: { readonly log: string; readonly index: number } | undefined
}

/** The register as its pages show it. No decision reads it. */
export type Copy = {
  readonly register: Register
  readonly published: PublishedRegister
  placeOf(version: PublishedVersion): LogPlace | undefined
  /** Each object, list by list. */
  readonly entries: readonly ListedObject[]
  /** The objects of a list, in its order. */
  listed(list: ListName): readonly ListedObject[]
  find(list: ListName, id: string): ListedObject | undefined
}

/**
 * Keeps the copy of a process. The register is in memory already (`src/registry/objects/live-register.ts`); the places in the log are read once a minute
 * at most.
 */
export function keepRegister(
  { clock, db, log, words }: Foundation,
  live: LiveRegister,
): () => Promise<Copy> {
  const places = cacheFor(() => placedLeaves(db), { clock, log, what: 'the public register' })
  let made: { readonly copy: Copy; readonly leaves: readonly PlacedLeaf[] } | undefined

  return async () => {
    const leaves = await places()
    const register = live.current()
    if (made?.copy.register !== register || made.leaves !== leaves)
      made = { copy: copyOf(register, leaves, made?.copy), leaves }
    return made.copy
  }

  function copyOf(
    register: Register,
    leaves: readonly PlacedLeaf[],
    before: Copy | undefined,
  ): Copy {
    const byNo = new Map(leaves.map((leaf) => [leaf.objectNo, leaf]))
    const placeOf = ({ no }: PublishedVersion) => placeIn(byNo.get(no))
    if (before?.register === register) return { ...before, placeOf }
    const published = publishedRegister(register)
    const entries = entriesOf(register, published, words)
    const byList = Map.groupBy(entries, ({ list }) => list)
    const byId = new Map(entries.map((entry) => [`${entry.list} ${entry.id}`, entry]))
    return {
      register,
      published,
      placeOf,
      entries,
      listed: (list) => byList.get(list) ?? [],
      find: (list, id) => byId.get(`${list} ${id}`),
    }
  }
}

function placeIn(leaf: PlacedLeaf | undefined): LogPlace | undefined {
  if (leaf === undefined) return undefined
  const { year, shard, leafIndex } = leaf
  const isPlaced = year !== null && shard !== null && leafIndex !== null
  return {
    sha256: leaf.sha256.toString('hex'),
    entry: isPlaced ? { log: `/log/${year}/p${shard}`, index: leafIndex } : undefined,
  }
}
