import type { CodeItem, CodeList } from './code-list.ts'
import { groundList } from './ground-list.ts'
import { legalBasisList } from './legal-basis-list.ts'
import type { CodeListName, ListName } from './lists.ts'
import { isOfCode } from './lists.ts'

// The lists of what stands in the code: it has no versions, and no entry in the public log.

const lists: Readonly<Record<CodeListName, CodeList>> = {
  'legal-bases': legalBasisList,
  grounds: groundList,
}

export function codeItems(list: CodeListName): readonly CodeItem[] {
  return lists[list].items
}

export function codeHeadings(list: CodeListName): readonly string[] {
  return lists[list].headings
}

/** Undefined: the list is of the register, or has no such thing. */
export function codeItem(list: ListName, id: string): CodeItem | undefined {
  return isOfCode(list) ? codeItems(list).find((item) => item.id === id) : undefined
}
