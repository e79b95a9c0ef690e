import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideAll, itemsOf, lanesOf } from '../../../src/api/authzen/batch.ts'
import { evaluationsRequest } from '../../../src/api/authzen/requests.ts'
import { seeded } from '../../support/property.ts'

function items(request: unknown) {
  return itemsOf(evaluationsRequest.parse(request))
}

describe('defaults of a batch', () => {
  const subject = { type: 'organization', id: 'org_a', properties: { client_id: 'a' } }
  const resource = { type: 'dataset', id: 'dst_a', properties: { categories: ['cat_a'] } }

  test('apply to an item that leaves the member out', () => {
    expect(items({ subject, context: { request_id: '1' }, evaluations: [{ resource }] })).toEqual([
      { subject, action: undefined, resource, context: { request_id: '1' } },
    ])
  })

  test('are replaced whole by an item: none of their properties remain', () => {
    const own = { type: 'organization', id: 'org_b' }
    const given = { subject, context: { request_id: '1', agreement: 'agr_a' } }
    expect(
      items({ ...given, evaluations: [{ subject: own, context: { request_id: '2' } }] }),
    ).toEqual([
      { subject: own, action: undefined, resource: undefined, context: { request_id: '2' } },
    ])
  })

  test('give an entity of an item its type, and never its identifier or properties', () => {
    const own = { id: 'dst_b', properties: { categories: ['cat_b'] } }
    const none = { subject: undefined, action: undefined, context: undefined }
    const { type } = resource
    expect(items({ resource, evaluations: [{ resource: own }, { resource: {} }] })).toEqual([
      { ...none, resource: { ...own, type } },
      { ...none, resource: { type } },
    ])
    expect(items({ resource: { id: 'dst_a' }, evaluations: [{ resource: own }] })).toEqual([
      { ...none, resource: own },
    ])
  })

  test('change nothing in an item’s value that is no entity', () => {
    expect(
      items({ resource, evaluations: [{ resource: null }, { resource: 'dst_a' }, 7, null, []] }),
    ).toMatchObject([{ resource: null }, { resource: 'dst_a' }, 7, null, []])
  })

  test.each([{}, { evaluations: [] }])('%j is read as a request without items', (more) => {
    expect(items({ subject, ...more })).toBeUndefined()
  })
})

describe('lanes', () => {
  const some = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 2 }), {
    maxLength: 30,
  })

  test('hold each item once, in order, and items that share a person together', () => {
    fc.assert(
      fc.property(some, (all) => {
        const given = all.map((touches, n) => ({ touches, n }))
        const lanes = lanesOf(given)
        expect(lanes.flat().toSorted((a, b) => a.n - b.n)).toEqual(given)
        for (const lane of lanes) expect(lane).toEqual(lane.toSorted((a, b) => a.n - b.n))
        for (const one of given)
          for (const other of given.filter(({ touches }) =>
            touches.some((name) => one.touches.includes(name)),
          ))
            expect(lanes.find((lane) => lane.includes(one))).toContain(other)
      }),
      seeded(),
    )
  })

  test('are as many as there are independent people', () => {
    const given = ['a', 'b', 'a', 'c', 'b'].map((name) => ({ touches: [name] }))
    expect(
      lanesOf(given)
        .map((lane) => lane.length)
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2, 2])
    expect(lanesOf([...given, { touches: ['a', 'b', 'c'] }])).toHaveLength(1)
  })
})

describe('deciding', () => {
  test('runs items of different people at once and those of one person in turn, and answers in order', async () => {
    const { given, log } = noting([true, false, true], [['her'], ['him'], ['her']])
    const answers = await decideAll(given, 'execute_all')
    expect(answers).toEqual([{ decision: true }, { decision: false }, { decision: true }])
    expect(log.slice(0, 2).toSorted()).toEqual(['begin 0', 'begin 1'])
    expect(log.indexOf('begin 2')).toBeGreaterThan(log.indexOf('end 0'))
  })

  test.each([
    ['deny_on_first_deny', [true, false, true, false], 2],
    ['deny_on_first_deny', [true, true], 2],
    ['permit_on_first_permit', [false, true, false], 2],
    ['permit_on_first_permit', [false, false], 2],
  ] as const)(
    '%s of %j ends after %i, and the remaining items are not decided',
    async (how, decisions, n) => {
      const { given, log } = noting(decisions, [])
      const answers = await decideAll(given, how)
      expect(answers).toEqual(decisions.slice(0, n).map((decision) => ({ decision })))
      expect(log.filter((line) => line.startsWith('begin'))).toHaveLength(n)
    },
  )
})

/** Items that note when they begin and end; each lets others go first. */
function noting(decisions: readonly boolean[], touches: readonly string[][]) {
  const log: string[] = []
  const given = decisions.map((decision, n) => ({
    touches: touches[n] ?? [],
    late: () => Promise.resolve({ decision: false }),
    async decide() {
      log.push(`begin ${n}`)
      await Promise.resolve()
      log.push(`end ${n}`)
      return { decision }
    },
  }))
  return { given, log }
}

describe('ten seconds', () => {
  const permit = { decision: true, context: { decision_id: 'dec_x' } }
  const late = { decision: false, context: { reason_codes: ['INTERNAL'] } }

  // A clock that each decision moves by four seconds.
  function slowly(touches: readonly string[]) {
    const state = { elapsed: 0, begun: 0 }
    const item = {
      touches,
      decide: () => {
        state.begun++
        state.elapsed += 4000
        return Promise.resolve(permit)
      },
      late: () => Promise.resolve(late),
    }
    return { state, items: [item, { ...item }, { ...item }, { ...item }, { ...item }] }
  }

  test.each(['execute_all', 'deny_on_first_deny'] as const)(
    'are the limit of a batch: items that have not begun by then are denied and use nothing (%s)',
    async (semantic) => {
      const { state, items: slow } = slowly(['person'])
      const answers = await decideAll(slow, semantic, () => state.elapsed)
      const denied = semantic === 'execute_all' ? [late, late] : [late]
      expect(answers).toEqual([permit, permit, permit, ...denied])
      expect(state.begun).toBe(3)
    },
  )
})
