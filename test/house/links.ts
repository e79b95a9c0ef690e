import { posix } from 'node:path'
import type { SourceFile, Violation } from './files.ts'
import { filesIn } from './files.ts'

// What documents and comments point to: files, headings, and symbols of files. Pure, over all files of the repository.

/** Links that lead nowhere: `[text](file#heading)`, `file#symbol` between backticks, and `docs/…md#heading` in a comment. */
export function brokenLinks(files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  return files.flatMap((file) =>
    linksIn(file).flatMap((link) => {
      const says = whyBroken(link, byPath)
      return says === undefined ? [] : [{ path: file.path, says }]
    }),
  )
}

type Link = {
  readonly target: string
  readonly part: string | undefined
  readonly of: 'heading' | 'symbol'
}

const outside = /^(?:[a-z][a-z+.-]*:|\/)/

function linksIn({ path, text }: SourceFile): Link[] {
  if (!path.endsWith('.md')) return linksOfCode(path, text)
  const markdown = text.replaceAll(/^```[^]*?^```/gm, '')
  const headings = [...markdown.matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, href = '']) => href)
    .filter((href) => !outside.test(href))
    .map((href): Link => {
      const [file = '', part] = href.split('#', 2)
      const target = file === '' ? path : posix.join(posix.dirname(path), file)
      return { target, part, of: 'heading' }
    })
  const symbols = [...markdown.matchAll(/`([\w./-]+)#([\w$-]+)`/g)].map(
    ([, target = '', part]): Link => ({
      target,
      part,
      of: target.endsWith('.md') ? 'heading' : 'symbol',
    }),
  )
  return [...headings, ...symbols]
}

// Where somebody writes a document's path into code, the path is meant. Tests name documents that are none.
const inDesign = /\b(docs\/design\/[\w-]+\.md)(?:#([\w-]+))?/g
const anywhere = /\b(docs\/[\w./-]+\.md)(?:#([\w-]+))?/g

function linksOfCode(path: string, text: string): Link[] {
  return [...text.matchAll(path.startsWith('src/') ? anywhere : inDesign)].map(
    ([, target = '', part]): Link => ({ target, part, of: 'heading' }),
  )
}

function whyBroken(
  { target, part, of }: Link,
  byPath: ReadonlyMap<string, SourceFile>,
): string | undefined {
  const named = part === undefined ? target : `${target}#${part}`
  const folder = target.endsWith('/') ? target : `${target}/`
  const file = byPath.get(target)
  const inside = [...byPath.values()].filter(({ path }) => path.startsWith(folder))
  if (file === undefined && inside.length === 0) return `there is no ${target}: ${named}`
  if (part === undefined) return undefined
  if (of === 'symbol') {
    const places = file === undefined ? inside : [file]
    return places.some(({ text }) => declares(text, part))
      ? undefined
      : `nothing is declared there: ${named}`
  }
  if (file === undefined || !target.endsWith('.md')) return `no document: ${named}`
  return anchorsIn(file.text).has(part) ? undefined : `no such heading: ${named}`
}

// Names of notes that the repository has not, and of documents by the number of a section, which moves.
const noted =
  /\b(?:DOMAIN|SECURITY|PROVIDER|PAGES|TRIED|OPERATE|INTEROP|EXPERIENCE|PERMIT|FASTER|PERFORMANCE|STYLE|CONTRACT|HOUSE|LIBRARIES|MODELS|SCREENS|ARCHITECTURE)\b(?!\.md\b)(?:,? (?:section )?[0-9A-Z][\w.]*)?|\bPROOF \d|\b[A-Z]{4,}\.md (?:section )?\d/

/** Comments and documents that cite a note outside the repository, or a document by the number of a section. */
export function citedElsewhere(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const prose = path.endsWith('.md') ? text : commentsIn(path, text)
    const [found] = noted.exec(prose) ?? []
    return found === undefined ? [] : [{ path, says: `cites ${found}` }]
  })
}

/** Comments that name a file, by some of its folders, that is not there. */
export function lostPaths(files: readonly SourceFile[]): Violation[] {
  const paths = files.map(({ path }) => `/${path}`)
  const named = /(?<![\w./-])(?:[\w-]+\/)+[\w-]+\.(?:ts|eta|sql)\b/g
  return files
    .filter(({ path }) => /\.(?:[jt]s|sql)$/.test(path))
    .flatMap(({ path, text }) =>
      [...commentsIn(path, text).matchAll(named)]
        .map(([name]) => name)
        .filter((name) => !paths.some((one) => one.endsWith(`/${name}`)))
        .map((name) => ({ path, says: `there is no ${name}` })),
    )
}

/** Invariants named in the program without a link to the domain, or in a test under a number that the domain has not. */
export function unplacedInvariants(
  files: readonly SourceFile[],
  domain: ReadonlySet<string>,
): Violation[] {
  const bare = filesIn(files, 'src/').flatMap(({ path, text }) => {
    const [found] = /\bI\d{1,2}\b/.exec(commentsOf(text)) ?? []
    return found === undefined ? [] : [{ path, says: `${found} without a link` }]
  })
  const unknown = filesIn(files, 'test/').flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w"'])I\d{1,2}\b/g)]
      .filter(([name]) => path.endsWith('.ts') && !domain.has(name.toLowerCase()))
      .map(([name]) => ({ path, says: `no invariant ${name}` })),
  )
  return [...bare, ...unknown]
}

function commentsIn(path: string, text: string): string {
  return path.endsWith('.sql') ? (text.match(/--[^\n]*/g) ?? []).join('\n') : commentsOf(text)
}

/** The comments of a file of code; strings, which may contain slashes, are passed over. */
export function commentsOf(text: string): string {
  const parts =
    /(?<string>`(?:\\[^]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")|\/\/[^\n]*|\/\*[^]*?\*\//g
  return [...text.matchAll(parts)]
    .filter(({ groups }) => groups?.['string'] === undefined)
    .map(([comment]) => comment)
    .join('\n')
}

/** Whether a file of code or SQL declares this name. */
export function declares(text: string, name: string): boolean {
  const own = name.replaceAll('$', '\\$')
  const inCode = `^\\s*(?:export\\s+)?(?:declare\\s+)?(?:async\\s+)?(?:function|const|let|type|class|interface)\\s+${own}\\b`
  const inSql = `\\bcreate\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+)?(?:function|view|table|trigger)\\s+(?:if\\s+not\\s+exists\\s+)?${own}\\b`
  return new RegExp(inCode, 'm').test(text) || new RegExp(inSql, 'i').test(text)
}

/** The fragments of a Markdown document: those of its headings, as GitHub makes them, and explicit ones. */
export function anchorsIn(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, id = ''] of markdown.matchAll(/<a id="([\w-]+)"><\/a>/g)) anchors.add(id)
  for (const [, title = ''] of markdown
    .replaceAll(/^```[^]*?^```/gm, '')
    .matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = slugOf(title)
    let unique = slug
    for (let n = 1; anchors.has(unique); n++) unique = `${slug}-${n}`
    anchors.add(unique)
  }
  return anchors
}

function slugOf(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/gu, '-')
}
