import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { CreateNodeOptions, SchemaOptions } from 'yaml'
import { parse, stringify } from 'yaml'
import { OperatorError } from '../../base/values/operator-error.ts'
import { fileOf } from './file-names.ts'
import { fileKinds } from './object-schemas.ts'
import type { JsonSchema } from './json-schemas.ts'
import { jsonSchemaOf } from './json-schemas.ts'
import type { RegisterObject } from '../changes/store.ts'

const lineWidth = 110

/**
 * Writes the last of these versions of every object into a folder that is empty or does not exist yet.
 * @param versions those of one object in order. @returns the objects written. @throws OperatorError when the folder is not empty
 */
export async function exportRegister(
  versions: readonly RegisterObject[],
  dir: string,
): Promise<RegisterObject[]> {
  const written = versions.filter(({ kind }) => fileKinds.includes(kind))
  const latest = new Map(written.map((object) => [fileOf(object), object]))
  await makeEmpty(dir)
  const found = new Set([...latest.values()].map(({ kind }) => kind))
  const schemas = new Map([...found].map((kind) => [kind, jsonSchemaOf(kind)]))
  for (const [file, object] of latest) {
    await mkdir(dirname(join(dir, file)), { recursive: true })
    // A file that appeared meanwhile is never overwritten.
    await writeFile(join(dir, file), fileTextOf(object, schemas.get(object.kind)), { flag: 'wx' })
  }
  return [...latest.values()]
}

async function makeEmpty(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true })
    if ((await readdir(dir)).length === 0) return
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException // node:fs throws these
    throw new OperatorError(`${dir} cannot be written to (${code}); nothing was.`, { cause })
  }
  throw new OperatorError(`${dir} is not empty; nothing was written. Name a new folder.`)
}

/** An object as the YAML of its file: the same text for the same content, its fields in the order of their schema. */
export function fileTextOf(
  { kind, content }: Pick<RegisterObject, 'kind' | 'content'>,
  schema: JsonSchema = jsonSchemaOf(kind),
): string {
  const ordered = inOrder(content, schema)
  const text = stringify(ordered, { ...layout, lineWidth })
  // The library folds a long text wrongly when it begins with a space.
  if (isDeepStrictEqual(parse(text), content)) return text
  return stringify(ordered, { ...layout, lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE' })
}

const layout: CreateNodeOptions & SchemaOptions = {
  // `apply` takes no anchors.
  aliasDuplicateObjects: false,
  // Quotes words such as 2026-01-05 and no, which YAML 1.1 tools would read as a date and as false.
  compat: 'yaml-1.1',
}

// PostgreSQL keeps members in an order of its own.
function inOrder(value: unknown, schema: JsonSchema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => inOrder(item, schema?.items))
  if (typeof value !== 'object' || value === null) return value
  const known = Object.keys(schema?.properties ?? {})
  const names = Object.keys(value)
  const others = names.filter((name) => !known.includes(name)).toSorted()
  const members = new Map<string, unknown>(Object.entries(value))
  // A map, since an object would put names that are numbers first.
  return new Map(
    [...known.filter((name) => members.has(name)), ...others].map((name) => [
      name,
      inOrder(members.get(name), schema?.properties?.[name]),
    ]),
  )
}
