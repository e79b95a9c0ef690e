import { describe, expect, test } from 'vitest'
import { pageOf } from '../../../src/api/authzen/page.ts'
import type { Keys } from '../../../src/base/keys/keys.ts'

// Only the key that signs is looked at.
const keys = { cookie: ['a key'] } as unknown as Keys
const found = Array.from({ length: 120 }, (_, n) => ({ key: `k${1000 + n}`, entity: { n } }))

function page(asked: Parameters<typeof pageOf>[3], binding = 'this search', by = keys) {
  return pageOf(by, binding, found.toReversed(), asked)
}

test.each([
  [undefined, 50],
  [0, 50],
  [1, 1],
  [100, 100],
  [101, 100],
  [Number.MAX_SAFE_INTEGER, 100],
])('a limit of %s gives %i results, with the total count', (limit, count) => {
  const { results, page: told } = page(limit === undefined ? {} : { limit })
  expect(results).toEqual(found.slice(0, count).map(({ entity }) => entity))
  expect(told).toMatchObject({ count, total: 120 })
})

test('the pages hold each result once, in order, and the last page has no next token', () => {
  const seen: object[] = []
  let token = ''
  for (let turns = 0; turns < 20; turns++) {
    const { results, page: told } = page({ limit: 25, token })
    seen.push(...results)
    token = told.next_token
    if (token === '') break
  }
  expect(seen).toEqual(found.map(({ entity }) => entity))
})

test('a list that exactly fills a page has no next page', () => {
  const half = pageOf(keys, '', found.slice(0, 50), {})
  expect([half.results.length, half.page.next_token]).toEqual([50, ''])
})

test('a result that is added between two pages moves no other result', () => {
  const { next_token: token } = page({ limit: 2 }).page
  const grown = pageOf(keys, 'this search', [{ key: 'k0', entity: {} }, ...found.slice(3)], {
    limit: 1,
    token,
  })
  expect(grown.results).toEqual([{ n: 3 }])
})

describe('a token is refused', () => {
  const { next_token: token } = page({ limit: 1 }).page
  const [place = '', signature = ''] = token.split('.')

  test.each([
    ['of another search', token, 'another search', keys],
    ['of another house', token, 'this search', { cookie: ['another key'] } as unknown as Keys],
    ['with another place', `${Buffer.from('k1100').toString('base64url')}.${signature}`],
    ['without a signature', place],
    ['with half a signature', token.slice(0, -4)],
    ['with more behind it', `${token}.${signature}`],
    ['with another spelling of its place', `${place}=.${signature}`],
    ['that is no token', 'alsehrq3495u8'],
    ['of one point', '.'],
  ] as const)('%s', (_, given, binding = 'this search', by = keys) => {
    expect(() => page({ token: given }, binding, by)).toThrow('request.malformed')
  })
})
