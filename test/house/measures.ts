import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SourceFile } from './files.ts'
import { codeOf, filesIn } from './files.ts'
import { bareNames } from './names.ts'
import { importsOf, providerArrowsUp, resolve, rules } from './rules.ts'

// How the house is built, in figures: `npm run house` prints them, and test/house/measures.test.ts fails where a goal is missed.

/** A figure of the house. `found` says where it is missed, or what was counted. */
export type Measure = {
  readonly name: string
  readonly is: number
  /** The most that it may be. */
  readonly goal: number
  readonly found: readonly string[]
}

const root = join(import.meta.dirname, '../..')
// Written by a program from the database.
const generated = ['src/base/database/tables.ts', 'src/base/database/catalog.ts']
/** Of these tables a fact is told in few files. The goal of each: how many files by hand may name three quarters of its columns. */
const tables = { consent_current: 5, oidc_sessions: 6, passkeys: 4, decision: 9, disclosure: 6 }
/** What takes something from fewer rooms connects these, and is no list of rooms. */
const fewestRooms = 3
/** Lists by hand of what the house has. */
const lists = /^test\/support\/[^/]*-lists\.ts$/
const partedRooms = ['base', 'provider', 'registry', 'consent']
/** What PostgreSQL counts, as a test holds it. */
const counts = 'test/support/statement-counts.ts'
/** The words of the integration guide; it leads to other pages. */
const guide = 'docs/integrate.en.md'

/** The files of the house: its code, its SQL, the lists of the tests, and the guide. */
export function houseFiles(): SourceFile[] {
  return [
    ...['src', 'bench', 'demo', 'scripts', 'views', 'public', 'deploy', 'migrations'].flatMap(
      readFolder,
    ),
    ...readFolder('test/support').filter(({ path }) => lists.test(path)),
    read(counts),
    read(guide),
  ]
}

export function measuresOf(files: readonly SourceFile[]): Measure[] {
  const straight = files.filter(({ path }) => /^src\/[^/]+$/.test(path)).map(({ path }) => path)
  const boxes = [...new Set(files.filter(isCode).map(({ path }) => boxOf(path)))].toSorted()
  return [
    { name: 'files straight in src', is: straight.length, goal: 3, found: straight },
    { name: 'boxes of the whole', is: boxes.length, goal: 24, found: boxes },
    counted('arrows up between the boxes', 0, arrowsUp(files)),
    longestFolder(files),
    counted('arrows up between the shelves of the base', 0, violationsOf(shelfRule, files)),
    counted('arrows up between the parts of the provider', 14, providerArrowsUp(files)),
    migrationsOfRooms(files),
    ...Object.entries(tables).map(([table, goal]) =>
      counted(
        `files that name three quarters of the columns of ${table}`,
        goal,
        namingFiles(files, table),
      ),
    ),
    listsOfRooms(files),
    placesOfCommands(files),
    counted('places that ask for a language by its name', 17, placesOfLanguages(files)),
    counted('SQL functions that map states to signals', 0, mappingFunctions(files)),
    counted('triggers of signals', 1, signalTriggers(files)),
    counted(
      'names that are a bare participle, adverb or pronoun',
      0,
      bareNames(files).map(({ path, says }) => `${path} ${says}`),
    ),
    counted(
      'exported types that are called Context or Parts',
      24,
      filesIn(files, 'src/').flatMap(({ path, text }) =>
        [...text.matchAll(/^export type (\w+(?:Context|Parts))\b/gm)].map(
          ([, name = '']) => `${path} ${name}`,
        ),
      ),
    ),
    { name: 'statements of a stop', is: statementsOfStop(files), goal: 12, found: [] },
    { name: 'words of the integration guide', is: wordsOf(files, guide), goal: 5000, found: [] },
  ]
}

const shelfRule = 'a shelf of the base imports the shelves after it'

function statementsOfStop(files: readonly SourceFile[]): number {
  const told = filesIn(files, counts).map(({ text }) => / statementsOfStop = (\d+)/.exec(text)?.[1])
  return Math.max(...told.map(Number))
}

