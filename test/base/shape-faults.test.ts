import { expect, test } from 'vitest'
import { z } from 'zod'
import { inPlainWords, describeFault } from '../../src/base/values/shape-faults.ts'

const shape = z.strictObject({
  name: z.string().min(1).max(3),
  list: z.array(z.literal('a')).length(1).optional(),
  kind: z.enum(['x', 'y']).optional(),
  at: z.iso.datetime().optional(),
  to: z.url().optional(),
  code: z.string().regex(/^a/).optional(),
  own: z.string().regex(/^a/, 'must begin with a').optional(),
  many: z.int().min(1).max(9).optional(),
  inner: z.strictObject({ deep: z.boolean() }).optional(),
  either: z.discriminatedUnion('is', [z.object({ is: z.literal('a') })]).optional(),
  words: z.record(z.string().max(2), z.string()).optional(),
  checked: z
    .string()
    .refine(() => false)
    .optional(),
})

test.each<[unknown, string]>([
  [null, 'body: must be a group of members'],
  [{}, 'name: is missing'],
  [{ name: 1 }, 'name: must be a text'],
  [{ name: '' }, 'name: must have at least 1 character'],
  [{ name: 'four' }, 'name: must have at most 3 characters'],
  [{ name: 'a', other: 1 }, 'other: is not a known member'],
  [{ name: 'a', ['x'.repeat(99)]: 1 }, `${'x'.repeat(64)}: is not a known member`],
  [{ name: 'a', list: [] }, 'list: must have at least 1 entry'],
  [{ name: 'a', list: ['a', 'a'] }, 'list: must have at most 1 entry'],
  [{ name: 'a', list: ['b'] }, 'list.0: must be a'],
  [{ name: 'a', kind: 'z' }, 'kind: must be one of x, y'],
  [{ name: 'a', at: 'today' }, 'at: must be an instant, like 2026-11-24T17:05:00Z'],
  [{ name: 'a', to: 'there' }, 'to: must be an address, like https://…'],
  [{ name: 'a', code: 'b' }, 'code: is malformed'],
  [{ name: 'a', own: 'b' }, 'own: must begin with a'],
  [{ name: 'a', many: 0.5 }, 'many: must be a whole number'],
  [{ name: 'a', many: 0 }, 'many: must be at least 1'],
  [{ name: 'a', inner: { deep: 'yes' } }, 'inner.deep: must be true or false'],
  [{ name: 'a', inner: { deep: true, more: 1 } }, 'inner.more: is not a known member'],
  [{ name: 'a', either: { is: 'b' } }, 'either.is: is none of the kinds that are known'],
  [{ name: 'a', words: { abc: '' } }, 'words.abc: is malformed'],
  [{ name: 'a', checked: 'x' }, 'checked: is malformed'],
])('the fault of %j is described in our own words', (given, said) => {
  const { error } = shape.safeParse(given, inPlainWords)
  expect(error && describeFault(error, 'body')).toBe(said)
})
