import { expect, test } from 'vitest'
import { bodyNames, categoryLabels } from '../../../src/registry/index.ts'

const named = { fr: 'Revenu', en: 'Income' }
const label = { label: named } as never
const name = { name: named } as never
const register = {
  category: (id: string) => (id === 'cat_income' ? label : undefined),
  organisation: (id: string) => (id === 'org_tax' ? name : undefined),
  organisationByRoot: (root: number) => (root === 7 ? name : undefined),
}

test('a category is shown with its label in the page’s language, or else its id', () => {
  expect(['cat_income', 'cat_gone'].map(categoryLabels(register, 'fr'))).toEqual([
    'Revenu',
    'cat_gone',
  ])
  expect(categoryLabels(register, 'en')('cat_income')).toBe('Income')
})

test('a body is shown with its name in the page’s language, or else its id, or a question mark', () => {
  expect(['org_tax', 'org_gone', 7, 8].map(bodyNames(register, 'en'))).toEqual([
    'Income',
    'org_gone',
    'Income',
    '?',
  ])
})
