import { listOf } from '../../base/web/lists.ts'
import type { Language } from '../../base/values/languages.ts'
import type { EventKind, StretchEntry } from '../../ledger/chain/index.ts'
import type { Register } from '../../registry/index.ts'
import { bodyNames, categoryLabels } from '../../registry/index.ts'
import { entryWords } from './entry-words.ts'
import type { ChainEntry } from './pages.ts'

// What the entries of a person's chain say, as she would say it: who allowed, stopped or sent what.

export type EntryTeller = (
  entry: StretchEntry,
) => Pick<ChainEntry, 'what' | 'categories' | 'between'>

/** Of entries that stand on one page: an event of a sharing whose answer is among them names what that answer named. */
export function entryTeller(
  entries: readonly StretchEntry[],
  register: Register,
  language: Language,
): EntryTeller {
  const answers = new Map<string, StretchEntry['payload']>()
  for (const { kind, payload } of entries) {
    const id = text(payload?.['consent_id'])
    if (answered.includes(kind) && id !== undefined) answers.set(id, payload)
  }
  return ({ kind, payload, recordedAt }) => {
    const names = register.asOf(recordedAt)
    const own = namedIn(payload)
    const named = own.length > 0 ? payload : answers.get(text(payload?.['consent_id']) ?? '')
    const labels = namedIn(named).map(categoryLabels(names, language))
    const [holder, recipient] = ['holder', 'recipient'].map((role) => text(named?.[role]))
    const nameOf = bodyNames(names, language)
    return {
      what: entryWords[kind],
      categories: labels.length === 0 ? undefined : listOf(labels, language),
      between:
        holder === undefined || recipient === undefined
          ? undefined
          : { holder: nameOf(holder), recipient: nameOf(recipient) },
    }
  }
}

const answered: readonly EventKind[] = ['consent.granted', 'consent.refused']

// The members that name categories, the first that names any.
const members = [
  'categories_granted',
  'categories_declined',
  'categories_required',
  'categories_actual',
  'categories_permitted',
  'categories_received',
  'categories',
] as const

function namedIn(payload: StretchEntry['payload']): readonly string[] {
  for (const member of members) {
    const value = payload?.[member]
    const ids = Array.isArray(value) ? value.flatMap((one) => text(one) ?? []) : []
    if (ids.length > 0) return ids
  }
  return []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
