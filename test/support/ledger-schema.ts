import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'

const folder = join(import.meta.dirname, '../../docs/schemas/ledger')
const ajv = new Ajv2020({ allErrors: true, strict: true, formats: fullFormats })
for (const name of readdirSync(folder))
  ajv.addSchema(JSON.parse(readFileSync(join(folder, name), 'utf8')), name)

/** What is wrong with a payload of the ledger by the published schema of its kind; empty when nothing is. */
export function schemaProblems(payload: unknown): string[] {
  const kind = kindOf(payload)
  const validate = ajv.getSchema(`${kind}.json`)
  if (validate === undefined) return [`no schema for kind ${kind}`]
  if (validate(payload) === true) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
}

function kindOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null || !('kind' in payload)) return 'none'
  return String(payload.kind)
}
