import { hash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderInUse, lockFolder, openFolder } from '../../base/settings/data-folder.ts'
import { attempt, recoverFrom } from '../../base/values/expected-errors.ts'
import { OperatorError } from '../../base/values/operator-error.ts'
import { readWhole, writeWhole } from '../../base/settings/atomic-file.ts'
import type { Document } from './documents.ts'
import type { MonitorState } from './shapes.ts'
import { stateFrom } from './shapes.ts'

// 50,000 public entries of 300 bytes, and as much again.
const maxStateBytes = 32 * 1024 * 1024
const maxEvidence = 100

/** A monitor's memory: a folder with `state.json`, the documents that it saw, and the notes that contradict each other. */
export type Memory = {
  /** Undefined before the first pass. @throws OperatorError where the file cannot be read: a monitor never forgets by itself */
  read(): Promise<MonitorState | undefined>
  /** Returns only once the state is on disk, whole. */
  write(state: MonitorState): Promise<void>
  keepDocument(document: Document): Promise<void>
  /** Keeps a signed note that contradicts what was seen. */
  keepEvidence(note: string): Promise<void>
  /** Lets another process take the folder. */
  release(): void
}

/** @throws OperatorError where the folder cannot be used, or another process uses it */
export function openMemory(dir: string): Memory {
  const { folder, release } = taken(dir)
  const file = join(folder, 'state.json')
  return {
    release,
    async read() {
      const bytes = await readWhole(file, maxStateBytes).catch((cause: unknown) => {
        throw unreadable(file, cause)
      })
      const state = bytes && stateFrom(bytes.toString())
      if (bytes !== undefined && state === undefined) throw unreadable(file)
      return state
    },
    write: (state) => writeWhole(file, `${JSON.stringify(state)}\n`, { mode: 0o600 }),
    async keepDocument({ sha256, bytes }) {
      const place = join(folder, 'documents', `${sha256}.json`)
      // The name is the hash of what the file holds: a file that was written whole is never written again.
      const size = await stat(place).then(
        (found) => found.size,
        () => -1,
      )
      if (size !== bytes.length) await writeWhole(place, bytes)
    },
    async keepEvidence(note) {
      const kept = await readdir(join(folder, 'evidence')).catch(() => [])
      if (kept.length < maxEvidence)
        await writeWhole(join(folder, 'evidence', `${hash('sha256', note)}.note`), note)
    },
  }
}

/** The state before the first pass. */
export function stateOf(url: string): MonitorState {
  return {
    version: 1,
    url,
    heldAt: null,
    witnesses: null,
    logs: {},
    keys: {},
    announced: [],
    reread: 0,
  }
}

function taken(dir: string) {
  return attempt(
    () => {
      const folder = openFolder(dir)
      return { folder, release: lockFolder(folder, 'command') }
    },
    recoverFrom(OperatorError, (cause) => {
      const why = cause instanceof FolderInUse ? 'is used by another process' : 'cannot be written'
      throw new OperatorError(`The folder of the state, ${dir}, ${why}.`, { cause })
    }),
  )
}

function unreadable(file: string, cause?: unknown): OperatorError {
  return new OperatorError(
    `${file} cannot be read as the state of a monitor: restore it, or begin anew in another folder.`,
    { cause },
  )
}
