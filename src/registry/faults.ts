import type { z } from 'zod'
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
  const { error } = schema.safeParse(content, { error: inPlainWords })
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

type Issue = Parameters<z.core.$ZodErrorMap>[0]

// Where a schema says nothing of its own.
function inPlainWords(issue: Issue): string | undefined {
  if (issue.input === undefined) return 'is missing'
  if (issue.code === 'invalid_type') return `must be ${nounOf(issue.expected)}`
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  if (issue.code === 'too_small') return `must ${sizeOf(issue.origin, `at least ${issue.minimum}`)}`
  if (issue.code === 'too_big') return `must ${sizeOf(issue.origin, `at most ${issue.maximum}`)}`
  if (issue.code === 'invalid_format' && issue.format === 'url')
    return 'must be an address, like https://…'
  return undefined
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

function nounOf(expected: string): string {
  return nouns[expected] ?? expected
}

function sizeOf(origin: string, size: string): string {
  if (origin === 'string') return `have ${size} characters`
  return origin === 'array' || origin === 'set' ? `have ${size} entries` : `be ${size}`
}

/** That a name leads nowhere. */
export function unknown(shelf: Shelf<unknown>, ref: string, path: Path): Fault[] {
  if (shelf.find(ref) !== undefined) return []
  return [{ path, message: `${ref} is neither in the files nor in the register`, missing: ref }]
}

export function when(condition: boolean, path: Path, message: string): Fault[] {
  return condition ? [{ path, message }] : []
}
