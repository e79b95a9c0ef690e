import { isDeepStrictEqual } from 'node:util'

// An answer may say less than its page, never more: one rule over the two events as they were written, and over no row. The deed, the fold and
// the check of receipts hold it; `/verifier` and the judge in Python have it in their own words, and vectors hold all of them together.

type Members = Readonly<Record<string, unknown>>

const same = [
  'consent_id',
  'request_id',
  'presentation_id',
  'holder',
  'recipient',
  'agreement',
  'purpose',
  'dataset',
  'rendered_sha256',
  // What an answer cannot choose; null where there is no such limit.
  'max_uses',
  'frequency_limit',
  'lookback',
] as const

/** The first member by which an answer says more than its page; undefined: it says no more. @param answer the event of a yes or a no. @param page the event of its showing */
export function beyondPage(answer: Members, page: Members): string | undefined {
  if (page['kind'] !== 'consent.presented') return 'kind'
  const other = same.find((name) => !isDeepStrictEqual(answer[name], page[name]))
  if (other !== undefined) return other
  return answer['kind'] === 'consent.granted' ? choiceBeyond(answer, page) : undefined
}

function choiceBeyond(answer: Members, page: Members): string | undefined {
  const granted = listOf(answer['categories_granted'])
  const required = listOf(page['categories_required'])
  const asked = [...required, ...listOf(page['categories_optional'])]
  const isWithin = granted.every((category) => asked.includes(category))
  if (!isWithin || !required.every((category) => granted.includes(category)))
    return 'categories_granted'
  // She may choose an earlier day. Instants and days are each written in one way, so their texts compare.
  return (['valid_until', 'valid_until_local'] as const).find(
    (name) => !isNotLater(answer[name], page[name]),
  )
}

function isNotLater(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && typeof other === 'string' && one <= other
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
