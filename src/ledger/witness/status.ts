import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { splitNote } from '../../base/tlog/note.ts'
import type { Witness } from './add-checkpoint.ts'
import { mostForks } from './forks.ts'
import { hashOf } from './state.ts'

/** What the witness says of the logs that it watches, in the words of `/status.json`. */
export type WitnessStatus = { readonly witness: string; readonly logs: readonly LogStatus[] }

export type LogStatus = {
  readonly origin: string
  /** Entries of the tree that was cosigned last. */
  readonly size: number
  /** Trees of one size that the log signed twice, with the paths of both notes. */
  readonly forks: readonly {
    readonly size: number
    readonly cosigned: string
    readonly other: string
  }[]
  /** Whether a further fork would be kept. */
  readonly keeps_more: boolean
}

/** A log that forked stays among them when the policy names it no more. */
export async function statusOf({ signer, state, forks, logs }: Witness): Promise<WitnessStatus> {
  const origins = new Set((await logs()).map(({ name }) => name))
  for (const hash of await forks.hashes())
    for (const { other } of (await forks.of(hash)).slice(0, 1)) origins.add(treeIn(other).origin)
  const told: LogStatus[] = []
  for (const origin of origins) {
    const hash = hashOf(origin)
    const kept = await forks.of(hash)
    told.push({
      origin,
      size: (await state.last(origin))?.tree.size ?? 0,
      forks: kept.map(({ other }, at) => ({
        size: treeIn(other).size,
        cosigned: `/${hash}/forks/${at + 1}/cosigned`,
        other: `/${hash}/forks/${at + 1}/other`,
      })),
      keeps_more: kept.length < mostForks,
    })
  }
  return { witness: signer.verifier.name, logs: told }
}

function treeIn(note: string): Checkpoint {
  return readCheckpoint(splitNote(note).text)
}
