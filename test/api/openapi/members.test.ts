import { expect, test } from 'vitest'
import { z } from 'zod'
import { schemaOf } from '../../../src/api/openapi/document.ts'
import { membersOf } from '../../../src/api/openapi/members.ts'

function lines(shape: z.ZodType, io: 'input' | 'output' = 'input'): string[] {
  return membersOf(schemaOf(shape, io)).map(
    ({ name, kind, isRequired }) => `${name}${isRequired ? '' : '?'}: ${kind}`,
  )
}

test('members are named by their paths, with their kind and limits', () => {
  const shape = z.object({
    id: z.string().min(1).max(128),
    ids: z.array(z.string().max(64)).min(1).max(50),
    list: z.array(z.object({ at: z.iso.datetime().optional() })),
    count: z.int().min(0).optional(),
    any: z.unknown(),
    what: z.enum(['one', 'two']),
    is: z.literal('dataset'),
    inside: z.object({ name: z.string().nullable() }),
  })
  expect(lines(shape)).toEqual([
    'id: string, 1–128',
    'ids: array of (string, ≤ 64), 1–50',
    'list: array',
    'list[]: object',
    'list[].at?: string (date-time)',
    'count?: integer, ≥ 0',
    'any: any',
    'what: "one" | "two"',
    'is: "dataset"',
    'inside: object',
    'inside.name: string | null',
  ])
})

test('all alternatives are shown, and a member is required if every alternative requires it', () => {
  const yes = z.object({ decision: z.literal(true), id: z.string(), until: z.string() })
  const no = z.object({ decision: z.literal(false), id: z.string().optional() })
  expect(lines(z.discriminatedUnion('decision', [yes, no]))).toEqual([
    'decision: true | false',
    'id?: string',
    'until?: string',
  ])
})

test('the members required by two combined shapes are required', () => {
  const standard = z.object({ action: z.object({ name: z.string() }) })
  const ours = z.object({ action: z.object({ more: z.string() }).optional(), person: z.string() })
  expect(lines(z.intersection(standard, ours))).toEqual([
    'action: object',
    'action.name: string',
    'action.more: string',
    'person: string',
  ])
})

test('a member with a default is optional in a request and always in an answer', () => {
  const shape = z.object({ limit: z.int().max(100).default(100) })
  expect(lines(shape, 'input')).toEqual(['limit?: integer, ≤ 100'])
  expect(lines(shape, 'output')).toEqual(['limit: integer, ≤ 100'])
})

test('null alone among alternatives is no member, and a shape that contains itself ends', () => {
  const itself = schemaOf(z.object({ name: z.string() }), 'input')
  const holding = { ...itself, properties: { ...itself.properties } }
  holding.properties['again'] = holding
  expect(
    membersOf({ type: 'object', properties: { none: { anyOf: [{ type: 'null' }] } } }),
  ).toEqual([])
  expect(membersOf(holding)).toHaveLength(2 * 16)
})
