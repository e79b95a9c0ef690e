import { expect, test } from 'vitest'
import { makeJar } from '../../bench/jar.ts'

test('a cookie goes back where its path says so, the longest path first', () => {
  const jar = makeJar()
  jar.keep(['sid=1; Path=/; HttpOnly', 'step=2; path=/interaction/a'], '/auth')

  expect(jar.header('/interaction/a/next')).toBe('step=2; sid=1')
  expect(jar.header('/interaction/ab')).toBe('sid=1')
  expect(jar.header('/token')).toBe('sid=1')
})

test('without a path a cookie belongs to the folder that set it', () => {
  const jar = makeJar()
  jar.keep(['here=1'], '/login/form')

  expect(jar.header('/login/other')).toBe('here=1')
  expect(jar.header('/other')).toBeUndefined()
})

test.each(['sid=; Path=/', 'sid=1; Path=/; Max-Age=0', 'sid=1; Path=/; Expires=Thu, 01 Jan 1970'])(
  'an expired cookie is forgotten: %s',
  (line) => {
    const jar = makeJar()
    jar.keep(['sid=1; Path=/'], '/')
    jar.keep([line], '/')

    expect(jar.header('/')).toBeUndefined()
  },
)

test('a cookie set again has its new value', () => {
  const jar = makeJar()
  jar.keep(['sid=a=b; Path=/'], '/')
  jar.keep(['sid=c==; Path=/'], '/')

  expect(jar.header('/')).toBe('sid=c==')
})
