import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { kinds } from '../../src/registry/objects/object-schemas.ts'
import type { Kind } from '../../src/registry/objects/object-schemas.ts'
import { schemaFiles, schemaFolder } from '../../scripts/register-schemas.ts'

const demo = join(import.meta.dirname, '../../demo')
const everyKind = Object.keys(kinds) as Kind[] // `kinds` has a member for each kind and no other

test('the schemas in docs/ are those of the code: `npm run schemas` writes them', () => {
  const written = readdirSync(schemaFolder).map((name): [string, string] => [
    name,
    readFileSync(join(schemaFolder, name), 'utf8'),
  ])
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(schemaFiles()))
})

function validatorOf(kind: Kind) {
  const ajv = new Ajv2020({ allErrors: true })
  formats.default(ajv)
  return ajv.compile(JSON.parse(readFileSync(join(schemaFolder, `${kind}.json`), 'utf8')))
}

describe.each(['register', 'register-2025'])('each file in demo/%s', (register) => {
  test.each(everyKind)('of a %s agrees with its schema, and names it', (kind) => {
    const folder = join(demo, register, kinds[kind].folder)
    const validate = validatorOf(kind)
    for (const name of filesIn(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      expect([name, validate(parse(text)), validate.errors]).toEqual([name, true, null])
      expect(text.split('\n', 1)[0]).toBe(
        `# yaml-language-server: $schema=../../../docs/schemas/register/${kind}.json`,
      )
    }
  })
})

test.each<[Kind, object, string]>([
  ['organisation', { statos: 'active' }, 'must NOT have additional properties'],
  ['category', { sensitivity: 'secret' }, 'must be equal to one of the allowed values'],
  ['dataset', { categories: [] }, 'must NOT have fewer than 1 items'],
  ['purpose', { max_duration: '9 months' }, 'must match pattern'],
  ['agreement', { in_force_from: '2026-02-30' }, 'must match format "date"'],
  ['agreement', { purposes: ['pur_a@1', 'pur_a@1'] }, 'must NOT have duplicate items'],
  ['text', { blocks: [{ role: 'why', fr: 'Seul' }] }, "must have required property 'en'"],
  ['service', { redirect_uris: [] }, 'must NOT have fewer than 1 items'],
])('an editor marks a wrong %s: %j', (kind, change, said) => {
  const folder = join(demo, 'register', kinds[kind].folder)
  const [first = ''] = filesIn(folder)
  const content = parse(readFileSync(join(folder, first), 'utf8')) as object // a file of the demonstration
  const validate = validatorOf(kind)
  expect(validate({ ...content, ...change })).toBe(false)
  expect(validate.errors?.map(({ message }) => message)).toContainEqual(
    expect.stringContaining(said),
  )
})

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
