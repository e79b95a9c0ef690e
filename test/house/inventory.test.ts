import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Entries, Table } from '../../scripts/inventory.ts'
import {
  deletingOf,
  deletingSources,
  entries,
  faultsOf,
  inventoryDocument,
  inventoryFiles,
  protectionOf,
  readTables,
  tablesOf,
  tablesUnder,
  wordsOf,
} from '../../scripts/inventory.ts'

// The data inventory: each table and column of the schema has its place, and the pages are those of the list.

const root = join(import.meta.dirname, '../..')
const tables = readTables()

test('each table and column of the schema has one entry, and each rule of keeping is what the code deletes', () => {
  expect(faultsOf(tables, entries, deletingSources())).toEqual([])
})

test.each(['fr', 'en'] as const)(
  'the page in %s is that of the list: npm run inventory',
  (language) => {
    expect(readFileSync(inventoryFiles[language], 'utf8')).toBe(inventoryDocument(language, tables))
  },
)

test('a table that a key seals or encrypts says so, and no other', () => {
  // There the encrypted values are members of a kept row.
  expect(
    [...tablesUnder('data')].filter((name) => !having('encrypted', 'wrapped').has(name)),
  ).toEqual(['factors_set_aside'])
  // There the seal is the end of another column.
  expect([...tablesUnder('seal')].filter((name) => !having('seal').has(name))).toEqual([
    'ledger_pending',
  ])
})

test('the sentences of the privacy page and the members of the export that the list names are there', () => {
  const said = JSON.parse(readFileSync(join(root, 'views/locales/fr.json'), 'utf8')) as Record<
    string,
    string
  >
  const source = ['head', 'export']
    .map((name) => readFileSync(join(root, `src/api/me/${name}.ts`), 'utf8'))
    .join('\n')
  const all = Object.values(entries)
  const told = new Set(all.flatMap((one) => wordsOf(one.told)))
  const exported = new Set(all.flatMap((one) => wordsOf(one.exported)))
  expect([...told].filter((key) => said[`site.privacy.${key}`] === undefined)).toEqual([])
  const kept = Object.keys(said).flatMap((key) => /^site\.privacy\.(kept-.*)$/.exec(key)?.[1] ?? [])
  expect(kept.filter((key) => !told.has(key))).toEqual([])
  expect([...exported].filter((name) => !new RegExp(`\\b${name}(?::|,)`).test(source))).toEqual([])
})

describe('a planted fault is found', () => {
  const good: Entries = {
    notes: {
      whose: 'person',
      kept: 'day',
      change: { noFact: 'x' },
      why: { fr: 'x', en: 'x' },
      columns: { pseudonym: 'person_id', trace: 'at', technical: 'seal' },
    },
  }
  const notes: Table = {
    name: 'notes',
    columns: [
      { name: 'person_id', type: 'uuid' },
      { name: 'at', type: 'timestamp with time zone' },
      { name: 'seal', type: 'bytea' },
    ],
  }
  const swept = ["deleteBatch(db, 'notes', 'at', before)"]
  const [entry] = Object.values(good)
  const faults = (of: readonly Table[], list: Entries, sources = swept) =>
    faultsOf(of, list, sources).filter((line) => line.includes('notes') || line.includes('more'))

  test('and none where there is none', () => {
    expect(faults([notes], good)).toEqual([])
  })

  test.each([
    ['a new table', [notes, { name: 'more', columns: [] }], good, 'more has no entry'],
    [
      'a new column',
      [{ ...notes, columns: [...notes.columns, { name: 'address', type: 'text' }] }],
      good,
      'notes.address has no entry',
    ],
    [
      'a column that went',
      [{ ...notes, columns: notes.columns.slice(0, 2) }],
      good,
      'notes.seal is no column',
    ],
    [
      'bytes of which nothing is said',
      [{ ...notes, columns: [...notes.columns, { name: 'raw', type: 'bytea' }] }],
      good,
      'notes.raw has no entry',
    ],
    [
      'a column twice',
      [notes],
      {
        notes: {
          ...entry,
          columns: { pseudonym: 'person_id', trace: 'at seal', technical: 'seal' },
        },
      } as Entries,
      'notes.seal has two entries',
    ],
    [
      'a person in a table of nobody',
      [notes],
      { notes: { ...entry, whose: 'nobody' } } as Entries,
      'says that it is nobody’s',
    ],
    [
      'a sweep that is said to keep',
      [notes],
      { notes: { ...entry, kept: 'ever' } } as Entries,
      'deleted by the sweep',
    ],
    [
      'a closing that forgets it not',
      [notes],
      { notes: { ...entry, kept: 'closing' } } as Entries,
      'not among what a closing forgets',
    ],
  ])('%s', (_, of, list, found) => {
    expect(faults(of, list).join('\n')).toContain(found)
  })

  test('bytes that neither name nor list explains', () => {
    expect(protectionOf('notes', { name: 'raw', type: 'bytea' })).toBeUndefined()
  })

  test('a rule of keeping without its sweep', () => {
    expect(faults([notes], good, [])).toEqual([expect.stringContaining('deleted by nobody')])
  })
})

test('who deletes is read from code and from SQL', () => {
  const sql =
    'create or replace function erase_notes() as $$\n  delete from notes\n$$;\ncreate or replace function tidy() as $$\n  delete from marks\n$$;'
  expect(deletingOf('notes', [sql])).toEqual(['the erasure'])
  expect(deletingOf('marks', [sql])).toEqual(['a deed'])
  expect(
    deletingOf('my_notes', ["await tx('myNotes')\n    .where({ noteId })\n    .delete()"]),
  ).toEqual(['a deed'])
  expect(
    deletingOf('my_notes', ["await tx('myNotes').insert(row)\n  await tx('others').delete()"]),
  ).toEqual(['nobody'])
  expect(
    deletingOf('my_notes', [
      "const swept = ['a', 'my_notes']\n deleteBatch(db, table, 'at', before)",
    ]),
  ).toEqual(['the sweep'])
})

test('a table is read with its columns and types', () => {
  const schema =
    'create unlogged table a (\n  id uuid not null,\n  "until" date,\n  words text[] not null default \'{}\'::text[],\n  key character varying(255) not null,\n  constraint a_pkey PRIMARY KEY (id)\n) with (fillfactor=80);'
  expect(tablesOf(schema)).toEqual([
    {
      name: 'a',
      columns: [
        { name: 'id', type: 'uuid' },
        { name: 'until', type: 'date' },
        { name: 'words', type: 'text[]' },
        { name: 'key', type: 'character varying' },
      ],
    },
  ])
})

function having(...kinds: readonly unknown[]): Set<string> {
  return new Set(
    tables
      .filter(({ name, columns }) => columns.some((one) => kinds.includes(protectionOf(name, one))))
      .map(({ name }) => name),
  )
}
