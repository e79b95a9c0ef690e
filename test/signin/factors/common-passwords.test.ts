import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isCommon } from '../../../src/signin/factors/common-passwords.ts'
import { commonPasswords, listFile } from '../../../scripts/common-passwords.ts'

test('the list agrees with its script, and has its licences', () => {
  const text = readFileSync(listFile, 'utf8')

  expect(text).toBe(commonPasswords())
  expect(text).toMatch(/MIT[\s\S]*ODC-BY/)
})

test.each([
  'motdepasse',
  'Motdepasse1234!',
  '12345678901234',
  '98765432109876',
  'aaaaaaaaaaaa',
  'xyzxyzxyzxyz',
  'passwordpassword',
  'PasswordPassword1',
  'Ｐａｓｓｗｏｒｄ2026',
  'marie',
  'Marie2026!',
  'développement',
])('%s is refused as common', (password) => {
  expect(isCommon(password, ['marie', 'exemple.test'])).toBe(true)
})

test.each([
  'trois huards dorment debout',
  'correct-agrafe-batterie',
  'x7!Lq0 zzT 4w',
  'm'.repeat(7) + 'n'.repeat(8) + 'o',
])('%s is accepted', (password) => {
  expect(isCommon(password, ['marie'])).toBe(false)
})

test('the longest password is judged quickly', () => {
  const before = process.cpuUsage()
  for (let i = 0; i < 100; i++) isCommon('ab'.repeat(63) + 'c!', ['x'])

  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1000).toBeLessThan(1000)
})
