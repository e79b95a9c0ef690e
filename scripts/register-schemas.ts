import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kinds } from '../src/registry/objects/object-schemas.ts'
import type { Kind } from '../src/registry/objects/object-schemas.ts'
import { jsonSchemaOf } from '../src/registry/objects/json-schemas.ts'

export const schemaFolder = join(import.meta.dirname, '../docs/schemas/register')

/** The files of `docs/schemas/register/` as they should be: name → text. */
export function schemaFiles(): ReadonlyMap<string, string> {
  // `kinds` has a member for each kind and no other.
  return new Map(
    (Object.keys(kinds) as Kind[]).map((kind) => [
      `${kind}.json`,
      `${JSON.stringify(jsonSchemaOf(kind), null, 2)}\n`,
    ]),
  )
}

/** `npm run schemas` */
if (import.meta.main) {
  mkdirSync(schemaFolder, { recursive: true })
  for (const [name, text] of schemaFiles()) writeFileSync(join(schemaFolder, name), text)
}
