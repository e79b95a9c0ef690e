import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeNicknames, mostCharacters, readNickname } from '../../../src/people/accounts/index.ts'

test.each([
  ['  Marie-Ève   Tremblay ', 'Marie-Ève Tremblay'],
  ['E\u0301lise', 'Élise'],
  ['محمد', 'محمد'],
  ['می\u200Cخواهم', 'می\u200Cخواهم'],
  ['👩🏽\u200D🚀 et ❤\uFE0F\u200D🔥', '👩🏽\u200D🚀 et ❤\uFE0F\u200D🔥'],
  ['👩\u200D👩\u200D👧'.repeat(mostCharacters), '👩\u200D👩\u200D👧'.repeat(mostCharacters)],
  ['x'.repeat(mostCharacters), 'x'.repeat(mostCharacters)],
  [' \n\t', undefined],
])('%j is kept as %j', (typed, kept) => {
  expect(readNickname(typed)).toBe(kept)
})

test.each([
  ['one character too many', 'x'.repeat(mostCharacters + 1)],
  ['few characters of very many parts', '👩\u200D👩\u200D👧\u200D👦'.repeat(30)],
])('%s is too long', (_name, typed) => {
  expect(() => readNickname(typed)).toThrow(expect.objectContaining({ code: 'nickname.long' }))
})

test.each([
  ['turned around', '\u202Eeiram'],
  ['isolated', '\u2066Marie\u2069'],
  ['with a space of no width', 'Ma\u200Brie'],
  ['with a joiner between Latin letters', 'Ma\u200Drie'],
  ['with a control character', 'Marie\u0007'],
  ['with a NUL', 'Marie\u0000'],
  ['of a letter that is not seen', '\u3164'],
  ['of a private character', '\uE000'],
  ['with half a character', 'Marie\uD83D'],
  ['under a pile of marks', `M${'\u0324'.repeat(5)}arie`],
  ['of a mark alone', '\u0301'],
])('a name %s is refused', (_name, typed) => {
  expect(() => readNickname(typed)).toThrow(
    expect.objectContaining({ code: 'nickname.characters' }),
  )
})

test('a nickname opens for its person, under the older key too, and is nothing anywhere else', () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)]
  const [her, him] = [randomUUID(), randomUUID()]
  const sealed = makeNicknames({ data: [older] })
    .seal(her, 'Marie')
    .toString('hex')

  expect(makeNicknames({ data: [newer, older] }).open(her, sealed)).toBe('Marie')
  expect(makeNicknames({ data: [older] }).open(him, sealed)).toBeUndefined()
  expect(makeNicknames({ data: [newer] }).open(her, sealed)).toBeUndefined()
  expect(makeNicknames({ data: [older] }).open(her, 'ff')).toBeUndefined()
  expect(makeNicknames({ data: [older] }).open(her, null)).toBeUndefined()
})
