import type { Path } from './file-faults.ts'
import { kinds } from './object-schemas.ts'
import type { RegisterObject } from '../changes/store.ts'

export type FileProblem = {
  readonly file: string
  /** Undefined for an object that was not read from a file. */
  readonly line?: number | undefined
  readonly message: string
}

export type RegisterFiles = {
  readonly objects: readonly RegisterObject[]
  readonly problems: readonly FileProblem[]
  /** The line of a field in its file; of a missing field, the line of its object. */
  readonly lineOf?: (file: string, path: Path) => number | undefined
}

/** The file that holds an object: one per object, named by its id without version. */
export function fileOf({ kind, id }: Pick<RegisterObject, 'kind' | 'id'>): string {
  return `${kinds[kind].folder}/${id}.yaml`
}
