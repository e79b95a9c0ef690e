import { isUtf8 } from 'node:buffer'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Fault, Path } from './file-faults.ts'
import { faultsOf } from './file-faults.ts'
import type { FileProblem, RegisterFiles } from './file-names.ts'
import { fileOf } from './file-names.ts'
import { fileKinds, kinds } from './object-schemas.ts'
import type { Kind } from './object-schemas.ts'
import type { RegisterObject } from '../changes/store.ts'

const maxFiles = 5000
const maxBytes = 1024 * 1024

/** Reads a register's folders. Every problem is collected; `applyRegister` applies nothing while there is one. */
export async function readRegister(dir: string): Promise<RegisterFiles> {
  const objects: RegisterObject[] = []
  const problems: FileProblem[] = []
  const lines = new Map<string, (path: Path) => number>()
  for (const kind of fileKinds) {
    const { folder } = kinds[kind]
    const { names, problem } = await namesIn(dir, folder)
    if (problem !== undefined) problems.push({ file: folder, message: problem })
    for (const name of names) {
      const file = `${folder}/${name}`
      const { object, faults, lineOf } = readObject(await textOf(join(dir, file)), kind)
      lines.set(file, lineOf)
      const all = object === undefined ? faults : [...faults, ...misnamed(object, file, names)]
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

/** The text of a file, or the reason why it cannot be read, with its line. */
async function textOf(path: string): Promise<string | Unreadable> {
  try {
    const found = await stat(path)
    // The size is checked before the file is read: the file may be endless.
    if (found.size > maxBytes) return { message: 'the file is over 1 MB' }
    if (!found.isFile() && !found.isDirectory()) return { message: 'it is no file' }
    const bytes = await readFile(path)
    return isUtf8(bytes) ? bytes.toString('utf8') : notUtf8(bytes)
  } catch (error) {
    return { message: cannotBeRead(error as NodeJS.ErrnoException) } // node:fs throws these
  }
}

type Unreadable = { readonly message: string; readonly line?: number }

// No multi-byte sequence of UTF-8 contains a line feed: each line can be checked by itself.
function notUtf8(bytes: Buffer): Unreadable {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf('\n', from)
    const to = end === -1 ? bytes.length : end
    if (!isUtf8(bytes.subarray(from, to))) break
    from = to + 1
  }
  return { line, message: 'the file is not UTF-8 here' }
}

function cannotBeRead({ code = 'unknown error' }: NodeJS.ErrnoException): string {
  return `it cannot be read (${code})`
}

function misnamed(object: RegisterObject, file: string, names: readonly string[]): Fault[] {
  const { idField, folder } = kinds[object.kind]
  const own = fileOf(object)
  if (own === file) return []
  const isTwice = names.includes(own.slice(folder.length + 1))
  const said = isTwice
    ? `${own} is the file of ${object.id}: two files have one id`
    : `the file of ${object.id} must be named ${own}`
  return [{ path: [idField], message: said }]
}

function emptiness(dir: string): FileProblem {
  const folders = fileKinds.map((kind) => `${kinds[kind].folder}/`)
  return { file: dir, message: `holds no register: no .yaml file in ${folders.join(', ')}` }
}

type Read = {
  readonly object: RegisterObject | undefined
  readonly faults: readonly Fault[]
  readonly lineOf: (path: Path) => number
}

function readObject(text: string | Unreadable, kind: Kind): Read {
  if (typeof text !== 'string')
    return unread(() => text.line ?? 1, [{ path: [], message: text.message }])
  const counter = new LineCounter()
  // Without `prettyErrors` a message is one sentence without its place, which we add.
  const document = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    strict: true,
    stringKeys: true,
  })
  const ill = [...document.errors, ...document.warnings]
  if (ill.length > 0) {
    // One message a line: a single bracket too many may cause a thousand errors.
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
  const linked = linksIn(document).map((at) => counter.linePos(at).line)
  if (linked.length > 0)
    return unread(
      ([line]) => Number(line),
      [...new Set(linked)].map((line) => ({ path: [line], message: noLinks })),
    )
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

/** The offset at which a field begins; of a missing field, the offset of its object. */
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

const noLinks = 'the file names a part of itself, as in &name and *name'

// Finds anchors and aliases, which are refused: a small file could unfold into a large one, and a line would not show its whole value.
function linksIn(document: Document): number[] {
  const found: number[] = []
  visit(document, {
    Node(_, node) {
      if (isAlias(node) || node.anchor !== undefined) found.push(node.range?.[0] ?? 0)
    },
  })
  return found
}

function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (cause) {
    return new Error(tooDeep, { cause })
  }
}

// Finds values that cannot be stored: PostgreSQL refuses U+0000, a lone surrogate has no canonical form, and JSON has no infinity.
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
