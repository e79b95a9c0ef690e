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
  ['\r=1', `'\r=1`],
  ['\n=1', `'\n=1`],
  ['＝1', `'＝1`],
  ['a;=1+1;b', `a;'=1+1;b`],
  [';＝1;;@1', `;'＝1;;'@1`],
  ['a; b;1', 'a; b;1'],
  ['1=1', '1=1'],
  ['', ''],
])('a cell %j is written as %j', (cell, written) => {
  expect(csvLine([cell])).toBe(`"${written}"\r\n`)
})

test('any cells are read back unchanged, and none is a formula', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: anyCharacter }), { minLength: 1 }), (cells) => {
      const line = csvLine(cells)
      const read = [...line.matchAll(/"((?:[^"]|"")*)"(?=,|\r\n$)/g)].map(([, cell = '']) =>
        cell.replaceAll('""', '"'),
      )
      expect(read).toHaveLength(cells.length)
      for (const [i, cell] of read.entries()) {
        expect(cell).not.toMatch(/(?:^|;)[=+\-@\t\r\n]/)
        expect(cell.replaceAll("'", '')).toBe(cells[i]?.replaceAll("'", ''))
      }
    }),
    seeded(),
  )
})

test('every kind of activity has words in both languages', () => {
  const words = makeWords()
  for (const kind of activityKinds)
    for (const language of ['fr', 'en'] as const)
      expect(words.t(language, `my-activity.kind.${kind}`)).not.toBe('')
})
