import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { parseDocument } from 'yaml'
import { kinds } from './kinds.ts'
import type { Kind } from './kinds.ts'
import type { RegisterObject } from './store.ts'

export type Problem = { readonly file: string; readonly message: string }

export type RegisterFiles = {
  readonly objects: readonly RegisterObject[]
  readonly problems: readonly Problem[]
}

/** The file that holds an object: one per object, named by its id without version (CONTRACT). */
export function fileOf({ kind, id }: Pick<RegisterObject, 'kind' | 'id'>): string {
  return `${kinds[kind].folder}/${id}.yaml`
}

const maxFiles = 5000

/** Reads a register's folders. Every problem is collected; `applyRegister` applies nothing while there is one. */
export async function readRegister(dir: string): Promise<RegisterFiles> {
  const objects: RegisterObject[] = []
  const problems: Problem[] = []
  // `kinds` has a member for each kind and no other.
  for (const kind of Object.keys(kinds) as Kind[]) {
    const { folder } = kinds[kind]
    for (const name of await yamlFiles(join(dir, folder))) {
      const file = `${folder}/${name}`
      const found = readText(await readFile(join(dir, file), 'utf8'), kind)
      if (Array.isArray(found)) problems.push(...found.map((message) => ({ file, message })))
      else if (fileOf(found) === file) objects.push(found)
      else problems.push({ file, message: `the file must be named ${fileOf(found)}` })
    }
  }
  if (objects.length === 0 && problems.length === 0) {
    const folders = Object.values(kinds).map(({ folder }) => `${folder}/`)
    problems.push({
      file: dir,
      message: `holds no register: no .yaml file in ${folders.join(', ')}`,
    })
  }
  return { objects, problems }
}

async function yamlFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .slice(0, maxFiles)
}

/** @returns the object, or what is wrong with the text */
function readText(text: string, kind: Kind): RegisterObject | string[] {
  const document = parseDocument(text, { prettyErrors: true, strict: true })
  if (document.errors.length > 0) return document.errors.map((error) => error.message)
  const value = plain(document)
  if (value instanceof Error) return [value.message]
  const { schema, idField } = kinds[kind]
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const content: Readonly<Record<string, unknown>> = parsed.data
  if (isUnkeepable(content)) return ['holds a character that is none']
  return { kind, id: String(content[idField]), version: parsed.data.version, content }
}

// Aliases are refused: a small file could unfold into a large one.
function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    return error
  }
}

// PostgreSQL keeps no zero character, and half a surrogate pair has no hash. Both are written as escapes by JSON.stringify.
function isUnkeepable(content: object): boolean {
  return /(?<!\\)(\\\\)*\\u(0000|d[89a-f])/.test(JSON.stringify(content))
}
