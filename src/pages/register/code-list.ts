import type { Bilingual } from '../../base/values/languages.ts'
import type { Words } from '../../base/web/words.ts'
import type { TableCell, TableColumn } from './columns.ts'
import type { Fact, FactTeller } from './fact-builder.ts'

/** One thing that stands in the code, as pages, files and tables say it. */
export type CodeItem = {
  readonly id: string
  said(words: Words): {
    readonly title: Bilingual
    /** A sentence more. */
    readonly about: Bilingual
  }
  /** A paragraph of its page; empty where it has none. */
  readonly explanation: Bilingual
  facts(tell: FactTeller): Fact[]
  /** For programs: members come, and none goes. */
  readonly content: Readonly<Record<string, unknown>>
  /** In the order of the columns of its list. */
  readonly cells: readonly TableCell[]
}

export type CodeList = { readonly headings: readonly string[]; readonly items: readonly CodeItem[] }

/** A list of these, with the columns of its table. */
export function codeList<Of>(
  things: readonly Of[],
  columns: readonly TableColumn<Of>[],
  item: (of: Of) => Omit<CodeItem, 'cells'>,
): CodeList {
  return {
    headings: columns.map(([name]) => name),
    items: things.map((of) => ({ ...item(of), cells: columns.map(([, cell]) => cell(of)) })),
  }
}
