import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

// The template of an assessment of privacy: what it says of the product leads to a document that shows it (documents.test.ts follows the
// links), and what an operator must say is a blank that nobody overlooks.

const root = join(import.meta.dirname, '../..')
const pages = { fr: read('efvp.md'), en: read('efvp.en.md') }
const blanks = {
  fr: /\*\*\[à remplir(?: : [^\]]+)?\]\*\*/g,
  en: /\*\*\[to fill in(?:: [^\]]+)?\]\*\*/g,
}

describe.each(['fr', 'en'] as const)('in %s', (language) => {
  const text = pages[language]

  test('each row leads to what shows it, or is a blank', () => {
    expect(unshown(text, blanks[language])).toEqual([])
  })

  test('each blank has one spelling, so that a search finds all of them', () => {
    const bracketed = [...text.matchAll(/\[(?:à remplir|to fill in)/gi)].length
    expect([...text.matchAll(blanks[language])]).toHaveLength(bracketed)
    expect(bracketed).toBeGreaterThan(30)
  })
})

test('both pages have the same rows, blanks and sections of laws', () => {
  expect(shape(pages.en, blanks.en)).toEqual(shape(pages.fr, blanks.fr))
  expect(sectionsOf(pages.en)).toEqual(sectionsOf(pages.fr))
  expect(sectionsOf(pages.fr)).toEqual(expect.arrayContaining(['17', '63.5', '70.1']))
})

test('a row that shows nothing is found', () => {
  const planted =
    '| risk | measure |\n|---|---|\n| a | nothing can happen |\n| b | [shown](x.md) |\n| c | **[to fill in]** |\n'
  expect(unshown(planted, blanks.en)).toEqual(['| a | nothing can happen |'])
})

function read(name: string): string {
  return readFileSync(join(root, 'docs/operate', name), 'utf8')
}

/** The rows of the tables, without their heads. */
function rowsOf(text: string): string[] {
  const lines = text.split('\n')
  return lines.filter(
    (line, at) =>
      line.startsWith('| ') && !line.startsWith('| |') && !lines[at + 1]?.startsWith('|---'),
  )
}

function unshown(text: string, blank: RegExp): string[] {
  return rowsOf(text).filter((row) => !/\]\([^)]+\.md/.test(row) && row.search(blank) === -1)
}

/** Numbers between parentheses in tables, and after « article » or « section ». */
function sectionsOf(text: string): string[] {
  const named = [
    ...text.matchAll(/(?:articles?|sections?) ([\d.]+(?:(?:, | et | and | à | to )[\d.]+)*)/g),
  ]
  const short = [...text.matchAll(/\((\d[\d., à]*|\d[\d., to]*)\)/g)]
  const numbers = [...named, ...short].flatMap(
    ([, list = '']) => list.match(/\d+(?:\.\d+)?/g) ?? [],
  )
  return [...new Set(numbers)].toSorted()
}

function shape(text: string, blank: RegExp): [number, number][] {
  return rowsOf(text).map((row) => [row.split(' | ').length, [...row.matchAll(blank)].length])
}
