import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { policies, publishedTries } from '../../src/base/web/limits/policies.ts'
import { limitsTable } from '../support/limits-table.ts'

// The limits of tries are one list: what is counted, published and written down is the same.

test('the table of docs/design/security.md has each limit as the code has it', () => {
  expect(readFileSync('docs/design/security.md', 'utf8')).toContain(limitsTable())
})

test('each limit of a network has its row, and no two limits have one name', () => {
  const limits = Object.values(policies).flatMap((policy) =>
    Object.values(policy).flatMap((one) =>
      'each' in one ? [...one.each, one.network] : [one].flat(),
    ),
  )
  const names = limits.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(publishedTries()).toHaveLength(names.length)
})
