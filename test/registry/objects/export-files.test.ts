import * as fc from 'fast-check'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/base/database/database.ts'
import { openDatabase, transact } from '../../../src/base/database/database.ts'
import { OperatorError } from '../../../src/base/values/operator-error.ts'
import { fileTextOf } from '../../../src/registry/objects/export-files.ts'
import { applyRegister, readRegister } from '../../../src/registry/index.ts'
import { kinds } from '../../../src/registry/objects/object-schemas.ts'
import type { Kind } from '../../../src/registry/objects/object-schemas.ts'
import { RegisterUntrusted } from '../../../src/registry/changes/seal.ts'
import type { RegisterObject } from '../../../src/registry/changes/store.ts'
import type { FreshDatabase } from '../../support/database.ts'
import { freshDatabase } from '../../support/database.ts'
import { newFolder } from '../../support/fault-process.ts'
import { another, everything, resultsIn, whole, writeFiles } from '../whole-register.ts'
import { housePatience } from '../../support/patience.ts'
import { anyCharacter, seeded } from '../../support/property.ts'
import { given, seals } from '../../support/seals.ts'
import { registerCommand } from '../../support/commands.ts'

// What is exported and read again, not what is served.
const unservable = () => []

const demo = join(import.meta.dirname, '../../../demo')
let fresh: FreshDatabase
let db: Database
let base: string
let dir: string

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase(fresh.url, housePatience)
})

afterAll(async () => {
  await db.destroy()
  await fresh.drop()
})

beforeEach(() => {
  base = newFolder()
  dir = join(base, 'out')
})

afterEach(() => rmSync(base, { recursive: true, force: true }))

function say(...words: string[]): Promise<string[] | undefined> {
  return registerCommand(db, words, new Date(), unservable, given)
}

async function lastApplied(): Promise<string> {
  const { rows } = await db.raw<{ rows: { at: Date }[] }>(
    'select max(applied_at) as at from register_objects',
  )
  return (rows[0]?.at ?? new Date()).toISOString()
}

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

test('an empty register is an empty folder', async () => {
  expect(await say('export', dir)).toEqual([`wrote 0 files into ${dir}`])
  expect(readdirSync(dir)).toEqual([])
})

