import type { Context } from 'koa'
import { expect, test } from 'vitest'
import type { ServedRoutes } from '../../../src/base/web/endpoints.ts'
import { byFirstSegment } from '../../../src/base/web/router.ts'

const tried: string[] = []

type Made = { readonly isEverywhere?: true; readonly audience?: 'people' | 'programs' }

function room(
  name: string,
  paths: readonly string[],
  { isEverywhere, audience = 'programs' }: Made = {},
): ServedRoutes {
  return {
    endpoints: paths.map((path) => ({
      path,
      audience,
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
  room('library', ['/token'], { isEverywhere: true }),
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

test.each([
  ['/me', ['me', 'session', 'library']],
  ['/help', ['session', 'help', 'library']],
  ['/register', ['first', 'session', 'pages', 'lists', 'library']],
  ['/style.css', ['files', 'session', 'library']],
  ['/nowhere', ['session', 'library']],
])('at %s the session is looked for once no program is answered', async (path, by) => {
  const people = { audience: 'people' } as const
  const mixed = [
    room('first', ['/register/open']),
    room('pages', ['/register/:list'], people),
    room('lists', ['/register/:list.json']),
    room('me', ['/me']),
    room('help', ['/help'], people),
    { ...room('files', []), segments: ['/style.css'] },
    room('library', ['/token'], { isEverywhere: true }),
  ]
  tried.length = 0
  const session = async (_: Context, next: () => Promise<unknown>) => {
    tried.push('session')
    await next()
  }
  await byFirstSegment(mixed, session)({ path } as Context, async () => void tried.push('nobody'))
  expect(tried).toEqual([...by, 'nobody'])
})
