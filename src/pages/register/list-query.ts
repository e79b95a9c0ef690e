import { topics } from '../../registry/index.ts'
import { legalBases } from '../../registry/index.ts'
import type { Moment } from './agreement-words.ts'
import type { ListedObject } from './entries.ts'
import { stateOf } from './entries.ts'
import { plain } from '../../base/web/lists.ts'
import type { Copy } from './register-cache.ts'
import type { ListName } from './lists.ts'

// What somebody asks of a list: words, filters, a page. What is not known is said, and never ignored: the answer to another question
// would pass for the answer to this one.

/** Words of a search. */
export const longestWords = 100
/** Objects on a page of a list. */
export const onePage = 50
const mostWords = 8

export const agreementStates = [
  'in_force',
  'coming',
  'filed',
  'suspended',
  'outdated',
  'ended',
  'withdrawn',
] as const

const filterNames = ['status', 'holder', 'recipient', 'basis', 'topic'] as const
export type FilterName = (typeof filterNames)[number]

export type ListAsked = {
  readonly words: string
  readonly filters: Readonly<Partial<Record<FilterName, string>>>
  readonly page: number
}

/** Which parameter is not one of this list, or has no such value. */
export type UnknownParameter = { readonly parameter: string }

type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** Pages take `gros` too, which asks for large type. */
export function readListQuery(
  list: ListName,
  query: Query,
  copy: Copy,
): ListAsked | UnknownParameter {
  const isTaken = takenBy(list, copy)
  const other = Object.entries(query).find(([name, value]) => !isTaken(name, value))
  if (other !== undefined) return { parameter: other[0] }
  const { q = '', page = '1', ...rest } = query as Readonly<Record<string, string>> // as was looked above
  const filters = filterNames.flatMap((name) => (rest[name] ? [[name, rest[name]]] : []))
  return {
    words: q.trim(),
    filters: Object.fromEntries(filters) as ListAsked['filters'],
    page: Number(page),
  }
}

function takenBy(list: ListName, copy: Copy) {
  const takes: Readonly<Record<string, (value: string) => boolean>> = {
    q: (value) => value.length <= longestWords,
    page: (value) => /^[1-9]\d{0,4}$/.test(value),
    gros: () => true,
  }
  return (name: string, value: Query[string] = '') => {
    if (typeof value !== 'string') return false
    const filter = filterNames.find((one) => one === name)
    if (filter !== undefined && list === 'agreements')
      return value === '' || valuesOf(filter, copy).includes(value)
    return Object.hasOwn(takes, name) && takes[name]?.(value) === true
  }
}

/** The values that a filter takes: of bodies, those that send or receive by some agreement. */
export function valuesOf(filter: FilterName, { listed }: Copy): readonly string[] {
  const found = (of: 'holder' | 'recipient') => [
    ...new Set(listed('agreements').flatMap(({ found: by }) => by?.[of] ?? [])),
  ]
  switch (filter) {
    case 'status':
      return agreementStates
    case 'holder':
    case 'recipient':
      return found(filter)
    case 'basis':
      return legalBases.map(({ id }) => id)
    case 'topic':
      return topics
  }
}

/** The objects of a list that fit what is asked, in the order of the list. */
export function matchingObjects(
  list: ListName,
  { words, filters }: ListAsked,
  copy: Copy,
  now: Moment,
): ListedObject[] {
  const fits = fitsWords(words)
  return copy.listed(list).filter((entry) => fits(entry) && fitsFilters(entry, filters, copy, now))
}

/** Whether an object has each of these words, in either language, with or without accents. */
export function fitsWords(words: string): (entry: ListedObject) => boolean {
  const wanted = plain(words).split(/\s+/).filter(Boolean).slice(0, mostWords)
  return ({ text }) => wanted.every((word) => text.includes(word))
}

function fitsFilters(
  entry: ListedObject,
  { status, holder, recipient, basis, topic }: ListAsked['filters'],
  { register }: Copy,
  now: Moment,
): boolean {
  const { found } = entry
  if (found === undefined) return true
  return (
    (holder === undefined || found.holder === holder) &&
    (recipient === undefined || found.recipient === recipient) &&
    (basis === undefined || found.basis === basis) &&
    (topic === undefined || found.topics.some((one) => one === topic)) &&
    (status === undefined || stateOf(entry, register, now) === status)
  )
}

/** The signers of a day. */
export function signersOn({ register }: Copy, now: Moment) {
  const today = now.day
  return register.signers.filter(
    ({ from, until }) => from <= today && (until === undefined || today <= until),
  )
}
