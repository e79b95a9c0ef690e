import type { z } from 'zod'
import { predicateOf } from '../base/platform/shape-faults.ts'
import type { Shelf } from './objects.ts'

/** Where in a file something is wrong: the names and places that lead there. */
export type Path = readonly (string | number)[]

export type Fault = {
  readonly path: Path
  readonly message: string
  /** What is named and was not found. */
  readonly missing?: string
}

/** What is wrong with a file's content by its schema, each in a sentence that begins with where it is. */
export function faultsOf(schema: z.ZodType, content: unknown): Fault[] {
  const { error } = schema.safeParse(content, { error: (issue) => predicateOf(issue, nouns) })
  return (error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)))
    // Each at the line where it stands, not where the object begins.
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

/** That a name leads nowhere. */
export function unknown(shelf: Shelf<unknown>, ref: string, path: Path): Fault[] {
  if (shelf.find(ref) !== undefined) return []
  return [{ path, message: `${ref} is neither in the files nor in the register`, missing: ref }]
}

export function when(condition: boolean, path: Path, message: string): Fault[] {
  return condition ? [{ path, message }] : []
}
