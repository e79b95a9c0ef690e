import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Fault, Path } from './faults.ts'
import { faultsOf } from './faults.ts'
import { kinds } from './kinds.ts'
import type { Kind } from './kinds.ts'
import type { RegisterObject } from './store.ts'

export type Problem = {
  readonly file: string
  /** Unknown of what was not read from a file. */
  readonly line?: number | undefined
  readonly message: string
}

export type RegisterFiles = {
  readonly objects: readonly RegisterObject[]
  readonly problems: readonly Problem[]
  /** The line of a file on which a field stands, or what it is missing in. */
  readonly lineOf?: (file: string, path: Path) => number | undefined
}

/** The file that holds an object: one per object, named by its id without version. */
export function fileOf({ kind, id }: Pick<RegisterObject, 'kind' | 'id'>): string {
  return `${kinds[kind].folder}/${id}.yaml`
}

const maxFiles = 5000
const maxCharacters = 256 * 1024

/** Reads a register's folders. Every problem is collected; `applyRegister` applies nothing while there is one. */
export async function readRegister(dir: string): Promise<RegisterFiles> {
  const objects: RegisterObject[] = []
  const problems: Problem[] = []
  const lines = new Map<string, (path: Path) => number>()
  // `kinds` has a member for each kind and no other.
  for (const kind of Object.keys(kinds) as Kind[]) {
    const { folder } = kinds[kind]
    const { names, problem } = await namesIn(dir, folder)
    if (problem !== undefined) problems.push({ file: folder, message: problem })
    for (const name of names) {
      const file = `${folder}/${name}`
      const { object, faults, lineOf } = readObject(await textOf(join(dir, file)), kind)
      lines.set(file, lineOf)
      const all = object === undefined ? faults : [...faults, ...misnamed(object, file)]
      problems.push(...all.map(({ path, message }) => ({ file, line: lineOf(path), message })))
      if (object !== undefined && all.length === 0) objects.push(object)
    }
  }
  if (objects.length === 0 && problems.length === 0) problems.push(emptiness(dir))
  return { objects, problems, lineOf: (file, path) => lines.get(file)?.(path) }
}

async function namesIn(
  dir: string,
  folder: string,
): Promise<{ names: readonly string[]; problem: string | undefined }> {
  const found = await readdir(join(dir, folder)).catch((error: NodeJS.ErrnoException) => error)
  if (found instanceof Error)
    return { names: [], problem: found.code === 'ENOENT' ? undefined : cannotBeRead(found) }
  const names = found.filter((name) => name.endsWith('.yaml')).toSorted()
  const others = found.filter((name) => /\.(yml|json)$/.test(name))
  if (others.length > 0)
    return { names, problem: `${others.join(', ')}: a file of a register ends in .yaml` }
  if (names.length > maxFiles) return { names: [], problem: `holds more than ${maxFiles} files` }
  return { names, problem: undefined }
}

async function textOf(path: string): Promise<string | Error> {
  try {
    const text = await readFile(path, 'utf8')
    return text.length > maxCharacters
      ? new Error(`the file has over ${maxCharacters} characters`)
      : text
  } catch (error) {
    return new Error(cannotBeRead(error as NodeJS.ErrnoException), { cause: error }) // node:fs throws these
  }
}

function cannotBeRead({ code = 'unknown error' }: NodeJS.ErrnoException): string {
  return `it cannot be read (${code})`
}

function misnamed(object: RegisterObject, file: string): Fault[] {
  const { idField } = kinds[object.kind]
  if (fileOf(object) === file) return []
  return [{ path: [idField], message: `the file of ${object.id} must be named ${fileOf(object)}` }]
}

function emptiness(dir: string): Problem {
  const folders = Object.values(kinds).map(({ folder }) => `${folder}/`)
  return { file: dir, message: `holds no register: no .yaml file in ${folders.join(', ')}` }
}

type Read = {
  readonly object: RegisterObject | undefined
  readonly faults: readonly Fault[]
  readonly lineOf: (path: Path) => number
}

function readObject(text: string | Error, kind: Kind): Read {
  if (text instanceof Error) return unread(() => 1, [{ path: [], message: text.message }])
  const counter = new LineCounter()
  // Without `prettyErrors` a message is one sentence, and the place is ours to say.
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    strict: true,
    stringKeys: true,
  })
  const ill = [...document.errors, ...document.warnings]
  if (ill.length > 0) {
    // By line, and each once: one bracket too many may be wrong a thousand times.
    const said = ill.map(({ pos: [start], code, message }) => [
      counter.linePos(start).line,
      code === 'MULTIPLE_DOCS' ? 'a file holds one object, without ---' : message,
    ])
    const faults = new Map(
      said.map(([line = 1, message]) => [
        `${line} ${message}`,
        { path: [line], message: `the file is no YAML here: ${message}` },
      ]),
    )
    return unread(([line]) => Number(line), [...faults.values()])
  }
  const lineOf = (path: Path) => counter.linePos(startOf(document, path)).line
  const value = plain(document)
  if (value instanceof Error) return unread(lineOf, [{ path: [], message: value.message }])
  const faults = [...faultsOf(kinds[kind].schema, value), ...unkeepable(value, [])]
  if (faults.length > 0) return unread(lineOf, faults)
  const content = kinds[kind].schema.parse(value)
  return { object: objectOf(kind, content), faults: [], lineOf }
}

function unread(lineOf: (path: Path) => number, faults: readonly Fault[]): Read {
  return { object: undefined, faults, lineOf }
}

function objectOf(kind: Kind, content: Readonly<Record<string, unknown>>): RegisterObject {
  return {
    kind,
    id: String(content[kinds[kind].idField]),
    version: Number(content['version']),
    content,
  }
}

/** Where the text of a field begins; of one that is missing, that in which it is. */
function startOf(document: Document, path: Path): number {
  let node: unknown = document.contents
  let start = beginning(node) ?? 0
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => nameOf(key) === String(step))
      : undefined
    const next = isSeq(node) ? node.items[Number(step)] : pair?.value
    start = beginning(pair?.key) ?? beginning(next) ?? start
    node = next
  }
  return start
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : ''
}

function beginning(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined
}

const maxDepth = 32
const tooDeep = `the file is nested over ${maxDepth} deep`

// Aliases are refused: a small file could unfold into a large one.
function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    const isAlias = cause instanceof ReferenceError
    return new Error(isAlias ? 'the file uses an alias, as in &name and *name' : tooDeep, { cause })
  }
}

// PostgreSQL keeps no zero character, half a surrogate pair has no hash, and JSON has no number without end.
function unkeepable(value: unknown, path: Path): Fault[] {
  const isGroup = typeof value === 'object' && value !== null
  if (isGroup && path.length > maxDepth) return [{ path, message: tooDeep }]
  if (isGroup)
    return Object.entries(value).flatMap(([name, member]) => [
      ...unkeepable(name, [...path, name]),
      ...unkeepable(member, [...path, name]),
    ])
  if (typeof value === 'number' && !Number.isFinite(value))
    return [{ path, message: `${path.join('.')} is no number that JSON knows` }]
  if (typeof value !== 'string' || (value.isWellFormed() && !value.includes('\0'))) return []
  return [{ path, message: `${path.join('.')} holds a character that is none` }]
}
