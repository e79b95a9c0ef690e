import { expect, test } from 'vitest'
import type { Level } from '../../../src/base/values/assurance-levels.ts'
import type {
  IdentityStatement,
  TrustedIssuer,
  VouchedClaims,
} from '../../../src/people/identity/index.ts'
import {
  birthDateClass,
  readVouchedClaims,
  verifiedIdentityOf,
  vouchedClaims,
} from '../../../src/people/identity/index.ts'

const now = new Date('2026-11-28T12:00:00Z')

test.each<[string, unknown, string | undefined]>([
  ['a name', 'Marie-Ève', 'Marie-Ève'],
  ['several names', ' Nguyễn  Thị Minh ', 'Nguyễn Thị Minh'],
  ['a name in two code points', 'Ame\u0301lie', 'Amélie'],
  ['an apostrophe', 'O’Brien', 'O’Brien'],
  ['a letter 7', 'Sḵwx̱wú7mesh', 'Sḵwx̱wú7mesh'],
  ['syllabics', 'ᐃᓄᒃ', 'ᐃᓄᒃ'],
  ['a joiner of its script', 'نازنین\u200Cزهرا', 'نازنین\u200Cزهرا'],
  ['255 characters', 'é'.repeat(255), 'é'.repeat(255)],
  ['256 characters', 'é'.repeat(256), undefined],
  ['a very long text', 'e\u0301'.repeat(10_000), undefined],
  ['a number', 7, undefined],
  ['a list', ['Marie'], undefined],
  ['an object', { value: 'Marie' }, undefined],
  ['nothing', '', undefined],
  ['spaces', '   ', undefined],
  ['digits alone', '123', undefined],
  ['an emoji', 'Marie 👑', undefined],
  ['a mark of direction', 'Marie\u202Eeira', undefined],
  ['a right-to-left mark', 'Marie\u200F', undefined],
  ['what is not seen', 'Ma\u200Brie', undefined],
  ['a joiner in Latin letters', 'Ma\u200Drie', undefined],
  ['a line feed', 'Marie\nadmin: true', undefined],
  ['a null', 'Marie\u0000', undefined],
  ['half a character', 'Marie\uD83D', undefined],
  ['piled marks', `Z${'\u0335'.repeat(5)}`, undefined],
  ['a tag', '<b>Marie</b>', undefined],
])('a given name is read: %s', (_, said, value) => {
  const read = readVouchedClaims({ given_name: said }, vouchedClaims, now)
  expect(read.vouched).toEqual(value === undefined ? {} : { given_name: value })
  const isSilent = value !== undefined || said === ''
  expect(read.unreadable).toEqual(isSilent ? [] : ['given_name'])
})

test.each<[string, unknown, boolean]>([
  ['a day', '1987-02-28', true],
  ['today, in Québec', '2026-11-28', true],
  ['tomorrow', '2026-11-29', false],
  ['no day of the calendar', '1987-02-30', false],
  ['a year alone', '1987', false],
  ['a day without its year', '0000-02-28', false],
  ['131 years ago', '1895-01-01', false],
  ['another order', '28-02-1987', false],
  ['a time', '1987-02-28T00:00:00Z', false],
  ['a number', 19870228, false],
])('a birth date is read: %s', (_, said, isRead) => {
  const read = readVouchedClaims({ birthdate: said }, vouchedClaims, now)
  expect(read.vouched).toEqual(isRead ? { birthdate: said } : {})
  expect(read.unreadable).toEqual(isRead ? [] : ['birthdate'])
})

test('nothing is read but what its provider may vouch for', () => {
  const said = {
    given_name: 'Maud',
    family_name: 'Roy',
    birthdate: '1987-02-28',
    email: 'm@x.test',
  }
  const lies = { email_verified: true, acr: 'x', name: 'Maud Roy', nickname: 'M' }
  expect(readVouchedClaims({ ...said, ...lies }, ['given_name'], now)).toEqual({
    vouched: { given_name: 'Maud' },
    unreadable: [],
  })
  expect(readVouchedClaims({ ...said, ...lies }, [], now)).toEqual({ vouched: {}, unreadable: [] })
})

const [one, two] = ['urn:accord:aal:1', 'urn:accord:aal:2'] as const
const all: readonly TrustedIssuer[] = ['a', 'b', 'c'].map((issuer) => ({
  issuer,
  vouchesFor: vouchedClaims,
}))

function said(
  issuer: string,
  level: Level,
  day: number,
  vouched: VouchedClaims,
): IdentityStatement {
  return { issuer, level, vouchedAt: new Date(2026, 0, day), vouched }
}

function valuesOf(statements: readonly IdentityStatement[], trusted = all) {
  const claims = Object.entries(verifiedIdentityOf(statements, trusted))
  return Object.fromEntries(
    claims.map(([name, { value, source }]) => [name, `${value} ${source.issuer}`]),
  )
}

test('of several sources the highest level is believed, of equal levels the latest', () => {
  const old = said('a', two, 1, { given_name: 'Maud', birthdate: '1987-02-28' })
  const low = said('b', one, 9, { given_name: 'Mod', birthdate: '1987-02-27' })
  const late = said('c', two, 5, { given_name: 'Maude' })
  expect(valuesOf([low, old])).toEqual({ given_name: 'Maud a', birthdate: '1987-02-28 a' })
  expect(valuesOf([low, old, late])).toEqual({ given_name: 'Maude c', birthdate: '1987-02-28 a' })
})

test('a name is never made of two sources', () => {
  const single = said('a', two, 1, { family_name: 'Nanabush' })
  const both = said('b', one, 2, { given_name: 'Maud', family_name: 'Roy' })
  expect(valuesOf([both, single])).toEqual({ family_name: 'Nanabush a' })
})

test('a source is heard only while the register believes it, and only of what it may vouch for', () => {
  const a = said('a', two, 1, { given_name: 'Maud', birthdate: '1987-02-28' })
  const b = said('b', one, 2, { given_name: 'Mod', birthdate: '1987-02-27' })
  const narrowed: readonly TrustedIssuer[] = [
    { issuer: 'a', vouchesFor: ['birthdate'] },
    { issuer: 'b', vouchesFor: vouchedClaims },
  ]
  expect(valuesOf([a, b], narrowed)).toEqual({ given_name: 'Mod b', birthdate: '1987-02-28 a' })
  expect(valuesOf([a, b], all.slice(1))).toEqual({ given_name: 'Mod b', birthdate: '1987-02-27 b' })
  expect(valuesOf([a, b], [])).toEqual({})
})

test.each([
  ['2012-11-29', '2026-11-28', 'under14'],
  ['2012-11-28', '2026-11-28', '14to17'],
  ['2008-11-29', '2026-11-28', '14to17'],
  ['2008-11-28', '2026-11-28', 'adult'],
  ['2012-02-29', '2026-02-28', 'under14'],
  ['2012-02-29', '2026-03-01', '14to17'],
  ['2008-02-29', '2026-02-28', '14to17'],
  ['2008-02-29', '2026-03-01', 'adult'],
  ['1926-01-01', '2026-01-01', 'adult'],
])('somebody born on %s is, on %s, %s', (birthdate, day, expected) => {
  expect(birthDateClass(birthdate, day)).toBe(expected)
})