describe('the demonstration’s register', () => {
  let then: string
  beforeAll(async () => {
    await say('apply', join(demo, 'register-2025'))
    then = await lastApplied()
    await say('apply', join(demo, 'register'))
  })

  test('is exported to the files that it came from, and then there is nothing to apply', async () => {
    const names = Object.keys(filesIn(join(demo, 'register')))
    expect(await say('export', dir)).toEqual([`wrote ${names.length} files into ${dir}`])
    expect(Object.keys(filesIn(dir))).toEqual(names)
    expect(await say('plan', dir)).toEqual(['nothing to apply'])
    expect(await say('apply', dir)).toEqual(['nothing to apply'])
    const [written, read] = [await readRegister(dir), await readRegister(join(demo, 'register'))]
    expect(written.problems).toEqual([])
    expect(written.objects).toEqual(read.objects)
  })

  test('gives one text for one content, with the fields in the order of the schema and both languages', async () => {
    await say('export', dir)
    const second = join(base, 'again')
    await say('export', second)
    expect(filesIn(second)).toEqual(filesIn(dir))
    const purpose = filesIn(dir)['purposes/pur_calcul-aide.yaml'] ?? ''
    expect(purpose.match(/^\w+/gm)).toEqual([
      'purpose_id',
      'version',
      'label',
      'plain_statement',
      'why',
      'topic',
      'recipient_org_id',
      'necessity_by_category',
      'refusal_consequence',
      'alternative_path',
      'retention',
      'automated_decision',
      'outside_quebec',
      'max_duration',
      'default_duration',
      'frequency_limit',
      'status',
    ])
    expect(purpose).toContain(
      'label:\n  fr: Calcul de votre aide financière 2026-2027\n  en: Calculation of',
    )
    const agreement = filesIn(dir)['agreements/agr_2026-001.yaml'] ?? ''
    // Other tools take a bare one for a date.
    expect(agreement).toMatch(/from: ["']2026-01-05["']/)
  })

  test('prints the written files as JSON', async () => {
    const [text = ''] = (await say('export', dir, '--json')) ?? []
    const { exported } = JSON.parse(text) as { exported: object[] }
    expect(exported).toContainEqual({
      kind: 'text',
      id: 'txt_tarif-residents',
      version: 2,
      file: 'texts/txt_tarif-residents.yaml',
    })
  })

  test('of an earlier instant is the files of that instant, and nothing is written of a time before or after', async () => {
    const old = join(demo, 'register-2025')
    const names = Object.keys(filesIn(old))
    expect(await say('export', dir, '--at', then)).toEqual([
      `wrote ${names.length} files into ${dir}: the register as it was at ${then}, each version with its seal`,
    ])
    const [written, read] = [await readRegister(dir), await readRegister(old)]
    expect(written.objects).toEqual(read.objects)
    const other = join(base, 'other')
    const today = new Date().toISOString().slice(0, 4)
    for (const at of [`${Number(today) + 1}-01-31`, `${Number(today) + 1}-01-31T12:00:00Z`])
      await expect(say('export', other, '--at', at)).rejects.toThrow(`${at} is not over.`)
    const before = '2020-02-29'
    await expect(say('export', other, '--at', before)).rejects.toThrow('had no version yet')
    for (const at of ['2026-02-30', 'yesterday', '2026-01-01T00:00', ''])
      expect(await say('export', other, '--at', at)).toBeUndefined()
    expect(existsSync(other)).toBe(false)
  })

  test.each([
    ['a version', 'update register_objects set content = content || \'{"x":1}\'', /_.+@\d/],
    [
      'the time of one',
      "update register_objects set applied_at = applied_at - interval '1 year'",
      /_.+@\d/,
    ],
    [
      'one that is gone',
      "delete from register_objects where kind = 'text' and version = 2",
      /as a whole/,
    ],
  ])('of an earlier instant is not written where somebody changed %s', async (_, sql, named) => {
    const trial = transact(db, async (tx) => {
      await tx.raw('alter table register_objects disable trigger user')
      await tx.raw(sql)
      const asked = ['export', dir, '--at', then]
      await registerCommand(tx, asked, new Date(), unservable, given)
    })
    await expect(trial).rejects.toThrow(RegisterUntrusted)
    await expect(trial).rejects.toThrow(named)
    expect(existsSync(dir)).toBe(false)
  })

  test('can be applied to another database', async () => {
    await say('export', dir)
    const other = await freshDatabase()
    const otherDb = openDatabase(other.url, housePatience)
    try {
      const applied = await registerCommand(otherDb, ['apply', dir], new Date(), unservable, given)
      expect(resultsIn(applied)).toHaveLength(Object.keys(filesIn(dir)).length)
      expect(await registerCommand(otherDb, ['plan', dir], new Date(), unservable, given)).toEqual([
        'nothing to apply',
      ])
    } finally {
      await otherDb.destroy()
      await other.drop()
    }
  })
})

test('a folder that is not empty stays as it is', async () => {
  mkdirSync(dir)
  writeFileSync(join(dir, 'note.txt'), 'mine')
  await expect(say('export', dir)).rejects.toThrow(OperatorError)
  await expect(say('export', dir)).rejects.toThrow(`${dir} is not empty; nothing was written.`)
  expect(readdirSync(dir)).toEqual(['note.txt'])
})

test('an empty folder is filled; a file in its place or an impossible place is reported', async () => {
  mkdirSync(dir)
  await say('export', dir)
  expect(readdirSync(dir)).not.toEqual([])
  const file = join(base, 'file')
  writeFileSync(file, '')
  await expect(say('export', file)).rejects.toThrow(`${file} cannot be written to (EEXIST)`)
  await expect(say('export', join(file, 'in'))).rejects.toThrow('cannot be written to (ENOTDIR)')
  expect(existsSync(join(file, 'in'))).toBe(false)
})

const isPlain = (value: string) => !/[\p{Cf}\0]/u.test(value.replaceAll('\u00ad', ''))
const oddities = [
  'a',
  ' ',
  '\n',
  '\t',
  '\r',
  ': ',
  ' #',
  '- ',
  '---',
  '|',
  '>',
  "'",
  '"',
  '%',
  '@',
  '?',
  '~',
  'null',
  'no',
  '2026-01-05',
  '1e3',
  '0x1',
  '.inf',
  '&a',
  '*a',
  '!t',
  '\u0085',
  '\u2028',
  '\\',
  '\u00a0',
  'é',
  'e\u0301',
  'mot '.repeat(30),
  '{until}',
  '\u0007',
]
const anyText = (max: number) =>
  fc
    .oneof(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
      fc.string({ unit: anyCharacter, minLength: 1, maxLength: 80 }),
      // What YAML would read as something else, or lay out in another way.
      fc
        .array(fc.constantFrom(...oddities), { minLength: 1, maxLength: 12 })
        .map((parts) => parts.join('')),
    )
    .filter((text) => text.length <= max && /\S/.test(text) && text.isWellFormed() && isPlain(text))

const bothIn = (max: number) => fc.record({ fr: anyText(max), en: anyText(max) })

// Its label stays: a name may hold less than any text.
const aCategory = fc
  .record({ plain_description: bothIn(2000), example: bothIn(255) })
  .map((change) => another('category', change))

// RFC 7591 is open: anything that JSON holds.
const aService = fc
  .dictionary(
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
      .filter(
        (name) =>
          !(name in {}) &&
          isPlain(name) &&
          !(name in whole.service) &&
          !['jwks', 'jwks_uri', 'authorization_details_types'].includes(name),
      ),
    fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !/\\u(0000|d[89a-f])/i.test(JSON.stringify(value))),
    { maxKeys: 6 },
  )
  .map((more) => another('service', { ...more, ...whole.service }))

describe('any content is exported and read back unchanged', () => {
  test('from its file', async () => {
    const property = fc.asyncProperty(fc.oneof(aCategory, aService), async (object) => {
      const folder = newFolder()
      try {
        const path = join(folder, kinds[object.kind].folder)
        mkdirSync(path)
        writeFileSync(join(path, `${object.id}.yaml`), fileTextOf(object))
        const { objects, problems } = await readRegister(folder)
        expect(problems).toEqual([])
        // A zero is a zero: PostgreSQL keeps no sign of it.
        const [read] = objects
        expect(JSON.parse(JSON.stringify(read?.content))).toEqual(
          JSON.parse(JSON.stringify(object.content)),
        )
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
    await fc.assert(property, seeded({ numRuns: 200 }))
  })

  test('through the database: what was exported plans nothing, and exports the same files', async () => {
    await say('apply', join(demo, 'register'))
    writeFiles(dir, everything)
    await say('apply', dir)
    let version = 1
    const property = fc.asyncProperty(aCategory, aService, async (...drawn) => {
      version += 1
      const objects = drawn.map(({ content, ...object }): RegisterObject => ({
        ...object,
        version,
        content: { ...content, version },
      }))
      await transact(db, (tx) => applyRegister(tx, seals, { objects, problems: [] }, new Date()))
      const out = join(base, `out-${version}`)
      await say('export', out)
      expect(await say('plan', out)).toEqual(['nothing to apply'])
    })
    await fc.assert(property, seeded({ numRuns: 12 }))
  })

  test('minus zero, which PostgreSQL stores as zero, is no change', async () => {
    const own = {
      client_id: 'zero',
      organisation: 'org_zero',
      resource_server: undefined,
      redirect_uris: ['https://zero.test/cb'],
    }
    const service = another('service', own)
    writeFiles(dir, [another('organisation', { org_id: 'org_zero' }), service])
    const text = JSON.stringify({ ...service.content, more: 'zero' })
    writeFileSync(join(dir, 'services/zero.yaml'), text.replace('"zero"}', '-0.0}'))
    await say('apply', dir)
    expect(await say('plan', dir)).toContain('nothing to apply')
  })

  test('a long text that begins with a space is written so that YAML does not fold it wrongly', async () => {
    const fr = ` ${'mot '.repeat(30)}\n`
    const object = another('category', { example: { fr, en: 'One' } })
    writeFiles(dir, [object])
    writeFileSync(join(dir, 'categories/cat_income.yaml'), fileTextOf(object))
    const { objects } = await readRegister(dir)
    expect(objects[0]?.content['example']).toEqual({ fr, en: 'One' })
  })

  test.each(Object.keys(kinds) as Kind[])(
    'a %s with the members of objects in any order',
    (kind) => {
      const open = kind === 'service' ? { zeta: 1, alpha: { b: 1, a: 2 } } : {}
      const content = { ...whole[kind], ...open }
      const turned = Object.fromEntries(Object.entries(content).toReversed())
      const object = { kind, id: 'x', version: 1 }
      expect(fileTextOf({ ...object, content: turned })).toBe(fileTextOf({ ...object, content }))
    },
  )
})
