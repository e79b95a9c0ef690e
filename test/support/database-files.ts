import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

// What lies in the files of a PostgreSQL, whatever its tables say: searched byte by byte, as `grep` does.

/** A text of bytes that is looked for, and how it is called where it is found. */
export type Trace = { readonly name: string; readonly bytes: Buffer }

const prefixBytes = 4
const shortest = 12

/** @returns the names of those that some file of these folders has, with its path below the first one's parent */
export function tracesIn(folders: readonly string[], traces: readonly Trace[]): string[] {
  const search = searchOf(traces)
  const found = folders.flatMap((folder) =>
    filesOf(folder).flatMap((path) => search(readFileSync(path)).map((name) => `${name} ${path}`)),
  )
  return [...new Set(found)].toSorted()
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

// A bit for each hash of a beginning: most places of a file are passed over by it.
function searchOf(traces: readonly Trace[]) {
  const marks = new Uint8Array(2 ** 20)
  const byPrefix = Map.groupBy(traces, ({ bytes }) => {
    if (bytes.length < shortest) throw new TypeError('too short to be found by itself')
    const prefix = bytes.readUInt32LE()
    marks[markOf(prefix)] = 1
    return prefix
  })
  return (file: Buffer): string[] => {
    const found = new Set<string>()
    for (let at = 0; at + prefixBytes <= file.length; at++) {
      const prefix =
        ((file[at] ?? 0) |
          ((file[at + 1] ?? 0) << 8) |
          ((file[at + 2] ?? 0) << 16) |
          ((file[at + 3] ?? 0) << 24)) >>>
        0
      if (marks[markOf(prefix)] === 0) continue
      for (const { name, bytes } of byPrefix.get(prefix) ?? [])
        if (file.subarray(at, at + bytes.length).equals(bytes)) found.add(name)
    }
    return [...found]
  }
}

function markOf(prefix: number): number {
  return (Math.imul(prefix, 2_654_435_761) >>> 12) & (2 ** 20 - 1)
}
