import type { SourceFile } from './files.ts'

/** A row of docs/glossary.md; what stands between code marks in a column is read, the rest is for people. */
export type Word = {
  readonly word: string
  readonly code: readonly string[]
  readonly sql: readonly string[]
  readonly addresses: readonly string[]
  readonly keys: readonly string[]
  readonly noLonger: readonly string[]
}

const columns = 8

export function wordsOf(glossary: string): Word[] {
  return glossary
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| word |'))
    .map((line) => line.slice(2, -2).split(' | '))
    .map((cells) => {
      if (cells.length !== columns) throw new Error(`not ${columns} columns: ${cells[0]}`)
      const [word = '', , , code, sql, addresses, keys, noLonger] = cells
      return {
        word,
        code: marked(code),
        sql: marked(sql),
        addresses: marked(addresses),
        keys: marked(keys),
        noLonger: marked(noLonger),
      }
    })
}

function marked(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)
}

/** Tables that the migrations leave behind. */
export function tablesIn(migrations: readonly SourceFile[]): string[] {
  return migrations.flatMap(({ text }) =>
    [...text.matchAll(/create\s+(?:unlogged\s+)?table\s+(?:if not exists\s+)?(\w+)/gi)].map(
      ([, table = '']) => table,
    ),
  )
}

/** Where addresses begin: of routes and of the operations of APIs. */
export function addressesIn(files: readonly SourceFile[]): string[] {
  const begins =
    /(?:\broutes\('\w+',\s*|^\s*path:\s*)'(\/[^']*)'|\.(?:get|post|put)\(\s*'(\/[^']*)'/gm
  return files
    .flatMap(({ text }) => {
      const isPrefixed = !/\broutes\('\w+'\)/.test(text)
      return [...text.matchAll(begins)].flatMap(([, whole, below]) =>
        whole === undefined ? (isPrefixed ? [] : [below ?? '']) : [whole],
      )
    })
    .map((path) => `/${path.split('/')[1] ?? ''}`)
    .filter((path) => /^\/[\w.-]+$/.test(path))
}

/** What is exported, in any file. */
export function exportedNames(files: readonly SourceFile[]): string[] {
  const named = /^export\s+(?:async\s+)?(?:function|const|class|type|interface)\s+(\w+)/gm
  return files.flatMap(({ text }) => [...text.matchAll(named)].map(([, name = '']) => name))
}

/** `makeDecisionDesk` → make, decision, desk */
export function partsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ')
}
