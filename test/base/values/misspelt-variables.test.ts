import { expect, test } from 'vitest'
import { distance, misspeltVariables } from '../../../src/base/values/misspelt-variables.ts'

const known = ['ISSUER', 'HOST', 'PORT', 'DATABASE_URL', 'KIOSK', 'CONTACT_PHONE', 'CONTACT_EMAIL']

test.each([
  ['ISUER', 'ISSUER'],
  ['ISSUERS', 'ISSUER'],
  ['ISSEUR', 'ISSUER'],
  ['Issuer', undefined],
  ['DATABSE_UR', 'DATABASE_URL'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['database_url', 'DATABASE_URL'],
  ['KIOKS', 'KIOSK'],
])('%s is taken for %s', (name, meant) => {
  expect(misspeltVariables([name], known)).toEqual([{ name, meant: [meant ?? 'ISSUER'] }])
})

test.each([
  'HOME',
  'HOSTS',
  'SORT',
  'USER',
  'DATABASE_HOST',
  'PATH',
  'KEYS',
  'CONTACT_SERVICE_HOST',
  'CONTACT_PORT_80_TCP_ADDR',
  ...known,
])('%s is another word, or a good one', (name) => {
  expect(misspeltVariables([name], known)).toEqual([])
})

test('a name that begins as only ours do is answered with those', () => {
  expect(misspeltVariables(['CONTACT_FAX'], known)).toEqual([
    { name: 'CONTACT_FAX', meant: ['CONTACT_PHONE', 'CONTACT_EMAIL'] },
  ])
})

test.each([
  ['', '', 0],
  ['a', '', 1],
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['abcd', 'badc', 2],
  ['abc', 'abd', 1],
  ['abc', 'xabc', 1],
  ['abcdef', 'badcfe', Infinity],
  ['abcd', 'wxyz', Infinity],
  ['abcdefgh', 'cdefgh', 2],
  ['abcdefgh', 'cdefghij', Infinity],
  ['a', 'abcd', Infinity],
])('%s and %s are %d apart', (a, b, apart) => {
  expect(distance(a, b)).toBe(apart)
  expect(distance(b, a)).toBe(apart)
})
