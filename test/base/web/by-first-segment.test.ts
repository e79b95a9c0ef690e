import type { Context } from 'koa'
import { expect, test } from 'vitest'
import type { ServedRoutes } from '../../../src/base/web/endpoints.ts'
import { byFirstSegment } from '../../../src/base/web/endpoints.ts'

const tried: string[] = []

function room(name: string, paths: readonly string[], isEverywhere?: true): ServedRoutes {
  return {
    endpoints: paths.map((path) => ({
      path,
      audience: 'programs',
      errors: 'problem',
      rank: 'page',
    })),
    ...(isEverywhere === true && { isEverywhere }),
    async serve(_, next) {
      tried.push(name)
      await next()
    },
  }
}

const rooms = [
  room('register', ['/register', '/register/:list.json']),
  room('me', ['/me/consents/:id', '/']),
  room('lists', ['/register/:list', '/robots.txt']),
  room('library', ['/token'], true),
]

test.each([
  ['/register', ['register', 'lists', 'library']],
  ['/register/bodies.json', ['register', 'lists', 'library']],
  ['/me', ['me', 'library']],
  ['/', ['me', 'library']],
  ['/robots.txt', ['lists', 'library']],
  ['/token', ['library']],
  ['/registers', ['library']],
  ['/Register', ['library']],
  ['/%72egister', ['library']],
  ['//register', ['me', 'library']],
  ['/constructor', ['library']],
  ['', ['library']],
])('%s is tried by the rooms that have its first segment', async (path, by) => {
  tried.length = 0
  await byFirstSegment(rooms)({ path } as Context, async () => void tried.push('nobody'))
  expect(tried).toEqual([...by, 'nobody'])
})

test.each(['/:id', '/:list.json', '/*rest'])('%s cannot be looked up', (path) => {
  expect(() => byFirstSegment([room('any', [path])])).toThrow('a first segment is a parameter')
})
