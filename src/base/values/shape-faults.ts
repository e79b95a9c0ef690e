import type { z } from 'zod'

type Issue = Parameters<z.core.$ZodErrorMap>[0]

// How many characters of a member's name a message repeats.
const mostOfName = 64

/** The first fault of a program's input: its place, then the fault, in our own words. @param whole the name of the whole input */
export function describeFault(error: z.ZodError, whole: string): string {
  const [issue] = error.issues
  const [member = []] = issue?.code === 'unrecognized_keys' ? [issue.keys.slice(0, 1)] : []
  const steps = [...(issue?.path ?? []), ...member].map((step) => String(step).slice(0, mostOfName))
  return `${steps.length === 0 ? whole : steps.join('.')}: ${issue?.message ?? 'is malformed'}`
}

/** The messages of shapes that have no words of their own: give them to each `safeParse` whose issues others may read. */
export const inPlainWords = { error: (issue: Issue) => predicateOf(issue, nouns) }

const nouns: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a group of members',
  record: 'a group of members',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
}

const formats: Readonly<Record<string, string>> = {
  url: 'must be an address, like https://…',
  datetime: 'must be an instant, like 2026-11-24T17:05:00Z',
}

/** @param of the name of each type for the author of the input */
export function predicateOf(issue: Issue, of: Readonly<Record<string, string>>): string {
  if (issue.code === 'unrecognized_keys') return 'is not a known member'
  if (issue.input === undefined) return 'is missing'
  return sizeFault(issue) ?? kindFault(issue, of) ?? formatFault(issue) ?? 'is malformed'
}

function sizeFault(issue: Issue): string | undefined {
  if (issue.code === 'too_small') return `must ${sizeOf(issue.origin, 'at least', issue.minimum)}`
  if (issue.code === 'too_big') return `must ${sizeOf(issue.origin, 'at most', issue.maximum)}`
  return undefined
}

function kindFault(issue: Issue, of: Readonly<Record<string, string>>): string | undefined {
  if (issue.code === 'invalid_type') return `must be ${of[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_union') return 'is none of the kinds that are known'
  if (issue.code !== 'invalid_value') return undefined
  const choice = issue.values.length > 1 ? 'one of ' : ''
  return `must be ${choice}${issue.values.map(String).join(', ')}`
}

function formatFault(issue: Issue): string | undefined {
  return issue.code === 'invalid_format' ? formats[issue.format] : undefined
}

function sizeOf(origin: string, bound: string, size: number | bigint): string {
  const isOne = Number(size) === 1
  if (origin === 'string') return `have ${bound} ${size} ${isOne ? 'character' : 'characters'}`
  if (origin === 'array' || origin === 'set')
    return `have ${bound} ${size} ${isOne ? 'entry' : 'entries'}`
  return `be ${bound} ${size}`
}
