import type { z } from 'zod'
import { predicateOf } from '../../base/values/shape-faults.ts'
import type { Shelf } from './object-index.ts'

/** The place of a fault in a file, as names of members and indexes of lists. */
export type Path = readonly (string | number)[]

export type Fault = {
  readonly path: Path
  readonly message: string
  /** The reference that was not found. */
  readonly missing?: string
}

/** The faults of a file's content by its schema, each a sentence that begins with its place. */
export function faultsOf(schema: z.ZodType, content: unknown): Fault[] {
  const { error } = schema.safeParse(content, { error: (issue) => predicateOf(issue, nouns) })
  return (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    // Each unknown member is a fault at its own line.
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => said([...path, key], 'is not a field that this file may have'))
    const [inner] = issue.code === 'invalid_key' ? issue.issues : []
    return [said(path, inner?.message ?? issue.message)]
  })
}

function said(path: Path, predicate: string): Fault {
  return { path, message: `${path.length === 0 ? 'the file' : path.join('.')} ${predicate}` }
}

const nouns: Readonly<Record<string, string>> = {
  string: 'a text: in quotation marks if it looks like a number, a day or yes and no',
  array: 'a list',
  object: 'a group of fields',
  record: 'a group of fields',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a whole number',
}

/** The fault of a reference to an object that does not exist. */
export function unknownReference(shelf: Shelf<unknown>, ref: string, path: Path): Fault[] {
  if (shelf.find(ref) !== undefined) return []
  return [{ path, message: `${ref} is neither in the files nor in the register`, missing: ref }]
}

export function faultIf(condition: boolean, path: Path, message: string): Fault[] {
  return condition ? [{ path, message }] : []
}
