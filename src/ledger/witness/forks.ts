import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readWhole, writeWhole } from '../../base/settings/atomic-file.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { splitNote } from '../../base/tlog/note.ts'

// Two trees of one size that a log signed prove to everybody that it shows two histories. So both notes are kept, beside each other, as
// they were signed: a file each, which anybody may check with the log's key.

/** Of one log: one fork proves enough, and whoever has the log's key may sign as many as he likes. */
export const mostForks = 16
/** More than any policy names. */
const mostLogs = 1000

/** The tree that the witness cosigned, and the other one of the same size: notes, whole. */
export type Fork = { readonly cosigned: string; readonly other: string }

export type Forks = {
  /** The hashes of the origins of logs that forked, also of those that are watched no more. */
  hashes(): Promise<readonly string[]>
  /** Those of a log, by the hash of its origin, the first ones first. */
  of(hash: string): Promise<readonly Fork[]>
  /** Returns only once both notes are on disk. @returns whether it was kept: not if it is there already, or too many are */
  keep(hash: string, fork: Fork): Promise<boolean>
}

export function openForks(dir: string): Forks {
  const file = (hash: string, n: number, which: keyof Fork) =>
    join(dir, 'forks', hash, `${n}.${which}`)
  const read = async (hash: string, n: number): Promise<Fork | undefined> => {
    const [cosigned, other] = await Promise.all(
      (['cosigned', 'other'] as const).map((which) => readWhole(file(hash, n, which))),
    )
    // The other note is written last: without it nothing was kept.
    if (cosigned === undefined || other === undefined) return undefined
    return { cosigned: cosigned.toString(), other: other.toString() }
  }
  const of = async (hash: string): Promise<Fork[]> => {
    const found: Fork[] = []
    for (let n = 1; n <= mostForks; n++) {
      const fork = await read(hash, n)
      if (fork === undefined) break
      found.push(fork)
    }
    return found
  }
  return {
    async hashes() {
      const names = await readdir(join(dir, 'forks')).catch(() => [])
      return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).slice(0, mostLogs)
    },
    of,
    async keep(hash, fork) {
      const known = await of(hash)
      if (known.length >= mostForks || known.some(({ other }) => isSameTree(other, fork.other)))
        return false
      for (const which of ['cosigned', 'other'] as const)
        await writeWhole(file(hash, known.length + 1, which), fork[which])
      return true
    },
  }
}

function isSameTree(one: string, other: string): boolean {
  const [a, b] = [one, other].map((note) => readCheckpoint(splitNote(note).text))
  return a !== undefined && b !== undefined && a.size === b.size && a.root.equals(b.root)
}
