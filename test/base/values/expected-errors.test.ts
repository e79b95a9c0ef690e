import { expect, test } from 'vitest'
import { attempt, recoverFrom } from '../../../src/base/values/expected-errors.ts'

class Missing extends Error {}

const fail = (error: unknown) => () => {
  throw error
}

test('what was expected is answered; every other fault goes on', async () => {
  const instead = recoverFrom(Missing, ({ message }) => `no ${message}`)
  expect(attempt(() => 'here', instead)).toBe('here')
  expect(attempt(fail(new Missing('file')), instead)).toBe('no file')
  expect(() => attempt(fail(new TypeError('a bug')), instead)).toThrow(TypeError)
  expect(await Promise.reject(new Missing('row')).catch(instead)).toBe('no row')
  await expect(Promise.reject(new TypeError('a bug')).catch(instead)).rejects.toThrow(TypeError)
})
