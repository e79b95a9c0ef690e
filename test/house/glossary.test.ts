import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SourceFile } from './files.ts'
import { addressesIn, exportedNames, partsOf, tablesIn, wordsOf } from './glossary.ts'
import { roomOf } from './rules.ts'

// docs/glossary.md and the house say the same: what the glossary names is there, and what is there has a word.

const root = join(import.meta.dirname, '../..')
const glossary = wordsOf(fs.readFileSync(join(root, 'docs/glossary.md'), 'utf8'))
const source = read('src', /\.ts$/)

test('each word has one row, and there are enough rows', () => {
  const words = glossary.map(({ word }) => word)
  expect(new Set(words).size).toBe(words.length)
  expect(words.length).toBeGreaterThan(40)
})

describe('folders', () => {
  test('those of the glossary exist', () => {
    expect(all('code').filter((path) => !fs.existsSync(join(root, path)))).toEqual([])
  })

  test('each room of src has a word', () => {
    const rooms = [...new Set(source.map(({ path }) => roomOf(path)))].filter(
      (room) => room !== undefined,
    )
    expect(rooms.length).toBeGreaterThan(20)
    expect(rooms.filter((room) => !all('code').includes(`src/${room}`))).toEqual([])
  })
})

describe('tables', () => {
  const tables = tablesIn(read('migrations', /\.(?:ts|sql)$/))

  test('those of the glossary exist', () => {
    expect(all('sql').filter((table) => !tables.includes(table))).toEqual([])
  })

  test('each table has a word, and one only', () => {
    expect(tables.length).toBeGreaterThan(50)
    expect(tables.filter((table) => !all('sql').includes(table))).toEqual([])
    expect(all('sql').length).toBe(new Set(all('sql')).size)
  })
})

describe('addresses', () => {
  test('of the glossary exist in the program', () => {
    const text = source.map((file) => file.text).join('\n')
    // oidc-provider has these by itself.
    const ofTheLibrary = ['/request', '/token', '/jwks']
    const isSpelt = (address: string) => new RegExp(`['"\`}]${address}\\b`).test(text)
    const unknown = all('addresses').filter((address) => !isSpelt(address))
    expect(unknown.filter((address) => !ofTheLibrary.includes(address))).toEqual([])
  })

  test('each beginning of an address has a word', () => {
    const known = new Set(all('addresses').map((address) => `/${address.split('/')[1] ?? ''}`))
    const begun = [...new Set(addressesIn(source))]
    expect(begun.length).toBeGreaterThan(15)
    expect(begun.filter((address) => !known.has(address))).toEqual([])
  })
})

test('every key of words begins with a key of the glossary, and every key of the glossary is used', () => {
  const words = JSON.parse(
    fs.readFileSync(join(root, 'views/locales/fr.json'), 'utf8'),
  ) as Readonly<Record<string, string>>
  const begun = [...new Set(Object.keys(words).map((key) => key.split('.', 1)[0] ?? ''))]
  expect(begun.toSorted()).toEqual(all('keys').toSorted())
})

test('words that are no longer used are in no exported name', () => {
  const gone = all('noLonger').map((word) => word.toLowerCase())
  const parts = exportedNames(source).flatMap(partsOf)

  expect(parts.length).toBeGreaterThan(500)
  expect(gone.filter((word) => parts.includes(word))).toEqual([])
})

describe('the functions that read the glossary and the code find planted words', () => {
  test('a row of the glossary', () => {
    const row = '| stop | arrêt | ends it | `src/stops/` | `a`, `b` | `/arret` | – | `Halt`, end |'
    expect(wordsOf(`| word | French |\n|---|---|\n${row}`)).toEqual([
      {
        word: 'stop',
        code: ['src/stops/'],
        sql: ['a', 'b'],
        addresses: ['/arret'],
        keys: [],
        noLonger: ['Halt'],
      },
    ])
    expect(() => wordsOf('| stop | arrêt |')).toThrow('not 8 columns')
  })

  test('tables, addresses and names', () => {
    expect(tablesIn([file('create unlogged table things (')])).toEqual(['things'])
    expect(addressesIn([file("routes('people', '/partage/demande').get('/fin', x)")])).toEqual([
      '/partage',
    ])
    expect(addressesIn([file("routes('people')\n.get('/acces/:id', x)")])).toEqual(['/acces'])
    expect(exportedNames([file('export type SigningDesk = {}')]).flatMap(partsOf)).toEqual([
      'signing',
      'desk',
    ])
  })
})

function all(column: 'code' | 'sql' | 'addresses' | 'keys' | 'noLonger'): string[] {
  return glossary.flatMap((word) => word[column])
}

function file(text: string): SourceFile {
  return { path: 'src/a.ts', text }
}

function read(folder: string, kind: RegExp): SourceFile[] {
  return fs
    .readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => kind.test(name))
    .map((name) => `${folder}/${name}`)
    .map((path) => ({ path, text: fs.readFileSync(join(root, path), 'utf8') }))
}