function counted(name: string, goal: number, found: readonly string[]): Measure {
  return { name, is: found.length, goal, found }
}

function violationsOf(rule: string, files: readonly SourceFile[]): string[] {
  return (rules[rule]?.(files) ?? []).map(({ path, says }) => `${path}: ${says}`)
}

/** Functions of the database that know which signal a state makes: they name signals of consents. */
function mappingFunctions(files: readonly SourceFile[]): string[] {
  return filesIn(files, 'migrations/functions/')
    .flatMap(({ text }) => text.split(/(?=^create or replace function )/m))
    .filter((text) =>
      /'consent-(?:granted|revoked|expired|suspended|resumed|superseded)'/.test(text),
    )
    .map((text) => /^create or replace function (\w+)/.exec(text)?.[1] ?? 'outside a function')
}

function signalTriggers(files: readonly SourceFile[]): string[] {
  return filesIn(files, 'migrations/functions/').flatMap(({ text }) =>
    [...text.matchAll(/^create or replace trigger (\w*signals?)\b/gm)].map(([, name = '']) => name),
  )
}

/** What stands in `src`, and each folder of code beside it, is a box. */
function boxOf(path: string): string {
  return path
    .split('/')
    .slice(0, path.startsWith('src/') ? 2 : 1)
    .join('/')
}

function isCode({ path }: SourceFile): boolean {
  return /\.(?:ts|mts|js|mjs|sql|py|sh)$/.test(path) && !lists.test(path)
}

/** Pairs of boxes of which each leads to the other. */
function arrowsUp(files: readonly SourceFile[]): string[] {
  const next = new Map<string, Set<string>>()
  for (const { path, text } of files.filter(isCode))
    for (const name of importsOf(text).filter((one) => isCode({ path: one, text: '' }))) {
      const [from, to] = [boxOf(path), boxOf(resolve(path, name) ?? path)]
      if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to))
    }
  const reach = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of next.get(from) ?? []) if (!seen.has(to)) reach(to, seen.add(to))
    return seen
  }
  return [...next.keys()].filter((box) => reach(box).has(box)).toSorted()
}

function longestFolder(files: readonly SourceFile[]): Measure {
  const folders = Map.groupBy(
    partedRooms.flatMap((room) => filesIn(files, `src/${room}/`)),
    ({ path }) => dirname(path),
  )
  const [[folder, inside] = ['', []]] = [...folders].toSorted(([, a], [, b]) => b.length - a.length)
  return { name: 'files of the longest folder', is: inside.length, goal: 40, found: [folder] }
}

/** Files by hand that name at least three quarters of a table's columns, in the spelling of SQL or of TypeScript. */
function namingFiles(files: readonly SourceFile[], table: string): string[] {
  const columns = columnsOf(files, table)
  return files
    .filter(
      ({ path }) =>
        (/^(?:src|migrations)\//.test(path) || lists.test(path)) &&
        path !== schema &&
        !generated.includes(path),
    )
    .filter((file) => {
      const words = wordsIn(file)
      const named = columns.filter((column) => words.has(column) || words.has(camel(column)))
      return named.length * 4 >= columns.length * 3
    })
    .map(({ path }) => path)
}

// Each table is looked for in the same files.
const knownWords = new WeakMap<SourceFile, ReadonlySet<string>>()

function wordsIn(file: SourceFile): ReadonlySet<string> {
  const known = knownWords.get(file)
  if (known !== undefined) return known
  const { path, text } = file
  const code = path.endsWith('.sql') ? text.replaceAll(/--.*/g, '') : codeOf(text)
  const words = new Set(code.match(/\w+/g))
  knownWords.set(file, words)
  return words
}

// What a room gives to a list of the house, by how it is called.
const given =
  /^(forget|sweep|ways|first)[A-Z]|(Projection|Renewals?|Jobs|Routes|Operations|FirstSeals|Room)$/

/** The lists of the house into which a room enters: files that take things of one kind from several rooms. */
function listsOfRooms(files: readonly SourceFile[]): Measure {
  const taken = filesIn(files, 'src/house/').flatMap(({ path, text }) =>
    [...text.matchAll(/^import \{([^}]*)\} from '\.\.\/(?!base\/)([^']+)\/[\w-]+\.ts'/gm)].flatMap(
      ([, names = '', room = '']) =>
        names.split(',').flatMap((name) => {
          const [, begins, ends] = given.exec(name.trim()) ?? []
          const kind = begins ?? ends?.replace(/s$/, '')
          return kind === undefined ? [] : [{ list: `${path}: ${kind}`, room }]
        }),
    ),
  )
  const lists = [...Map.groupBy(taken, ({ list }) => list)]
    .filter(([, of]) => new Set(of.map(({ room }) => room)).size >= fewestRooms)
    .map(([list]) => list)
  return counted('lists of the house that a room enters', 1, lists)
}

