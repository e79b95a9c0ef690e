import { expect, test } from 'vitest'
import { expiringMap } from '../../demo/applications/expiring-map.ts'

const start = new Date('2026-11-24T12:00:00Z')
const after = (seconds: number) => new Date(start.getTime() + seconds * 1000)

test('the oldest entry makes room when the map is full', () => {
  const map = expiringMap<number>({ limit: 3, lifetimeSeconds: 60 })
  for (const number of [1, 2, 3, 4]) map.put(`key ${number}`, number, start)
  expect(map.live(start).map(([, value]) => value)).toEqual([2, 3, 4])
})

test('an entry put again counts as new', () => {
  const map = expiringMap<number>({ limit: 2, lifetimeSeconds: 60 })
  map.put('first', 1, start)
  map.put('second', 2, start)
  map.put('first', 3, start)
  map.put('third', 4, start)
  expect(map.live(start).map(([key]) => key)).toEqual(['first', 'third'])
})

test.each([
  { seconds: 59, found: 'here' },
  { seconds: 60, found: undefined },
  { seconds: 3600, found: undefined },
])('an entry that lives 60 s is $found after $seconds s', ({ seconds, found }) => {
  const map = expiringMap<string>({ limit: 3, lifetimeSeconds: 60 })
  map.put('key', 'here', start)
  expect(map.find('key', after(seconds))).toBe(found)
  expect(map.take('key', after(seconds))).toBe(found)
})

test('expired entries are dropped, not only hidden', () => {
  const map = expiringMap<string>({ limit: 3, lifetimeSeconds: 60 })
  map.put('old', 'old', start)
  map.put('new', 'new', after(61))
  expect(map.live(after(61))).toEqual([['new', 'new']])
})

test('an entry that is taken is removed', () => {
  const map = expiringMap<string>({ limit: 3, lifetimeSeconds: 60 })
  map.put('key', 'once', start)
  expect(map.take('key', start)).toBe('once')
  expect(map.take('key', start)).toBeUndefined()
})

test('replacing a value does not prolong its life', () => {
  const map = expiringMap<string>({ limit: 3, lifetimeSeconds: 60 })
  map.put('key', 'first', start)
  map.replace('key', 'second')
  expect(map.find('key', after(59))).toBe('second')
  expect(map.find('key', after(60))).toBeUndefined()
})

test.each([
  { what: 'never was', key: 'other', seconds: 0 },
  { what: 'is over', key: 'key', seconds: 60 },
])('an entry that $what is not replaced', ({ key, seconds }) => {
  const map = expiringMap<string>({ limit: 3, lifetimeSeconds: 60 })
  map.put('key', 'first', start)
  map.replace(key, 'second')
  expect(map.find(key, after(seconds))).toBeUndefined()
})
