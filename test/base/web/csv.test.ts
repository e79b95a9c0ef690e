import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { activityKinds } from '../../../src/people/accounts/index.ts'
import { csvLine } from '../../../src/base/web/csv.ts'
import { makeWords } from '../../../src/base/web/words.ts'
import { anyCharacter, seeded } from '../../support/property.ts'

test.each([
  ['=1+1', `'=1+1`],
  ['+1', `'+1`],
  ['-1', `'-1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\t=1', `'\t=1`],
  ['\r=1', `'\r'=1`],
  ['\n=1', `'\n'=1`],
  ['＝1', `'＝1`],
  ['a;=1+1;b', `a;'=1+1;b`],
  [';＝1;;@1', `;'＝1;;'@1`],
  ['x;"=1+1"', `x;'""=1+1""`],
  ['x; =1', `x;' =1`],
  ['"=1"', `'""=1""`],
  ['x\n=1', `x\n'=1`],
  ['x\r\n"-1"', `x\r\n'""-1""`],
  ['x;\t1', `x;'\t1`],
  ['x\r\ny', 'x\r\ny'],
  ['a; b;1', 'a; b;1'],
  ['a, -1; b -1', 'a, -1; b -1'],
  ['1=1', '1=1'],
  ['', ''],
])('a cell %j is written as %j', (cell, written) => {
  expect(csvLine([cell])).toBe(`"${written}"\r\n`)
})

// Rare in a text of any characters, and all that a formula is made of.
const telling = fc.constantFrom('=', '-', '＝', ';', ',', '"', "'", ' ', '\n', '\r', '\t', 'x', '1')
const anyCell = fc.oneof(fc.string({ unit: anyCharacter }), fc.string({ unit: telling }))

test('any cells are read back unchanged, and under neither separator is one a formula', () => {
  const line = fc.array(anyCell, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 3 }), (lines) => {
      const file = lines.map(csvLine).join('')
      const read = cellsOf(file, ',')
      expect(read.map((cell) => cell.replaceAll("'", ''))).toEqual(
        lines.flat().map((cell) => cell.replaceAll("'", '')),
      )
      for (const cell of [...read, ...cellsOf(file, ';')])
        expect(cell).not.toMatch(/^[\s"]*[=+\-@＝＋－＠]/)
    }),
    seeded(),
  )
})

/**
 * The cells of a file as a spreadsheet reads them: a quote at the beginning of a cell begins what is quoted; what follows the end of
 * it belongs to the cell too.
 */
function cellsOf(file: string, separator: ',' | ';'): string[] {
  const cell = new RegExp(
    `(?:"((?:[^"]|"")*)(?:"|$))?([^${separator}\r\n]*)(${separator}|\r\n?|\n|$)`,
    'y',
  )
  const cells: string[] = []
  while (cell.lastIndex < file.length) {
    const [, quoted = '', plain = ''] = cell.exec(file) ?? []
    cells.push(quoted.replaceAll('""', '"') + plain)
  }
  return cells
}

test('every kind of activity has words in both languages', () => {
  const words = makeWords()
  for (const kind of activityKinds)
    for (const language of ['fr', 'en'] as const)
      expect(words.t(language, `my-activity.kind.${kind}`)).not.toBe('')
})
