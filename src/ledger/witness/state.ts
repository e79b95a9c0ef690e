import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Checkpoint } from '../../base/tlog/checkpoint.ts'
import { readCheckpoint } from '../../base/tlog/checkpoint.ts'
import { splitNote } from '../../base/tlog/note.ts'
import { readWhole, writeWhole } from '../../base/settings/atomic-file.ts'

/** The last tree of each log that the witness cosigned: one file for each log, with the cosigned note itself. */
export type WitnessState = {
  /** The note, and the tree that it names; undefined before the first. @throws an error where the file is no note */
  last(origin: string): Promise<{ readonly note: string; readonly tree: Checkpoint } | undefined>
  noteOf(hash: string): Promise<string | undefined>
  /** Returns only once the note is on disk. */
  keep(origin: string, note: string): Promise<void>
}

export function openState(dir: string): WitnessState {
  const fileOf = (hash: string) => join(dir, 'logs', hash)
  const noteOf = async (hash: string) => (await readWhole(fileOf(hash)))?.toString()
  return {
    noteOf,
    async last(origin) {
      const note = await noteOf(hashOf(origin))
      // A file that cannot be read must not count as an empty state, with which the witness would begin anew: so this throws.
      return note === undefined ? undefined : { note, tree: readCheckpoint(splitNote(note).text) }
    },
    keep: (origin, note) => writeWhole(fileOf(hashOf(origin)), note),
  }
}

/** The name of a log in paths. */
export function hashOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex')
}
