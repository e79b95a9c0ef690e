import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { HeldKeys, KnownKey } from '../../../src/base/keys/key-check.ts'
import { checkValue, judgeKeys } from '../../../src/base/keys/key-check.ts'

const used = (checkValue: string): KnownKey => ({ purpose: 'seal', checkValue, state: 'used' })
const announced = (value: string): KnownKey => ({ ...used(value), state: 'announced' })
const retired = (value: string): KnownKey => ({ ...used(value), state: 'retired' })
const other: KnownKey = { purpose: 'data', checkValue: 'd', state: 'used' }

test.each<[string, string[], KnownKey[], RegExp | undefined]>([
  ['the one that is used', ['a'], [used('a')], undefined],
  ['another', ['b'], [used('a')], /seal is b, where a is expected/],
  ['another beside the one that is used', ['a', 'b'], [used('a')], /seal is b/],
  ['one of two that are used', ['b'], [used('a'), used('b')], /seal lacks a$/],
  ['both, in whatever order', ['b', 'a'], [used('a'), used('b')], undefined],
  ['no announced one', ['a'], [used('a'), announced('b')], undefined],
  ['an announced one behind', ['a', 'b'], [used('a'), announced('b')], undefined],
  [
    'an announced one in front',
    ['b', 'a'],
    [used('a'), announced('b')],
    /announced and not in use/,
  ],
  ['no retired one', ['b'], [retired('a'), used('b')], undefined],
  ['a retired one behind', ['b', 'a'], [retired('a'), used('b')], undefined],
  ['a retired one in front', ['a', 'b'], [retired('a'), used('b')], /a, which was retired/],
  ['a retired one alone', ['a'], [retired('a'), used('b')], /lacks b/],
])('a process that holds %s', (_, own, known, fault) => {
  const { faults, first } = judgeKeys(new Map([['seal', own]]), [other, ...known])
  expect(first.size).toBe(0)
  if (fault === undefined) expect(faults).toEqual([])
  else expect(faults).toEqual([expect.stringMatching(fault)])
})

test('a purpose without known keys is new, and a purpose whose keys are not held is not judged', () => {
  const held: HeldKeys = new Map([['seal', ['a']]])
  expect(judgeKeys(held, [other])).toEqual({ faults: [], first: held })
})

test('a check value says nothing of the same secret under another purpose', () => {
  const secret = randomBytes(32)
  expect(checkValue('data', secret)).not.toBe(checkValue('seal', secret))
})
