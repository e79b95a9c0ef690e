import { expect, test } from 'vitest'
import { present } from '../../../src/base/values/present.ts'
import { wordsIn } from '../../../src/base/values/parse-words.ts'

const options = { keys: { type: 'string' }, json: { type: 'boolean' } } as const
const asked = (...args: string[]) =>
  wordsIn(args, options, (values, [deed]) => deed && `${deed} ${values.keys} ${values.json}`)

function noFile(): never {
  throw new TypeError('no file')
}

test('a command line is read, and one with an option that is none, or without its value, asks for nothing', () => {
  expect(asked('verify', '--keys', 'a', '--json')).toBe('verify a true')
  expect(asked()).toBeUndefined()
  for (const odd of ['--key=a', '--keys', '--json=yes', '-j'])
    expect(asked('verify', odd), odd).toBeUndefined()
})

test('what is wrong with what is asked is not taken for a wrong option', () => {
  expect(() => wordsIn(['verify'], options, noFile)).toThrow('no file')
})

test('a value that is missing fails, and nothing is made up for it', () => {
  expect(present(0, 'a count')).toBe(0)
  for (const missing of [undefined, null])
    expect(() => present(missing, 'the body')).toThrow('the body is missing')
})