/** The files in which a text begins with the two words of a command of the tool: its value alone. Of that command which most know. */
function placesOfCommands(files: readonly SourceFile[]): Measure {
  const texts = filesIn(files, 'src/').map(({ path, text }) => ({ path, code: codeOf(text) }))
  const commands = texts.flatMap(({ code }) =>
    [...code.matchAll(/\bcommand\('([a-z-]+ [a-z-]+)\b/g)].map(([, words = '']) => words),
  )
  const places = commands.map((words) => {
    // Outside the tool two such words may name something else.
    const inTool = new RegExp(`['"\`] *(?:accord )?${words}\\b`)
    const inRooms = new RegExp(`['"\`] *accord ${words}\\b`)
    return texts
      .filter(
        ({ path, code }) =>
          code.includes(words) && (path.startsWith('src/tool/') ? inTool : inRooms).test(code),
      )
      .map(({ path }) => `${path}: ${words}`)
  })
  const most = places.toSorted((a, b) => b.length - a.length)[0] ?? []
  return counted('places that know a command', 1, most)
}

/** What a third language would have to look for: the compiler names the rest. The demonstration's own pages are not the house's. */
function placesOfLanguages(files: readonly SourceFile[]): string[] {
  const place = /[!=]== '(?:en|fr)'|\['fr', 'en'\]/
  return filesIn(files, 'src/')
    .filter(({ path }) => !path.startsWith('src/demonstration/') && path !== languageList)
    .flatMap(({ path, text }) =>
      codeOf(text)
        .split('\n')
        .filter((line) => place.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    )
}

const languageList = 'src/base/values/languages.ts'

/** Until the first release, a room has one migration. */
function migrationsOfRooms(files: readonly SourceFile[]): Measure {
  const paths = files.map(({ path }) => path).filter((path) => /^migrations\/\d/.test(path))
  const rooms = new Set(paths.map((path) => path.replace(/^migrations\/\d{4}_/, '')))
  return counted('migrations, one a room', rooms.size, paths)
}

const schema = 'migrations/schema.sql'

function columnsOf(files: readonly SourceFile[], table: string): string[] {
  const text = files.find(({ path }) => path === schema)?.text ?? ''
  const [, body = ''] =
    new RegExp(`^create (?:unlogged )?table ${table} \\(\\n([^]*?)\\n\\)`, 'm').exec(text) ?? []
  const columns = [...body.matchAll(/^ {2}(?!constraint\b)(\w+) /gm)].map(([, name = '']) => name)
  if (columns.length === 0) throw new Error(`${schema} has no table ${table}`)
  return columns
}

function camel(column: string): string {
  return column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}

function wordsOf(files: readonly SourceFile[], path: string): number {
  return (
    files
      .find((file) => file.path === path)
      ?.text.trim()
      .split(/\s+/).length ?? Infinity
  )
}

function readFolder(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|mts|js|mjs|sql|py|sh)$/.test(entry.name))
    .map((entry) => read(join(entry.parentPath, entry.name).slice(root.length + 1)))
}

function read(path: string): SourceFile {
  return { path, text: readFileSync(join(root, path), 'utf8') }
}
