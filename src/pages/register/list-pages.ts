import type { RegisterChange } from '../../registry/index.ts'
import { legalBases } from '../../registry/index.ts'
import type { Moment } from './agreement-words.ts'
import { rightOf } from './agreement-words.ts'
import type { ListAsked, FilterName } from './list-query.ts'
import { fitsWords, matchingObjects, onePage, signersOn, valuesOf } from './list-query.ts'
import type { Copy } from './register-cache.ts'
import type { ListedObject } from './entries.ts'
import { stateOf, titleOn } from './entries.ts'
import type { ListName } from './lists.ts'
import { listNames, pathOf } from './lists.ts'
import type {
  RegisterChoice,
  RegisterHomePage,
  ListPage,
  MissingPage,
  RowBlock,
  SearchPage,
} from './pages.ts'
import type { FactWords } from './fact-builder.ts'

const changesAtHome = 5
const mostFound = 50

/** In which words, for which day. */
export type RegisterSaying = FactWords & { readonly copy: Copy; readonly now: Moment }

export function homePage(saying: RegisterSaying, isDemonstration: boolean): RegisterHomePage {
  const { copy, language, base, now, register } = saying
  const signers = signersOn(copy, now)
  return {
    words: '',
    lists: listBlocks(saying),
    changes: register.changes.toReversed().slice(0, changesAtHome).map(changeBlock),
    signers: signers.map(({ office, organisation }) => ({
      office: office[language],
      organisation: register.organisation(organisation)?.name[language] ?? organisation,
    })),
    isSigned: signers.length >= 2,
    isDemonstration,
  }

  function changeBlock({ appliedAt, reason, signers: by, objects, id }: RegisterChange) {
    return {
      at: appliedAt,
      reason: reason[language],
      by: by.map((ref) => register.signer(ref)?.office[language] ?? ref),
      objects: objects.length,
      href: base + pathOf('changes', id),
    }
  }
}

export function missingPage(saying: RegisterSaying): MissingPage {
  return { words: '', lists: listBlocks(saying) }
}

function listBlocks({ copy, base }: RegisterSaying): RegisterHomePage['lists'] {
  return listNames.map((list) => ({
    list,
    href: `${base}/register/${list}`,
    count: copy.listed(list).length,
  }))
}

export function rowOf(entry: ListedObject, saying: RegisterSaying): RowBlock {
  const { base, language, now, register } = saying
  const no = entry.list === 'agreements' ? entry.object?.latest.no : undefined
  const agreement = no === undefined ? undefined : register.agreementByNo(no)
  return {
    title: titleOn(entry, register, saying),
    href: base + pathOf(entry.list, entry.id),
    about: entry.about?.[language],
    state: stateOf(entry, register, now),
    right: agreement && rightOf(agreement),
  }
}

export function searchPage(words: string, saying: RegisterSaying): SearchPage {
  const fits = fitsWords(words)
  const found = words === '' ? [] : saying.copy.entries.filter((entry) => fits(entry))
  return {
    words,
    count: found.length,
    most: mostFound,
    rows: found.slice(0, mostFound).map((entry) => ({ ...rowOf(entry, saying), list: entry.list })),
  }
}

/** A page of a list; undefined where it has no such page. */
export function listPage(
  list: ListName,
  asked: ListAsked,
  saying: RegisterSaying,
): ListPage | undefined {
  const { copy, now, base } = saying
  const { words, filters, page } = asked
  const found = matchingObjects(list, asked, copy, now)
  const pages = Math.max(1, Math.ceil(found.length / onePage))
  if (page > pages) return undefined
  const choices = list === 'agreements' ? choicesOf(asked, saying) : []
  const query = { ...(words !== '' && { q: words }), ...filters }
  const at = (to: number) => {
    const search = new URLSearchParams({ ...query, ...(to > 1 && { page: String(to) }) })
    return `${base}/register/${list}${search.size === 0 ? '' : `?${search.toString()}`}`
  }
  const file = (ending: 'json' | 'csv') => {
    const search = new URLSearchParams(query)
    return `/register/${list}.${ending}${search.size === 0 ? '' : `?${search.toString()}`}`
  }
  return {
    words,
    list,
    choices,
    chosen: choices.flatMap(
      ({ value, options }) => options.find((one) => one.value === value)?.label ?? [],
    ),
    count: found.length,
    rows: found.slice((page - 1) * onePage, page * onePage).map((entry) => rowOf(entry, saying)),
    page,
    pages,
    before: page > 1 ? at(page - 1) : undefined,
    after: page < pages ? at(page + 1) : undefined,
    jsonHref: file('json'),
    csvHref: file('csv'),
  }
}

function choicesOf({ filters }: ListAsked, saying: RegisterSaying): RegisterChoice[] {
  const { copy, language, register, words } = saying
  const labels: Readonly<Record<FilterName, (value: string) => string>> = {
    status: (value) => words.t(language, `register.state.${value}`),
    holder: nameOf,
    recipient: nameOf,
    basis: (value) => legalBases.find(({ id }) => id === value)?.label[language] ?? value,
    topic: (value) => words.t(language, `my-sharing.subject.${value}`),
  }
  return (['topic', 'recipient', 'holder', 'basis', 'status'] as const).map((name) => ({
    name,
    label: words.t(language, `register.filter.${name}`),
    value: filters[name] ?? '',
    options: valuesOf(name, copy)
      .map((value) => ({ value, label: labels[name](value) }))
      .toSorted(name === 'status' ? () => 0 : (a, b) => a.label.localeCompare(b.label, language)),
  }))

  function nameOf(id: string): string {
    return register.organisation(id)?.name[language] ?? id
  }
}
