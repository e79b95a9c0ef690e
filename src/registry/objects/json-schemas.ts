import { z } from 'zod'
import { kinds } from './object-schemas.ts'
import type { Kind } from './object-schemas.ts'

/** A JSON Schema, as far as this room reads it. */
export type JsonSchema = {
  readonly [member: string]: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
}

/**
 * The JSON Schema of a kind's files, for editors (draft 2020-12). It checks less than `apply`, which also checks references between
 * files.
 */
export function jsonSchemaOf(kind: Kind): JsonSchema {
  const { $schema, ...schema } = z.toJSONSchema(kinds[kind].schema, { io: 'input' })
  const title = `A file in ${kinds[kind].folder}/`
  return { $schema, title, ...schema } as JsonSchema // zod writes a JSON Schema
}
