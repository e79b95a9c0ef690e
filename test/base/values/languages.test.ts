import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { languagePrefixes, languages } from '../../../src/base/values/languages.ts'

// What a language of the pages needs beside what the compiler demands of it: its words, and an address of its own.

const folder = join(import.meta.dirname, '../../../views/locales')

type Words = Readonly<Record<string, string>>
type Read = (file: string) => Words | undefined

function readWords(file: string): Words | undefined {
  const path = join(folder, file)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Words) : undefined
}

/** Names each file and each word that French has and this language has not, and the other way round. */
function lackingOf(language: string, read: Read): string[] {
  return ['', 'errors.'].flatMap((kind) => {
    const file = `${kind}${language}.json`
    const [own, french] = [read(file), read(`${kind}fr.json`) ?? {}]
    if (own === undefined) return [file]
    const missing = Object.keys(french).filter((key) => !own[key])
    const foreign = Object.keys(own).filter((key) => !Object.hasOwn(french, key))
    return [...missing, ...foreign].map((key) => `${file} ${key}`)
  })
}

test('each language has every word, and an address of its own', () => {
  for (const language of languages) expect(lackingOf(language, readWords)).toEqual([])
  expect(new Set(Object.values(languagePrefixes)).size).toBe(languages.length)
})

test('of an invented third one, each file and each word that is missing is named', () => {
  expect(lackingOf('zz', readWords)).toEqual(['zz.json', 'errors.zz.json'])
  const [gone = '', empty = '', ...others] = Object.entries(readWords('en.json') ?? {})
  const words = Object.fromEntries([[empty[0], ''], ['zz.alone', 'x'], ...others])
  const read: Read = (file) =>
    file === 'zz.json' ? words : readWords(file.replace('errors.zz', 'errors.en'))
  expect(lackingOf('zz', read)).toEqual([
    `zz.json ${gone[0]}`,
    `zz.json ${empty[0]}`,
    'zz.json zz.alone',
  ])
})
