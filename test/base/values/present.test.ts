import { expect, test } from 'vitest'
import { present } from '../../../src/base/values/present.ts'

test('a value that is missing fails, and nothing is made up for it', () => {
  expect(present(0, 'a count')).toBe(0)
  for (const missing of [undefined, null])
    expect(() => present(missing, 'the body')).toThrow('the body is missing')
})
