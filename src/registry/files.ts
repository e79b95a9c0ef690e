import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Document } from 'yaml'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { Kind, RegisterObject } from './store.ts'

const both = z.strictObject({ fr: z.string().min(1).max(255), en: z.string().min(1).max(255) })
const version = z.int().min(1)
const status = z.enum(['active', 'suspended', 'closed'])

/** DOMAIN 2.1. */
export const organisationFile = z.looseObject({
  org_id: z.string().regex(/^org_[a-z0-9-]{1,60}$/),
  version,
  name: both,
  status,
})

/** RFC 7591; what the provider's constructor lets pass is refused by it at load (PROVIDER 9). */
export const serviceFile = z.looseObject({
  client_id: z.string().regex(/^[a-z0-9-]{1,60}$/),
  version,
  name: both,
  organisation: z.string(),
  status: status.default('active'),
  redirect_uris: z.array(z.url()).min(1).max(50),
  jwks: z.looseObject({ keys: z.array(z.looseObject({})).min(1).max(10) }).optional(),
  jwks_uri: z.url().optional(),
})

type KindOfFile = { readonly folder: string; readonly read: (value: unknown) => Read }
type Read = { readonly object: RegisterObject } | { readonly issues: readonly z.core.$ZodIssue[] }

const kinds: Readonly<Record<Kind, KindOfFile>> = {
  organisation: {
    folder: 'organisations',
    read: reader('organisation', organisationFile, 'org_id'),
  },
  service: { folder: 'services', read: reader('service', serviceFile, 'client_id') },
}

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
  for (const { folder, read } of Object.values(kinds)) {
    for (const name of await yamlFiles(join(dir, folder))) {
      const file = `${folder}/${name}`
      const found = readText(await readFile(join(dir, file), 'utf8'), read)
      if (Array.isArray(found)) problems.push(...found.map((message) => ({ file, message })))
      else if (fileOf(found) === file) objects.push(found)
      else problems.push({ file, message: `the file must be named ${fileOf(found)}` })
    }
  }
  if (objects.length === 0 && problems.length === 0) {
    problems.push({
      file: dir,
      message: 'holds no register: no organisations/ nor services/ with .yaml files',
    })
  }
  return { objects, problems: [...problems, ...strayReferences(objects)] }
}

async function yamlFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .slice(0, maxFiles)
}

/** @returns the object, or what is wrong with the text */
function readText(text: string, read: KindOfFile['read']): RegisterObject | string[] {
  const document = parseDocument(text, { prettyErrors: true, strict: true })
  if (document.errors.length > 0) return document.errors.map((error) => error.message)
  const value = plain(document)
  if (value instanceof Error) return [value.message]
  const found = read(value)
  if ('object' in found) return found.object
  return found.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

// Aliases are refused: a small file could unfold into a large one.
function plain(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 })
  } catch (error) {
    return error
  }
}

function strayReferences(objects: readonly RegisterObject[]): Problem[] {
  const known = new Set(objects.filter(({ kind }) => kind === 'organisation').map(({ id }) => id))
  return objects.flatMap((object) => {
    const { organisation } = object.content
    if (object.kind !== 'service' || typeof organisation !== 'string' || known.has(organisation))
      return []
    return [{ file: fileOf(object), message: `organisation ${organisation} has no file` }]
  })
}

function reader<T extends { version: number }>(
  kind: Kind,
  schema: z.ZodType<T>,
  idField: keyof T & string,
): KindOfFile['read'] {
  return (value) => {
    const parsed = schema.safeParse(value)
    if (!parsed.success) return { issues: parsed.error.issues }
    const content = parsed.data
    return { object: { kind, id: String(content[idField]), version: content.version, content } }
  }
}
