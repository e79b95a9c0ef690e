import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { itemsOf } from '../../../src/api/authzen/batch.ts'
import { evaluationsRequest } from '../../../src/api/authzen/requests.ts'
import type { ConformanceHouse } from '../../support/conformance.ts'
import { startConformance } from '../../support/conformance.ts'
import { json } from '../../support/service.ts'

// The requests of the standard's interoperability events: whoever speaks like them is understood. Their answers are those of
// other data, but for what a batch is.

type Json = Readonly<Record<string, unknown>>
type Vector = { readonly request: Json; readonly expected: unknown }

const todo = read('vectors/todo-decisions.json') as {
  readonly evaluation: readonly Vector[]
  readonly evaluations: readonly Vector[]
}
const ajv = new Ajv2020({ strict: false })
const isRequest = ajv.compile(
  read('../../consent/decisions/vectors/evaluation-request.schema.json') as object,
)
const isResponse = ajv.compile(
  read('../../consent/decisions/vectors/evaluation-response.schema.json') as object,
)

let house: ConformanceHouse
beforeAll(async () => {
  house = await startConformance()
})
afterAll(() => house.stop())

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'))
}

test('each question of the interop suite is answered in the form of the standard’s schemas', async () => {
  expect(todo.evaluation).toHaveLength(40)
  for (const { request } of todo.evaluation) {
    expect(isRequest(request)).toBe(true)
    const answer = await house.post('/conformance/access/v1/evaluation', request)
    expect([answer.status, isResponse(json(answer)), json(answer)['decision']]).toEqual([
      200,
      true,
      false,
    ])
  }
})

test('each batch of the interop suite is answered item by item', async () => {
  for (const { request, expected } of todo.evaluations) {
    const answer = await house.post('/conformance/access/v1/evaluations', request)
    const { evaluations } = json(answer) as { evaluations: Json[] }
    expect(evaluations).toHaveLength((expected as unknown[]).length)
    for (const one of evaluations) expect(isResponse(one)).toBe(true)
  }
})

test('an item completed by its defaults gets the answer of the same single question', () => {
  let known = 0
  for (const { request, expected } of todo.evaluations) {
    const items = itemsOf(evaluationsRequest.parse(request)) ?? []
    for (const [n, item] of items.entries()) {
      const { context: _, ...question } = item as Json
      const alone = todo.evaluation.find((one) => isDeepStrictEqual(one.request, question))
      if (alone === undefined) continue
      known += 1
      expect({ decision: alone.expected }).toEqual((expected as unknown[])[n])
    }
  }
  expect(known).toBe(5)
})

describe.each(['subject', 'resource', 'action'])('the searches for a %s', (kind) => {
  test('are answered with an empty list, because their entities are unknown here', async () => {
    const { evaluation } = read(`vectors/search-${kind}.json`) as { evaluation: readonly Vector[] }
    for (const { request, expected } of evaluation) {
      const answer = await house.post(`/conformance/access/v1/search/${kind}`, request)
      expect([answer.status, json(answer)['results']]).toEqual([200, []])
      expect(Object.keys(expected as Json)).toEqual(['results'])
    }
  })
})
