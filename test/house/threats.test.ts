import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faultsOfAttacks, faultsOfThreats } from './threats.ts'

// The threat model: each « cannot » is followed by a test, in both languages the same.

const root = join(import.meta.dirname, '../..')
const french = page('threats.md')
const english = page('threats.en.md')
const textOf = (path: string) => {
  const full = join(root, path)
  return existsSync(full) ? readFileSync(full, 'utf8') : undefined
}

test.each([
  ['fr', french],
  ['en', english],
])('each row of the page in %s says what cannot be done, by tests that are there', (_, text) => {
  expect(faultsOfThreats(text, textOf)).toEqual([])
})

test('both pages have as many rows, and the same tests in the same rows', () => {
  expect(notesByRow(french)).toEqual(notesByRow(english))
  expect(notesByRow(english).length).toBeGreaterThan(30)
})

test('each attack of the proof has its test', () => {
  const proof = readFileSync(join(root, 'docs/design/proof.md'), 'utf8')
  expect(faultsOfAttacks(proof, textOf)).toEqual([])
  const planted = proof.replace('— nor does a no', '— nor does a maybe')
  expect(faultsOfAttacks(planted, textOf)).toHaveLength(1)
  expect(faultsOfAttacks(proof.replace(/ — nor does a no[^|]*/, ' '), textOf)).toHaveLength(1)
})

describe('a planted fault is found', () => {
  const head = '| who | can still | cannot | sees | open |\n|---|---|---|---|---|\n'
  const good = `${head}| a | b | c [^one] | d | e |\n\n[^one]: \`test/a.test.ts\` — it holds\n`
  const texts: Readonly<Record<string, string>> = { 'test/a.test.ts': "test('it holds', () => {})" }
  const faults = (text: string) => faultsOfThreats(text, (path) => texts[path])

  test('and none where there is none', () => {
    expect(faults(good)).toEqual([])
  })

  test.each([
    [
      'a row without a test',
      good.replace(' [^one] |', ' |'),
      '« a » names no test for what it cannot do',
    ],
    ['a note without a line', good.replace('[^one]:', '[^two]:'), 'no test is noted as one'],
    [
      'a line that no row uses',
      `${good}[^two]: \`test/a.test.ts\` — it holds\n`,
      'no row uses two',
    ],
    [
      'a title that changed',
      good.replace('it holds', 'it held'),
      'no test « it held » in test/a.test.ts',
    ],
    ['a file that went', good.replace('a.test', 'b.test'), 'there is no test/b.test.ts'],
    ['a row of four cells', good.replace(' | e |', ' |'), '« a » has 4 cells'],
    ['a title twice', `${good}[^one]: \`test/a.test.ts\` — it holds\n`, 'one is noted twice'],
  ])('%s', (_, text, found) => {
    expect(faults(text)).toContain(found)
  })
})

function page(name: string): string {
  return readFileSync(join(root, 'docs/operate', name), 'utf8')
}

function notesByRow(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => [...line.matchAll(/\[\^([a-z-]+)\]/g)].map(([, name]) => name).join(' '))
}
